/* SPDX-License-Identifier: MIT */
/* What answers have in common: headers, errors, the two shapes of these. */
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/metrics.h"
#include "internal.h"

static const char common[] = "Vary: origin, Accept-Encoding, Authorization\r\n"
                             "X-Content-Type-Options: nosniff\r\n"
                             "X-Frame-Options: DENY\r\n"
                             "Referrer-Policy: same-origin\r\n"
                             "Cross-Origin-Opener-Policy: same-origin\r\n"
                             "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n";

static int may_read(const api *a, sf_str origin)
{
    for (size_t i = 0; i < a->o.n_origins; i++) {
        if (origin.len == strlen(a->o.origins[i]) && memcmp(origin.ptr, a->o.origins[i], origin.len) == 0) {
            return 1;
        }
    }
    return 0;
}

sf_buffer *fields_of(request *r)
{
    sf_buffer *b = &r->api->fields;
    sf_str origin = http_field_of(&r->x->head, "origin");
    sf_buffer_cut(b, 0);
    b->lost = 0;
    sf_buffer_put(b, common, sizeof common - 1);
    if (r->route != NULL && r->route->methods != NULL) {
        sf_buffer_text(b, "Allow: ");
        sf_buffer_text(b, r->route->methods);
        sf_buffer_text(b, "\r\n");
    }
    if (origin.len > 0 && may_read(r->api, origin)) {
        sf_buffer_text(b, "Access-Control-Allow-Origin: ");
        sf_buffer_put(b, origin.ptr, origin.len);
        sf_buffer_text(b, "\r\nAccess-Control-Expose-Headers: Age, ETag, Link, Retry-After\r\n");
    }
    if (r->x->secure) {
        sf_buffer_text(b, "Strict-Transport-Security: max-age=31536000\r\n");
    }
    return b;
}

void count_request(const request *r, int status)
{
    char text[8];
    if (sf_metrics_on()) {
        (void)snprintf(text, sizeof text, "%d", status);
        sf_metric_add_of(SF_METRIC_HTTP_REQUESTS, text, -1, 1);
        sf_metric_observe(SF_METRIC_HTTP_SECONDS, (double)(sf_clock_steady_ms() - r->began_ms) / 1000);
    }
}

void end_request(request *r, const http_answer *a)
{
    count_request(r, a->status);
    http_exchange *x = r->x;
    http_reply(x, a);
    free(r);
}

int wants_problem(const http_head *h)
{
    sf_str accept = http_field_of(h, "accept");
    static const char problem[] = "application/problem+json";
    for (size_t i = 0; accept.ptr != NULL && i + sizeof problem - 1 <= accept.len; i++) {
        if (memcmp(accept.ptr + i, problem, sizeof problem - 1) == 0) {
            return 1;
        }
    }
    return 0;
}

static const char *title_of(int status)
{
    switch (status) {
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 426: return "Upgrade Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    default: return "Error";
    }
}

const char *put_error(int problem, int status, const char *detail, const char *code, sf_buffer *b)
{
    if (problem) {
        sf_buffer_format(b, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"detail\":", title_of(status),
                         status);
    } else {
        sf_buffer_text(b, "{\"detail\":");
    }
    sf_buffer_quoted(b, sf_cstr(detail));
    if (code != NULL) {
        sf_buffer_format(b, ",\"code\":\"%s\"", code);
    }
    sf_buffer_text(b, "}");
    return problem ? "application/problem+json" : "application/json";
}

static void put_bearer(sf_buffer *f, int status)
{
    if (status == 401) {
        sf_buffer_text(f, "WWW-Authenticate: Bearer realm=\"api\"\r\n");
    }
}

void reply_json(request *r, int status, sf_str text)
{
    sf_buffer *f = fields_of(r);
    put_bearer(f, status);
    sf_buffer_text(f, "Cache-Control: no-store\r\n");
    end_request(
        r, &(http_answer){.status = status, .type = "application/json", .fields = {f->bytes, f->len}, .text = text});
}

void reply_error_code(request *r, int status, const char *detail, const char *code)
{
    sf_buffer b = {0}, *f = fields_of(r);
    put_bearer(f, status);
    sf_buffer_text(f, "Cache-Control: no-store\r\n");
    const char *type = put_error(wants_problem(&r->x->head), status, detail, code, &b);
    end_request(r,
                &(http_answer){.status = status, .type = type, .fields = {f->bytes, f->len}, .text = {b.bytes, b.len}});
    sf_buffer_free(&b);
}

void reply_error(request *r, int status, const char *detail)
{
    reply_error_code(r, status, detail, NULL);
}

void reply_later(request *r, int seconds, const char *detail)
{
    sf_buffer b = {0}, *f = fields_of(r);
    sf_buffer_format(f, "Retry-After: %d\r\nCache-Control: no-store\r\n", seconds);
    const char *type = put_error(wants_problem(&r->x->head), 503, detail, NULL, &b);
    end_request(r, &(http_answer){.status = 503, .type = type, .fields = {f->bytes, f->len}, .text = {b.bytes, b.len}});
    sf_buffer_free(&b);
}

const char *api_refusal(void *payload, int status, sf_buffer *fields, sf_buffer *body)
{
    (void)payload;
    sf_buffer_put(fields, common, sizeof common - 1);
    return put_error(0, status, title_of(status), NULL, body);
}

void put_base(const request *r, sf_buffer *b)
{
    sf_buffer_text(b, r->x->secure ? "https://" : "http://");
    if (r->x->head.host.len > 0) {
        sf_buffer_put(b, r->x->head.host.ptr, r->x->head.host.len);
    } else {
        sf_buffer_text(b, "localhost"); /* HTTP/1.0 need not say */
    }
}

/* ---- what the client has and takes ------------------------------------------------------------------------------------- */

int takes_gzip(const http_head *h)
{
    sf_str v = http_field_of(h, "accept-encoding");
    for (size_t i = 0; v.ptr != NULL && i + 4 <= v.len; i++) {
        if (memcmp(v.ptr + i, "gzip", 4) == 0) {
            sf_str rest = {v.ptr + i + 4, v.len - i - 4};
            return !(rest.len >= 4 && memcmp(rest.ptr, ";q=0", 4) == 0 &&
                     (rest.len == 4 || rest.ptr[4] == ',' || rest.ptr[4] == ' '));
        }
    }
    return 0;
}

int is_known_tag(const http_head *h, const char *etag)
{
    sf_str v = http_field_of(h, "if-none-match");
    size_t n = strlen(etag);
    if (http_same(v, "*")) {
        return 1;
    }
    for (size_t i = 0; v.ptr != NULL && i + n <= v.len; i++) {
        if (memcmp(v.ptr + i, etag, n) == 0) {
            return 1;
        }
    }
    return 0;
}
