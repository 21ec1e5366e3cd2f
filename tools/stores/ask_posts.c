/* SPDX-License-Identifier: MIT */
/* Posts of a store: the feed, and what trends.
 *
 * First come the keys of the rows (place in the order, id), then the rows themselves. Indexes begin with the platform, so by time
 * the database merges what each platform has in order, and goes no further than the page does; by text, all platforms come at once. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ask_reach.h"
#include "common/fail.h"
#include "merge.h"

/* Posts of a period on a platform: up to so many it is shorter to sort them than to go down the whole order. */
enum { MOST_PLAIN = 200, MOST_FILTERED = 50000 };

/* ---- keys ---------------------------------------------------------------------------------------------------------- */

typedef struct key {
    double key;
    int64_t id;
} key;

typedef struct keys {
    key *v;
    size_t n, cap;
} keys;

static const char *order_column(const sf_question *q)
{
    static const char *const columns[] = {"event_at", "event_at", "hotness", "velocity", "raw_score", "comments"};
    return columns[q->order];
}

static int add_key(const sf_db *db, keys *k, key one, sf_error *err)
{
    if (k->n == k->cap) {
        size_t cap = k->cap == 0 ? 128 : 2 * k->cap;
        key *v = realloc(k->v, cap * sizeof *v);
        if (v == NULL) {
            return sf_fail(err, SF_ENOMEM, "%s: %s", db->ops->name, sf_strerror(SF_ENOMEM));
        }
        k->v = v;
        k->cap = cap;
    }
    k->v[k->n++] = one;
    return SF_OK;
}

/* Posts without a place in the order are left out. */
static void add_known(sf_sql *s, const sf_question *q)
{
    if (q->order > SF_ORDER_OLD) {
        sf_sql_add(s, " AND ");
        sf_sql_post_number(s, q, order_column(q));
        sf_sql_add(s, " IS NOT NULL");
    }
}

static int is_rising(const sf_question *q)
{
    return q->order == SF_ORDER_OLD || q->turned;
}

/* Behind the cursor. */
static void add_cursor(sf_sql *s, const sf_question *q)
{
    const char *column = order_column(q);
    if (q->cursor.given) {
        sf_sql_add(s, " AND (");
        sf_sql_post_number(s, q, column);
        sf_sql_add(s, is_rising(q) ? ", s.id) > (" : ", s.id) < (");
        if (q->order <= SF_ORDER_OLD) {
            sf_sql_time(s, (int64_t)q->cursor.key);
        } else {
            sf_sql_number(s, q->cursor.key);
        }
        sf_sql_add(s, ", ");
        sf_sql_whole(s, q->cursor.id);
        sf_sql_add(s, ")");
    }
}

/* What every list of keys ends with: in order, no more than can be needed. */
static void add_end(sf_sql *s, const sf_question *q)
{
    sf_sql_add(s, is_rising(q) ? " ORDER BY 1, 2 LIMIT " : " ORDER BY 1 DESC, 2 DESC LIMIT ");
    sf_sql_whole(s, (int64_t)q->offset + q->limit + 1);
}

static double key_of(sf_stmt *s, const sf_question *q)
{
    return q->order <= SF_ORDER_OLD ? (double)sf_column_whole(s, 0) : sf_column_number(s, 0);
}

static int read_keys(sf_db *db, const sf_question *q, sf_sql *s, keys *k, sf_error *err)
{
    int r = sf_sql_prepare(s, db, err);
    while (r == SF_OK && (r = sf_sql_step(s, err)) == 1) {
        r = add_key(db, k, (key){key_of(s->stmt, q), sf_column_whole(s->stmt, 1)}, err);
    }
    return r;
}

static void add_start(sf_sql *s, const sf_question *q)
{
    sf_sql_add(s, "SELECT ");
    sf_sql_post_number(s, q, order_column(q));
    sf_sql_add(s, ", s.id");
}

/* The index that a platform's posts are read by: that of the order if there is one, unless it is shorter to sort. */
static int choose_index(sf_db *db, const sf_reach *g, int32_t platform, const char **out, sf_error *err)
{
    const sf_question *q = &g->part;
    *out = sf_ask_index_of(g);
    if (q->order != SF_ORDER_HOT || q->past || strcmp(*out, "signals_new") != 0) {
        return SF_OK;
    }
    int64_t most = sf_ask_is_plain(q) ? MOST_PLAIN : MOST_FILTERED, n = 0;
    int r = sf_ask_count_entries(db, q, platform, *out, most + 1, &n, err);
    *out = n <= most ? *out : "signals_hot";
    return r;
}

/* " FROM ... WHERE ..." of the platform's posts in the reach. */
static int add_posts(sf_sql *s, sf_db *db, const sf_reach *g, int32_t platform, sf_error *err)
{
    const char *index;
    if (s->has_look) {
        sf_sql_posts_by_looks(s, &g->part, platform, g->seen_after_ms, g->least_hotness);
        return SF_OK;
    }
    int r = choose_index(db, g, platform, &index, err);
    if (r == SF_OK) {
        sf_sql_posts_by_time(s, &g->part, platform, index);
        sf_ask_add_heat(s, g);
    }
    return r;
}

/* A server does not see that a platform's rows have an order, unless it is asked for. */
static int add_platform(sf_sql *s, sf_db *db, const sf_reach *g, int32_t platform, sf_error *err)
{
    const sf_question *q = &g->part;
    sf_sql_add(s, db->ops->is_server ? "(" : "");
    add_start(s, q);
    int r = add_posts(s, db, g, platform, err);
    add_known(s, q);
    add_cursor(s, q);
    if (db->ops->is_server) {
        add_end(s, q);
        sf_sql_add(s, ")");
    }
    return r;
}

static int find_by_time(sf_db *db, const sf_reach *g, keys *k, sf_error *err)
{
    const sf_question *q = &g->part;
    sf_sql s = {.db = db, .has_look = g->seen_after_ms != SF_NO_TIME};
    int r = SF_OK, n = 0;
    for (int32_t i = 1; i < SF_PLATFORM_COUNT && r == SF_OK; i++) {
        if ((q->platforms >> i & 1U) != 0) {
            sf_sql_add(&s, n++ > 0 ? " UNION ALL " : "");
            r = add_platform(&s, db, g, i, err);
        }
    }
    if (n > 1 || !db->ops->is_server) {
        add_end(&s, q);
    }
    if (r == SF_OK && n > 0) {
        r = read_keys(db, q, &s, k, err);
    }
    sf_sql_free(&s);
    return r;
}

static int find_by_text(sf_db *db, const sf_reach *g, keys *k, sf_error *err)
{
    const sf_question *q = &g->part;
    sf_sql s = {.db = db};
    add_start(&s, q);
    int r = sf_sql_posts_by_text(&s, db, q, sf_ask_by_id(g), err);
    add_known(&s, q);
    add_cursor(&s, q);
    add_end(&s, q);
    r = r == SF_OK ? read_keys(db, q, &s, k, err) : r;
    sf_sql_free(&s);
    return r;
}

static int find(sf_db *db, const sf_reach *g, keys *k, sf_error *err)
{
    k->n = 0;
    return (sf_sql_has_text(&g->part) ? find_by_text : find_by_time)(db, g, k, err);
}

/* ---- how many ------------------------------------------------------------------------------------------------------ */

/* Of plain questions no more than `most`. */
static int count_by_time(sf_db *db, const sf_reach *g, int32_t platform, int64_t most, int64_t *n, sf_error *err)
{
    const sf_question *q = &g->part;
    int whole = q->since_ms == SF_NO_TIME && q->until_ms == SF_NO_TIME;
    if (sf_ask_is_plain(q) && (q->order <= SF_ORDER_OLD || (q->order == SF_ORDER_HOT && whole))) {
        return sf_ask_count_plain(db, q, platform, q->order == SF_ORDER_HOT ? "signals_hot" : "signals_new", most, n,
                                  err);
    }
    sf_sql s = {.db = db};
    sf_sql_add(&s, "SELECT count(*)");
    sf_sql_posts_by_time(&s, q, platform, sf_ask_index_of(g));
    sf_ask_add_heat(&s, g);
    add_known(&s, q);
    int r = sf_sql_count(&s, db, n, err);
    sf_sql_free(&s);
    return r;
}

/* Words and nothing else: then the full text knows, and no row need be looked at. What is deleted has no text. */
static int is_of_words(const sf_question *q)
{
    sf_question rest = *q;
    rest.n_terms = 0;
    return q->n_terms > 0 && sf_ask_is_plain(&rest) && q->order <= SF_ORDER_OLD && !q->named_platforms &&
           q->apart == 0 && q->since_ms == SF_NO_TIME && q->until_ms == SF_NO_TIME;
}

static int count_by_text(sf_db *db, const sf_reach *g, int64_t *n, sf_error *err)
{
    const sf_question *q = &g->part;
    sf_sql s = {.db = db};
    int r = SF_OK;
    sf_sql_add(&s, "SELECT count(*)");
    if (is_of_words(q)) {
        sf_sql_texts(&s, q);
    } else {
        r = sf_sql_posts_by_text(&s, db, q, sf_ask_by_id(g), err);
        add_known(&s, q);
    }
    r = r == SF_OK ? sf_sql_count(&s, db, n, err) : r;
    sf_sql_free(&s);
    return r;
}

static int count(sf_db *db, const sf_reach *g, sf_answer *a, sf_error *err)
{
    int r = SF_OK;
    const sf_question *q = &g->part;
    a->total = 0;
    if (sf_sql_has_text(q)) {
        return count_by_text(db, g, &a->total, err);
    }
    int64_t most = q->reach > 0 ? INT64_C(10) * q->reach + 1 : INT64_MAX;
    for (int32_t i = 1; i < SF_PLATFORM_COUNT && r == SF_OK; i++) {
        int64_t n = 0;
        r = (q->platforms >> i & 1U) != 0 ? count_by_time(db, g, i, most - a->total, &n, err) : SF_OK;
        a->total += n;
    }
    if (q->reach > 0 && a->total > INT64_C(10) * q->reach) {
        a->total = INT64_C(10) * q->reach;
        a->cut = 1;
    }
    return r;
}

/* ---- rows ---------------------------------------------------------------------------------------------------------- */

static void add_column(sf_sql *s, const sf_question *q, const char *name)
{
    if (strcmp(name, "text") == 0) {
        sf_sql_add(s, "substr(CASE WHEN s.title = '' THEN s.body ELSE s.title END, 1, 400)");
    } else {
        sf_sql_post_number(s, q, strcmp(name, "hot") == 0 ? "hotness" : name);
    }
}

static int fill_row(const sf_db *db, sf_sql *s, const sf_question *q, sf_answer *a, sf_error *err)
{
    sf_cell *cells = sf_answer_row(a);
    int r = cells != NULL ? SF_OK : SF_ENOMEM;
    for (size_t i = 0; r == SF_OK && i < q->n_columns; i++) {
        r = sf_ask_cell(s->stmt, (int)i, a, q->columns[i], &cells[i]);
        if (cells[i].known && strcmp(q->columns[i]->name, "hot") == 0) {
            cells[i].is.number = exp2(cells[i].is.number - (double)q->as_of_ms / SF_HOT_HALVES_MS);
        }
    }
    return r == SF_OK ? r : sf_fail(err, r, "%s: %s", db->ops->name, sf_strerror(r));
}

static void add_columns(sf_sql *s, const sf_question *q)
{
    for (size_t i = 0; i < q->n_columns; i++) {
        sf_sql_add(s, i == 0 ? "SELECT " : ", ");
        add_column(s, q, q->columns[i]->name);
    }
}

static int read_one_by_one(sf_db *db, const sf_question *q, const key *k, size_t n, sf_answer *a, sf_error *err)
{
    sf_sql s = {.db = db};
    add_columns(&s, q);
    sf_sql_add(&s, " FROM signals s WHERE s.id = ");
    sf_sql_whole(&s, 0);
    int r = sf_sql_prepare(&s, db, err);
    for (size_t i = 0; i < n && r == SF_OK; i++) {
        sf_bind_whole(s.stmt, (int)s.n, k[i].id);
        r = sf_sql_step(&s, err);
        r = r == 1 ? fill_row(db, &s, q, a, err) : r;
        sf_db_reset(s.stmt);
    }
    sf_sql_free(&s);
    return r;
}

/* In one journey. */
static int read_at_once(sf_db *db, const sf_question *q, const key *k, size_t n, sf_answer *a, sf_error *err)
{
    sf_sql s = {.db = db};
    sf_buffer ids = {0};
    for (size_t i = 0; i < n; i++) {
        sf_buffer_text(&ids, i > 0 ? "," : "");
        sf_buffer_whole(&ids, k[i].id);
    }
    add_columns(&s, q);
    sf_sql_add(&s, " FROM unnest(CAST(string_to_array(");
    sf_sql_text(&s, (sf_str){ids.bytes, ids.len});
    sf_sql_add(&s,
               ", ',') AS bigint[])) WITH ORDINALITY AS k (id, place) JOIN signals s ON s.id = k.id ORDER BY k.place");
    s.lost |= ids.lost;
    int r = sf_sql_prepare(&s, db, err);
    while (r == SF_OK && (r = sf_sql_step(&s, err)) == 1) {
        r = fill_row(db, &s, q, a, err);
    }
    sf_sql_free(&s);
    sf_buffer_free(&ids);
    return r;
}

static int read_rows(sf_db *db, const sf_question *q, const key *k, size_t n, sf_answer *a, sf_error *err)
{
    return n == 0 ? SF_OK : (db->ops->is_server && n > 1 ? read_at_once : read_one_by_one)(db, q, k, n, a, err);
}

/* The page of these keys, and where it goes on. */
static int read_page(sf_db *db, const sf_question *q, const keys *k, uint32_t offset, sf_answer *a, sf_error *err)
{
    if (k->n <= offset) {
        return SF_OK;
    }
    size_t n = k->n - offset;
    a->more = n > q->limit;
    n = a->more ? q->limit : n;
    int r = read_rows(db, q, k->v + offset, n, a, err);
    if (a->more) {
        key last = k->v[offset + n - 1];
        sf_question_cursor(q, last.key, last.id, a->next);
    }
    return r;
}

/* Among the first `n`. 1: the page is full, 0: it is not, or a failure. */
static int find_among(sf_db *db, const sf_question *q, uint32_t n, sf_reach *g, keys *k, sf_error *err)
{
    int r = sf_ask_near(db, q, n, g, err);
    if (r == 1 && (r = find(db, g, k, err)) == SF_OK) {
        r = !g->cut || k->n > (size_t)q->offset + q->limit;
    }
    g->near = 1;
    g->cut = 0; /* whatever lies behind: if it is full, this page is whole */
    return r;
}

/* Looks near by first, then further: what many posts meet is found among few. Likewise. */
static int find_near(sf_db *db, sf_question *q, sf_reach *g, keys *k, sf_error *err)
{
    static const uint32_t near[] = {400, 1600, 6400};
    uint32_t n;
    int r = 0;
    for (size_t i = 0; i < sizeof near / sizeof near[0] && r == 0; i++) {
        r = find_among(db, q, near[i], g, k, err);
    }
    if (r == 0 && (r = sf_ask_expected(db, q, &n, err)) == SF_OK) {
        r = find_among(db, q, n, g, k, err);
    }
    return r;
}

/* The keys of a reach, where there is one. What `r` says of it, or a failure. */
static int find_reached(sf_db *db, int r, const sf_reach *g, keys *k, sf_error *err)
{
    int found = r >= SF_OK ? find(db, g, k, err) : r;
    return found == SF_OK ? r : found;
}

/* Is it shorter to go by looks? SQLite looks a post's number up in the time that a look takes, and of a day or two there are more of these than of posts. */
static int is_of_then(const sf_db *db, const sf_question *q)
{
    static const int64_t few_days_ms = 2 * INT64_C(86400000);
    int is_long = q->since_ms == SF_NO_TIME || q->as_of_ms - q->since_ms > few_days_ms;
    return q->past && q->order == SF_ORDER_HOT && !q->turned && !sf_sql_has_text(q) && (is_long || db->ops->is_server);
}

/* What was hottest at a moment, by the looks before it: the last few tell how hot a post of the page must have been, and so how long ago its newest look may
 * lie. 1: the page is found, 0: it is not, or a failure. */
static int find_then(sf_db *db, sf_question *q, sf_reach *g, keys *k, sf_error *err)
{
    static const uint32_t last[] = {400, 3200, 25600};
    size_t wanted = (size_t)q->offset + q->limit + 1;
    int r = 0;
    for (size_t i = 0; i < sizeof last / sizeof last[0] && r == 0 && k->n < wanted; i++) {
        if (q->reach == 0 || last[i] <= q->reach / 10) {
            r = find_reached(db, sf_ask_last_seen(db, q, last[i], g, err), g, k, err);
        }
    }
    if (r == 0 && k->n >= wanted && (r = sf_ask_as_hot(db, q, k->v[wanted - 1].key, g, err)) == 1) {
        r = find_reached(db, r, g, k, err);
    }
    g->near = 1;
    return r;
}

/* What was skipped, and up to where. */
static void mark_of(const sf_reach *g, uint32_t offset, sf_landmark *out)
{
    const sf_question *q = &g->part;
    double heat = q->turned ? g->least_hotness : g->below_hotness;
    int64_t at = q->order == SF_ORDER_OLD ? q->since_ms : q->until_ms;
    *out = (sf_landmark){(int64_t)offset - q->offset, q->order == SF_ORDER_HOT ? heat : (double)at};
}

/* The keys of the page: where an index knows that there are few, of all of them; else near by, else as far as it may look. */
static int find_page(sf_db *db, const sf_question *q, sf_reach *g, keys *k, sf_landmark *mark, sf_error *err)
{
    int r = sf_ask_few(db, q, g, err);
    if (r == 0) {
        sf_question noted = *q;
        r = (is_of_then(db, q) ? find_then : find_near)(db, &noted, g, k, err);
        if (r != 0) {
            return r == 1 ? SF_OK : r;
        }
        r = sf_ask_reach(db, &noted, g, err);
    }
    sf_reach here = *g;
    r = r >= 0 ? sf_ask_skip(db, &here, err) : r;
    mark_of(&here, q->offset, mark);
    r = r == SF_OK ? find(db, &here, k, err) : r;
    g->part.offset = here.part.offset;
    return r;
}

/* As far as it may look: a page that was found near by says nothing of the rest. */
static int count_all(sf_db *db, const sf_question *q, sf_reach *g, sf_answer *a, sf_error *err)
{
    int r = g->near ? sf_ask_reach(db, q, g, err) : SF_OK;
    a->cut = r == SF_OK && g->cut;
    return r == SF_OK ? count(db, g, a, err) : r;
}

int sf_ask_posts(sf_db *db, const sf_question *q, sf_answer *a, sf_error *err)
{
    keys k = {.n = 0};
    sf_reach g;
    int r = find_page(db, q, &g, &k, &a->mark, err);
    r = r == SF_OK ? read_page(db, q, &k, g.part.offset, a, err) : r;
    if (r == SF_OK && g.cut && !a->more && g.goes_on) {
        a->more = 1;
        sf_question_cursor(q, g.key, g.id, a->next);
    }
    a->cut = r == SF_OK && g.cut;
    r = r == SF_OK && q->total ? count_all(db, q, &g, a, err) : r;
    r = r == SF_OK && q->coverage ? sf_ask_coverage(db, q, a, err) : r;
    free(k.v);
    return r;
}
