/* SPDX-License-Identifier: MIT */
/* Which characters are emoji. */
#ifndef SF_EMOJI_H
#define SF_EMOJI_H

#include <stdint.h>

/* Pictures that are shown as such: not (c), (r), TM, arrows, digits, which need a variation selector to be. Skin tones and
 * the letters of flags count. */
int sf_is_emoji(uint32_t cp);

#endif
