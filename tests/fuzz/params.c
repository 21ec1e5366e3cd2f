/* SPDX-License-Identifier: MIT */
/* Any bytes as a query string, a path and the body of a form. What was read and is written must be read as the same again. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sf-serve/api/form.h"
#include "sf-serve/api/params.h"

static void must(int true_of_it, const char *what)
{
    if (!true_of_it) {
        fprintf(stderr, "not so: %s\n", what);
        abort();
    }
}

static void check_query(sf_str text, sf_batch *memory)
{
    static params p, again;
    sf_buffer b = {0}, c = {0};
    int64_t n;
    if (params_read(&p, text, memory) != SF_OK) {
        return;
    }
    params_write(&p, "page", NULL, &b);
    must(b.lost || params_read(&again, (sf_str){b.bytes != NULL ? b.bytes : "", b.len}, memory) == SF_OK,
         "it is read again");
    params_write(&again, "page", NULL, &c);
    must(b.lost || c.lost || (b.len == c.len && (b.len == 0 || memcmp(b.bytes, c.bytes, b.len) == 0)),
         "and is the same");
    for (size_t i = 0; i < p.n; i++) {
        (void)python_int(p.of[i].value, &n);
    }
    sf_buffer_free(&b);
    sf_buffer_free(&c);
}

static void check_form(sf_str type, sf_str body, sf_batch *memory)
{
    form f = {.names = {"username", "password"}};
    sf_buffer b = {0};
    int status = form_read(&f, type, body, memory, &b);
    must(status == 0 || status == 400 || status == 415, "a status");
    must(status == 0 ? b.len == 0 && f.values[0].len > 0 && f.values[1].len > 0 : b.len > 2 && b.bytes[0] == '{',
         "both fields, or why not");
    must(status != 0 || (memchr(f.values[0].ptr, '\0', f.values[0].len) == NULL), "no NUL in a name");
    sf_buffer_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sf_batch *memory;
    sf_str all = {(const char *)data, size};
    char *path = malloc(size + 1);
    if (path == NULL || sf_batch_new(&memory) != SF_OK) {
        free(path);
        return 0;
    }
    int64_t n = path_decode(all, path);
    must(n <= (int64_t)size, "decoding makes it no longer");
    check_query(all, memory);
    check_form(sf_cstr("application/json"), all, memory);
    check_form(sf_cstr("application/x-www-form-urlencoded"), all, memory);
    check_form(sf_cstr("multipart/form-data; boundary=b"), all, memory);
    const uint8_t *line = size > 0 ? memchr(data, '\n', size) : NULL;
    if (line != NULL) {
        size_t first = (size_t)(line - data);
        check_form((sf_str){all.ptr, first}, (sf_str){all.ptr + first + 1, size - first - 1}, memory);
    }
    sf_batch_free(memory);
    free(path);
    return 0;
}
