/* SPDX-License-Identifier: MIT */
/* Which characters are emoji, and where one ends. */
#ifndef SF_EMOJI_H
#define SF_EMOJI_H

#include "text/text.h"

/* Pictures that are shown as such: not (c), (r), TM, arrows, digits, which need a variation selector to be. Skin tones and
 * the letters of flags count. */
int sf_is_emoji(uint32_t cp);

/* The bytes of the emoji at `at` with the signs that belong to it, 0 if there is none. Of several that are joined: the first. */
size_t sf_emoji_length(sf_str in, size_t at);

#endif
