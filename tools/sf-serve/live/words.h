/* SPDX-License-Identifier: MIT */
/* Words of a text without case and accents, as the stores' full text sees them, to look for words and phrases in a single message. */
#ifndef SERVE_WORDS_H
#define SERVE_WORDS_H

#include "common/buffer.h"

/* Appends " word word word " of a text; what is no letter or digit parts words. b->lost: no memory. */
void words_fold(sf_buffer *b, sf_str text);

/* Does it hold this word or phrase? prefix: its last word may go on. */
int words_hold(const sf_buffer *words, sf_str term, int prefix);

#endif
