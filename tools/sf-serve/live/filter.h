/* SPDX-License-Identifier: MIT */
/* What a client wants to hear of: the filters of single posts that questions have too (platform, topic, q, min_velocity, ...), of a query string or of
 * a message {"type":"subscribe","platform":"reddit",...}. Clients with the same filters share one. A delete passes all but the platform, so that what
 * is shown can go. */
#ifndef SERVE_FILTER_H
#define SERVE_FILTER_H

#include "common/question.h"

typedef struct filter {
    char *text; /* the filters as they were given: who gives the same shares this */
    sf_question *question;
    size_t refs;
    uint64_t *passed; /* the owner's: a bit a message of the ring */
} filter;

/* The filters of a query string; *out NULL: there are none. Other names are passed over; the cursor's value, if there is one, is copied. SF_OK; SF_EINVAL
 * with a message that names the filter; SF_ENOMEM. */
int filter_of_query(filter **out, sf_str query, char *cursor, size_t cap, sf_error *err);

/* The filters of a client's message. 1: out has them (NULL: none, everything is wanted); 0: it is no subscription; failures as above. */
int filter_of_message(filter **out, sf_str json, sf_error *err);

void filter_free(filter *f); /* NULL is fine */

/* Does the signal pass? */
int filter_passes(const filter *f, const sf_signal *s);

#endif
