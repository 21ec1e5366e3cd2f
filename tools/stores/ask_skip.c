/* SPDX-License-Identifier: MIT */
/* Pages far behind: what an offset skips is counted in an index, period by period, or step by step of hotness. */
#include <math.h>

#include "ask_reach.h"

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

/* How wide the next piece is, so that nearly all that is left to skip lies in it, going by the last one: `n` rows, more than are left or not. */
static double next_width(double width, int64_t n, int64_t left)
{
    double wanted = n > 0 ? 0.9 * width * (double)left / (double)n : 4 * width;
    return n > left ? width / 2 : wanted < 4 * width ? wanted : 4 * width;
}

static int skip_in_time(sf_db *db, sf_question *q, sf_error *err)
{
    int64_t start, end, width = HOUR_MS, n;
    int old = q->order == SF_ORDER_OLD;
    int r = span_of(db, q, &start, &end, err);
    if (q->mark.rows > 0 && q->mark.rows <= q->offset) {
        *(old ? &start : &end) = (int64_t)q->mark.at;
        q->offset -= (uint32_t)q->mark.rows;
    }
    while (r == SF_OK && q->offset > NEAR && width > 0 && start < end) {
        sf_question part = *q;
        width = width < end - start ? width : end - start;
        part.since_ms = old ? start : end - width;
        part.until_ms = old ? start + width : end;
        r = count_posts(db, &part, q->offset, &n, err);
        int64_t left = q->offset;
        if (r == SF_OK && n <= left) {
            q->offset -= (uint32_t)n;
            start = old ? part.until_ms : start;
            end = old ? end : part.since_ms;
        }
        width = (int64_t)next_width((double)width, n, n <= left ? left - n : left);
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
            sf_ask_add_hot_entries(&s, i);
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

/* What is hottest of all platforms, or what is least hot. NaN: nothing is. */
static int find_edge(sf_db *db, const sf_question *q, double *out, sf_error *err)
{
    int r = SF_OK;
    *out = (double)NAN;
    for (int32_t i = 1; i < SF_PLATFORM_COUNT && r >= SF_OK; i++) {
        sf_sql s = {.db = db};
        if ((q->platforms >> i & 1U) != 0) {
            sf_sql_add(&s, "SELECT s.hotness");
            sf_ask_add_hot_entries(&s, i);
            sf_sql_add(&s, q->turned ? " ORDER BY s.hotness LIMIT 1" : " ORDER BY s.hotness DESC LIMIT 1");
            r = sf_sql_first(&s, db, err);
            if (r == 1) {
                double at = sf_column_number(s.stmt, 0);
                *out = isnan(*out) || (q->turned ? at < *out : at > *out) ? at : *out;
            }
            sf_sql_free(&s);
        }
    }
    return r < 0 ? r : SF_OK;
}

/* Likewise through the hotness, of which 4 are a day: down from the hottest, or up from the other end. */
static int skip_in_heat(sf_db *db, sf_reach *g, sf_error *err)
{
    static const double finest = 1e-9, widest = 1e6;
    double at, width = 0.25;
    int64_t n;
    int up = g->part.turned;
    int r = find_edge(db, &g->part, &at, err);
    at = up ? at : nextafter(at, (double)INFINITY);
    if (g->part.mark.rows > 0 && g->part.mark.rows <= g->part.offset) {
        *(up ? &g->least_hotness : &g->below_hotness) = at = g->part.mark.at;
        g->part.offset -= (uint32_t)g->part.mark.rows;
    }
    while (r == SF_OK && g->part.offset > NEAR && width > finest && width < widest) {
        sf_reach piece = *g;
        piece.least_hotness = up ? at : at - width;
        piece.below_hotness = up ? at + width : at;
        r = count_hot(db, &piece, g->part.offset, &n, err);
        int64_t left = g->part.offset;
        if (r == SF_OK && n <= left) {
            g->part.offset -= (uint32_t)n;
            at = up ? piece.below_hotness : piece.least_hotness;
            *(up ? &g->least_hotness : &g->below_hotness) = at;
        }
        width = next_width(width, n, n <= left ? left - n : left);
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
