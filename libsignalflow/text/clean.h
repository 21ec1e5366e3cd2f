/* SPDX-License-Identifier: MIT */
/* Cleaning text, from within: the steps of sf_clean_text(), one function each, and the memory they work in.
 *
 * A step reads valid UTF-8 and writes valid UTF-8; it takes time linear in its input and never fails on what it reads. */
#ifndef SF_CLEAN_H
#define SF_CLEAN_H

#include "signalflow/normalise.h"
#include "text/source_map.h"
#include "text/text.h"

/* Two texts: the one that is read and the one that is written. Zeroed means empty; keep it to reuse its memory. */
typedef struct sf_cleaner {
    sf_text texts[2];
    sf_source_map *map; /* the caller's, filled with the next text's; NULL: nobody asks */
} sf_cleaner;

/* As sf_clean_text(). *out points into text or the cleaner, until the next call. SF_OK, SF_EINVAL, SF_ENOMEM. */
int sf_clean(sf_cleaner *c, sf_str text, uint32_t what, sf_str *out);
void sf_cleaner_free(sf_cleaner *c);

/* The steps. `what` are all the flags of the call; out is empty and grows as needed; where a step does not copy it notes an edit.
 * SF_OK, SF_ENOMEM or, of mojibake, SF_CLEAN_AGAIN: what came out may be damaged still. */
enum { SF_CLEAN_AGAIN = 1 };
typedef int sf_clean_step(sf_str in, uint32_t what, sf_text *out);
sf_clean_step sf_clean_html;        /* html.c */
sf_clean_step sf_clean_entities;    /* clean.c */
sf_clean_step sf_clean_markdown;    /* markdown.c */
sf_clean_step sf_clean_mojibake;    /* mojibake.c */
sf_clean_step sf_clean_controls;    /* characters.c */
sf_clean_step sf_clean_quotes;      /* characters.c */
sf_clean_step sf_clean_forms;       /* forms.c: NFC, NFKC, case folding */
sf_clean_step sf_clean_urls;        /* links.c */
sf_clean_step sf_clean_mentions;    /* links.c */
sf_clean_step sf_clean_hashtags;    /* links.c */
sf_clean_step sf_clean_floods;      /* characters.c */
sf_clean_step sf_clean_emoji_words; /* emoji_words.c */
sf_clean_step sf_clean_emoji;       /* emoji.c */
sf_clean_step sf_clean_lines;       /* lines.c */
sf_clean_step sf_clean_spaces;      /* lines.c */

#endif
