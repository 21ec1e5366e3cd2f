/* SPDX-License-Identifier: MIT */
/* Windows-1252, and Latin-1 where it has no character of its own. */
#ifndef SF_WINDOWS_1252_H
#define SF_WINDOWS_1252_H

#include <stdint.h>

/* What the bytes 0x80 to 0x9F stand for; those that stand for nothing, for the control character of that number. */
extern const uint16_t sf_windows_1252[32];

/* The byte that stands for a character; -1 if there is none. */
int sf_windows_1252_byte(uint32_t cp);

#endif
