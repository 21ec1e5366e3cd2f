/* SPDX-License-Identifier: MIT */
/* The JSON reader on any bytes: a walk that reads every value agrees with one that skips it, and what is written of the
 * numbers and strings reads back as the same. */
#include <stdint.h>
#include <stdlib.h>

#include "signalflow/json.h"

static void check(int holds)
{
    if (!holds) {
        abort();
    }
}

static void check_string(sf_batch *b, sf_str text)
{
    int64_t len = sf_json_quote(text, NULL, 0);
    char *quoted = sf_batch_alloc(b, (size_t)len + 1);
    sf_json again;
    sf_str back;
    check(quoted != NULL && sf_json_quote(text, quoted, (size_t)len + 1) == len);
    sf_json_init(&again, (sf_str){quoted, (size_t)len});
    check(sf_json_string_in(&again, b, &back) == SF_OK && sf_json_end(&again, NULL) == SF_OK);
    check(back.len == text.len && memcmp(back.ptr, text.ptr, text.len) == 0 && again.replaced == 0);
}

static void check_number(double value)
{
    char text[32];
    double back;
    sf_json again;
    sf_json_init(&again, (sf_str){text, (size_t)sf_json_double(value, text)});
    check(sf_json_number(&again, &back) == SF_OK && sf_json_end(&again, NULL) == SF_OK);
    check(memcmp(&back, &value, sizeof value) == 0);
}

/* Both ways to read a string give the same. */
static void walk_string(sf_json *j, sf_batch *b)
{
    sf_json copy = *j;
    sf_str one, two;
    static char buf[4 * 1024 * 1024];
    if (sf_json_string_in(j, b, &one) == SF_OK) {
        check(sf_json_string(&copy, buf, sizeof buf, &two) == SF_OK);
        check(one.len == two.len && memcmp(one.ptr, two.ptr, one.len) == 0 && j->replaced == copy.replaced);
        check(one.ptr[one.len] == '\0' && memchr(one.ptr, '\0', one.len) == NULL);
        check_string(b, one);
    }
}

static void walk_number(sf_json *j)
{
    sf_json copy = *j;
    double value;
    int64_t whole;
    int status = sf_json_integer(&copy, &whole);
    if (sf_json_number(j, &value) == SF_OK) {
        check_number(value);
        check(status != SF_OK || value == (double)whole);
        check(status != SF_OK || copy.at == j->at);
    }
}

static void walk(sf_json *j, sf_batch *b)
{
    sf_str key;
    int truth;
    switch (sf_json_peek(j)) {
    case SF_JSON_OBJECT:
        for (int more = sf_json_enter(j, '{'); more > 0 && sf_json_member(j, &key) > 0;) {
            sf_json_is(key, "key");
            walk(j, b);
        }
        break;
    case SF_JSON_ARRAY:
        for (int more = sf_json_enter(j, '['); more > 0 && sf_json_element(j) > 0;) {
            walk(j, b);
        }
        break;
    case SF_JSON_STRING: walk_string(j, b); break;
    case SF_JSON_NUMBER: walk_number(j); break;
    case SF_JSON_TRUE:
    case SF_JSON_FALSE: sf_json_bool(j, &truth); break;
    default: sf_json_skip(j); break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static sf_batch *b;
    sf_str text = {(const char *)data, size}, raw;
    sf_json read, skipped;
    sf_error err = {0};
    if (size > 1024 * 1024 || (b == NULL && sf_batch_new(&b) != SF_OK)) {
        return 0;
    }
    sf_json_init(&read, text);
    walk(&read, b);
    int status = sf_json_end(&read, &err);
    check(status == SF_OK || (err.status == status && err.offset <= size && err.message[0] != '\0' && err.line > 0));

    sf_json_init(&skipped, text);
    sf_json_raw(&skipped, &raw);
    int other = sf_json_end(&skipped, NULL);
    check(status != SF_OK || other == SF_OK);
    check(other != SF_OK || status == SF_OK || strcmp(err.message, "the number is too large") == 0);
    sf_batch_reset(b);
    return 0;
}
