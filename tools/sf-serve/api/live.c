/* SPDX-License-Identifier: MIT */
/* What stays open: a WebSocket or a stream of events. Who asks is settled here, before the upgrade; then the socket is the hub's. */
#include <stdlib.h>
#include <string.h>

#include "../live/hub.h"
#include "common/base64.h"
#include "common/websocket.h"
#include "internal.h"

/* ---- from where ---------------------------------------------------------------------------------------------------- */

/* "scheme://host". */
static int is_origin(sf_str o)
{
    for (size_t i = 1; i + 3 < o.len; i++) {
        if (memcmp(o.ptr + i, "://", 3) == 0) {
            return 1;
        }
    }
    return 0;
}

/* The page's own server, or one of those allowed: scheme, host and port. */
static int may_listen(const request *r, sf_str origin)
{
    sf_buffer own = {0};
    put_base(r, &own);
    int same = !own.lost && own.len == origin.len && memcmp(own.bytes, origin.ptr, origin.len) == 0;
    sf_buffer_free(&own);
    for (size_t i = 0; !same && i < r->api->o.n_origins; i++) {
        same = strlen(r->api->o.origins[i]) == origin.len && memcmp(r->api->o.origins[i], origin.ptr, origin.len) == 0;
    }
    return same;
}

/* 0: fine; else the status of the refusal. Programs need not say where they come from if they bring a token in a header, which no page can. */
static int check_origin(const request *r)
{
    sf_str origin = http_field_of(&r->x->head, "origin");
    if (origin.ptr == NULL) {
        return http_field_of(&r->x->head, "authorization").ptr != NULL ? 0 : 403;
    }
    if (http_same(origin, "null")) {
        return 403;
    }
    return !is_origin(origin) ? 400 : may_listen(r, origin) ? 0 : 403;
}

/* ---- who ----------------------------------------------------------------------------------------------------------- */

/* "bearer, TOKEN", which is what a page can say. */
static int token_of_protocol(sf_str list, sf_str *token)
{
    const char *comma = list.len > 0 ? memchr(list.ptr, ',', list.len) : NULL;
    if (comma == NULL || (size_t)(comma - list.ptr) != 6 || memcmp(list.ptr, "bearer", 6) != 0) {
        return 0;
    }
    const char *at = comma + 1, *end = list.ptr + list.len;
    for (; at < end && (*at == ' ' || *at == '\t'); at++) {
    }
    const char *stop = memchr(at, ',', (size_t)(end - at));
    *token = (sf_str){at, (size_t)((stop != NULL ? stop : end) - at)};
    return 1;
}

/* ?token=, for habits of the first system: URLs end in logs. */
static int token_of_query(sf_str query, sf_str *token)
{
    for (size_t at = 0; at < query.len;) {
        const char *end = memchr(query.ptr + at, '&', query.len - at);
        size_t len = end != NULL ? (size_t)(end - query.ptr) - at : query.len - at;
        if (len > 6 && memcmp(query.ptr + at, "token=", 6) == 0) {
            *token = (sf_str){query.ptr + at + 6, len - 6};
            return 1;
        }
        at += len + 1;
    }
    return 0;
}

static int find_token(const http_head *h, sf_str *token)
{
    return token_of_protocol(http_field_of(h, "sec-websocket-protocol"), token) ||
           bearer_of(http_field_of(h, "authorization"), token) == 1 || token_of_query(h->query, token);
}

/* ---- WebSocket ----------------------------------------------------------------------------------------------------- */

static void refuse(request *r, int status, const char *detail, const char *code)
{
    (void)status;
    reply_error_code(r, 403, detail, code);
}

static void give_away(request *r, sf_str head, int (*adopt)(hub *h, int fd, const hub_client *c))
{
    char user[24];
    sf_buffer rest = {0}, query = {0};
    api *a = r->api;
    hub_client c = {.expires_ms = r->expires_ms, .cursor = http_field_of(&r->x->head, "last-event-id")};
    char cursor[128] = "";
    int n = snprintf(user, sizeof user, "%lld", (long long)r->user);
    if (c.cursor.len > 0 && c.cursor.len < sizeof cursor) {
        memcpy(cursor, c.cursor.ptr, c.cursor.len);
    }
    sf_buffer_put(&query, r->x->head.query.ptr, r->x->head.query.len); /* the request goes with its connection */
    c.user = (sf_str){user, (size_t)n};
    c.cursor = sf_cstr(cursor);
    int64_t id = r->user;
    count_request(r, adopt == hub_adopt ? 101 : 200);
    int fd = http_take_over(r->x, head, &rest);
    free(r);
    if (fd >= 0) {
        c.query = (sf_str){query.bytes, query.len};
        c.rest = (sf_str){rest.bytes != NULL ? rest.bytes : "", rest.len};
        if (c.expires_ms != SF_NO_TIME) { /* a guest is no user */
            users_watch(a, id);
        }
        (void)adopt(a->hub, fd, &c);
    }
    sf_buffer_free(&rest);
    sf_buffer_free(&query);
}

/* Is the hub able to take it? */
static int is_welcome(request *r)
{
    char user[24];
    sf_error err = {0};
    int n = snprintf(user, sizeof user, "%lld", (long long)r->user);
    if (r->api->feed == NULL) { /* rather than a socket on which nothing ever comes */
        reply_error(r, 503, "There is no live feed here: the server was started without --live.");
        return 0;
    }
    if (hub_check_query(r->x->head.query, &err) != SF_OK) {
        reply_error(r, 400, err.message);
        return 0;
    }
    if (!hub_has_room(r->api->hub, (sf_str){user, (size_t)n}) || http_server_stopping(r->api->server)) {
        reply_later(r, 10, "Too many listen already.");
        return 0;
    }
    return 1;
}

static void upgrade(request *r)
{
    char key[32] = "", accept[29], head[300];
    sf_str given = http_field_of(&r->x->head, "sec-websocket-key"), token;
    int bearer = token_of_protocol(http_field_of(&r->x->head, "sec-websocket-protocol"), &token);
    if (!is_welcome(r)) {
        return;
    }
    memcpy(key, given.ptr, given.len);
    sf_websocket_accept(key, accept);
    int n = snprintf(head, sizeof head,
                     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
                     "Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s\r\n",
                     accept, bearer ? "Sec-WebSocket-Protocol: bearer\r\n" : "");
    give_away(r, (sf_str){head, (size_t)n}, hub_adopt);
}

/* 16 bytes in base64. */
static int is_key(sf_str key)
{
    unsigned char bytes[24];
    return key.len == 24 && sf_base64_read(key, SF_BASE64, bytes) == 16;
}

void handle_websocket(request *r)
{
    const http_head *h = &r->x->head;
    sf_str token = {NULL, 0};
    if (!h->upgrade || !http_field_has(h, "upgrade", "websocket")) {
        reply_error(r, 404, "Not found.");
        return;
    }
    if (!http_same(http_field_of(h, "sec-websocket-version"), "13")) {
        sf_buffer *f = fields_of(r);
        sf_buffer_text(f, "Sec-WebSocket-Version: 13\r\nUpgrade: websocket\r\n");
        end_request(r, &(http_answer){.status = 426,
                                      .type = "application/json",
                                      .fields = {f->bytes, f->len},
                                      .text = sf_cstr("{\"detail\":\"WebSocket version 13 is spoken here.\"}")});
        return;
    }
    int wrong = is_key(http_field_of(h, "sec-websocket-key")) && h->length == 0 && !h->chunked ? check_origin(r) : 400;
    if (wrong != 0) {
        reply_error(r, wrong, wrong == 403 ? "Origin not allowed." : "Not a WebSocket handshake.");
    } else if (!find_token(h, &token) && is_guest(r)) {
        r->expires_ms = SF_NO_TIME;
        upgrade(r);
    } else if (token.ptr == NULL) {
        reply_error(r, 403, "Authentication credentials were not provided.");
    } else {
        authorise_token(r, token, upgrade, refuse);
    }
}

/* ---- events -------------------------------------------------------------------------------------------------------- */

void handle_stream(request *r)
{
    sf_buffer head = {0};
    if (!is_welcome(r)) {
        return;
    }
    sf_buffer *f = fields_of(r);
    sf_buffer_text(&head, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: "
                          "no-store\r\nX-Accel-Buffering: no\r\nConnection: close\r\n");
    sf_buffer_put(&head, f->bytes, f->len);
    sf_buffer_text(&head, "\r\n");
    give_away(r, (sf_str){head.bytes, head.len}, hub_adopt_sse);
    sf_buffer_free(&head);
}

void live_kick(api *a, int64_t user)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%lld", (long long)user);
    hub_kick_user(a->hub, (sf_str){text, (size_t)n});
}
