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

/* The index that knows what is asked, or that of time. */
static const char *index_for(const sf_question *q)
{
    return q->source_id.len > 0    ? "sqlite_autoindex_signals_1"
           : q->deleted            ? "signals_gone"
           : q->author.len > 0     ? "signals_author"
           : q->rising && !q->past ? "signals_rising"
                                   : "signals_new";
}

const char *sf_ask_index_of(const sf_reach *g)
{
    int by_heat = !isnan(g->least_hotness) || !isnan(g->below_hotness);
    return by_heat ? "signals_hot" : g->index != NULL ? g->index : index_for(&g->part);
}

int sf_ask_by_id(const sf_reach *g)
{
    return g->cut || g->part.reach == 0;
}

/* By hotness, or else by time? */
static int is_by_heat(const sf_question *q)
{
    return q->order == SF_ORDER_HOT && !q->past && !sf_sql_has_text(q);
}

/* Can all that is asked be told by the index of time? */
static int is_by_index(const sf_db *db, const sf_question *q)
{
    int of_then = q->past && (q->order > SF_ORDER_OLD || !isnan(q->min_velocity) || !isnan(q->min_score) ||
                              !isnan(q->min_comments));
    int of_texts = q->lang.len > 0 || q->channel.len > 0 || q->n_labels > 0 || q->n_without > 0;
    return strcmp(index_for(q), "signals_new") == 0 && q->topic.len == 0 && !is_by_heat(q) && !of_then &&
           !(of_texts && db->ops->is_server);
}

/* Looking at a row takes ten times as long as looking at an entry of an index. */
static uint32_t rows_of(const sf_question *q)
{
    return q->reach < 10 ? 1 : q->reach / 10;
}

/* How many posts are looked at; by text, whether they match is. */
static uint32_t reach_of(const sf_db *db, const sf_question *q)
{
    return sf_sql_has_text(q) || is_by_index(db, q) ? q->reach : rows_of(q);
}

/* " FROM signals s WHERE ..." of a platform's entries in an index, in the question's period. */
static void add_entries(sf_sql *s, const sf_question *q, int32_t platform, const char *index)
{
    sf_sql_add(s, " FROM signals s");
    sf_sql_index(s, index);
    sf_sql_add(s, " WHERE s.platform = ");
    sf_sql_text(s, sf_cstr(sf_platform_name(platform)));
    sf_sql_author(s, q);
    sf_sql_add(s, q->rising && !q->past ? " AND s.rising IS TRUE" : "");
    if (strcmp(index, "signals_fast") == 0) {
        sf_sql_add(s, " AND s.velocity >= ");
        sf_sql_number(s, q->min_velocity);
        sf_sql_add(s,
                   " AND s.velocity >= " SF_FAST_TEXT); /* what the index begins by comes first: SQLite goes by that */
    }
    sf_sql_add(s, " AND s.event_at >= ");
    sf_sql_time(s, q->since_ms != SF_NO_TIME ? q->since_ms : 0);
    sf_sql_add(s, " AND s.event_at < ");
    sf_sql_time(s, q->until_ms != SF_NO_TIME ? q->until_ms : INT64_MAX);
}

int sf_ask_count_entries(sf_db *db, const sf_question *q, int32_t platform, const char *index, int64_t most, int64_t *n,
                         sf_error *err)
{
    sf_sql s = {.db = db};
    sf_sql_add(&s, "SELECT count(*) FROM (SELECT 1");
    add_entries(&s, q, platform, index);
    sf_sql_add(&s, " LIMIT ");
    sf_sql_whole(&s, most);
    sf_sql_add(&s, ") few");
    int r = sf_sql_count(&s, db, n, err);
    sf_sql_free(&s);
    return r;
}

/* ---- by text ------------------------------------------------------------------------------------------------------- */

/* Do all that match by their words meet the rest, but for deleted posts, platform and period? */
static int is_of_text(const sf_question *q)
{
    sf_question rest = *q;
    rest.topic.len = rest.n_terms = 0;
    return sf_sql_has_text(q) && sf_ask_is_plain(&rest);
}

/* How many texts match, as far as they are no more than `most`; or how many of these posts meet all else, too, if that is known. */
static int count_texts(sf_db *db, const sf_question *q, int64_t most, int64_t *n, sf_error *err)
{
    sf_sql s = {.db = db};
    if (q->known > 0) {
        *n = q->known < most ? q->known : most;
        return SF_OK;
    }
    /* PostgreSQL would plan for the limit, and read texts one after the other where statistics say that many match: few may, today. So the
     * matches are planned by themselves; they are still read only as far as they are asked for. */
    int is_server = db->ops->is_server;
    sf_sql_add(&s, is_server ? "WITH texts AS MATERIALIZED (SELECT 1" : "SELECT count(*) FROM (SELECT 1");
    sf_sql_texts(&s, q);
    sf_sql_add(&s, is_server ? ") SELECT count(*) FROM (SELECT FROM texts LIMIT " : " LIMIT ");
    sf_sql_whole(&s, most);
    sf_sql_add(&s, ") few");
    int r = sf_sql_count(&s, db, n, err);
    sf_sql_free(&s);
    return r;
}

/* About how many posts there are: ids go up by one. */
static int count_roughly(sf_db *db, int64_t *n, sf_error *err)
{
    sf_sql s = {.db = db};
    sf_sql_add(&s, "SELECT (SELECT max(id) FROM signals) - (SELECT min(id) FROM signals) + 1");
    int r = sf_sql_count(&s, db, n, err);
    sf_sql_free(&s);
    return r;
}

int sf_ask_expected(sf_db *db, sf_question *q, uint32_t *out, sf_error *err)
{
    enum { TIMES = 32 }; /* what reading a post takes, of looking at an entry of an index */
    int64_t n = 0, all = 0, most = q->reach > 0 ? rows_of(q) : INT32_MAX;
    *out = 0;
    if (!is_of_text(q) || db->ops->is_server) {
        return SF_OK;
    }
    int r = count_texts(db, q, most + 1, &n, err);
    r = r == SF_OK ? count_roughly(db, &all, err) : r;
    q->known = n;
    if (r == SF_OK && n > 0 && n <= most) {
        double entries = 4.0 * ((double)q->offset + q->limit + 1) * (double)all / (double)n;
        *out = entries < TIMES * (double)n && entries < UINT32_MAX ? (uint32_t)entries : 0;
    }
    return r;
}

/* ---- by time, and by hotness ---------------------------------------------------------------------------------------- */

/* The share of each platform. */
static int64_t share_of(const sf_question *q, int64_t all)
{
    int64_t n = 0;
    for (int32_t i = 1; i < SF_PLATFORM_COUNT; i++) {
        n += q->platforms >> i & 1U;
    }
    return all / (n > 0 ? n : 1);
}

/* The entry that comes behind so many. 1: there is one, 0: there are not so many, or a failure. */
static int entry_behind(sf_db *db, const sf_question *q, int32_t platform, int64_t n, int64_t *at, sf_error *err)
{
    sf_sql s = {.db = db};
    sf_sql_add(&s, "SELECT s.event_at");
    add_entries(&s, q, platform, index_for(q));
    sf_sql_add(&s, q->order == SF_ORDER_OLD ? " ORDER BY s.event_at LIMIT 1 OFFSET "
                                            : " ORDER BY s.event_at DESC LIMIT 1 OFFSET ");
    sf_sql_whole(&s, n);
    int r = sf_sql_first(&s, db, err);
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

/* Bounds the period: of each platform no more than its share of `all` lies in it. */
static int reach_in_time(sf_db *db, const sf_question *q, int64_t all, sf_reach *out, sf_error *err)
{
    int old = q->order == SF_ORDER_OLD;
    int64_t bound = SF_NO_TIME, at = 0;
    sf_question *part = &out->part;
    begin_at_cursor(q, part);
    for (int32_t i = 1; i < SF_PLATFORM_COUNT; i++) {
        int r = (q->platforms >> i & 1U) != 0 ? entry_behind(db, part, i, share_of(q, all), &at, err) : 0;
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
        part->since_ms = part->since_ms == SF_NO_TIME ? 0 : part->since_ms; /* a period with both ends */
        part->until_ms = bound + stuck;
    } else {
        part->since_ms = bound + !stuck;
    }
    return SF_OK;
}

void sf_ask_add_hot_entries(sf_sql *s, int32_t platform)
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
static int reach_in_heat(sf_db *db, const sf_question *q, int64_t all, sf_reach *out, sf_error *err)
{
    for (int32_t i = 1; i < SF_PLATFORM_COUNT; i++) {
        sf_sql s = {.db = db};
        if ((q->platforms >> i & 1U) == 0) {
            continue;
        }
        sf_sql_add(&s, "SELECT s.hotness");
        sf_ask_add_hot_entries(&s, i);
        if (q->cursor.given) {
            sf_sql_add(&s, q->cursor.id > 0 ? " AND s.hotness <= " : " AND s.hotness < ");
            sf_sql_number(&s, q->cursor.key);
        }
        sf_sql_add(&s, " ORDER BY s.hotness DESC LIMIT 1 OFFSET ");
        sf_sql_whole(&s, share_of(q, all));
        int r = sf_sql_first(&s, db, err);
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

/* Does an index have at most so many entries of what is asked? */
static int has_few(sf_db *db, const sf_question *q, const char *index, int64_t most, int *out, sf_error *err)
{
    int r = SF_OK;
    int64_t all = 0;
    for (int32_t i = 1; r == SF_OK && all <= most && i < SF_PLATFORM_COUNT; i++) {
        int64_t n = 0;
        r = (q->platforms >> i & 1U) != 0 ? sf_ask_count_entries(db, q, i, index, most + 1 - all, &n, err) : SF_OK;
        all += n;
    }
    *out = all <= most;
    return r;
}

/* Is there nothing to look up in the rows but how fast they are? */
static int is_of_speed(const sf_question *q)
{
    sf_question rest = *q;
    rest.min_velocity = (double)NAN;
    return sf_ask_is_plain(&rest) && q->order <= SF_ORDER_OLD;
}

/* By text, more may be read where that is all that is asked for: then hardly any is read in vain. */
static int64_t texts_of(const sf_question *q)
{
    return is_of_text(q) || q->reach < 30 ? rows_of(q) : q->reach / 30;
}

/* Can an index, or the full text, find all of them, and are they no more than `most`? Those that are fast may be as many as may be looked at. */
static int are_few(sf_db *db, const sf_question *q, int64_t most, sf_reach *out, int *few, sf_error *err)
{
    int r = SF_OK;
    *few = q->source_id.len > 0 || q->deleted || (sf_ask_is_plain(q) && q->order <= SF_ORDER_HOT);
    if (*few) {
        return SF_OK;
    }
    if (sf_sql_has_text(q)) {
        int64_t n = 0;
        r = count_texts(db, q, most + 1, &n, err);
        *few = n <= most;
        return r;
    }
    if (!q->past && q->min_velocity >= SF_FAST && strcmp(index_for(q), "signals_new") == 0) {
        r = has_few(db, q, "signals_fast", q->reach == 0 ? most : is_of_speed(q) ? q->reach : rows_of(q), few, err);
        out->index = r == SF_OK && *few ? "signals_fast" : NULL;
    }
    return r == SF_OK && !*few ? has_few(db, q, index_for(q), most, few, err) : r;
}

sf_reach sf_ask_all(const sf_question *q)
{
    return (sf_reach){
        .part = *q, .least_hotness = (double)NAN, .below_hotness = (double)NAN, .seen_after_ms = SF_NO_TIME};
}

int sf_ask_few(sf_db *db, const sf_question *q, sf_reach *out, sf_error *err)
{
    enum { FEW = 1000 };
    int few;
    int64_t most = q->reach > 0 && rows_of(q) < FEW ? rows_of(q) : FEW;
    *out = sf_ask_all(q);
    int r = are_few(db, q, most, out, &few, err);
    return r == SF_OK ? few : r;
}

int sf_ask_near(sf_db *db, const sf_question *q, uint32_t n, sf_reach *out, sf_error *err)
{
    *out = sf_ask_all(q);
    if (n == 0 || q->turned || (q->reach > 0 && n >= reach_of(db, q)) || (q->order > SF_ORDER_OLD && !is_by_heat(q))) {
        return 0;
    }
    int r = is_by_heat(q) ? reach_in_heat(db, q, n, out, err) : reach_in_time(db, q, n, out, err);
    return r == SF_OK ? 1 : r;
}

int sf_ask_reach(sf_db *db, const sf_question *q, sf_reach *out, sf_error *err)
{
    int few = 1;
    int64_t all = reach_of(db, q);
    *out = sf_ask_all(q);
    int r = q->reach > 0 ? are_few(db, q, sf_sql_has_text(q) ? texts_of(q) : rows_of(q), out, &few, err) : SF_OK;
    if (r != SF_OK || few) {
        return r;
    }
    return is_by_heat(q) ? reach_in_heat(db, q, all, out, err) : reach_in_time(db, q, all, out, err);
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
