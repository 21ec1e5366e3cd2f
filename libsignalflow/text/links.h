/* SPDX-License-Identifier: MIT */
/* Where URLs, e-mail addresses and words begin and end in running text. */
#ifndef SF_LINKS_H
#define SF_LINKS_H

#include "text/text.h"

/* Letters, marks, digits of any script, and '_'. */
int sf_is_word(uint32_t cp);

/* Is the character at `at` no part of a word or address that began before? */
int sf_starts_word(sf_str text, size_t at);

/* The length of the URL (https://..., www...., youtu.be/...) or e-mail address that starts at `at`, which starts a word;
 * 0 where there is none. Full stops, brackets and the like that close the sentence around it are not part of it. */
size_t sf_url_length(sf_str text, size_t at);

#endif
