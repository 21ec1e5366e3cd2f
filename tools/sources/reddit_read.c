/* SPDX-License-Identifier: MIT */
/* What the Reddit source reads of answers beside their signals: tokens, where a listing goes on, ids. */
#include <stdio.h>
#include <string.h>

#include "reddit.h"

/* ---- ids ---------------------------------------------------------------------------------------------------------- */

uint64_t sf_reddit_id_of(sf_str source_id)
{
    uint64_t id = 0;
    if (source_id.len < 4 || source_id.len > 15 || memcmp(source_id.ptr, "t3_", 3) != 0) {
        return 0;
    }
    for (size_t i = 3; i < source_id.len; i++) {
        char c = source_id.ptr[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'z' ? c - 'a' + 10 : -1;
        if (digit < 0 || (digit == 0 && i == 3)) {
            return 0;
        }
        id = id * 36 + (uint64_t)digit;
    }
    return id;
}

static sf_str source_id_of(uint64_t id, sf_str name, char buf[SF_SOURCE_ID])
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    char *end = buf + 24, *p = end;
    (void)name;
    for (; id > 0; id /= 36) {
        *--p = digits[id % 36];
    }
    p -= 3;
    memcpy(p, "t3_", 3);
    *end = '\0';
    return (sf_str){p, (size_t)(end - p)};
}

const sf_poller_platform sf_reddit_platform = {
    .name = "reddit",
    .id = SF_REDDIT,
    .fastest = 3.0 * 0.228, /* 3.0 times the median */
    .id_of = sf_reddit_id_of,
    .source_id_of = source_id_of,
};

/* ---- answers ------------------------------------------------------------------------------------------------------ */

/* Reads a string of at most cap - 1 plain characters; leaves "" where it is none. Returns what the reader says. */
static int read_plain(sf_json *j, char *buf, size_t cap)
{
    char decoded[SF_REDDIT_TOKEN];
    sf_str text = {"", 0};
    if (sf_json_peek(j) != SF_JSON_STRING) {
        return sf_json_skip(j);
    }
    int r = sf_json_string(j, decoded, sizeof decoded, &text);
    int plain = r == SF_OK && text.len < cap;
    for (size_t i = 0; i < text.len && plain; i++) {
        plain = text.ptr[i] > ' ' && text.ptr[i] < 0x7F;
    }
    (void)snprintf(buf, cap, "%.*s", plain ? (int)text.len : 0, text.ptr);
    return r;
}

int sf_reddit_read_token(sf_str answer, char token[SF_REDDIT_TOKEN], int64_t *expires_s, char error[SF_REDDIT_ERROR])
{
    sf_json j;
    sf_str key;
    token[0] = '\0';
    *expires_s = 3600;
    (void)snprintf(error, SF_REDDIT_ERROR, "no token in the answer");
    sf_json_init(&j, answer);
    for (int r = sf_json_enter(&j, '{'); r > 0 && (r = sf_json_member(&j, &key)) > 0;) {
        int got;
        if (sf_json_is(key, "access_token")) {
            got = read_plain(&j, token, SF_REDDIT_TOKEN);
        } else if (sf_json_is(key, "error") && sf_json_peek(&j) == SF_JSON_STRING) {
            got = read_plain(&j, error, SF_REDDIT_ERROR);
        } else if (sf_json_is(key, "expires_in") && sf_json_peek(&j) == SF_JSON_NUMBER) {
            double s = 0;
            got = sf_json_number(&j, &s);
            *expires_s = s >= 60 && s <= 1e7 ? (int64_t)s : 3600;
        } else {
            got = sf_json_skip(&j);
        }
        r = got == SF_OK ? 1 : got;
    }
    return sf_json_end(&j, NULL) == SF_OK && token[0] != '\0' ? SF_OK : SF_EPARSE;
}

/* Goes to a member of the object at the cursor. */
static int go_to(sf_json *j, const char *name)
{
    sf_str key;
    int r = sf_json_peek(j) == SF_JSON_OBJECT ? sf_json_enter(j, '{') : 0;
    while (r > 0 && (r = sf_json_member(j, &key)) > 0 && !sf_json_is(key, name)) {
        r = sf_json_skip(j) == SF_OK ? 1 : 0;
    }
    return r > 0;
}

/* A member of the member "data", which all things have, if it is a name as "t3_abc"; else "". */
static void read_name(sf_str thing, const char *member, char name[SF_REDDIT_AFTER])
{
    sf_json j;
    name[0] = '\0';
    sf_json_init(&j, thing);
    if (go_to(&j, "data") && go_to(&j, member)) {
        (void)read_plain(&j, name, SF_REDDIT_AFTER);
    }
    if (name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '\0') {
        name[0] = '\0';
    }
}

void sf_reddit_read_after(sf_str answer, char after[SF_REDDIT_AFTER])
{
    read_name(answer, "after", after);
}

uint64_t sf_reddit_read_id(sf_str child)
{
    char name[SF_REDDIT_AFTER];
    read_name(child, "name", name);
    return sf_reddit_id_of(sf_cstr(name));
}
