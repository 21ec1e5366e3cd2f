/* SPDX-License-Identifier: MIT */
/* A batch into a PostgreSQL store: one transaction, a handful of statements, however many records. Rows are read and locked in the
 * order of their keys, merged by the rules of merge.h, and written as they then are.
 *
 * Writers do not wait for each other but for rows. Who finds that another one made a post which was not there a moment before,
 * or who is told of a deadlock, does the transaction again. */
#include "postgres_write.h"

#include <stdlib.h>

#include "batch.h"
#include "common/backoff.h"
#include "common/clock.h"
#include "common/fail.h"
#include "common/fault.h"
#include "common/id_order.h"
#include "postgres_births.h"
#include "postgres_offsets.h"

enum { MOST_TRIES = 10 };

struct sf_pg_writer {
    sf_pg *pg;
    sf_pg_posts posts;
    sf_pg_births births;
    sf_pg_arrays marks, coverage;
    sf_pg_history history; /* of the post that is merged */
    sf_merge merge;
    unsigned generation; /* of the connection that is set up for writing */
    int64_t now_ms;
};

/* Batches go by keys, through indexes. Plans are made for each batch: one that was made while a table was empty, when all indexes looked
 * alike, would go on reading all of it by the wrong one. */
static const char set_up_sql[] = "SET plan_cache_mode = force_custom_plan; " SF_PG_BY_INDEXES;
static const char marks_sql[] = "INSERT INTO dirty_buckets (bucket) SELECT unnest($1::timestamptz[])";

static const char coverage_sql[] =
    "INSERT INTO coverage (source, bucket, observed_seconds, failures, gaps)"
    " SELECT source, bucket, max(seconds), max(failures), max(gaps) FROM unnest($1::text[], $2::timestamptz[],"
    " $3::float8[], $4::int8[], $5::int8[]) AS k(source, bucket, seconds, failures, gaps) GROUP BY source, bucket"
    " ORDER BY source, bucket ON CONFLICT (source, bucket) DO UPDATE SET"
    " observed_seconds = greatest(coverage.observed_seconds, excluded.observed_seconds),"
    " failures = greatest(coverage.failures, excluded.failures), gaps = greatest(coverage.gaps, excluded.gaps)";

int sf_pg_writer_open(sf_pg_writer **out, sf_pg *pg, const sf_lexicon *l, sf_error *err)
{
    sf_pg_writer *w = calloc(1, sizeof *w);
    if (w == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    w->pg = pg;
    sf_pg_posts_open(&w->posts, pg);
    sf_pg_births_open(&w->births, pg);
    sf_pg_arrays_open(&w->marks, "m");
    sf_pg_arrays_open(&w->coverage, "tmnww");
    sf_merge_open(&w->merge, l);
    w->history.posts = &w->posts;
    w->merge.history = sf_pg_give_history;
    w->merge.store = &w->history;
    *out = w;
    return SF_OK;
}

void sf_pg_writer_close(sf_pg_writer *w)
{
    if (w != NULL) {
        sf_pg_posts_close(&w->posts);
        sf_pg_births_close(&w->births);
        sf_pg_arrays_close(&w->marks);
        sf_pg_arrays_close(&w->coverage);
        sf_merge_close(&w->merge);
        free(w);
    }
}

/* ---- a batch ------------------------------------------------------------------------------------------------------ */

/* The batch's posts, as no store knows them. */
static int list_posts(sf_batch *memory, sf_record **v, size_t n, sf_pg_post **out, size_t *n_posts, sf_error *err)
{
    sf_pg_post *posts = sf_batch_alloc(memory, (n + 1) * sizeof *posts);
    *n_posts = 0;
    if (posts == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    for (size_t i = 0; i < n;) {
        const sf_signal *s = v[i]->signal;
        sf_pg_post *p = &posts[(*n_posts)++];
        *p = (sf_pg_post){.records = v + i, .n_records = sf_count_same_post(v + i, n - i)};
        sf_post_init(&p->is, s->platform, s->source_id);
        p->seen_ms = sf_first_without_ts(p->records, p->n_records);
        p->number = sf_id_number(s->platform, s->source_id);
        p->born_ms = SF_NO_TIME;
        i += p->n_records;
    }
    *out = posts;
    return SF_OK;
}

static int read_posts(sf_pg_writer *w, sf_pg_post *v, size_t n, sf_error *err)
{
    int r = sf_pg_note_births(&w->births, v, n, err);
    r = r == SF_OK ? sf_pg_read_posts(&w->posts, v, n, err) : r;
    for (size_t i = 0; i < n && r == SF_OK; i++) {
        if (v[i].seen_ms == SF_NO_TIME) {
            v[i].born_ms = v[i].is.ts_ms == SF_NO_TIME && v[i].is.id != 0
                               ? sf_pg_earlier_birth(&w->births, v[i].is.platform, v[i].number, v[i].is.born_ms)
                               : v[i].is.born_ms;
        }
        v[i].needs_looks = sf_merge_needs_history(&w->merge, &v[i].is, v[i].born_ms, v[i].records, v[i].n_records);
    }
    return r == SF_OK ? sf_pg_read_histories(&w->posts, v, n, err) : r;
}

static int merge_posts(sf_pg_writer *w, sf_pg_post *v, size_t n, sf_batch *memory, sf_error *err)
{
    int r = SF_OK;
    for (size_t i = 0; i < n && r == SF_OK; i++) {
        w->history.post = &v[i];
        r = sf_merge_post(&w->merge, &v[i].is, v[i].born_ms, v[i].records, v[i].n_records, err);
        r = r == SF_OK ? sf_pg_gather(&w->posts, &w->merge, &v[i], w->now_ms, memory, err) : r;
    }
    return r;
}

/* ---- births ------------------------------------------------------------------------------------------------------- */

static int find_post(const sf_pg_post *v, size_t n, int64_t id)
{
    for (size_t i = 0; i < n; i++) {
        if (v[i].is.id == id) {
            return 1;
        }
    }
    return 0;
}

/* The posts that the batch's steps concern beyond those of the batch itself. */
static int list_unborn(const sf_pg_writer *w, const PGresult *found, const sf_pg_post *batch, size_t n_batch,
                       sf_batch *memory, sf_pg_post **out, size_t *n, sf_error *err)
{
    int rows = PQntuples(found);
    sf_pg_post *v = sf_batch_alloc(memory, ((size_t)rows + 1) * sizeof *v);
    *n = 0;
    if (v == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    for (int row = 0; row < rows; row++) {
        if (find_post(batch, n_batch, sf_pg_whole(found, row, 0))) {
            continue;
        }
        sf_pg_post *p = &v[(*n)++];
        *p = (sf_pg_post){.needs_looks = 1};
        sf_post_init(&p->is, sf_platform_from_name(sf_pg_text(found, row, SF_PG_STATE_COLUMNS)),
                     sf_pg_text(found, row, SF_PG_STATE_COLUMNS + 1));
        sf_pg_take_state(found, row, 0, p);
        p->born_ms = sf_pg_earlier_birth(&w->births, p->is.platform, sf_id_number(p->is.platform, p->is.source_id),
                                         p->is.born_ms);
    }
    *out = v;
    return SF_OK;
}

/* Posts with lower ids that were taken for younger than they are. */
static int tell_births(sf_pg_writer *w, const sf_pg_post *batch, size_t n_batch, sf_batch *memory, sf_error *err)
{
    PGresult *found;
    sf_pg_post *v = NULL;
    size_t n = 0;
    int r = sf_pg_read_unborn(&w->births, &found, err);
    if (r != SF_OK || found == NULL) {
        return r;
    }
    r = list_unborn(w, found, batch, n_batch, memory, &v, &n, err);
    r = r == SF_OK ? sf_pg_read_histories(&w->posts, v, n, err) : r;
    for (size_t i = 0; i < n && r == SF_OK; i++) {
        w->history.post = &v[i];
        r = sf_merge_rebirth(&w->merge, &v[i].is, v[i].born_ms, err);
        r = r == SF_OK ? sf_pg_gather(&w->posts, &w->merge, &v[i], w->now_ms, memory, err) : r;
    }
    PQclear(found);
    return r;
}

/* ---- the transaction ---------------------------------------------------------------------------------------------- */

static int mark_windows(sf_pg_writer *w, sf_error *err)
{
    sf_merge_settle_windows(&w->merge);
    sf_pg_arrays_reset(&w->marks);
    for (size_t i = 0; i < w->merge.n_windows; i++) {
        sf_pg_put_time(&w->marks, w->merge.windows[i]);
        sf_pg_end_row(&w->marks);
    }
    return sf_pg_execute_arrays(w->pg, marks_sql, &w->marks, NULL, NULL, err);
}

/* What sources tell of themselves. A window is told as it grows, maybe out of order: the greatest holds. */
static int write_coverage(sf_pg_writer *w, const sf_records *b, sf_error *err)
{
    sf_pg_arrays_reset(&w->coverage);
    for (size_t i = 0; i < b->n_coverage; i++) {
        const sf_coverage *c = &b->coverage[i];
        sf_pg_put_text(&w->coverage, sf_cstr(c->source));
        sf_pg_put_time(&w->coverage, c->start_ms);
        sf_pg_put_number(&w->coverage, c->seconds);
        sf_pg_put_whole(&w->coverage, c->failures);
        sf_pg_put_whole(&w->coverage, c->gaps);
        sf_pg_end_row(&w->coverage);
    }
    return sf_pg_execute_arrays(w->pg, coverage_sql, &w->coverage, NULL, NULL, err);
}

/* A batch of signals, within its transaction. */
static int write_signals(void *writer, sf_records *b, sf_record **v, size_t n, int tries, sf_error *err)
{
    sf_pg_writer *w = writer;
    sf_pg_post *posts = NULL;
    size_t n_posts = 0;
    w->now_ms = sf_clock_ms();
    sf_merge_begin(&w->merge);
    sf_pg_posts_begin(&w->posts);
    int r = list_posts(b->memory, v, n, &posts, &n_posts, err);
    r = r == SF_OK ? read_posts(w, posts, n_posts, err) : r;
    r = r == SF_OK ? merge_posts(w, posts, n_posts, b->memory, err) : r;
    r = r == SF_OK ? tell_births(w, posts, n_posts, b->memory, err) : r;
    r = r == SF_OK ? sf_pg_write_gathered(&w->posts, tries, err) : r;
    r = r == SF_OK ? sf_pg_tell_topics(&w->posts, posts, n_posts, b->memory, err) : r;
    r = r == SF_OK ? write_coverage(w, b, err) : r;
    return r == SF_OK ? mark_windows(w, err) : r;
}

int sf_pg_write(sf_pg_writer *w, sf_records *b, sf_error *err)
{
    return sf_pg_write_batch(w->pg, &w->generation, write_signals, w, b, err);
}

/* ---- any batch ---------------------------------------------------------------------------------------------------- */

static int write_once(sf_pg *pg, sf_pg_write_rows rows, void *writer, sf_records *b, sf_record **v, size_t n, int tries,
                      sf_error *err)
{
    pg->collided = 0;
    int r = sf_pg_begin(pg, err);
    r = r == SF_OK ? sf_pg_advance(pg, b, err) : r; /* first: it may not be ours to write */
    r = r == SF_OK ? rows(writer, b, v, n, tries, err) : r;
    sf_fault("store");
    r = r == SF_OK ? sf_pg_commit(pg, err) : r;
    if (r == SF_OK) {
        return r;
    }
    sf_pg_rollback(pg);
    if (pg->collided && r == SF_EPARSE) { /* a row that was not there is there now */
        r = sf_fail(err, SF_EAGAIN, "%.60s: others write the same posts", pg->name);
    }
    return r;
}

int sf_pg_write_batch(sf_pg *pg, unsigned *generation, sf_pg_write_rows rows, void *writer, sf_records *b,
                      sf_error *err)
{
    sf_record **v = NULL;
    size_t n = 0;
    sf_backoff wait = {.first_ms = 2, .most_ms = 200};
    int r = sf_sort_records(b, &v, &n, err);
    r = r == SF_OK ? sf_pg_ready(pg, err) : r;
    if (r == SF_OK && *generation != pg->generation) {
        r = sf_pg_run(pg, set_up_sql, err);
        *generation = r == SF_OK ? pg->generation : *generation;
    }
    r = r == SF_OK ? write_once(pg, rows, writer, b, v, n, 0, err) : r;
    for (int tries = 1; r == SF_EAGAIN && pg->collided && tries < MOST_TRIES; tries++) {
        sf_sleep_ms(sf_backoff_next(&wait));
        r = write_once(pg, rows, writer, b, v, n, tries, err);
    }
    return r;
}
