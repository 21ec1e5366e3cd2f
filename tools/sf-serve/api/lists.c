/* SPDX-License-Identifier: MIT */
/* Pages of rows: signals, what trends, events. By number, as the first system had them ("count", "next", "previous", "results"), or by cursor,
 * which goes on where the page before ended whatever has come since.
 *
 * `count` is at most as old as answers may be; where not all may be looked at (--reach), it says what there is at least, and `next` goes on by cursor behind
 * the last page that it makes. A page from the second half is found from the other end. */
#include <string.h>

#include "common/fail.h"
#include "internal.h"

enum { PAGE = 20, PAGE_MOST = 100 };

/* What a post's row has unless fields are asked for: what the first system gave comes first. */
static const char post_fields[] =
    "id,source_id,platform,title,body,raw_score,comments,ts,topics,keywords,sentiment_compound,velocity,trending_score,"
    "last_updated_at,kind,channel,author,url,lang,labels,observed_at,sentiment_cover,normalised_score,rising";

typedef struct page {
    const asked *asked;
    params p;
    sf_ask ask;
    int64_t number, size, total;
    int last, cursor, backwards, cut;
    sf_question *q;
    sf_answer *a;
    sf_buffer leads; /* beside a comparison */
} page;

/* ---- what is asked ------------------------------------------------------------------------------------------------- */

static void read_size(page *g)
{
    int64_t v = 0;
    sf_str text = params_get(&g->p, "page_size");
    g->size = text.ptr != NULL && python_int(text, &v) && v > 0 ? (v > PAGE_MOST ? PAGE_MOST : v) : PAGE;
}

/* 0: it is none. */
static int read_number(page *g)
{
    sf_str text = params_get(&g->p, "page");
    g->number = 1;
    if (text.ptr == NULL || text.len == 0) {
        return 1;
    }
    g->last = text.len == 4 && memcmp(text.ptr, "last", 4) == 0;
    return g->last || (python_int(text, &g->number) && g->number > 0);
}

static int is_by_platform(const page *g)
{
    sf_str by = params_get(&g->p, "by");
    return g->ask == SF_ASK_COMPARE && by.len == 8 && memcmp(by.ptr, "platform", 8) == 0;
}

static int set_fields(page *g, sf_error *err)
{
    sf_str given = params_get(&g->p, "fields");
    sf_buffer b = {0};
    if (given.ptr != NULL && given.len > 0) {
        return sf_question_set(g->q, "fields", given, err);
    }
    if (g->ask == SF_ASK_COMPARE) {
        return SF_OK;
    }
    sf_buffer_text(&b, post_fields);
    sf_buffer_text(&b, params_include(&g->p, "entities") ? ",entities" : "");
    sf_buffer_text(&b, params_include(&g->p, "sentiment") ? ",sentiment_neg,sentiment_neu,sentiment_pos" : "");
    int r = sf_question_set(g->q, "fields", (sf_str){b.bytes, b.len}, err);
    sf_buffer_free(&b);
    return r;
}

static int ask_page(page *g, const worker *w, sf_error *err)
{
    sf_question_free(g->q);
    g->q = NULL;
    int r = question_of(&g->q, w->api, g->ask, &g->p, err);
    if (r == SF_OK && is_by_platform(g)) {
        g->q->significant = 0; /* it is of events */
    }
    r = r == SF_OK ? set_fields(g, err) : r;
    int all = params_get(&g->p, "since").len == 0 && !is_by_platform(g); /* all there is, as the first system had it */
    if (r == SF_OK && g->ask == SF_ASK_COMPARE && !is_by_platform(g)) {
        r = sf_question_set(g->q, "by", sf_cstr("event"), err);
        r = r == SF_OK && all ? sf_question_set(g->q, "since", sf_cstr("0"), err) : r;
    }
    if (r == SF_OK && g->backwards && g->ask == SF_ASK_SIGNALS) {
        r = sf_question_set(g->q, "order", sf_cstr("old"), err);
    }
    if (r == SF_OK && g->cursor) {
        r = sf_question_set(g->q, "cursor", params_get(&g->p, "cursor"), err);
    }
    r = r == SF_OK ? sf_question_finish(g->q, 0, err) : r;
    if (r == SF_OK && g->ask == SF_ASK_TRENDING && all) {
        g->q->since_ms = SF_NO_TIME;
    }
    if (r == SF_OK) {
        g->q->turned = g->backwards && g->ask != SF_ASK_SIGNALS;
    }
    return r;
}

/* From where a page near by was found to where this one is. */
static int ask_from_mark(page *g, worker *w, sf_error *err)
{
    sf_buffer key = {0};
    put_count_key(g->ask, &g->p, &key);
    sf_buffer_text(&key, g->backwards ? "-" : "+");
    sf_str name = {key.bytes, key.len};
    g->q->mark = key.lost ? (sf_landmark){.rows = 0} : counts_mark(w->api->counts, name);
    int r = worker_ask(w, g->q, g->a, err);
    if (r == SF_OK && g->a->mark.rows > 0 && !key.lost) {
        counts_put_mark(w->api->counts, name, g->a->mark);
    }
    sf_buffer_free(&key);
    return r;
}

/* Asks for `limit` rows from `offset` on. */
static int ask_rows(page *g, worker *w, int64_t offset, int64_t limit, int total, sf_error *err)
{
    int r = ask_page(g, w, err);
    sf_answer_free(g->a);
    g->a = NULL;
    if (r == SF_OK && sf_answer_new(&g->a) != SF_OK) {
        r = sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    if (r == SF_OK) {
        g->q->offset = (uint32_t)(offset < UINT32_MAX - 1000 ? offset : UINT32_MAX - 1000);
        g->q->limit = (uint32_t)limit;
        g->q->total = total;
        g->q->reach = w->api->o.reach;
        g->q->known = total || g->cut ? 0 : g->total;
        r = offset > 0 ? ask_from_mark(g, w, err) : worker_ask(w, g->q, g->a, err);
    }
    return r;
}

/* ---- pages by number ----------------------------------------------------------------------------------------------- */

static int find_total(page *g, worker *w, sf_error *err)
{
    sf_buffer key = {0};
    put_count_key(g->ask, &g->p, &key);
    int r = SF_OK,
        known = counts_get(w->api->counts, (sf_str){key.bytes, key.len}, w->api->o.cache_ms, &g->total, &g->cut);
    if (!known) {
        r = ask_rows(g, w, g->last ? 0 : (g->number - 1) * g->size, g->size, 1, err);
        g->total = r == SF_OK ? g->a->total : 0;
        g->cut = r == SF_OK && g->a->cut;
        if (r == SF_OK) {
            counts_put(w->api->counts, (sf_str){key.bytes, key.len}, g->total, g->cut);
        }
        if (g->last) { /* those were others */
            sf_answer_free(g->a);
            g->a = NULL;
        }
    }
    sf_buffer_free(&key);
    return r;
}

/* From the other end: rows must be turned round. */
static int ask_backwards(page *g, worker *w, int64_t offset, sf_error *err)
{
    int64_t from = g->total - offset - g->size, limit = g->size;
    if (from < 0) {
        limit += from;
        from = 0;
    }
    g->backwards = 1;
    return ask_rows(g, w, from, limit, 0, err);
}

static int fetch(page *g, worker *w, sf_error *err)
{
    int64_t offset = (g->number - 1) * g->size;
    int turnable = params_get(&g->p, "ordering").len == 0;
    if (g->a != NULL) {
        return SF_OK;
    }
    return turnable && !g->cut && offset > g->total / 2 ? ask_backwards(g, w, offset, err)
                                                        : ask_rows(g, w, offset, g->size, 0, err);
}

static int fetch_leads(page *g, worker *w, sf_error *err)
{
    int wanted = g->ask == SF_ASK_COMPARE && params_include(&g->p, "lead_lag");
    return wanted ? put_leads(w, &g->p, &g->leads, err) : SF_OK;
}

static void put_url(const page *g, const char *name, const char *value, sf_buffer *b)
{
    size_t start;
    sf_buffer_put(b, g->asked->base.ptr, g->asked->base.len);
    sf_buffer_put(b, g->asked->path.ptr, g->asked->path.len);
    sf_buffer_text(b, "?");
    start = b->len;
    params_write(&g->p, name, value, b);
    if (b->len == start) {
        sf_buffer_cut(b, start - 1);
    }
}

static void drop_number(params *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++) {
        if (!(p->of[i].name.len == 4 && memcmp(p->of[i].name.ptr, "page", 4) == 0)) {
            p->of[n++] = p->of[i];
        }
    }
    p->n = n;
}

static void put_link(const page *g, const char *name, const char *value, sf_buffer *b)
{
    sf_buffer url = {0};
    put_url(g, name, value, &url);
    sf_buffer_quoted(b, (sf_str){url.bytes, url.len});
    b->lost |= url.lost;
    sf_buffer_free(&url);
}

static void put_page_link(const page *g, int64_t number, int there, sf_buffer *b)
{
    char text[24];
    if (!there) {
        sf_buffer_text(b, "null");
        return;
    }
    (void)snprintf(text, sizeof text, "%lld", (long long)number);
    put_link(g, "page", number > 1 ? text : NULL, b);
}

/* The next number; behind the last, where not all was looked at, the cursor. */
static void put_next(const page *g, int64_t pages, sf_buffer *b)
{
    if (g->cut && g->number >= pages && g->a->next[0] != '\0') {
        page by_cursor = *g;
        drop_number(&by_cursor.p);
        put_link(&by_cursor, "cursor", g->a->next, b);
    } else {
        put_page_link(g, g->number + 1, g->number < pages, b);
    }
}

static void put_rows(const page *g, const char *name, sf_buffer *b)
{
    sf_buffer_format(b, "\"%s\":[", name);
    for (size_t i = 0; i < g->a->n_rows; i++) {
        sf_buffer_text(b, i > 0 ? "," : "");
        sf_answer_row_json(g->a, g->backwards ? g->a->n_rows - 1 - i : i, b);
    }
    sf_buffer_text(b, "]");
    if (g->leads.len > 0) {
        sf_buffer_text(b, ",");
        sf_buffer_put(b, g->leads.bytes, g->leads.len);
    }
    if (params_include(&g->p, "meta")) {
        sf_buffer_text(b, ",\"meta\":");
        sf_answer_meta_json(g->a, b);
    }
    sf_buffer_text(b, "}");
}

/* Where a cursor goes on, for those who want to leave numbers. */
static void put_cursor_field(const page *g, sf_buffer *fields)
{
    params bare = g->p;
    drop_number(&bare);
    if (g->a->next[0] != '\0' && !g->backwards) {
        sf_buffer_text(fields, "Link: <");
        sf_buffer_put(fields, g->asked->base.ptr, g->asked->base.len);
        sf_buffer_put(fields, g->asked->path.ptr, g->asked->path.len);
        sf_buffer_text(fields, "?");
        params_write(&bare, "cursor", g->a->next, fields);
        sf_buffer_text(fields, ">; rel=\"next\"\r\n");
    }
}

static void make_numbered(page *g, worker *w, made *m)
{
    sf_error err = {0};
    if (!read_number(g)) {
        make_error(g->asked, m, 404, "Invalid page.");
        return;
    }
    err.status = g->number > 1 && g->number > INT32_MAX ? SF_OK : find_total(g, w, &err);
    int64_t pages = err.status == SF_OK && g->total > 0 ? (g->total + g->size - 1) / g->size : 1;
    g->number = g->last ? pages : g->number;
    if (err.status == SF_OK && g->number > pages) {
        make_error(g->asked, m, 404, "Invalid page.");
        return;
    }
    err.status = err.status == SF_OK ? fetch(g, w, &err) : err.status;
    err.status = err.status == SF_OK ? fetch_leads(g, w, &err) : err.status;
    if (err.status != SF_OK) {
        make_failure(g->asked, m, &err);
        return;
    }
    m->status = 200;
    m->type = "application/json";
    sf_buffer_format(&m->body, "{\"count\":%lld,%s\"next\":", (long long)g->total,
                     g->cut ? "\"count_exact\":false," : "");
    put_next(g, pages, &m->body);
    sf_buffer_text(&m->body, ",\"previous\":");
    put_page_link(g, g->number - 1, g->number > 1, &m->body);
    sf_buffer_text(&m->body, ",");
    put_rows(g, "results", &m->body);
    put_cursor_field(g, &m->fields);
}

/* ---- pages by cursor ------------------------------------------------------------------------------------------------- */

static void make_behind_cursor(page *g, worker *w, made *m)
{
    sf_error err = {0};
    err.status = ask_rows(g, w, 0, g->size, 0, &err);
    if (err.status != SF_OK) {
        make_failure(g->asked, m, &err);
        return;
    }
    m->status = 200;
    m->type = "application/json";
    sf_buffer_text(&m->body, "{\"next\":");
    if (g->a->next[0] != '\0') {
        put_link(g, "cursor", g->a->next, &m->body);
    } else {
        sf_buffer_text(&m->body, "null");
    }
    sf_buffer_text(&m->body, ",\"previous\":null,");
    put_rows(g, "results", &m->body);
    put_cursor_field(g, &m->fields);
}

/* ---- platforms beside each other -------------------------------------------------------------------------------------- */

static void make_platforms(page *g, worker *w, made *m)
{
    sf_error err = {0};
    err.status = ask_rows(g, w, 0, PAGE_MOST, 0, &err);
    err.status = err.status == SF_OK ? fetch_leads(g, w, &err) : err.status;
    if (err.status != SF_OK) {
        make_failure(g->asked, m, &err);
        return;
    }
    m->status = 200;
    m->type = "application/json";
    sf_buffer_text(&m->body, "{");
    put_rows(g, "platforms", &m->body);
}

static void make_list(worker *w, const asked *of, made *m)
{
    page g = {.asked = of, .ask = (sf_ask)of->route->of_store};
    int r = params_read(&g.p, of->query, w->memory);
    if (r != SF_OK) {
        make_error(of, m, 400, "Too many parameters.");
        return;
    }
    read_size(&g);
    g.cursor = g.ask != SF_ASK_COMPARE && params_get(&g.p, "cursor").ptr != NULL;
    (is_by_platform(&g) ? make_platforms : g.cursor ? make_behind_cursor : make_numbered)(&g, w, m);
    sf_question_free(g.q);
    sf_answer_free(g.a);
    sf_buffer_free(&g.leads);
}

void handle_list(request *r)
{
    reply_made(r, make_list);
}
