/* SPDX-License-Identifier: MIT */
/* What the Bluesky source reads by itself: which event it is, whom it is about, whether it is wanted. */
#include <stdio.h>
#include <strings.h>

#include "bluesky.h"

/* ---- events ------------------------------------------------------------------------------------------------------- */

/* A string without escapes, as all names are written; else nothing. */
static int read_name(sf_json *j, sf_str *out)
{
    sf_str raw = {"", 0};
    int r = sf_json_raw(j, &raw);
    if (r == SF_OK && raw.len >= 2 && *raw.ptr == '"' && memchr(raw.ptr, '\\', raw.len) == NULL) {
        *out = (sf_str){raw.ptr + 1, raw.len - 2};
    }
    return r;
}

static int is_text(sf_str a, const char *text)
{
    return a.len == strlen(text) && memcmp(a.ptr, text, a.len) == 0;
}

/* Walks over an object's members; what stands there instead of an object is passed over. */
static int walk(sf_json *j, int (*member)(sf_json *j, sf_str key, sf_bluesky_event *e), sf_bluesky_event *e)
{
    sf_str key;
    if (sf_json_peek(j) != SF_JSON_OBJECT) {
        return sf_json_skip(j);
    }
    int r = sf_json_enter(j, '{');
    while (r > 0 && (r = sf_json_member(j, &key)) > 0) {
        int got = member(j, key, e);
        r = got == SF_OK ? 1 : got;
    }
    return r;
}

static int take_subject(sf_json *j, sf_str key, sf_bluesky_event *e)
{
    return sf_json_is(key, "uri") ? read_name(j, &e->subject) : sf_json_skip(j);
}

static int take_parent(sf_json *j, sf_str key, sf_bluesky_event *e)
{
    return sf_json_is(key, "uri") ? read_name(j, &e->reply) : sf_json_skip(j);
}

static int take_reply(sf_json *j, sf_str key, sf_bluesky_event *e)
{
    return sf_json_is(key, "parent") ? walk(j, take_parent, e) : sf_json_skip(j);
}

static int take_record(sf_json *j, sf_str key, sf_bluesky_event *e)
{
    if (sf_json_is(key, "langs")) {
        return sf_json_raw(j, &e->languages);
    }
    return sf_json_is(key, "subject") ? walk(j, take_subject, e)
           : sf_json_is(key, "reply") ? walk(j, take_reply, e)
                                      : sf_json_skip(j);
}

static int take_commit(sf_json *j, sf_str key, sf_bluesky_event *e)
{
    sf_str text = {"", 0};
    int r;
    if (sf_json_is(key, "operation")) {
        r = read_name(j, &text);
        e->is_create = is_text(text, "create");
        e->is_delete = is_text(text, "delete");
        return r;
    }
    if (sf_json_is(key, "collection")) {
        r = read_name(j, &text);
        e->collection = is_text(text, "app.bsky.feed.post")     ? SF_BLUESKY_POST
                        : is_text(text, "app.bsky.feed.like")   ? SF_BLUESKY_LIKE
                        : is_text(text, "app.bsky.feed.repost") ? SF_BLUESKY_REPOST
                                                                : 0;
        return r;
    }
    return sf_json_is(key, "rkey")     ? read_name(j, &e->key)
           : sf_json_is(key, "record") ? walk(j, take_record, e)
                                       : sf_json_skip(j);
}

static int take_account(sf_json *j, sf_str key, sf_bluesky_event *e)
{
    if (sf_json_is(key, "active")) {
        e->is_active = sf_json_peek(j) != SF_JSON_FALSE;
        return sf_json_skip(j);
    }
    return sf_json_is(key, "status") ? read_name(j, &e->status) : sf_json_skip(j);
}

static int take_member(sf_json *j, sf_str key, sf_bluesky_event *e)
{
    if (sf_json_is(key, "time_us") && sf_json_peek(j) == SF_JSON_NUMBER) {
        double us = 0;
        int r = sf_json_number(j, &us);
        e->time_us = us > 0 && us < 9e15 ? (int64_t)us : 0;
        return r;
    }
    if (sf_json_is(key, "account")) {
        e->is_account = sf_json_peek(j) == SF_JSON_OBJECT;
        return walk(j, take_account, e);
    }
    return sf_json_is(key, "did")      ? read_name(j, &e->did)
           : sf_json_is(key, "commit") ? walk(j, take_commit, e)
                                       : sf_json_skip(j);
}

int sf_bluesky_read_event(sf_str message, sf_bluesky_event *out)
{
    static const sf_str none = {"", 0};
    sf_json j;
    *out = (sf_bluesky_event){.is_active = 1};
    out->did = out->status = out->key = out->subject = out->reply = out->languages = none;
    sf_json_init(&j, message);
    int r = sf_json_peek(&j) == SF_JSON_OBJECT ? walk(&j, take_member, out) : SF_EPARSE;
    return r == 0 && sf_json_end(&j, NULL) == SF_OK && out->did.len > 0 ? SF_OK : SF_EPARSE;
}

/* ---- filters ------------------------------------------------------------------------------------------------------ */

/* The next of "a,b,c"; moves the text on. 0 at the end. */
static int next_item(const char **text, sf_str *item)
{
    *text += **text == ',';
    *item = (sf_str){*text, strcspn(*text, ",")};
    *text += item->len;
    return item->len > 0 || **text != '\0';
}

int sf_bluesky_is_language(sf_str raw, const char *wanted)
{
    sf_json j;
    sf_str language = {"", 0}, item;
    sf_json_init(&j, raw);
    if (raw.len == 0 || *raw.ptr != '[' || sf_json_enter(&j, '[') < 0) {
        return 0;
    }
    while (sf_json_element(&j) > 0 && read_name(&j, &language) == SF_OK) {
        for (const char *rest = wanted; next_item(&rest, &item);) {
            int whole = language.len == item.len || (language.len > item.len && language.ptr[item.len] == '-');
            if (whole && item.len > 0 && strncasecmp(language.ptr, item.ptr, item.len) == 0) {
                return 1;
            }
        }
    }
    return 0;
}

int sf_bluesky_is_word(sf_str folded, const char *folded_wanted)
{
    sf_str item;
    for (const char *rest = folded_wanted; next_item(&rest, &item);) {
        for (size_t i = 0; item.len > 0 && i + item.len <= folded.len; i++) {
            if (memcmp(folded.ptr + i, item.ptr, item.len) == 0) {
                return 1;
            }
        }
    }
    return 0;
}

/* ---- answers ------------------------------------------------------------------------------------------------------ */

void sf_bluesky_read_cursor(sf_str answer, char cursor[SF_BLUESKY_CURSOR])
{
    sf_json j;
    sf_str key, text = {"", 0};
    cursor[0] = '\0';
    sf_json_init(&j, answer);
    int r = sf_json_peek(&j) == SF_JSON_OBJECT ? sf_json_enter(&j, '{') : 0;
    while (r > 0 && (r = sf_json_member(&j, &key)) > 0) {
        int got = sf_json_is(key, "cursor") ? read_name(&j, &text) : sf_json_skip(&j);
        r = got == SF_OK ? 1 : got;
    }
    if (text.len < SF_BLUESKY_CURSOR && memchr(text.ptr, '\0', text.len) == NULL) {
        (void)snprintf(cursor, SF_BLUESKY_CURSOR, "%.*s", (int)text.len, text.ptr);
    }
}
