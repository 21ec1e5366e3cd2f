/* SPDX-License-Identifier: MIT */
/* Markdown, from within. All its markup is taken out by leaving bytes away: the reader marks each byte of the text as kept
 * or not, and what is kept is copied at the end. */
#ifndef SF_MARKDOWN_H
#define SF_MARKDOWN_H

#include "text/text.h"

#define SF_MD_OPEN 32 /* brackets, emphasis marks that can be open at once; beyond that the oldest stay as they are */
#define SF_MD_RUNS 32 /* longest run of backticks that opens a code span */

/* A run of *, _ or ~ that may open emphasis. */
typedef struct sf_md_run {
    size_t at, count; /* what is left of it */
    size_t whole;     /* its length at first */
    char sign;
    int closes; /* it might also have closed one */
} sf_md_run;

/* A '[' or '(' that may open a link, an image or a superscript. */
typedef struct sf_md_bracket {
    size_t at;
    size_t signs; /* of '!' or '^' before it, which go with it */
} sf_md_bracket;

/* What inline markup is open in the current paragraph. */
typedef struct sf_md_inline {
    sf_md_run runs[SF_MD_OPEN];
    sf_md_bracket links[SF_MD_OPEN], groups[SF_MD_OPEN];
    int n_runs, n_links, n_groups;
    size_t spoiler;       /* behind an open >!; 0: none */
    size_t paragraph_end; /* code spans end before here; 0: not looked for yet */
    uint32_t no_ticks;    /* bit n: no run of n backticks comes any more */
} sf_md_inline;

typedef struct sf_markdown {
    sf_str in;
    char *keep;          /* a byte for each of in: 1 it is kept, 0 it is not */
    int has_definitions; /* "[label]: url" stands somewhere, so [text][label] is a link */
    sf_md_inline inlines;
} sf_markdown;

/* Takes [from, to) out. */
static inline void sf_md_drop(sf_markdown *m, size_t from, size_t to)
{
    memset(m->keep + from, 0, to - from);
}

/* A new paragraph begins: what was open stays as it is. */
static inline void sf_md_paragraph(sf_markdown *m)
{
    sf_md_inline *l = &m->inlines;
    l->n_runs = l->n_links = l->n_groups = 0;
    l->spoiler = l->paragraph_end = 0;
    l->no_ticks = 0;
}

/* Reads the inline markup of the line [at, end). Returns where it stopped: end, or behind a code span that went on over it. */
size_t sf_md_line(sf_markdown *m, size_t at, size_t end);

static inline int sf_md_is_punctuation(char c)
{
    return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

#endif
