/* SPDX-License-Identifier: MIT */
/* How far a question looks: see ask_reach.h. Counting entries of an index costs a tenth of looking at rows, so that is how it is found out. */
#include "ask_reach.h"

#include <math.h>
#include <string.h>

int sf_ask_is_plain(const sf_question *q)
{
    return !q->past && !q->deleted && !q->rising && q->topic.len == 0 && q->n_terms == 0 && q->channel.len == 0 &&
           q->author.len == 0 && q->lang.len == 0 && q->source_id.len == 0 && q->n_labels == 0 && q->n_without == 0 &&
           q->kind < 0 && isnan(q->min_velocity) && isnan(q->min_score) && isnan(q->min_comments) &&
           isnan(q->min_sentiment) && isnan(q->max_sentiment);
}

const char *sf_ask_index(const sf_question *q)
{
    return q->source_id.len > 0    ? "sqlite_autoindex_signals_1"
           : q->deleted            ? "signals_gone"
           : q->author.len > 0     ? "signals_author"
           : q->rising && !q->past ? "signals_rising"
                                   : "signals_new";
}

/* " FROM signals s WHERE ..." of a platform's entries in an index, in the question's period. */
static void add_entries(sf_sql *s, const sf_question *q, int32_t platform, const char *index)
{
    sf_sql_add(s, " FROM signals s");
    sf_sql_index(s, index);
    sf_sql_add(s, " WHERE s.platform = ");
    sf_sql_text(s, sf_cstr(sf_platform_name(platform)));
    if (q->author.len > 0) {
        sf_sql_add(s, " AND s.author = ");
        sf_sql_text(s, q->author);
    }
    sf_sql_add(s, q->rising && !q->past ? " AND s.rising IS TRUE" : "");
    sf_sql_add(s, " AND s.event_at >= ");
    sf_sql_time(s, q->since_ms != SF_NO_TIME ? q->since_ms : 0);
    sf_sql_add(s, " AND s.event_at < ");
    sf_sql_time(s, q->until_ms != SF_NO_TIME ? q->until_ms : INT64_MAX);
}

int sf_ask_has_at_most(sf_db *db, const sf_question *q, int32_t platform, const char *index, int64_t most, int *out,
                       sf_error *err)
{
    sf_sql s = {.db = db};
    int64_t n;
    sf_sql_add(&s, "SELECT count(*) FROM (SELECT 1");
    add_entries(&s, q, platform, index);
    sf_sql_add(&s, " LIMIT ");
    sf_sql_whole(&s, most + 1);
    sf_sql_add(&s, ") few");
    int r = sf_sql_count(&s, db, &n, err);
    sf_sql_free(&s);
    *out = n <= most;
    return r;
}

/* ---- by text ------------------------------------------------------------------------------------------------------- */

/* Do at most so many texts match? */
static int are_few_texts(sf_db *db, const sf_question *q, int *out, sf_error *err)
{
    sf_sql s = {.db = db};
    int64_t n = 0;
    sf_sql_add(&s, "SELECT count(*) FROM (SELECT 1");
    sf_sql_texts(&s, q);
    sf_sql_add(&s, " LIMIT ");
    sf_sql_whole(&s, (int64_t)q->reach + 1);
    sf_sql_add(&s, ") few");
    int r = sf_sql_count(&s, db, &n, err);
    sf_sql_free(&s);
    *out = n <= q->reach;
    return r;
}

/* ---- by time, and by hotness ---------------------------------------------------------------------------------------- */

/* The share of each platform. */
static int64_t share_of(const sf_question *q)
{
    int64_t n = 0;
    for (int32_t i = 1; i < SF_PLATFORM_COUNT; i++) {
        n += q->platforms >> i & 1U;
    }
    return q->reach / (n > 0 ? n : 1);
}

/* The entry that comes behind so many. 1: there is one, 0: there are not so many, or a failure. */
static int entry_behind(sf_db *db, const sf_question *q, int32_t platform, int64_t n, int64_t *at, sf_error *err)
{
    sf_sql s = {.db = db};
    sf_sql_add(&s, "SELECT s.event_at");
    add_entries(&s, q, platform, sf_ask_index(q));
    sf_sql_add(&s, q->order == SF_ORDER_OLD ? " ORDER BY s.event_at LIMIT 1 OFFSET "
                                            : " ORDER BY s.event_at DESC LIMIT 1 OFFSET ");
    sf_sql_whole(&s, n);
    int r = sf_sql_prepare(&s, db, err);
    r = r == SF_OK ? sf_sql_step(&s, err) : r;
    if (r == 1) {
        *at = sf_column_time(s.stmt, 0);
    }
    sf_sql_free(&s);
    return r;
}

/* Leaves out what lies before the cursor; id 0 and INT64_MAX: that moment, too. */
static void begin_at_cursor(const sf_question *q, sf_question *part)
{
    int64_t at = q->cursor.given ? (int64_t)q->cursor.key : 0;
    if (q->past && (part->until_ms == SF_NO_TIME || part->until_ms > q->as_of_ms + SF_AHEAD_MS + 1)) {
        part->until_ms = q->as_of_ms + SF_AHEAD_MS + 1;
    }
    if (q->cursor.given && q->order == SF_ORDER_NEW) {
        at += q->cursor.id > 0;
        part->until_ms = part->until_ms == SF_NO_TIME || at < part->until_ms ? at : part->until_ms;
    } else if (q->cursor.given && q->order == SF_ORDER_OLD) {
        at += q->cursor.id == INT64_MAX;
        part->since_ms = part->since_ms == SF_NO_TIME || at > part->since_ms ? at : part->since_ms;
    }
}

/* Bounds the period: of each platform no more than its share lies in it. */
static int reach_in_time(sf_db *db, const sf_question *q, sf_reach *out, sf_error *err)
{
    int old = q->order == SF_ORDER_OLD;
    int64_t bound = SF_NO_TIME, at = 0;
    sf_question *part = &out->part;
    begin_at_cursor(q, part);
    for (int32_t i = 1; i < SF_PLATFORM_COUNT; i++) {
        int r = (q->platforms >> i & 1U) != 0 ? entry_behind(db, part, i, share_of(q), &at, err) : 0;
        if (r < 0) {
            return r;
        }
        bound = r == 1 && (bound == SF_NO_TIME || (old ? at < bound : at > bound)) ? at : bound;
    }
    if (bound == SF_NO_TIME) {
        return SF_OK;
    }
    out->cut = 1;
    out->goes_on = q->order <= SF_ORDER_OLD;
    out->key = (double)bound;
    /* So many of one moment that it would get nowhere: then all of that moment. */
    int stuck = old ? part->since_ms != SF_NO_TIME && bound <= part->since_ms
                    : part->until_ms != SF_NO_TIME && bound + 1 >= part->until_ms;
    out->id = stuck != old ? 0 : INT64_MAX;
    if (old) {
        part->until_ms = bound + stuck;
    } else {
        part->since_ms = bound + !stuck;
    }
    return SF_OK;
}

/* " FROM signals s WHERE ..." of a platform's entries in signals_hot. */
static void add_hot_entries(sf_sql *s, int32_t platform)
{
    sf_sql_add(s, " FROM signals s");
    sf_sql_index(s, "signals_hot");
    sf_sql_add(s, " WHERE s.platform = ");
    sf_sql_text(s, sf_cstr(sf_platform_name(platform)));
    sf_sql_add(s, " AND s.hotness IS NOT NULL");
}

void sf_ask_add_heat(sf_sql *s, const sf_reach *g)
{
    if (!isnan(g->least_hotness)) {
        sf_sql_add(s, " AND s.hotness >= ");
        sf_sql_number(s, g->least_hotness);
    }
    if (!isnan(g->below_hotness)) {
        sf_sql_add(s, " AND s.hotness < ");
        sf_sql_number(s, g->below_hotness);
    }
}

/* Bounds the hotness likewise. */
static int reach_in_heat(sf_db *db, const sf_question *q, sf_reach *out, sf_error *err)
{
    for (int32_t i = 1; i < SF_PLATFORM_COUNT; i++) {
        sf_sql s = {.db = db};
        if ((q->platforms >> i & 1U) == 0) {
            continue;
        }
        sf_sql_add(&s, "SELECT s.hotness");
        add_hot_entries(&s, i);
        if (q->cursor.given) {
            sf_sql_add(&s, q->cursor.id > 0 ? " AND s.hotness <= " : " AND s.hotness < ");
            sf_sql_number(&s, q->cursor.key);
        }
        sf_sql_add(&s, " ORDER BY s.hotness DESC LIMIT 1 OFFSET ");
        sf_sql_whole(&s, share_of(q));
        int r = sf_sql_prepare(&s, db, err);
        r = r == SF_OK ? sf_sql_step(&s, err) : r;
        if (r == 1) {
            double at = sf_column_number(s.stmt, 0);
            out->least_hotness = isnan(out->least_hotness) || at > out->least_hotness ? at : out->least_hotness;
        }
        sf_sql_free(&s);
        if (r < 0) {
            return r;
        }
    }
    out->cut = out->goes_on = !isnan(out->least_hotness);
    out->key = out->least_hotness;
    out->id = 0; /* those of this very hotness were looked at */
    return SF_OK;
}

/* Can an index of few, or the full text, find all of them? */
static int are_few(sf_db *db, const sf_question *q, int *out, sf_error *err)
{
    int r = SF_OK;
    *out = q->source_id.len > 0 || q->deleted || (sf_ask_is_plain(q) && q->order <= SF_ORDER_HOT);
    if (!*out && sf_sql_has_text(q)) {
        return are_few_texts(db, q, out, err);
    }
    for (int32_t i = 1; !*out && i < SF_PLATFORM_COUNT; i++) {
        int few = 1;
        r = (q->platforms >> i & 1U) != 0 ? sf_ask_has_at_most(db, q, i, sf_ask_index(q), share_of(q), &few, err)
                                          : SF_OK;
        if (r != SF_OK || !few) {
            return r;
        }
    }
    *out = 1;
    return r;
}

/* By hotness, or else by time? */
static int is_by_heat(const sf_question *q)
{
    return q->order == SF_ORDER_HOT && !q->past && !sf_sql_has_text(q);
}

int sf_ask_reach(sf_db *db, const sf_question *q, sf_reach *out, sf_error *err)
{
    int few = 1;
    *out = (sf_reach){.part = *q, .least_hotness = (double)NAN, .below_hotness = (double)NAN};
    int r = q->reach > 0 ? are_few(db, q, &few, err) : SF_OK;
    if (r != SF_OK || few) {
        return r;
    }
    return is_by_heat(q) ? reach_in_heat(db, q, out, err) : reach_in_time(db, q, out, err);
}

int sf_ask_near(sf_db *db, const sf_question *q, sf_reach *out, sf_error *err)
{
    enum { NEARER = 16 };
    sf_question near = *q;
    near.reach = q->reach / NEARER;
    *out = (sf_reach){.part = *q, .least_hotness = (double)NAN, .below_hotness = (double)NAN};
    if (near.reach == 0 || q->source_id.len > 0 || q->deleted || sf_ask_is_plain(q) ||
        (q->order > SF_ORDER_OLD && !is_by_heat(q))) {
        return 0;
    }
    int r = is_by_heat(q) ? reach_in_heat(db, &near, out, err) : reach_in_time(db, &near, out, err);
    return r == SF_OK ? 1 : r;
}

/* ---- pages far behind ---------------------------------------------------------------------------------------------- */

enum { NEAR = 2000, HOUR_MS = 3600000 };

/* Posts of a period, as far as they are no more than `most`. */
static int count_posts(sf_db *db, const sf_question *q, int64_t most, int64_t *out, sf_error *err)
{
    int r = SF_OK;
    *out = 0;
    for (int32_t i = 1; i < SF_PLATFORM_COUNT && r == SF_OK && *out <= most; i++) {
        int64_t n = 0;
        r = (q->platforms >> i & 1U) != 0 ? sf_ask_count_plain(db, q, i, "signals_new", most + 1, &n, err) : SF_OK;
        *out += n;
    }
    return r;
}

/* From the first to behind the last moment of a question's posts. */
static int span_of(sf_db *db, const sf_question *q, int64_t *start, int64_t *end, sf_error *err)
{
    int r = SF_OK;
    *start = INT64_MAX;
    *end = 0;
    for (int32_t i = 1; i < SF_PLATFORM_COUNT && r == SF_OK; i++) {
        int64_t first, last;
        r = sf_ask_span(db, i, &first, &last, err);
        if (r == SF_OK && first != SF_NO_TIME) {
            *start = first < *start ? first : *start;
            *end = last >= *end ? last + 1 : *end;
        }
    }
    *start = q->since_ms != SF_NO_TIME && q->since_ms > *start ? q->since_ms : *start;
    *end = q->until_ms != SF_NO_TIME && q->until_ms < *end ? q->until_ms : *end;
    return r;
}

static int skip_in_time(sf_db *db, sf_question *q, sf_error *err)
{
    int64_t start, end, width = HOUR_MS, n;
    int old = q->order == SF_ORDER_OLD, growing = 1;
    int r = span_of(db, q, &start, &end, err);
    while (r == SF_OK && q->offset > NEAR && width > 0 && start < end) {
        sf_question part = *q;
        width = width < end - start ? width : end - start;
        part.since_ms = old ? start : end - width;
        part.until_ms = old ? start + width : end;
        r = count_posts(db, &part, q->offset, &n, err);
        int over = r != SF_OK || n > q->offset;
        if (!over) {
            q->offset -= (uint32_t)n;
            start = old ? part.until_ms : start;
            end = old ? end : part.since_ms;
        }
        growing = growing && !over;
        width = growing ? 2 * width : width / 2;
    }
    q->since_ms = old ? start : q->since_ms;
    q->until_ms = old ? q->until_ms : end;
    return r;
}

/* Entries of signals_hot within bounds, as far as they are no more than `most`. */
static int count_hot(sf_db *db, const sf_reach *g, int64_t most, int64_t *out, sf_error *err)
{
    int r = SF_OK;
    *out = 0;
    for (int32_t i = 1; i < SF_PLATFORM_COUNT && r == SF_OK && *out <= most; i++) {
        sf_sql s = {.db = db};
        int64_t n = 0;
        if ((g->part.platforms >> i & 1U) != 0) {
            sf_sql_add(&s, "SELECT count(*) FROM (SELECT 1");
            add_hot_entries(&s, i);
            sf_ask_add_heat(&s, g);
            sf_sql_add(&s, " LIMIT ");
            sf_sql_whole(&s, most + 1);
            sf_sql_add(&s, ") counted");
            r = sf_sql_count(&s, db, &n, err);
            sf_sql_free(&s);
        }
        *out += n;
    }
    return r;
}

/* What is hottest, of all platforms. NaN: nothing is. */
static int find_hottest(sf_db *db, const sf_question *q, double *out, sf_error *err)
{
    int r = SF_OK;
    *out = (double)NAN;
    for (int32_t i = 1; i < SF_PLATFORM_COUNT && r >= SF_OK; i++) {
        sf_sql s = {.db = db};
        if ((q->platforms >> i & 1U) != 0) {
            sf_sql_add(&s, "SELECT s.hotness");
            add_hot_entries(&s, i);
            sf_sql_add(&s, " ORDER BY s.hotness DESC LIMIT 1");
            r = sf_sql_prepare(&s, db, err);
            r = r == SF_OK ? sf_sql_step(&s, err) : r;
            if (r == 1) {
                double at = sf_column_number(s.stmt, 0);
                *out = isnan(*out) || at > *out ? at : *out;
            }
            sf_sql_free(&s);
        }
    }
    return r < 0 ? r : SF_OK;
}

/* Likewise down the hotness, of which 4 are a day. */
static int skip_in_heat(sf_db *db, sf_reach *g, sf_error *err)
{
    static const double finest = 1e-9;
    double top, width = 0.25;
    int64_t n;
    int growing = 1;
    int r = find_hottest(db, &g->part, &top, err);
    top = nextafter(top, (double)INFINITY);
    while (r == SF_OK && g->part.offset > NEAR && width > finest && top > 0) {
        sf_reach piece = *g;
        piece.below_hotness = top;
        piece.least_hotness = top - width;
        r = count_hot(db, &piece, g->part.offset, &n, err);
        int over = r != SF_OK || n > g->part.offset;
        if (!over) {
            g->part.offset -= (uint32_t)n;
            top = g->below_hotness = piece.least_hotness;
        }
        growing = growing && !over;
        width = growing ? 2 * width : width / 2;
    }
    return r;
}

int sf_ask_skip(sf_db *db, sf_reach *g, sf_error *err)
{
    sf_question *q = &g->part;
    int whole = q->since_ms == SF_NO_TIME && q->until_ms == SF_NO_TIME;
    if (!sf_ask_is_plain(q) || q->cursor.given || q->offset <= NEAR || q->order > SF_ORDER_HOT ||
        (q->order == SF_ORDER_HOT && !whole)) {
        return SF_OK;
    }
    return q->order == SF_ORDER_HOT ? skip_in_heat(db, g, err) : skip_in_time(db, q, err);
}

int sf_ask_count_plain(sf_db *db, const sf_question *q, int32_t platform, const char *index, int64_t most, int64_t *n,
                       sf_error *err)
{
    sf_sql s = {.db = db};
    sf_sql_add(&s, "SELECT count(*) FROM (SELECT 1 FROM signals s");
    sf_sql_index(&s, index);
    sf_sql_add(&s, " WHERE s.platform = ");
    sf_sql_text(&s, sf_cstr(sf_platform_name(platform)));
    sf_sql_add(&s, strcmp(index, "signals_hot") == 0 ? " AND s.hotness IS NOT NULL" : " AND s.deleted_at IS NULL");
    sf_sql_period(&s, q);
    sf_sql_add(&s, " LIMIT ");
    sf_sql_whole(&s, most);
    sf_sql_add(&s, ") counted");
    int r = sf_sql_count(&s, db, n, err);
    sf_sql_free(&s);
    return r;
}
