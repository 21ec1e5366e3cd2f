/* SPDX-License-Identifier: MIT */
/* From a request to what lies behind its path: is the host ours, is it a browser's preflight, is there such a path, who asks. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../live/feed.h"
#include "../live/hub.h"
#include "../watch/watch.h"
#include "common/clock.h"
#include "common/fail.h"
#include "common/log.h"
#include "common/metrics.h"
#include "internal.h"

#define READ "GET, HEAD, OPTIONS"
#define POST "POST, OPTIONS"

/* A path that ends with a star stands for all that begin so. */
const route routes[] = {
    {"/health/", "GET, HEAD", "Health", 1, handle_health, 0},
    {"/ready/", "GET, HEAD", "Ready", 1, handle_ready, 0},
    {"/api/token/", POST, "Token Obtain Pair", 1, handle_token, 0},
    {"/api/token/refresh/", POST, "Token Refresh", 1, handle_refresh, 0},
    {"/api/token/verify/", POST, "Token Verify", 1, handle_verify, 0},
    {"/api/token/blacklist/", POST, "Token Blacklist", 1, handle_blacklist, 0},
    {"/api/openapi.json", "GET, HEAD", "OpenAPI", 1, handle_openapi, 0},
    {"/api/v1/signals/", READ, "Signals", 0, handle_list, SF_ASK_SIGNALS},
    {"/api/v1/trending/", READ, "Trending", 0, handle_list, SF_ASK_TRENDING},
    {"/api/v1/compare/", READ, "Compare", 0, handle_list, SF_ASK_COMPARE},
    {"/api/v1/pulse/", READ, "Pulse", 0, handle_pulse, SF_ASK_PULSE},
    {"/api/v1/trending/topics/", READ, "Topics", 0, handle_topics, SF_ASK_TOPICS},
    {"/api/v1/pipeline/", READ, "Pipeline", 0, handle_pipeline, 0},
    {"/api/v1/signals/export/", READ, "Export", 0, handle_export, SF_ASK_SIGNALS},
    {"/api/v1/stream/", "GET, OPTIONS", "Stream", 0, handle_stream, 0},
    {"/ws/signals/", "GET", "Live", 1, handle_websocket, 0},
    {"/", "GET, HEAD", "Dashboard", 1, handle_web, 0},
    {"/web/*", "GET, HEAD", "Dashboard", 1, handle_web, 0},
    {"/api/v1/signals/*", READ, "Signal", 0, handle_detail, SF_ASK_SIGNALS},
    {NULL, NULL, NULL, 0, NULL, 0},
};

/* ---- who is asked ------------------------------------------------------------------------------------------------- */

/* The name of "name:port". */
static sf_str name_of(sf_str host)
{
    const char *end = host.len > 0 && *host.ptr == '[' ? memchr(host.ptr, ']', host.len) : NULL;
    const char *colon = end != NULL ? end + 1 : host.len > 0 ? memchr(host.ptr, ':', host.len) : NULL;
    return (sf_str){host.ptr, colon != NULL ? (size_t)(colon - host.ptr) : host.len};
}

static int is_ours(const api *a, sf_str host)
{
    static const char *const always[] = {"localhost", "127.0.0.1", "[::1]"};
    sf_str name = name_of(host);
    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++) {
        if (http_same(name, always[i])) {
            return 1;
        }
    }
    for (size_t i = 0; i < a->o.n_hosts; i++) {
        if (http_same(name, a->o.hosts[i]) || http_same(host, a->o.hosts[i]) || strcmp(a->o.hosts[i], "*") == 0) {
            return 1;
        }
    }
    return 0;
}

/* ---- who asks, through proxies --------------------------------------------------------------------------------------- */

static int is_trusted(const api *a, sf_str peer)
{
    for (size_t i = 0; i < a->o.n_proxies; i++) {
        if (http_same(peer, a->o.proxies[i])) {
            return 1;
        }
    }
    return 0;
}

/* The last of the forwarded addresses that is no proxy of ours. */
static void believe_proxy(const api *a, http_exchange *x)
{
    sf_str list = http_field_of(&x->head, "x-forwarded-for"), proto = http_field_of(&x->head, "x-forwarded-proto");
    if (a->o.n_proxies == 0 || !is_trusted(a, sf_cstr(x->peer))) {
        return;
    }
    x->secure = http_same(proto, "https");
    for (size_t end = list.ptr != NULL ? list.len : 0; end > 0;) {
        size_t start = end;
        while (start > 0 && list.ptr[start - 1] != ',' && list.ptr[start - 1] != ' ') {
            start--;
        }
        sf_str one = {list.ptr + start, end - start};
        if (one.len > 0 && one.len < sizeof x->remote && !is_trusted(a, one)) {
            memcpy(x->remote, one.ptr, one.len);
            x->remote[one.len] = '\0';
            return;
        }
        end = start > 0 ? start - 1 : 0;
    }
}

/* ---- preflights ---------------------------------------------------------------------------------------------------- */

static int is_preflight(const http_head *h)
{
    return http_same(h->method, "OPTIONS") && http_field_of(h, "origin").ptr != NULL &&
           http_field_of(h, "access-control-request-method").ptr != NULL;
}

static void reply_preflight(request *r)
{
    sf_buffer *f = fields_of(r);
    if (strstr(f->bytes, "Access-Control-Allow-Origin") != NULL) {
        sf_buffer_text(f, "Access-Control-Allow-Methods: DELETE, GET, OPTIONS, PATCH, POST, PUT\r\n"
                          "Access-Control-Allow-Headers: accept, authorization, content-type, user-agent, x-csrftoken, "
                          "x-requested-with\r\n"
                          "Access-Control-Max-Age: 86400\r\n");
    }
    end_request(r, &(http_answer){.status = 200, .type = "text/html; charset=utf-8", .fields = {f->bytes, f->len}});
}

/* ---- paths --------------------------------------------------------------------------------------------------------- */

static const route *find(const char *path, size_t len)
{
    for (const route *at = routes; at->path != NULL; at++) {
        size_t n = strlen(at->path);
        int star = at->path[n - 1] == '*';
        if (star ? len >= n && memcmp(path, at->path, n - 1) == 0 : len == n && memcmp(path, at->path, n) == 0) {
            return at;
        }
    }
    return NULL;
}

/* A path that lacks but its last slash. */
static int redirect(request *r)
{
    if (r->path_len + 1 >= sizeof r->path || r->path[r->path_len - 1] == '/') {
        return 0;
    }
    r->path[r->path_len] = '/';
    const route *at = find(r->path, r->path_len + 1);
    if (at == NULL || at->path[strlen(at->path) - 1] == '*') {
        return 0;
    }
    sf_buffer *f = fields_of(r);
    sf_buffer_format(f, "Location: %s", at->path);
    if (r->x->head.query.len > 0) {
        sf_buffer_text(f, "?");
        sf_buffer_put(f, r->x->head.query.ptr, r->x->head.query.len);
    }
    sf_buffer_text(f, "\r\n");
    end_request(r, &(http_answer){.status = 301, .type = "text/html; charset=utf-8", .fields = {f->bytes, f->len}});
    return 1;
}

static int has_method(const char *methods, sf_str method)
{
    for (const char *at = methods; *at != '\0';) {
        size_t n = strcspn(at, ", ");
        if (n == method.len && memcmp(at, method.ptr, n) == 0) {
            return 1;
        }
        at += n;
        at += strspn(at, ", ");
    }
    return 0;
}

static void reply_options(request *r)
{
    sf_buffer b = {0};
    sf_buffer_format(
        &b,
        "{\"name\":\"%s\",\"description\":\"\",\"renders\":[\"application/json\"],\"parses\":[\"application/json\","
        "\"application/x-www-form-urlencoded\",\"multipart/form-data\"]}",
        r->route->name);
    reply_json(r, 200, (sf_str){b.bytes, b.len});
    sf_buffer_free(&b);
}

/* Who asks is known, or does not matter. */
static void dispatch(request *r)
{
    sf_str method = r->x->head.method;
    if (!has_method(r->route->methods, method)) {
        char text[80];
        (void)snprintf(text, sizeof text, "Method \"%.*s\" not allowed.", (int)(method.len < 40 ? method.len : 40),
                       method.ptr);
        reply_error(r, 405, text);
    } else if (http_same(method, "OPTIONS")) {
        reply_options(r);
    } else {
        r->route->handle(r);
    }
}

void api_request(void *payload, http_exchange *x)
{
    api *a = payload;
    request *r = calloc(1, sizeof *r);
    if (r == NULL) {
        http_reply(x, &(http_answer){.status = 503, .close = 1});
        return;
    }
    *r = (request){.api = a, .x = x, .began_ms = sf_clock_steady_ms()};
    x->state = r;
    believe_proxy(a, x);
    if (x->head.host.len > 0 && !is_ours(a, x->head.host)) {
        reply_error(r, 400, "Invalid HTTP_HOST header.");
        return;
    }
    int64_t n = x->head.path.len < sizeof r->path ? path_decode(x->head.path, r->path) : -1;
    r->path_len = n > 0 ? (size_t)n : 0;
    r->route = n > 0 ? find(r->path, r->path_len) : NULL;
    if (is_preflight(&x->head)) {
        r->route = NULL;
        reply_preflight(r);
    } else if (r->route == NULL) {
        if (n <= 0 || !redirect(r)) {
            reply_error(r, 404, "Not found.");
        }
    } else if (r->route->open) {
        dispatch(r);
    } else {
        authorise(r, dispatch);
    }
}

/* ---- health -------------------------------------------------------------------------------------------------------- */

void handle_health(request *r)
{
    reply_json(r, 200, sf_cstr("{\"status\":\"ok\"}"));
}

static const char *truth(int yes)
{
    return yes ? "true" : "false";
}

void handle_ready(request *r)
{
    api *a = r->api;
    char why[160] = "";
    int store = !atomic_load(&a->store_lost), users = !atomic_load(&a->users_lost);
    int logins = !atomic_load(&a->logins_lost); /* without these, who is in goes on */
    int live = a->feed == NULL || feed_ready(a->feed, why, sizeof why), stopping = http_server_stopping(a->server);
    int ready = store && users && live && !stopping;
    sf_buffer b = {0};
    sf_buffer_format(&b, "{\"status\":\"%s\",\"store\":%s,\"users\":%s,\"logins\":%s,\"live\":%s}",
                     ready      ? "ready"
                     : stopping ? "stopping"
                                : "not ready",
                     truth(store), truth(users), truth(logins), truth(live));
    reply_json(r, ready ? 200 : 503, (sf_str){b.bytes, b.len});
    sf_buffer_free(&b);
}

/* ---- start and end ------------------------------------------------------------------------------------------------- */

int api_new(api **out, const api_options *o, sf_error *err)
{
    api *a = calloc(1, sizeof *a);
    if (a == NULL) {
        jwt_keys_free(o->keys);
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    a->o = *o;
    a->cache = cache_new(a);
    a->users = users_new();
    a->counts = counts_new();
    a->by_name = limits_new(o->logins, 300000);
    a->by_address = limits_new(2 * o->logins, 0); /* many may be behind one */
    if (a->cache == NULL || a->users == NULL || a->counts == NULL || a->by_name == NULL || a->by_address == NULL) {
        api_free(a);
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    int r = hub_new(&a->hub, &(hub_options){.most_of_user = o->sockets_of_user}, err);
    if (r != SF_OK) {
        api_free(a);
        return r;
    }
    *out = a;
    return SF_OK;
}

void api_free(api *a)
{
    if (a != NULL) {
        feed_close(a->feed);
        watch_free(a->watch);
        hub_free(a->hub);
        cache_free(a->cache);
        users_free(a->users);
        counts_free(a->counts);
        limits_free(a->by_name);
        limits_free(a->by_address);
        jwt_keys_free(a->o.keys);
        sf_buffer_free(&a->fields);
        free(a);
    }
}

static int start_feed(api *a, sf_error *err)
{
    if (a->o.live != NULL) {
        return feed_redis(&a->feed, a->hub, a->o.live, err);
    }
    if (strncmp(a->o.store, "sqlite:", 7) == 0) {
        return feed_sqlite(&a->feed, a->hub, a->o.store, err);
    }
    sf_log(
        SF_LOG_WARN,
        "no live feed: this store is not followed; --live redis://HOST:PORT/2 names where sf-process --publish sends");
    return SF_OK;
}

int api_start(api *a, http_server *server, sf_error *err)
{
    workers_options o = {
        .threads = a->o.workers, .most_waiting = 1024, .start = worker_start, .stop = worker_stop, .payload = a};
    a->server = server;
    a->askers = http_server_workers(server, o);
    o.threads = 1; /* a hash takes a core for tens of milliseconds */
    o.most_waiting = 64;
    a->hashers = http_server_workers(server, o);
    if (a->askers == NULL || a->hashers == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    int r = a->o.n_watched > 0 ? watch_new(&a->watch, a->o.watched, a->o.n_watched, err) : SF_OK;
    return r == SF_OK ? start_feed(a, err) : r;
}

void api_stop(api *a, int64_t ms)
{
    hub_stop(a->hub, ms);
}

void api_tick(void *payload)
{
    api *a = payload;
    users_tick(a);
    keep_up(a);
    sf_metric_set(SF_METRIC_HTTP_CONNECTIONS, (double)http_server_connections(a->server));
}
