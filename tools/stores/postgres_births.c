/* SPDX-License-Identifier: MIT */
/* Births: see postgres_births.h. The steps are the least ones that say all: no step has one behind it (of a higher number) that is as early. */
#include "postgres_births.h"

#include <stdlib.h>
#include <string.h>

#include "common/fail.h"

/* Writers of births take turns: a step changes what others may read. */
static const char lock_sql[] = "SELECT pg_advisory_xact_lock(6001, 1)";
static const char above_sql[] =
    "SELECT (SELECT b.at FROM births b WHERE b.platform = k.platform AND b.number >= k.number ORDER BY b.number LIMIT "
    "1)"
    " FROM unnest($1::text[], $2::int8[]) WITH ORDINALITY AS k(platform, number, i) ORDER BY k.i";
/* What a step makes needless: those below it that are not earlier, down to the first that is. */
static const char drop_sql[] =
    "DELETE FROM births b USING unnest($1::text[], $2::int8[], $3::timestamptz[]) AS k(platform, number, at)"
    " WHERE b.platform = k.platform AND b.number < k.number AND b.number > coalesce((SELECT c.number FROM births c"
    " WHERE c.platform = k.platform AND c.number < k.number AND c.at < k.at ORDER BY c.number DESC LIMIT 1), 0)";
static const char add_sql[] =
    "INSERT INTO births (platform, number, at) SELECT * FROM unnest($1::text[], $2::int8[], $3::timestamptz[])"
    " ON CONFLICT (platform, number) DO UPDATE SET at = excluded.at";
static const char unborn_sql[] =
    "SELECT " SF_PG_STATE ", s.platform, s.source_id FROM signals s WHERE s.id IN (SELECT u.id"
    " FROM unnest($1::text[], $2::int8[], $3::timestamptz[]) AS k(platform, number, at) JOIN signals u"
    " ON u.platform = k.platform AND u.id_number < k.number AND u.id_number > coalesce((SELECT c.number FROM births c"
    " WHERE c.platform = k.platform AND c.number < k.number ORDER BY c.number DESC LIMIT 1), 0) AND u.born_at > k.at)"
    " ORDER BY s.platform, s.source_id FOR UPDATE OF s";

void sf_pg_births_open(sf_pg_births *b, sf_pg *pg)
{
    memset(b, 0, sizeof *b);
    b->pg = pg;
    sf_pg_arrays_open(&b->asked, "tw");
    sf_pg_arrays_open(&b->added, "twm");
}

void sf_pg_births_close(sf_pg_births *b)
{
    sf_pg_arrays_close(&b->asked);
    sf_pg_arrays_close(&b->added);
    free(b->steps);
}

static int counts(const sf_pg_post *p)
{
    return p->seen_ms != SF_NO_TIME && p->number > 0;
}

/* By platform, then the highest number first, then the earliest. */
static int compare_steps(const void *left, const void *right)
{
    const sf_pg_step *a = left, *b = right;
    if (a->platform != b->platform) {
        return a->platform < b->platform ? -1 : 1;
    }
    if (a->number != b->number) {
        return a->number > b->number ? -1 : 1;
    }
    return (a->at_ms > b->at_ms) - (a->at_ms < b->at_ms);
}

/* Leaves the steps that say something which none behind them does. */
static void settle_steps(sf_pg_births *b)
{
    size_t n = 0;
    if (b->n_steps > 1) {
        qsort(b->steps, b->n_steps, sizeof *b->steps, compare_steps);
    }
    for (size_t i = 0; i < b->n_steps; i++) {
        const sf_pg_step *last = n > 0 ? &b->steps[n - 1] : NULL;
        if (last == NULL || last->platform != b->steps[i].platform || b->steps[i].at_ms < last->at_ms) {
            b->steps[n++] = b->steps[i];
        }
    }
    b->n_steps = n;
}

static int add_step(sf_pg_births *b, const sf_pg_post *p, sf_error *err)
{
    if (b->n_steps == b->cap_steps) {
        size_t cap = b->cap_steps > 0 ? 2 * b->cap_steps : 256;
        sf_pg_step *v = realloc(b->steps, cap * sizeof *v);
        if (v == NULL) {
            return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
        }
        b->steps = v;
        b->cap_steps = cap;
    }
    b->steps[b->n_steps++] = (sf_pg_step){p->is.platform, p->number, p->seen_ms};
    return SF_OK;
}

int64_t sf_pg_earlier_birth(const sf_pg_births *b, int32_t platform, int64_t number, int64_t born_ms)
{
    for (size_t i = 0; number > 0 && i < b->n_steps; i++) {
        const sf_pg_step *s = &b->steps[i];
        if (s->platform == platform && s->number >= number && (born_ms == SF_NO_TIME || s->at_ms < born_ms)) {
            born_ms = s->at_ms;
        }
    }
    return born_ms;
}

/* What births knows of the batch's posts; those of which it says something later become steps. */
static int compare_with_known(sf_pg_births *b, sf_pg_post *v, size_t n, sf_error *err)
{
    PGresult *known;
    int row = 0;
    int r = sf_pg_execute_arrays(b->pg, above_sql, &b->asked, &known, NULL, err);
    for (size_t i = 0; i < n && r == SF_OK; i++) {
        if (counts(&v[i])) {
            v[i].born_ms = sf_pg_time(known, row++, 0);
            if (v[i].born_ms == SF_NO_TIME || v[i].born_ms > v[i].seen_ms) {
                r = add_step(b, &v[i], err);
            }
        }
    }
    PQclear(known);
    return r;
}

static void gather_steps(sf_pg_births *b)
{
    sf_pg_arrays_reset(&b->added);
    for (size_t i = 0; i < b->n_steps; i++) {
        sf_pg_put_text(&b->added, sf_cstr(sf_platform_name(b->steps[i].platform)));
        sf_pg_put_whole(&b->added, b->steps[i].number);
        sf_pg_put_time(&b->added, b->steps[i].at_ms);
        sf_pg_end_row(&b->added);
    }
}

int sf_pg_note_births(sf_pg_births *b, sf_pg_post *v, size_t n, sf_error *err)
{
    b->n_steps = 0;
    sf_pg_arrays_reset(&b->asked);
    sf_pg_arrays_reset(&b->added);
    for (size_t i = 0; i < n; i++) {
        if (counts(&v[i])) {
            sf_pg_put_text(&b->asked, sf_cstr(sf_platform_name(v[i].is.platform)));
            sf_pg_put_whole(&b->asked, v[i].number);
            sf_pg_end_row(&b->asked);
        }
    }
    if (b->asked.rows == 0) {
        return SF_OK;
    }
    int r = sf_pg_execute(b->pg, lock_sql, NULL, NULL, err);
    r = r == SF_OK ? compare_with_known(b, v, n, err) : r;
    if (r != SF_OK) {
        return r;
    }
    settle_steps(b);
    gather_steps(b);
    for (size_t i = 0; i < n; i++) {
        if (counts(&v[i])) {
            v[i].born_ms = sf_pg_earlier_birth(b, v[i].is.platform, v[i].number, v[i].born_ms);
        }
    }
    r = sf_pg_execute_arrays(b->pg, drop_sql, &b->added, NULL, NULL, err);
    return r == SF_OK ? sf_pg_execute_arrays(b->pg, add_sql, &b->added, NULL, NULL, err) : r;
}

int sf_pg_read_unborn(sf_pg_births *b, PGresult **out, sf_error *err)
{
    return sf_pg_execute_arrays(b->pg, unborn_sql, &b->added, out, NULL, err);
}
