/* SPDX-License-Identifier: MIT */
/* Patterns of the user's own: regular expressions whose matches are names. */
#ifndef SF_PATTERNS_H
#define SF_PATTERNS_H

#include "signalflow/signal.h"

typedef struct sf_pattern {
    void *code;  /* a pcre2_code_8; shared by threads */
    char *label; /* with the NUL */
    char *id;    /* NULL: what matched, in lower case */
    uint32_t label_len, id_len;
} sf_pattern;

typedef struct sf_patterns {
    sf_pattern *at;
    size_t n, cap;
    uint64_t checksum; /* of all that was put in */
} sf_patterns;         /* zeroed: none */

/* Compiles a pattern and puts it in; one with the same source is replaced. SF_OK, SF_EPARSE (it is no regular expression),
 * SF_ENOMEM. */
int sf_patterns_add(sf_patterns *p, sf_str label, sf_str source, sf_str id);
int sf_patterns_import(sf_patterns *p, const sf_patterns *from); /* copies of all */
void sf_patterns_free(sf_patterns *p);

/* What one thread needs to match: made once, of use for all patterns. NULL: out of memory. */
typedef struct sf_matcher sf_matcher;
sf_matcher *sf_matcher_new(void);
void sf_matcher_free(sf_matcher *m);

/* The first match of a pattern in text at or after byte `from`: 1 and its bytes [*start, *end), or 0. A pattern that takes more
 * than its share of steps counts as not matching. */
int sf_pattern_match(sf_matcher *m, const sf_pattern *p, sf_str text, size_t from, size_t *start, size_t *end);

#endif
