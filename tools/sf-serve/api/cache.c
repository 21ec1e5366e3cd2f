/* SPDX-License-Identifier: MIT */
/* Answers that are kept for some seconds. Whoever asks what a worker is at already waits for that worker (one flight), and when the store is
 * away, an answer that has grown old is better than none.
 *
 * The key is the request as it came: path, query, and what links are made of. Users do not matter: all who may ask get the same. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "common/clock.h"
#include "common/hash.h"
#include "common/metrics.h"
#include "internal.h"
#include "shared.h"

enum { BUCKETS = 16384, GZIP_LEAST = 1024, GZIP_LEVEL = 1, OLD_MOST_MS = 600000 };

typedef struct entry {
    sf_hash key;
    int status; /* 0: nothing yet */
    const char *type;
    http_body *body, *packed; /* packed: NULL until somebody wants it */
    sf_buffer fields;
    char etag[40];
    int64_t made_ms;
    int asked; /* a worker is at it */
    request *waiting;
    struct entry *next, *older, *newer; /* of the bucket; by age */
} entry;

struct cache {
    entry *of[BUCKETS];
    entry *oldest, *newest;
    size_t bytes;
    char settings[sizeof(sf_hash)]; /* those that answers depend on */
};

/* ---- the table ----------------------------------------------------------------------------------------------------- */

static size_t size_of(const entry *e)
{
    return sizeof *e + e->fields.cap + (e->body != NULL ? e->body->len : 0) + (e->packed != NULL ? e->packed->len : 0);
}

static void empty(entry *e)
{
    http_body_release(e->body);
    http_body_release(e->packed);
    sf_buffer_free(&e->fields);
    e->body = e->packed = NULL;
    e->status = 0;
}

static void unlink_age(struct cache *c, entry *e)
{
    *(e->older != NULL ? &e->older->newer : &c->oldest) = e->newer;
    *(e->newer != NULL ? &e->newer->older : &c->newest) = e->older;
    e->older = e->newer = NULL;
}

static void link_newest(struct cache *c, entry *e)
{
    e->older = c->newest;
    e->newer = NULL;
    *(c->newest != NULL ? &c->newest->newer : &c->oldest) = e;
    c->newest = e;
}

static void drop(struct cache *c, entry *e)
{
    entry **at = &c->of[e->key.low % BUCKETS];
    while (*at != e) {
        at = &(*at)->next;
    }
    *at = e->next;
    unlink_age(c, e);
    c->bytes -= size_of(e);
    empty(e);
    free(e);
}

/* The oldest go, but for those that somebody waits for. */
static void make_room(struct cache *c, size_t most)
{
    for (entry *e = c->oldest, *next; e != NULL && c->bytes > most; e = next) {
        next = e->newer;
        if (!e->asked) {
            drop(c, e);
        }
    }
}

void cache_free(struct cache *c)
{
    while (c != NULL && c->oldest != NULL) {
        drop(c, c->oldest);
    }
    free(c);
}

static entry *find(struct cache *c, sf_hash key)
{
    entry *e = c->of[key.low % BUCKETS];
    while (e != NULL && !sf_hash_equal(e->key, key)) {
        e = e->next;
    }
    return e;
}

static entry *find_or_add(struct cache *c, sf_hash key)
{
    entry *e = find(c, key);
    if (e == NULL && (e = calloc(1, sizeof *e)) != NULL) {
        e->key = key;
        e->next = c->of[key.low % BUCKETS];
        c->of[key.low % BUCKETS] = e;
        link_newest(c, e);
        c->bytes += size_of(e);
    }
    return e;
}

/* ---- answering from it --------------------------------------------------------------------------------------------- */

static http_body *pack(const http_body *body)
{
    z_stream z = {.next_in = (Bytef *)body->bytes, .avail_in = (uInt)body->len};
    sf_buffer b = {0};
    if (deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        return NULL;
    }
    sf_buffer_repeat(&b, '\0', deflateBound(&z, (uLong)body->len));
    z.next_out = (Bytef *)b.bytes;
    z.avail_out = (uInt)b.len;
    int r = b.lost ? Z_MEM_ERROR : deflate(&z, Z_FINISH);
    sf_buffer_cut(&b, (size_t)z.total_out);
    (void)deflateEnd(&z);
    http_body *packed = r == Z_STREAM_END ? http_body_take(&b) : NULL;
    sf_buffer_free(&b);
    return packed;
}

static http_body *body_for(api *a, entry *e, const http_head *h)
{
    if (e->body == NULL || e->body->len < GZIP_LEAST || !takes_gzip(h)) {
        return e->body;
    }
    if (e->packed == NULL && (e->packed = pack(e->body)) != NULL) {
        a->cache->bytes += e->packed->len;
    }
    return e->packed != NULL ? e->packed : e->body;
}

/* The tag that the answer in this coding has. */
static void tag_of(const entry *e, const http_body *body, char tag[48])
{
    size_t n = strlen(e->etag);
    memcpy(tag, e->etag, n + 1);
    if (body != NULL && body == e->packed) {
        memcpy(tag + n - 1, "-gz\"", 5);
    }
}

static void put_number(sf_buffer *b, const char *name, int64_t v)
{
    sf_buffer_text(b, name);
    sf_buffer_whole(b, v > 0 ? v : 0);
    sf_buffer_text(b, "\r\n");
}

static void answer(request *r, entry *e)
{
    char tag[48];
    sf_buffer *f = fields_of(r);
    http_body *body = body_for(r->api, e, &r->x->head);
    tag_of(e, body, tag);
    sf_buffer_put(f, e->fields.bytes != NULL ? e->fields.bytes : "", e->fields.len);
    put_number(f, "Cache-Control: private, max-age=", r->api->o.cache_ms / 1000);
    put_number(f, "Age: ", (sf_clock_steady_ms() - e->made_ms) / 1000);
    sf_buffer_text(f, "ETag: ");
    sf_buffer_text(f, tag);
    sf_buffer_text(f, "\r\n");
    if (body != NULL && body == e->packed) {
        sf_buffer_text(f, "Content-Encoding: gzip\r\n");
    }
    http_answer a = {.status = e->status, .type = e->type, .fields = {f->bytes, f->len}};
    if (e->status == 200 && is_known_tag(&r->x->head, tag)) {
        a.status = 304;
        a.type = NULL;
    } else {
        a.body = http_body_hold(body);
    }
    end_request(r, &a);
}

/* ---- having it made ------------------------------------------------------------------------------------------------ */

typedef struct make_job {
    job base; /* first */
    api *api;
    sf_hash key;
    asked q;
    made m;
    void (*make)(worker *w, const asked *q, made *m);
    int worked;
    int64_t age_ms; /* of what another instance has made */
    char text[];    /* what q points to */
} make_job;

/* Has another instance made it, and is it young enough? */
static int take_shared(worker *w, make_job *b)
{
    sf_str value;
    shared_answer a;
    if (w->shared == NULL || !shared_get(w->shared, b->key, &value) || !shared_read(value, &a)) {
        return 0;
    }
    b->age_ms = sf_clock_ms() - a.made_ms;
    if (b->age_ms < 0 || b->age_ms >= b->api->o.cache_ms) {
        b->age_ms = 0;
        return 0;
    }
    b->m.status = a.status;
    b->m.type = a.type.ptr;
    sf_buffer_put(&b->m.fields, a.fields.ptr, a.fields.len);
    sf_buffer_put(&b->m.body, a.body.ptr, a.body.len);
    return 1;
}

static void give_shared(worker *w, const make_job *b)
{
    const made *m = &b->m;
    sf_buffer value = {0};
    if (w->shared == NULL || m->lost || m->body.lost || m->fields.lost || m->type == NULL) {
        return;
    }
    shared_answer a = {m->status,
                       sf_clock_ms(),
                       sf_cstr(m->type),
                       {m->fields.bytes != NULL ? m->fields.bytes : "", m->fields.len},
                       {m->body.bytes != NULL ? m->body.bytes : "", m->body.len}};
    shared_write(&a, &value);
    if (!value.lost) {
        shared_put(w->shared, b->key, (sf_str){value.bytes, value.len}, b->api->o.cache_ms);
    }
    sf_buffer_free(&value);
}

static void make(job *j, void *own)
{
    make_job *b = (make_job *)j;
    worker *w = own;
    b->worked = 1;
    if (w == NULL) {
        b->m.lost = 1;
        return;
    }
    if (!take_shared(w, b)) {
        sf_batch_reset(w->memory);
        b->make(w, &b->q, &b->m);
        give_shared(w, b);
    }
}

static void fill(api *a, entry *e, made *m)
{
    sf_str text = {m->body.bytes != NULL ? m->body.bytes : "", m->body.len};
    sf_hash hash = sf_hash_parts(&text, 1);
    a->cache->bytes -= size_of(e);
    empty(e);
    e->status = m->status;
    e->type = m->type;
    e->body = http_body_take(&m->body);
    e->fields = m->fields;
    m->fields = (sf_buffer){.bytes = NULL};
    (void)snprintf(e->etag, sizeof e->etag, "\"%016llx%08llx\"", (unsigned long long)hash.high,
                   (unsigned long long)(hash.low & 0xffffffff));
    e->made_ms = sf_clock_steady_ms();
    a->cache->bytes += size_of(e);
    unlink_age(a->cache, e);
    link_newest(a->cache, e);
}

static void serve_waiting(api *a, entry *e)
{
    request *r = e->waiting;
    int usable = e->status != 0 && e->body != NULL && sf_clock_steady_ms() - e->made_ms < OLD_MOST_MS;
    e->waiting = NULL;
    e->asked = 1; /* so that it stays while answers set off further requests */
    for (request *next; r != NULL; r = next) {
        next = r->next;
        if (usable) {
            answer(r, e);
        } else {
            reply_later(r, 5, "The store cannot be asked now.");
        }
    }
    e->asked = 0;
    if (!usable || a->o.cache_ms == 0) {
        drop(a->cache, e);
    }
}

static void took(job *j)
{
    make_job *b = (make_job *)j;
    api *a = b->api;
    entry *e = find(a->cache, b->key);
    b->m.lost |= !b->worked || b->m.body.lost || b->m.fields.lost;
    if (e != NULL) {
        if (!b->m.lost) {
            fill(a, e, &b->m);
            e->made_ms -= b->age_ms;
        }
        serve_waiting(a, e);
    }
    sf_buffer_free(&b->m.body);
    sf_buffer_free(&b->m.fields);
    free(b);
    make_room(a->cache, (size_t)a->o.cache_bytes);
}

static sf_str copy_to(char **at, sf_str text)
{
    sf_str copy = {*at, text.len};
    if (text.len > 0) {
        memcpy(*at, text.ptr, text.len);
    }
    (*at)[text.len] = '\0';
    *at += text.len + 1;
    return copy;
}

static make_job *new_job(request *r, sf_hash key, void (*how)(worker *w, const asked *q, made *m))
{
    sf_str path = {r->path, r->path_len}, query = r->x->head.query;
    sf_buffer base = {0};
    put_base(r, &base);
    make_job *b = base.lost ? NULL : calloc(1, sizeof *b + path.len + query.len + base.len + 3);
    if (b != NULL) {
        char *at = b->text;
        b->base = (job){.work = make, .done = took};
        b->api = r->api;
        b->key = key;
        b->make = how;
        b->q = (asked){.route = r->route, .problem = wants_problem(&r->x->head)};
        b->q.path = copy_to(&at, path);
        b->q.query = copy_to(&at, query);
        b->q.base = copy_to(&at, (sf_str){base.bytes, base.len});
    }
    sf_buffer_free(&base);
    return b;
}

/* What answers depend on beside the request: where they are shared, instances that were started otherwise may be there. */
static void put_settings(const api *a, sf_buffer *b)
{
    sf_buffer_format(b, "%s\n%s\n%u", sf_version_string(), a->o.store, a->o.reach);
    for (size_t i = 0; i < a->o.n_apart; i++) {
        sf_buffer_format(b, "\n%s", a->o.apart[i]);
    }
}

struct cache *cache_new(const api *a)
{
    sf_buffer settings = {0};
    struct cache *c = calloc(1, sizeof *c);
    put_settings(a, &settings);
    if (c != NULL && settings.lost) {
        free(c);
        c = NULL;
    }
    if (c != NULL) {
        sf_str text = {settings.bytes, settings.len};
        sf_hash hash = sf_hash_parts(&text, 1);
        memcpy(c->settings, &hash, sizeof c->settings);
    }
    sf_buffer_free(&settings);
    return c;
}

static sf_hash key_of(const request *r)
{
    const http_head *h = &r->x->head;
    char kind[2] = {(char)('0' + r->x->secure), (char)('0' + wants_problem(h))};
    sf_str settings = {r->api->cache->settings, sizeof r->api->cache->settings};
    sf_str parts[] = {{kind, 2}, h->host, {r->path, r->path_len}, h->query, settings};
    return sf_hash_parts(parts, sizeof parts / sizeof parts[0]);
}

static void have_made(request *r, entry *e, void (*how)(worker *w, const asked *q, made *m))
{
    make_job *b = e->asked ? NULL : new_job(r, e->key, how);
    if (!e->asked && (b == NULL || !workers_give(r->api->askers, &b->base))) {
        free(b);
        if (e->status == 0) {
            drop(r->api->cache, e);
        }
        reply_later(r, 1, "Too much at once.");
        return;
    }
    e->asked = 1;
    r->next = e->waiting;
    e->waiting = r;
}

void reply_made(request *r, void (*how)(worker *w, const asked *q, made *m))
{
    api *a = r->api;
    entry *e = find_or_add(a->cache, key_of(r));
    if (e == NULL) {
        reply_later(r, 1, "Too much at once.");
    } else if (e->status != 0 && sf_clock_steady_ms() - e->made_ms < a->o.cache_ms) {
        sf_metric_add(SF_METRIC_HTTP_KEPT, 1);
        answer(r, e);
    } else {
        have_made(r, e, how);
    }
}
