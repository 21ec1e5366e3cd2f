/* SPDX-License-Identifier: MIT */
/* By when posts existed that do not say it, a batch at a time: table births, whose steps rise in number and time. */
#ifndef SF_POSTGRES_BIRTHS_H
#define SF_POSTGRES_BIRTHS_H

#include "postgres_posts.h"

/* A step that a batch adds: posts of its platform with lower numbers existed by then. */
typedef struct sf_pg_step {
    int32_t platform;
    int64_t number, at_ms;
} sf_pg_step;

typedef struct sf_pg_births {
    sf_pg *pg;
    sf_pg_arrays asked, added;
    sf_pg_step *steps; /* of the last batch, by platform and number */
    size_t n_steps, cap_steps;
} sf_pg_births;

void sf_pg_births_open(sf_pg_births *b, sf_pg *pg);
void sf_pg_births_close(sf_pg_births *b);

/* Notes what a batch tells, and sets born_ms of those of its posts that do not say when they were made. The rest keeps what its row
 * says, see sf_pg_earlier_birth(). */
int sf_pg_note_births(sf_pg_births *b, sf_pg_post *v, size_t n, sf_error *err);

/* The earlier of a birth that is known and what the batch's steps tell of a post with this number. */
int64_t sf_pg_earlier_birth(const sf_pg_births *b, int32_t platform, int64_t number, int64_t born_ms);

/* Posts that are taken for younger than the batch's steps say, by key, with columns SF_PG_STATE, platform, source_id; locked. NULL in
 * *out: there are none. */
int sf_pg_read_unborn(sf_pg_births *b, PGresult **out, sf_error *err);

#endif
