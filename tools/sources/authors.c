/* SPDX-License-Identifier: MIT */
/* Names of authors, hashed or dropped. */
#include "authors.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/buffer.h"
#include "common/hash.h"

sf_authors_mode sf_authors_mode_of(const char *text)
{
    return strcmp(text, "hash") == 0 ? SF_AUTHORS_HASH : strcmp(text, "drop") == 0 ? SF_AUTHORS_DROP : SF_AUTHORS_KEEP;
}

static int is(sf_str text, const char *word)
{
    return text.len == strlen(word) && memcmp(text.ptr, word, text.len) == 0;
}

sf_str sf_authors_name(const sf_authors *a, sf_str name, char buf[SF_AUTHORS_NAME])
{
    if (a->mode == SF_AUTHORS_KEEP || name.len == 0 || is(name, "[deleted]")) {
        return name;
    }
    if (a->mode == SF_AUTHORS_DROP) {
        return (sf_str){"", 0};
    }
    sf_hash h = sf_siphash128(a->key, name);
    int n = snprintf(buf, SF_AUTHORS_NAME, "h:%016" PRIx64 "%016" PRIx64, h.high, h.low);
    return (sf_str){buf, n > 0 ? (size_t)n : 0};
}

/* ---- raw bytes ---------------------------------------------------------------------------------------------------- */

enum { OTHER, NAME, PERSONAL };

static int kind_of(sf_str key)
{
    static const char *const names[] = {"author",       "by",          "handle",         "authorDisplayName",
                                        "channelTitle", "displayName", "submitter_user", "commenting_user",
                                        "username"};
    static const char *const personal[] = {
        "author_fullname",       "author_flair_text", "author_flair_richtext", "author_flair_css_class", "avatar",
        "authorProfileImageUrl", "authorChannelUrl",  "authorChannelId",       "_highlightResult"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (sf_json_is(key, names[i])) {
            return NAME;
        }
    }
    for (size_t i = 0; i < sizeof personal / sizeof personal[0]; i++) {
        if (sf_json_is(key, personal[i])) {
            return PERSONAL;
        }
    }
    return OTHER;
}

typedef struct editor {
    const sf_authors *authors;
    sf_batch *memory;
    sf_buffer out;
    const char *from; /* what is not written yet starts there */
} editor;

/* Writes all up to a value, then something in its place. */
static void replace(editor *e, sf_str value, sf_str by)
{
    sf_buffer_put(&e->out, e->from, (size_t)(value.ptr - e->from));
    sf_buffer_put(&e->out, by.ptr, by.len);
    e->from = value.ptr + value.len;
}

static int replace_name(editor *e, sf_json *j)
{
    char buf[SF_AUTHORS_NAME], quoted[SF_AUTHORS_NAME * 2];
    sf_json before = *j;
    sf_str raw, name;
    int r = sf_json_raw(j, &raw);
    r = r == SF_OK ? sf_json_string_in(&before, e->memory, &name) : r;
    if (r == SF_OK) {
        sf_str shown = sf_authors_name(e->authors, name, buf);
        if (shown.ptr != name.ptr) {
            int64_t n = sf_json_quote(shown, quoted, sizeof quoted);
            replace(e, raw, (sf_str){quoted, (size_t)n});
        }
    }
    return r;
}

/* An element of a list of strings; among Algolia's tags stands "author_NAME". */
static int pass_element(editor *e, sf_json *j)
{
    static const char tag[] = "\"author_";
    sf_str raw;
    int r = sf_json_raw(j, &raw);
    if (r == SF_OK && raw.len > sizeof tag && memcmp(raw.ptr, tag, sizeof tag - 1) == 0) {
        replace(e, raw, sf_cstr("\"author\""));
    }
    return r;
}

static int replace_personal(editor *e, sf_json *j)
{
    sf_str raw;
    int r = sf_json_raw(j, &raw);
    if (r == SF_OK) {
        replace(e, raw, sf_cstr("null"));
    }
    return r;
}

/* Goes through a value, however deep it is, without a call a level: the reader knows where it stands. */
static int edit_all(editor *e, sf_json *j)
{
    unsigned char is_object[SF_JSON_DEPTH];
    size_t depth = 0;
    int r = SF_OK, kind = OTHER;
    do {
        sf_json_type type = sf_json_peek(j);
        if (kind == PERSONAL) {
            r = replace_personal(e, j);
        } else if (kind == NAME && type == SF_JSON_STRING) {
            r = replace_name(e, j);
        } else if (type == SF_JSON_OBJECT || type == SF_JSON_ARRAY) {
            r = depth < SF_JSON_DEPTH ? sf_json_enter(j, (char)type) : SF_ETOOBIG;
            is_object[depth < SF_JSON_DEPTH ? depth : 0] = type == SF_JSON_OBJECT;
            depth++;
        } else {
            r = depth > 0 && !is_object[depth - 1] ? pass_element(e, j) : sf_json_skip(j);
        }
        kind = OTHER;
        while (r >= 0 && depth > 0) { /* to the next value, out of what has ended */
            sf_str key = {"", 0};
            r = is_object[depth - 1] ? sf_json_member(j, &key) : sf_json_element(j);
            if (r > 0) {
                kind = is_object[depth - 1] ? kind_of(key) : OTHER;
                break;
            }
            depth -= r == 0;
        }
    } while (r >= 0 && depth > 0);
    return r == SF_ENOMEM ? r : sf_json_end(j, NULL);
}

int sf_authors_raw(const sf_authors *a, sf_batch *memory, sf_str raw, sf_str *out)
{
    editor e = {.authors = a, .memory = memory, .from = raw.ptr};
    sf_json j;
    *out = raw;
    if (a->mode == SF_AUTHORS_KEEP || raw.len == 0) {
        return SF_OK;
    }
    sf_json_init(&j, raw);
    int r = edit_all(&e, &j);
    if (r == SF_OK) {
        sf_buffer_put(&e.out, e.from, (size_t)(raw.ptr + raw.len - e.from));
        r = e.out.lost ? SF_ENOMEM : sf_batch_copy(memory, (sf_str){e.out.bytes, e.out.len}, out);
    } else if (r != SF_ENOMEM) {
        *out = (sf_str){"", 0};
        r = SF_OK;
    }
    sf_buffer_free(&e.out);
    return r;
}

/* ---- the key ------------------------------------------------------------------------------------------------------ */

void sf_authors_write_key(const sf_authors *a, char buf[33])
{
    for (size_t i = 0; i < sizeof a->key; i++) {
        (void)snprintf(buf + i * 2, 3, "%02x", a->key[i]);
    }
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int sf_authors_read_key(sf_authors *a, sf_str text)
{
    unsigned char key[sizeof a->key];
    if (text.len != sizeof key * 2) {
        return SF_EPARSE;
    }
    for (size_t i = 0; i < sizeof key; i++) {
        int high = digit(text.ptr[i * 2]), low = digit(text.ptr[i * 2 + 1]);
        if (high < 0 || low < 0) {
            return SF_EPARSE;
        }
        key[i] = (unsigned char)(high << 4 | low);
    }
    memcpy(a->key, key, sizeof key);
    return SF_OK;
}
