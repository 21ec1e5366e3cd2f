/* SPDX-License-Identifier: MIT */
/* Any bytes as a request. What is read as a head must be the same however the bytes come; what is decoded of a chunked body must be
 * no longer than what came, and the same whether it comes at once or byte by byte. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sf-serve/http/head.h"

static void must(int true_of_it, const char *what)
{
    if (!true_of_it) {
        fprintf(stderr, "not so: %s\n", what);
        abort();
    }
}

static int is_inside(sf_str part, sf_str all)
{
    return part.len == 0 || (part.ptr >= all.ptr && part.ptr + part.len <= all.ptr + all.len);
}

static void check_head(const http_head *h, sf_str head)
{
    must(h->n <= HTTP_FIELDS && h->length >= 0 && (h->length == 0 || !h->chunked), "bounds");
    must(h->method.len > 0 && is_inside(h->method, head), "a method");
    must(h->path.len > 0 && (h->path.ptr[0] == '/' || h->path.ptr[0] == '*'), "a path");
    must(memchr(head.ptr, '\0', head.len) == NULL, "no NUL in a head");
    for (size_t i = 0; i < head.len; i++) {
        must(head.ptr[i] != '\n' || (i > 0 && head.ptr[i - 1] == '\r'), "no bare LF");
        must(head.ptr[i] != '\r' || (i + 1 < head.len && head.ptr[i + 1] == '\n'), "no bare CR");
    }
    size_t hosts = 0, lengths = 0;
    for (size_t i = 0; i < h->n; i++) {
        must(is_inside(h->fields[i].name, head) && is_inside(h->fields[i].value, head), "fields lie in the head");
        hosts += (size_t)http_same(h->fields[i].name, "host");
        lengths += (size_t)http_same(h->fields[i].name, "content-length") +
                   (size_t)http_same(h->fields[i].name, "transfer-encoding");
    }
    must(hosts <= 1 && lengths <= 1 && (hosts == 1 || h->minor == 0), "one Host, one length");
}

static void check_body(const char *bytes, size_t len)
{
    http_chunks whole = {0}, slow = {0};
    char *one = malloc(len + 1), *two = malloc(len + 1);
    if (one != NULL && two != NULL) {
        memcpy(one, bytes, len);
        memcpy(two, bytes, len);
        int a = http_dechunk(&whole, one, len, 4096), b = 0;
        for (size_t n = 1; n <= len && b == 0; n++) {
            b = http_dechunk(&slow, two, n, 4096);
        }
        must(a == b && (a == 1 || a == 0 || a == -400 || a == -413), "the same, however it comes");
        must(a != 1 || (whole.out == slow.out && whole.in == slow.in && whole.out <= whole.in &&
                        memcmp(one, two, whole.out) == 0),
             "the same bytes");
    }
    free(one);
    free(two);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static http_head h, again;
    if (size > 40000) {
        return 0;
    }
    sf_str all = {(const char *)data, size};
    int r = http_read_head(all, &h);
    must(r <= (int)size, "no longer than what came");
    if (r > 0) {
        check_head(&h, (sf_str){all.ptr, (size_t)r});
        must(http_read_head((sf_str){all.ptr, (size_t)r}, &again) == r, "the head alone is read the same");
        must(http_read_head((sf_str){all.ptr, (size_t)r - 1}, &again) == 0, "without its end it is not complete");
        check_body(all.ptr + r, size - (size_t)r < 2000 ? size - (size_t)r : 2000);
    }
    return 0;
}
