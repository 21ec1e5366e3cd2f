/* SPDX-License-Identifier: MIT */
/* What the files of questions share: what the filters said, before it is clear what it means. */
#ifndef SF_QUESTION_INTERNAL_H
#define SF_QUESTION_INTERNAL_H

#include "question.h"

/* A time as it was given: itself, or how long before. */
typedef struct sf_moment {
    int given;
    int64_t at_ms; /* SF_NO_TIME: it is `ago` */
    int64_t ago_ms;
} sf_moment;

struct sf_question_raw {
    int64_t now_ms;
    sf_moment as_of, since, until;
    const char *by, *order;
    sf_str fields;
    int tolerant, forgiving;
    int nothing; /* no row can be meant */
};

#define SF_ORDER_LETTERS "nohvsc" /* in cursors, by sf_order */

#endif
