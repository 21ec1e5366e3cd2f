/* SPDX-License-Identifier: MIT */
/* Bluesky: events of Jetstream; post views in AppView's answers (posts, feed, thread); records of a repository.
 * docs/normalise.md says which field comes from where. */
#include "normalise/answer.h"

#define POSTS     "app.bsky.feed.post"
#define LEEWAY_MS 300000 /* clocks differ; a time further off is wrong */

/* What is known of a post from outside its record. */
typedef struct post {
    sf_str record;     /* raw */
    sf_str key;        /* of the record in its collection: a time, mostly */
    sf_str labels;     /* raw; given by moderators */
    int64_t latest_ms; /* no post is younger; SF_NO_TIME: not known */
} post;

enum { TYPE, TEXT, CREATED_AT, LANGS, REPLY, EMBED, LABELS, RECORD_MEMBERS };
static const sf_name record_members[RECORD_MEMBERS] = {SF_NAME("$type"), SF_NAME("text"),  SF_NAME("createdAt"),
                                                       SF_NAME("langs"), SF_NAME("reply"), SF_NAME("embed"),
                                                       SF_NAME("labels")};

/* ---- times ---- */

/* The time in a record key that is a TID: 13 digits of base 32, of which 53 bits are microseconds; SF_NO_TIME if it is none,
 * or one from before there was a network or after `latest`. */
static int64_t key_time(sf_str key, int64_t latest)
{
    static const char digits[] = "234567abcdefghijklmnopqrstuvwxyz";
    uint64_t id = 0;
    if (key.len != 13) {
        return SF_NO_TIME;
    }
    for (size_t i = 0; i < key.len; i++) {
        const char *digit = key.ptr[i] != '\0' ? strchr(digits, key.ptr[i]) : NULL;
        if (digit == NULL || (i == 0 && digit - digits > 15)) {
            return SF_NO_TIME;
        }
        id = id << 5 | (uint64_t)(digit - digits);
    }
    int64_t ms = (int64_t)((id & INT64_MAX) >> 10) / 1000;
    int64_t first = 1640995200000; /* 2022 */
    return ms < first || (latest != SF_NO_TIME && ms > latest) ? SF_NO_TIME : ms;
}

/* createdAt is whatever the client says: held between the time in the key and the time it was seen, with leeway. */
static int read_time(sf_answer *a, const post *p, sf_str raw, int64_t *out)
{
    sf_str text = {"", 0};
    int64_t latest = p->latest_ms != SF_NO_TIME ? p->latest_ms + LEEWAY_MS : SF_NO_TIME;
    int64_t made = key_time(p->key, latest);
    int status = sf_field_text(a, raw, "createdAt", SF_SLOT_OTHER, &text);
    if (status != SF_OK) {
        return status;
    }
    if (sf_time_parse(text, out) != SF_OK) {
        *out = made;
        return SF_OK;
    }
    if (made != SF_NO_TIME && *out < made - LEEWAY_MS) {
        *out = made - LEEWAY_MS;
    }
    if (latest != SF_NO_TIME && *out > latest) {
        *out = latest;
    }
    return SF_OK;
}

/* ---- labels ---- */

static int is_adult(sf_str raw)
{
    static const char *const values[] = {"porn", "sexual", "nudity", "graphic-media", "gore", "nsfl", "nsfw"};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        if (sf_is_text(raw, values[i])) {
            return 1;
        }
    }
    return 0;
}

/* [{"val": "porn"}, ...]; "neg" takes a label back. Those for adults become "nsfw", others stay as they are. */
static void read_labels(sf_answer *a, sf_str list)
{
    static const sf_name names[2] = {SF_NAME("val"), SF_NAME("neg")};
    sf_str label, v[2];
    if (!sf_is_array(list)) {
        return;
    }
    for (sf_json j = sf_answer_array(list); sf_answer_next(&j, &label);) {
        sf_answer_members(label, names, 2, v);
        if (sf_is_true(v[1]) || !sf_is_string(v[0]) || memchr(v[0].ptr, '\\', v[0].len) != NULL) {
            continue;
        }
        sf_str inside = {v[0].ptr + 1, v[0].len - 2};
        sf_answer_label(a, is_adult(v[0]) ? sf_cstr("nsfw") : inside);
    }
}

/* ---- records ---- */

/* The page that a post shows a card of, also beside another post. */
static sf_str card_address(sf_str embed)
{
    sf_str external = sf_answer_member(embed, "external");
    if (external.len == 0) {
        external = sf_answer_member(sf_answer_member(embed, "media"), "external");
    }
    return sf_answer_member(external, "uri");
}

static int read_language(sf_answer *a, sf_str langs, sf_str *out)
{
    sf_str first;
    if (!sf_is_array(langs)) {
        return SF_OK;
    }
    sf_json j = sf_answer_array(langs);
    return sf_answer_next(&j, &first) ? sf_field_text(a, first, "langs", SF_SLOT_LANG, out) : SF_OK;
}

static int read_record(sf_answer *a, const post *p, sf_signal *s)
{
    sf_str v[RECORD_MEMBERS];
    if (!sf_is_object(p->record)) {
        return sf_answer_refuse(a, "record", "missing");
    }
    sf_answer_members(p->record, record_members, RECORD_MEMBERS, v);
    s->kind = sf_is_object(v[REPLY]) ? SF_COMMENT : SF_POST;
    sf_str parent = sf_answer_member(sf_answer_member(v[REPLY], "parent"), "uri");
    int status = sf_field_text(a, parent, "reply.parent.uri", SF_SLOT_PARENT, &s->parent_id);
    if (status == SF_OK) {
        status = read_time(a, p, v[CREATED_AT], &s->ts_ms);
    }
    if (status == SF_OK) {
        status = read_language(a, v[LANGS], &s->lang);
    }
    if (status == SF_OK) {
        status = sf_field_text(a, card_address(v[EMBED]), "embed.external.uri", SF_SLOT_URL, &s->url);
    }
    if (status == SF_OK) {
        status = sf_field_text(a, v[TEXT], "text", SF_SLOT_BODY, &s->body);
    }
    read_labels(a, sf_answer_member(v[LABELS], "values"));
    read_labels(a, p->labels);
    return status == SF_OK ? sf_field_clean(a, SF_CLEAN_PLAIN, SF_SLOT_BODY, &s->body) : status;
}

/* ---- post views and records with their address ---- */

/* at://did/collection/key: its parts. 0 if it is no post's address. */
static int split_uri(sf_str uri, sf_str *did, sf_str *key)
{
    static const char collection[] = "/" POSTS "/";
    size_t n = sizeof collection - 1;
    const char *slash = uri.len > 5 && memcmp(uri.ptr, "at://", 5) == 0 ? memchr(uri.ptr + 5, '/', uri.len - 5) : NULL;
    size_t at = slash != NULL ? (size_t)(slash - uri.ptr) : uri.len;
    if (at + n >= uri.len || memcmp(slash, collection, n) != 0) {
        return 0;
    }
    *did = (sf_str){uri.ptr + 5, at - 5};
    *key = (sf_str){uri.ptr + at + n, uri.len - at - n};
    return 1;
}

/* The name others see, if it is a valid one, else the identity. */
static int read_author(sf_answer *a, sf_str author, sf_str did, sf_str *out)
{
    int status = sf_field_text(a, sf_answer_member(author, "handle"), "author.handle", SF_SLOT_AUTHOR, out);
    if (status == SF_OK && (out->len == 0 || (out->len == 14 && memcmp(out->ptr, "handle.invalid", 14) == 0))) {
        *out = did;
    }
    return status;
}

/* {"uri", "author", "record", "likeCount", ...}, or {"uri", "value"}. `raw` is the child it is, or is in. */
static int add_view(sf_answer *a, sf_str raw, sf_str view)
{
    enum { URI, AUTHOR, RECORD, VALUE, LIKES, REPLIES, LABELS_, MEMBERS };
    static const sf_name names[MEMBERS] = {SF_NAME("uri"),   SF_NAME("author"),    SF_NAME("record"),
                                           SF_NAME("value"), SF_NAME("likeCount"), SF_NAME("replyCount"),
                                           SF_NAME("labels")};
    sf_str v[MEMBERS], did = {"", 0};
    sf_signal s;
    sf_answer_members(view, names, MEMBERS, v);
    sf_answer_begin(a, &s, SF_BLUESKY, SF_POST);
    int status = sf_field_text(a, v[URI], "uri", SF_SLOT_ID, &s.source_id);
    post p = {v[RECORD].len > 0 ? v[RECORD] : v[VALUE], {"", 0}, v[LABELS_], a->observed_ms};
    if (status == SF_OK && s.source_id.len == 0) {
        status = sf_answer_refuse(a, "uri", "missing");
    } else if (status == SF_OK && (p.record.len == 0 || !split_uri(s.source_id, &did, &p.key))) {
        return sf_answer_skip(a, raw, p.record.len == 0 ? "not found, or blocked" : "uri: not a post's");
    }
    if (status == SF_OK) {
        status = read_author(a, v[AUTHOR], did, &s.author);
    }
    if (status == SF_OK) {
        status = sf_field_number(a, v[LIKES], "likeCount", &s.raw_score);
    }
    if (status == SF_OK) {
        status = sf_field_number(a, v[REPLIES], "replyCount", &s.comments);
    }
    return sf_answer_add(a, raw, &s, status == SF_OK ? read_record(a, &p, &s) : status);
}

/* {"post": view} of a feed, {"value": {"post": view}} of a flat thread, {"item": view} of bookmarks, or a view. */
static int add_entry(sf_answer *a, sf_str raw)
{
    enum { POST, VALUE, ITEM, MEMBERS };
    static const sf_name names[MEMBERS] = {SF_NAME("post"), SF_NAME("value"), SF_NAME("item")};
    sf_str v[MEMBERS];
    sf_answer_members(raw, names, MEMBERS, v);
    sf_str view = v[POST].len > 0 ? v[POST] : sf_answer_member(v[VALUE], "post");
    if (sf_is_string(view)) {
        return sf_answer_skip(a, raw, "post: an address only");
    }
    if (view.len == 0 && sf_starts_with(sf_answer_member(v[VALUE], "$type"), "\"app.bsky.unspecced.defs#threadItem")) {
        return sf_answer_skip(a, raw, "not found, or blocked");
    }
    view = view.len > 0 ? view : v[ITEM];
    return add_view(a, raw, sf_is_object(view) ? view : raw);
}

static int add_entries(sf_answer *a, sf_str list)
{
    sf_str entry;
    int status = SF_OK;
    for (sf_json j = sf_answer_array(list); status == SF_OK && sf_answer_next(&j, &entry);) {
        status = add_entry(a, entry);
    }
    return status;
}

/* {"post", "parent", "replies"}, each of the last two the same again. */
static int add_thread(sf_answer *a, sf_str raw)
{
    enum { POST, PARENT, REPLIES, MEMBERS };
    static const sf_name names[MEMBERS] = {SF_NAME("post"), SF_NAME("parent"), SF_NAME("replies")};
    sf_str v[MEMBERS], reply;
    sf_answer_members(raw, names, MEMBERS, v);
    sf_str view = sf_is_object(v[POST]) ? v[POST] : raw; /* a post that is gone stands by itself */
    int status = add_view(a, view, view);
    if (status == SF_OK && sf_is_object(v[PARENT])) {
        status = add_thread(a, v[PARENT]);
    }
    if (sf_is_array(v[REPLIES])) {
        for (sf_json j = sf_answer_array(v[REPLIES]); status == SF_OK && sf_answer_next(&j, &reply);) {
            status = add_thread(a, reply);
        }
    }
    return status;
}

/* ---- Jetstream ---- */

/* at://did/app.bsky.feed.post/key */
static int read_uri(sf_answer *a, sf_str did, sf_str key, sf_str *out)
{
    sf_text *buf = &a->joined[SF_SLOT_ID];
    buf->len = 0;
    if (did.len == 0 || key.len == 0) {
        return sf_answer_refuse(a, did.len == 0 ? "did" : "rkey", "missing");
    }
    if (sf_text_room(buf, did.len + key.len + sizeof "at:///" POSTS "/") != SF_OK) {
        return SF_ENOMEM;
    }
    sf_text_bytes(buf, "at://", 5);
    sf_text_bytes(buf, did.ptr, did.len);
    sf_text_bytes(buf, "/" POSTS "/", sizeof "/" POSTS "/" - 1);
    sf_text_bytes(buf, key.ptr, key.len);
    *out = (sf_str){buf->ptr, buf->len};
    return SF_OK;
}

static int read_event_time(sf_answer *a, sf_str raw, int64_t *out)
{
    double us = -1.0;
    int status = sf_field_number(a, raw, "time_us", &us);
    if (status == SF_OK && us >= 0.0) {
        *out = (int64_t)(us / 1000.0);
    }
    return status;
}

static int add_commit(sf_answer *a, sf_str raw, sf_str did, sf_str time_us, sf_str commit)
{
    enum { OPERATION, COLLECTION, KEY, RECORD, MEMBERS };
    static const sf_name names[MEMBERS] = {SF_NAME("operation"), SF_NAME("collection"), SF_NAME("rkey"),
                                           SF_NAME("record")};
    sf_str v[MEMBERS], author = {"", 0};
    sf_signal s;
    sf_answer_members(commit, names, MEMBERS, v);
    if (!sf_is_text(v[COLLECTION], POSTS)) {
        return sf_answer_skip(a, raw, "collection: not " POSTS);
    }
    sf_answer_begin(a, &s, SF_BLUESKY, sf_is_text(v[OPERATION], "delete") ? SF_DELETE : SF_POST);
    post p = {v[RECORD], {"", 0}, {NULL, 0}, a->observed_ms};
    int status = sf_field_text(a, did, "did", SF_SLOT_AUTHOR, &author);
    if (status == SF_OK) {
        status = sf_field_text(a, v[KEY], "rkey", SF_SLOT_CHANNEL, &p.key);
    }
    if (status == SF_OK) {
        status = read_uri(a, author, p.key, &s.source_id);
    }
    if (status == SF_OK) {
        status = read_event_time(a, time_us, &s.observed_ms);
    }
    if (status == SF_OK && s.kind != SF_DELETE) {
        s.author = author;
        p.latest_ms = s.observed_ms;
        status = read_record(a, &p, &s);
    }
    return sf_answer_add(a, raw, &s, status);
}

/* ---- answers ---- */

/* Answers and events that hold no post by their nature. */
static int is_other(sf_str answer)
{
    static const char *const names[] = {
        "likes",        "repostedBy",    "follows", "followers", "actors", "profiles",  "feeds", "lists",
        "starterPacks", "notifications", "blocks",  "trends",    "topics", "suggested", "did",   "cid"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (sf_answer_member(answer, names[i]).len > 0) {
            return 1;
        }
    }
    return 0;
}

int sf_bluesky_read(sf_answer *a, sf_str answer)
{
    enum {
        KIND,
        DID,
        TIME,
        COMMIT,
        POSTS_,
        FEED,
        THREAD,
        RECORDS,
        POST_RECORDS,
        BOOKMARKS,
        POST,
        URI,
        RECORD,
        VALUE,
        ITEM,
        MEMBERS
    };
    static const sf_name names[MEMBERS] = {
        SF_NAME("kind"), SF_NAME("did"),    SF_NAME("time_us"), SF_NAME("commit"),      SF_NAME("posts"),
        SF_NAME("feed"), SF_NAME("thread"), SF_NAME("records"), SF_NAME("postRecords"), SF_NAME("bookmarks"),
        SF_NAME("post"), SF_NAME("uri"),    SF_NAME("record"),  SF_NAME("value"),       SF_NAME("item")};
    sf_str v[MEMBERS];
    sf_answer_members(answer, names, MEMBERS, v);
    if (sf_is_object(v[COMMIT]) && v[DID].len > 0) {
        return add_commit(a, answer, v[DID], v[TIME], v[COMMIT]);
    }
    for (size_t i = POSTS_; i <= BOOKMARKS; i++) {
        if (sf_is_array(v[i])) {
            return add_entries(a, v[i]);
        }
    }
    if (sf_is_object(v[THREAD])) {
        return add_thread(a, v[THREAD]);
    }
    if (sf_is_object(v[POST]) || sf_is_object(v[ITEM]) ||
        (v[URI].len > 0 && (sf_is_object(v[RECORD]) || sf_is_object(v[VALUE])))) {
        return add_entry(a, answer);
    }
    return is_other(answer) ? sf_answer_skip(a, answer, "no post in it")
                            : sf_answer_unknown(a, answer, "Bluesky event or post");
}
