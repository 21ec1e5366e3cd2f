/* SPDX-License-Identifier: MIT */
/* The lexicon of a run: the built-in one, with the user's tables laid over it. */
#ifndef SF_OWN_LEXICON_H
#define SF_OWN_LEXICON_H

#include "settings.h"

/* Loads what --lexicon KIND=FILE names. *out is NULL if there is none: the built-in lexicon; else free it with
 * sf_lexicon_free(). SF_OK; SF_EINVAL with file, line and what is wrong; SF_ENOMEM. */
int sf_own_lexicon(sf_lexicon **out, const sf_settings *settings, sf_error *err);

#endif
