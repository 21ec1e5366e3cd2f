/* SPDX-License-Identifier: MIT */
/* The page: its files are compiled in, and go out as they are. A browser keeps them and asks each time whether they still hold, so that a
 * new program is never seen with an old page.
 *
 * What it may do is bounded here: scripts, styles and connections of this server alone, and no text becomes markup. */
#include "web.h"

#include <string.h>

#include "internal.h"

static const char page_fields[] =
    "Vary: Accept-Encoding\r\n"
    "Cache-Control: no-cache\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Permissions-Policy: camera=(), geolocation=(), microphone=(), payment=(), usb=()\r\n"
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src "
    "'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'\r\n";

static const web_asset *find(const request *r)
{
    for (const web_asset *a = web_assets; a->path != NULL; a++) {
        if (strlen(a->path) == r->path_len && memcmp(a->path, r->path, r->path_len) == 0) {
            return a;
        }
    }
    return NULL;
}

/* A browser opens pages without a token; a program that brings one means the API, which never had anything at /. */
static int is_program(const request *r)
{
    return http_field_of(&r->x->head, "authorization").ptr != NULL;
}

void handle_web(request *r)
{
    const web_asset *a = is_program(r) ? NULL : find(r);
    if (a == NULL) {
        reply_error(r, 404, "Not found.");
        return;
    }
    int packed = takes_gzip(&r->x->head);
    char tag[48];
    (void)snprintf(tag, sizeof tag, packed ? "\"%s-gz\"" : "\"%s\"", a->tag);
    sf_buffer *f = &r->api->fields;
    sf_buffer_cut(f, 0);
    sf_buffer_put(f, page_fields, sizeof page_fields - 1);
    sf_buffer_format(f, "ETag: %s\r\n%s%s", tag, packed ? "Content-Encoding: gzip\r\n" : "",
                     r->x->secure ? "Strict-Transport-Security: max-age=31536000\r\n" : "");
    http_answer out = {.status = 200, .type = a->type, .fields = {f->bytes, f->len}};
    if (is_known_tag(&r->x->head, tag)) {
        out.status = 304;
        out.type = NULL;
    } else {
        out.text = (sf_str){(const char *)(packed ? a->packed : a->plain), packed ? a->n_packed : a->n_plain};
    }
    end_request(r, &out);
}
