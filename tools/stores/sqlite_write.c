/* SPDX-License-Identifier: MIT */
/* A batch into a SQLite store: one transaction, posts in the order of their keys, each merged by the rules of merge.h. */
#include "sqlite_write.h"

#include <stdlib.h>

#include "batch.h"
#include "common/clock.h"
#include "common/fail.h"
#include "common/fault.h"
#include "common/id_order.h"
#include "sqlite_offsets.h"
#include "sqlite_posts.h"

struct sf_sqlite_writer {
    sqlite3 *db;
    sf_sqlite_posts *posts;
    sf_sqlite_offsets *offsets;
    sqlite3_stmt *begin, *commit, *rollback, *dirty, *cover, *newest;
    sf_merge merge;
    int64_t now_ms;
    int durable; /* commits wait for the disk */
};

int sf_sqlite_writer_open(sf_sqlite_writer **out, sqlite3 *db, const sf_lexicon *l, sf_error *err)
{
    sf_sqlite_writer *w = calloc(1, sizeof *w);
    if (w == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    w->db = db;
    sf_merge_open(&w->merge, l);
    int r = sf_sqlite_posts_open(&w->posts, db, err);
    r = r == SF_OK ? sf_sqlite_prepare(db, "BEGIN IMMEDIATE", &w->begin, err) : r;
    r = r == SF_OK ? sf_sqlite_prepare(db, "COMMIT", &w->commit, err) : r;
    r = r == SF_OK ? sf_sqlite_prepare(db, "ROLLBACK", &w->rollback, err) : r;
    r = r == SF_OK ? sf_sqlite_prepare(db, "INSERT INTO dirty_buckets (bucket) VALUES (?1)", &w->dirty, err) : r;
    r = r == SF_OK ? sf_sqlite_prepare(db,
                                       "INSERT INTO coverage (source, bucket, observed_seconds, failures, gaps) "
                                       "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (source, bucket) DO UPDATE SET "
                                       "observed_seconds = max(observed_seconds, excluded.observed_seconds), "
                                       "failures = max(failures, excluded.failures), gaps = max(gaps, excluded.gaps)",
                                       &w->cover, err)
                   : r;
    r = r == SF_OK ? sf_sqlite_prepare(db, "SELECT max(last_updated_at) FROM signals", &w->newest, err) : r;
    r = r == SF_OK ? sf_sqlite_offsets_open(&w->offsets, db, err) : r;
    w->merge.history = sf_sqlite_read_looks;
    w->merge.store = w->posts;
    if (r != SF_OK) {
        sf_sqlite_writer_close(w);
        return r;
    }
    *out = w;
    return SF_OK;
}

void sf_sqlite_writer_close(sf_sqlite_writer *w)
{
    if (w != NULL) {
        sf_sqlite_posts_close(w->posts);
        sf_sqlite_offsets_close(w->offsets);
        sqlite3_stmt *const all[] = {w->begin, w->commit, w->rollback, w->dirty, w->cover, w->newest};
        for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
            (void)sqlite3_finalize(all[i]);
        }
        sf_merge_close(&w->merge);
        free(w);
    }
}

/* ---- births ------------------------------------------------------------------------------------------------------- */

/* Posts with lower ids that were taken for younger than they are. */
static int tell_births(sf_sqlite_writer *w, int32_t platform, int64_t above, int64_t below, int64_t at_ms,
                       sf_batch *memory, sf_error *err)
{
    sf_post other;
    int r;
    while ((r = sf_sqlite_next_unborn(w->posts, platform, &above, below, at_ms, memory, &other, err)) == 1) {
        r = sf_merge_rebirth(&w->merge, &other, at_ms, err);
        r = r == SF_OK ? sf_sqlite_write_post(w->posts, &w->merge, &other, w->now_ms, memory, err) : r;
        if (r != SF_OK) {
            return r;
        }
    }
    return r;
}

/* ---- a batch ------------------------------------------------------------------------------------------------------ */

static int write_post(sf_sqlite_writer *w, sf_record *const *records, size_t n, sf_batch *memory, sf_error *err)
{
    sf_post p;
    sf_post_init(&p, records[0]->signal->platform, records[0]->signal->source_id);
    int r = sf_sqlite_read_post(w->posts, &p, err);
    int64_t born = p.born_ms, seen = sf_first_without_ts(records, n), number = 0, below = 0;
    if (r == SF_OK && seen != SF_NO_TIME) {
        number = sf_id_number(p.platform, p.source_id);
        r = sf_sqlite_note_birth(w->posts, &p, number, seen, &born, &below, err);
    }
    r = r == SF_OK ? sf_merge_post(&w->merge, &p, born, records, n, err) : r;
    r = r == SF_OK ? sf_sqlite_write_post(w->posts, &w->merge, &p, w->now_ms, memory, err) : r;
    return r == SF_OK && below < number ? tell_births(w, p.platform, below, number, seen, memory, err) : r;
}

static int write_posts(sf_sqlite_writer *w, sf_records *b, sf_record *const *v, size_t n, sf_error *err)
{
    int r = SF_OK;
    for (size_t i = 0, end; i < n && r == SF_OK; i = end) {
        end = i + sf_count_same_post(v + i, n - i);
        r = write_post(w, v + i, end - i, b->memory, err);
    }
    return r;
}

/* Once all rows are written: a post's text may have come in the same batch. */
static int tell_topics(sf_sqlite_writer *w, sf_record *const *v, size_t n, sf_batch *memory, sf_error *err)
{
    int r = SF_OK;
    for (size_t i = 0, end; i < n && r == SF_OK; i = end) {
        int wanted = 0;
        end = i + sf_count_same_post(v + i, n - i);
        for (size_t j = i; j < end; j++) {
            wanted |= sf_wants_topics(v[j]);
        }
        r = wanted ? sf_sqlite_tell_topics(w->posts, v + i, end - i, memory, err) : SF_OK;
    }
    return r;
}

static int mark_windows(sf_sqlite_writer *w, sf_error *err)
{
    int r = SF_OK;
    sf_merge_settle_windows(&w->merge);
    for (size_t i = 0; i < w->merge.n_windows && r == SF_OK; i++) {
        sf_sqlite_bind_time(w->dirty, 1, w->merge.windows[i]);
        r = sf_sqlite_step(w->dirty, err);
    }
    return r;
}

/* What sources tell of themselves. A window is told as it grows, maybe out of order: the greatest holds. */
static int write_coverage(sf_sqlite_writer *w, const sf_records *b, sf_error *err)
{
    int r = SF_OK;
    for (size_t i = 0; i < b->n_coverage && r == SF_OK; i++) {
        const sf_coverage *c = &b->coverage[i];
        sf_sqlite_bind_text(w->cover, 1, sf_cstr(c->source));
        sf_sqlite_bind_time(w->cover, 2, c->start_ms);
        sf_sqlite_bind_number(w->cover, 3, c->seconds);
        (void)sqlite3_bind_int64(w->cover, 4, c->failures);
        (void)sqlite3_bind_int64(w->cover, 5, c->gaps);
        r = sf_sqlite_step(w->cover, err);
    }
    return r;
}

/* When the rows are written, as last_updated_at has it: later with every transaction, whatever the clock does, so that who follows the store by it
 * misses none. */
static int take_time(sf_sqlite_writer *w, sf_error *err)
{
    w->now_ms = sf_clock_ms();
    int r = sf_sqlite_step(w->newest, err);
    if (r == 1) {
        int64_t newest = sqlite3_column_int64(w->newest, 0);
        w->now_ms = newest < w->now_ms ? w->now_ms : newest + 1;
        (void)sqlite3_reset(w->newest);
    }
    return r < 0 ? r : SF_OK;
}

int sf_sqlite_write(sf_sqlite_writer *w, sf_records *b, sf_error *err)
{
    sf_record **v = NULL;
    size_t n = 0;
    int r = sf_sort_records(b, &v, &n, err);
    r = r == SF_OK ? sf_sqlite_make_durable(w->db, &w->durable, b->durable, err) : r;
    r = r == SF_OK ? sf_sqlite_step(w->begin, err) : r;
    if (r != SF_OK) {
        return r;
    }
    sf_merge_begin(&w->merge);
    sf_sqlite_posts_begin(w->posts);
    r = take_time(w, err);
    r = r == SF_OK ? sf_sqlite_advance(w->offsets, b, err) : r; /* first: it may not be ours to write */
    r = r == SF_OK ? write_posts(w, b, v, n, err) : r;
    r = r == SF_OK ? tell_topics(w, v, n, b->memory, err) : r;
    r = r == SF_OK ? write_coverage(w, b, err) : r;
    r = r == SF_OK ? mark_windows(w, err) : r;
    r = r == SF_OK ? sf_sqlite_index_texts(w->posts, err) : r;
    sf_fault("store");
    r = r == SF_OK ? sf_sqlite_step(w->commit, err) : r;
    if (r != SF_OK && !sqlite3_get_autocommit(w->db)) {
        (void)sf_sqlite_step(w->rollback, NULL);
    }
    return r;
}
