/* SPDX-License-Identifier: MIT */
/* What the YouTube source reads of answers beside their signals: ids of videos, pages, why a request was refused. */
#include <stdio.h>

#include "common/hash.h"
#include "youtube.h"

/* ---- ids ---------------------------------------------------------------------------------------------------------- */

static uint64_t id_of(sf_str source_id)
{
    uint64_t id = sf_hash_parts(&source_id, 1).low;
    return id > 0 ? id : 1;
}

static int is_plain(sf_str text, size_t cap)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_')) {
            return 0;
        }
    }
    return text.len > 0 && text.len < cap;
}

static sf_str track_name(sf_str source_id, char buf[SF_TRACKED_NAME])
{
    (void)buf;
    return is_plain(source_id, SF_YOUTUBE_ID) ? source_id : (sf_str){"", 0};
}

static sf_str source_id_of(uint64_t id, sf_str name, char buf[SF_SOURCE_ID])
{
    (void)id;
    int n = snprintf(buf, SF_SOURCE_ID, "%.*s", (int)name.len, name.ptr);
    return (sf_str){buf, (size_t)n};
}

const sf_poller_platform sf_youtube_platform = {
    .name = "youtube",
    .id = SF_YOUTUBE,
    .fastest = 1.0,
    .id_of = id_of,
    .source_id_of = source_id_of,
    .track_name = track_name,
};

/* ---- answers ------------------------------------------------------------------------------------------------------ */

/* What a walk finds. */
typedef struct found {
    void (*id)(void *payload, const char *id);
    void *payload;
    char *page, *reason;
    char video[SF_YOUTUBE_ID]; /* of this item */
    int items;
} found;

typedef int (*member_reader)(sf_json *j, sf_str key, found *f);

/* Walks over an object's members; what stands there instead of an object is passed over. */
static int walk(sf_json *j, member_reader member, found *f)
{
    sf_str key;
    if (sf_json_peek(j) != SF_JSON_OBJECT) {
        return sf_json_skip(j);
    }
    int r = sf_json_enter(j, '{');
    while (r > 0 && (r = sf_json_member(j, &key)) > 0) {
        int got = member(j, key, f);
        r = got == SF_OK ? 1 : got;
    }
    return r;
}

static int walk_array(sf_json *j, int (*element)(sf_json *j, found *f), found *f)
{
    if (sf_json_peek(j) != SF_JSON_ARRAY) {
        return sf_json_skip(j);
    }
    int r = sf_json_enter(j, '[');
    while (r > 0 && (r = sf_json_element(j)) > 0) {
        int got = element(j, f);
        r = got == SF_OK ? 1 : got;
    }
    return r;
}

/* A plain name; what is none leaves buf as it is. */
static int read_plain(sf_json *j, char *buf, size_t cap)
{
    sf_str raw = {"", 0};
    int r = sf_json_raw(j, &raw);
    if (r == SF_OK && raw.len > 2 && *raw.ptr == '"' && is_plain((sf_str){raw.ptr + 1, raw.len - 2}, cap)) {
        (void)snprintf(buf, cap, "%.*s", (int)(raw.len - 2), raw.ptr + 1);
    }
    return r;
}

static int take_video_id(sf_json *j, sf_str key, found *f)
{
    return sf_json_is(key, "videoId") ? read_plain(j, f->video, sizeof f->video) : sf_json_skip(j);
}

static int take_snippet(sf_json *j, sf_str key, found *f)
{
    return sf_json_is(key, "resourceId") ? walk(j, take_video_id, f) : sf_json_skip(j);
}

static int take_item_member(sf_json *j, sf_str key, found *f)
{
    if (sf_json_is(key, "id") || sf_json_is(key, "contentDetails")) {
        return walk(j, take_video_id, f);
    }
    return sf_json_is(key, "snippet") ? walk(j, take_snippet, f) : sf_json_skip(j);
}

static int take_item(sf_json *j, found *f)
{
    f->video[0] = '\0';
    int r = walk(j, take_item_member, f);
    if (r == SF_OK && f->video[0] != '\0' && f->id != NULL) {
        f->id(f->payload, f->video);
    }
    return r;
}

static int take_list_member(sf_json *j, sf_str key, found *f)
{
    if (sf_json_is(key, "items")) {
        f->items = sf_json_peek(j) == SF_JSON_ARRAY;
        return walk_array(j, take_item, f);
    }
    return sf_json_is(key, "nextPageToken") ? read_plain(j, f->page, SF_YOUTUBE_PAGE) : sf_json_skip(j);
}

int sf_youtube_read_ids(sf_str answer, void (*id)(void *payload, const char *id), void *payload,
                        char page[SF_YOUTUBE_PAGE])
{
    found f = {.page = page};
    for (int turn = 0; turn < 2; turn++) { /* all of it is looked at before the first id is told */
        sf_json j;
        page[0] = '\0';
        sf_json_init(&j, answer);
        int r = sf_json_peek(&j) == SF_JSON_OBJECT ? walk(&j, take_list_member, &f) : SF_EPARSE;
        if (r != SF_OK || sf_json_end(&j, NULL) != SF_OK || !f.items) {
            page[0] = '\0';
            return SF_EPARSE;
        }
        f.id = id;
        f.payload = payload;
    }
    return SF_OK;
}

static int take_cause_member(sf_json *j, sf_str key, found *f)
{
    return sf_json_is(key, "reason") && f->reason[0] == '\0' ? read_plain(j, f->reason, SF_YOUTUBE_REASON)
                                                             : sf_json_skip(j);
}

static int take_cause(sf_json *j, found *f)
{
    return walk(j, take_cause_member, f);
}

static int take_error_member(sf_json *j, sf_str key, found *f)
{
    return sf_json_is(key, "errors") ? walk_array(j, take_cause, f) : sf_json_skip(j);
}

static int take_refusal_member(sf_json *j, sf_str key, found *f)
{
    return sf_json_is(key, "error") ? walk(j, take_error_member, f) : sf_json_skip(j);
}

void sf_youtube_read_reason(sf_str answer, char reason[SF_YOUTUBE_REASON])
{
    found f = {.reason = reason};
    sf_json j;
    reason[0] = '\0';
    sf_json_init(&j, answer);
    (void)walk(&j, take_refusal_member, &f);
}
