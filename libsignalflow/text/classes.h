/* SPDX-License-Identifier: MIT */
/* What a character is to the tokeniser. */
#ifndef SF_CLASSES_H
#define SF_CLASSES_H

#include <stdint.h>

enum { OTHER, SPACE, MARK, PICTURE, DIGIT, LOWER, UPPER, LETTER }; /* from DIGIT on: what words are made of */

extern const unsigned char sf_class_of_ascii[128];
int sf_class_of_other(uint32_t cp); /* of a character beyond ASCII */

/* Which of the scripts that are written without spaces a character is of, as a token flag (tokens.h); 0: of none. */
unsigned sf_unspaced_script(uint32_t cp);

#endif
