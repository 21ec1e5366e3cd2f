/* SPDX-License-Identifier: MIT */
/* Reads length-prefixed JSON texts ("LENGTH LF bytes LF") and says what our reader makes of each, one line a text, for
 * json_diff.py to compare with Python's: a flat form in which every value is exact. Numbers are the bits of the double,
 * strings their bytes in hexadecimal. "!" and the message where the text is refused; "~" numbers that are too large. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signalflow/json.h"

static char *out;
static size_t out_len, out_cap;

static void put(const char *text, size_t len)
{
    if (out_cap - out_len < len + 1) {
        out_cap = 2 * (out_cap + len + 1);
        out = realloc(out, out_cap);
        if (out == NULL) {
            abort();
        }
    }
    memcpy(out + out_len, text, len);
    out_len += len;
}

static void put_hex(sf_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char pair[3];
        snprintf(pair, sizeof pair, "%02x", (unsigned)(unsigned char)text.ptr[i]);
        put(pair, 2);
    }
}

static void dump_number(sf_json *j)
{
    double value;
    uint64_t bits;
    char text[32];
    if (sf_json_number(j, &value) == SF_OK) {
        memcpy(&bits, &value, sizeof bits);
        put(text, (size_t)snprintf(text, sizeof text, "n%016" PRIx64, bits));
    }
}

static void dump_key(sf_batch *b, sf_str key)
{
    char *quoted = sf_batch_alloc(b, key.len + 2);
    sf_json j;
    sf_str name = {NULL, 0};
    if (quoted == NULL) {
        abort();
    }
    quoted[0] = quoted[key.len + 1] = '"';
    memcpy(quoted + 1, key.ptr, key.len);
    sf_json_init(&j, (sf_str){quoted, key.len + 2});
    if (sf_json_string_in(&j, b, &name) != SF_OK || !sf_json_is(key, name.ptr)) {
        if (strstr(name.ptr, "\xEF\xBF\xBD") == NULL) {
            fprintf(stderr, "a key is not itself\n");
            abort();
        }
    }
    put("k", 1);
    put_hex(name);
    put(":", 1);
}

static void dump(sf_json *j, sf_batch *b)
{
    sf_str text;
    switch (sf_json_peek(j)) {
    case SF_JSON_OBJECT:
        put("{", 1);
        for (int more = sf_json_enter(j, '{'); more > 0 && sf_json_member(j, &text) > 0;) {
            dump_key(b, text);
            dump(j, b);
        }
        put("}", 1);
        break;
    case SF_JSON_ARRAY:
        put("[", 1);
        for (int more = sf_json_enter(j, '['); more > 0 && sf_json_element(j) > 0;) {
            dump(j, b);
            put(",", 1);
        }
        put("]", 1);
        break;
    case SF_JSON_STRING:
        if (sf_json_string_in(j, b, &text) == SF_OK) {
            put("s", 1);
            put_hex(text);
        }
        break;
    case SF_JSON_NUMBER: dump_number(j); break;
    case SF_JSON_TRUE: put("t", 1), sf_json_skip(j); break;
    case SF_JSON_FALSE: put("f", 1), sf_json_skip(j); break;
    case SF_JSON_NULL: put("0", 1), sf_json_skip(j); break;
    default: sf_json_skip(j); break;
    }
}

static void dump_text(sf_str text, sf_batch *b)
{
    sf_json j;
    sf_error err = {0};
    sf_json_init(&j, text);
    out_len = 0;
    dump(&j, b);
    if (sf_json_end(&j, &err) != SF_OK) {
        printf("%s%s at %" PRIu64 "\n", strcmp(err.message, "the number is too large") == 0 ? "~" : "!", err.message,
               err.offset);
    } else {
        printf("%.*s\n", (int)out_len, out);
    }
    sf_batch_reset(b);
}

int main(void)
{
    size_t len;
    sf_batch *b = NULL;
    if (sf_batch_new(&b) != SF_OK) {
        return 1;
    }
    while (scanf("%zu", &len) == 1 && getchar() == '\n') {
        char *text = malloc(len + 1); /* of its own size, so that reading past its end is seen */
        if (text == NULL || fread(text, 1, len, stdin) != len) {
            return 1;
        }
        dump_text((sf_str){text, len}, b);
        free(text);
    }
    sf_batch_free(b);
    free(out);
    return 0;
}
