/* SPDX-License-Identifier: MIT */
/* Answers about items of Hacker News: first sights, refreshes, deletes, and what has no news. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "common/fail.h"
#include "common/hash.h"
#include "common/log.h"
#include "hackernews.h"

enum {
    FIRST_REFRESH_MS = 5 * 60000,
    SOON_MS = 60000,       /* after a failure */
    LATER_MS = 10 * 60000, /* after a refusal */
    NULL_MS = 15000,       /* until a null is asked for again; doubles ... */
    NULL_MOST_MS = 600000, /* ... up to this */
    UNLISTED_MS = 3600000, /* a null that no list has named for so long is given up */
    MISSED_MOST = 3,       /* nulls in a row until a post counts as deleted */
    UNSAID_MOST = 6        /* looks without news until one is emitted nevertheless */
};

/* What the fastest tenth of the stories gain, in points a second: 3.6 times the median. */
static const double fastest = 3.6 * 0.0028;

/* ---- records ------------------------------------------------------------------------------------------------------ */

static sf_record *add_record(sf_hackernews *h, sf_records *b, uint64_t id, sf_str raw)
{
    sf_record *r = sf_records_add(b);
    if (r == NULL || sf_batch_copy(b->memory, raw, &r->raw) != SF_OK) {
        return NULL;
    }
    r->at = (sf_coordinates){.origin = "hackernews", .partition = -1, .offset = (int64_t)id};
    r->arrived_ms = h->last_ms;
    return r;
}

static int emit(sf_hackernews *h, sf_records *b, uint64_t id, const sf_signal *s, sf_str raw)
{
    sf_record *r = add_record(h, b, id, raw);
    int64_t i = r != NULL ? sf_batch_add(b->memory, s, sizeof *s) : SF_ENOMEM;
    if (i < 0) {
        return SF_ENOMEM;
    }
    r->signal = sf_batch_at(b->memory, (size_t)i);
    r->key = r->signal->source_id;
    return SF_OK;
}

static int emit_rejected(sf_hackernews *h, sf_records *b, uint64_t id, sf_str raw, const sf_child *c)
{
    sf_error why;
    sf_record *r = add_record(h, b, id, raw);
    (void)sf_fail(&why, c->status, "%s", c->reason);
    return r != NULL ? sf_record_reject(r, b->memory, &why) : SF_ENOMEM;
}

static uint64_t hash_of_text(const sf_signal *s)
{
    sf_str parts[] = {s->title, s->body, s->author, s->url};
    return sf_hash_parts(parts, sizeof parts / sizeof parts[0]).low;
}

/* ---- posts -------------------------------------------------------------------------------------------------------- */

static void mark_gone(sf_hackernews *h, sf_tracked *t)
{
    t->gone = 1;
    t->again = 0;
    sf_schedule_move(h->tracked, t, t->first_ms + SF_SEEN_MS); /* until then a crash may want it again */
    sf_hackernews_keep_tracked(h, t);
}

static void look_again(sf_hackernews *h, sf_tracked *t)
{
    int64_t due = sf_tracked_next(t, t->observed_ms);
    if (due == SF_NO_TIME) {
        sf_hackernews_drop_tracked(h, t);
        return;
    }
    sf_schedule_move(h->tracked, t, due);
    sf_hackernews_keep_tracked(h, t);
}

static int first_sight(sf_hackernews *h, sf_records *b, sf_tracked *w, const sf_signal *s, sf_str raw)
{
    uint64_t id = w->id;
    int r = emit(h, b, id, s, raw);
    sf_hackernews_drop_waiting(h, w);
    sf_hackernews_keep_seen(h, id, h->last_ms);
    if (r != SF_OK || s->kind == SF_COMMENT) {
        return r;
    }
    sf_tracked *t = sf_schedule_add(h->tracked, id, h->last_ms, h->last_ms + FIRST_REFRESH_MS);
    if (t == NULL) {
        return SF_ENOMEM;
    }
    t->score = s->raw_score;
    t->comments = s->comments;
    t->text = hash_of_text(s);
    if (s->kind == SF_DELETE) {
        mark_gone(h, t);
    } else {
        sf_hackernews_keep_tracked(h, t);
    }
    return r;
}

/* A later look: emitted where numbers or text have changed, and now and then to say that they have not. */
static int refresh(sf_hackernews *h, sf_records *b, sf_tracked *t, sf_signal *s, sf_str raw)
{
    static const sf_str none = {"", 0};
    if (s->kind == SF_DELETE) {
        int r = t->gone && !t->again ? SF_OK : emit(h, b, t->id, s, raw);
        t->observed_ms = h->last_ms;
        mark_gone(h, t);
        return r;
    }
    if (t->gone) { /* it came back, but what was deleted stays deleted */
        mark_gone(h, t);
        return SF_OK;
    }
    uint64_t text = hash_of_text(s);
    int news = sf_tracked_observe(t, h->last_ms, s->raw_score, s->comments, fastest);
    int as_post = t->again && t->first_ms >= h->again_from_ms;
    int r = SF_OK;
    t->unsaid++;
    if (!as_post) {
        s->kind = SF_REFRESH;
    }
    if (t->text == text && !t->again) {
        s->title = s->body = s->author = s->url = none; /* its reader has them */
    }
    if (news || t->text != text || t->again || t->unsaid >= UNSAID_MOST) {
        r = emit(h, b, t->id, s, raw);
        t->unsaid = 0;
    }
    t->text = text;
    t->again = 0;
    look_again(h, t);
    return r;
}

/* ---- nulls -------------------------------------------------------------------------------------------------------- */

/* Has no list named it for so long that it will not come any more? */
static int is_unlisted(const sf_hackernews *h, const sf_tracked *w)
{
    return h->last_ms - w->observed_ms > UNLISTED_MS;
}

/* The API has no such item, or none yet. */
static void wait_longer(sf_hackernews *h, sf_tracked *w)
{
    int64_t pause = NULL_MS;
    for (uint32_t i = 0; i < w->missed && pause < NULL_MOST_MS; i++) {
        pause *= 2;
    }
    if (is_unlisted(h, w)) {
        sf_hackernews_drop_waiting(h, w);
        return;
    }
    if (w->missed++ == 0) {
        sf_hackernews_keep_waiting(h, w);
    }
    sf_schedule_move(h->waiting, w, h->last_ms + (pause < NULL_MOST_MS ? pause : NULL_MOST_MS));
}

/* A post that has vanished without a word: after some tries it counts as deleted. */
static int miss(sf_hackernews *h, sf_records *b, sf_tracked *t)
{
    char id[24];
    sf_signal s;
    t->missed++;
    if (t->missed < MISSED_MOST) {
        sf_schedule_move(h->tracked, t, h->last_ms + FIRST_REFRESH_MS);
        sf_hackernews_keep_tracked(h, t);
        return SF_OK;
    }
    (void)snprintf(id, sizeof id, "%" PRIu64, t->id);
    sf_signal_init(&s, sizeof s);
    s.platform = SF_HACKERNEWS;
    s.kind = SF_DELETE;
    s.source_id = sf_cstr(id);
    s.observed_ms = h->last_ms;
    return refresh(h, b, t, &s, sf_cstr("null"));
}

/* ---- answers ------------------------------------------------------------------------------------------------------ */

/* No item came: nothing is known, so nothing is forgotten. */
static void put_off(sf_hackernews *h, sf_tracked *w, sf_tracked *t, int64_t ms)
{
    if (w != NULL) {
        sf_schedule_move(h->waiting, w, h->last_ms + ms);
    } else {
        sf_schedule_move(h->tracked, t, h->last_ms + ms);
    }
}

static int is_null(sf_str body)
{
    sf_json j;
    sf_json_init(&j, body);
    return sf_json_peek(&j) == SF_JSON_NULL;
}

static int is_id(sf_str source_id, uint64_t id)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%" PRIu64, id);
    return source_id.len == (size_t)n && memcmp(source_id.ptr, text, (size_t)n) == 0;
}

/* What cannot be read is a dead letter, once; a post that was fine before is looked at again. */
static int reject(sf_hackernews *h, sf_records *b, sf_tracked *w, sf_tracked *t, sf_str raw, const sf_child *c)
{
    uint64_t id = w != NULL ? w->id : t->id;
    int r = emit_rejected(h, b, id, raw, c);
    if (w != NULL) {
        sf_hackernews_drop_waiting(h, w);
        sf_hackernews_keep_seen(h, id, h->last_ms);
    } else {
        t->observed_ms = h->last_ms;
        look_again(h, t);
    }
    return r;
}

static int read_item(sf_hackernews *h, sf_records *b, sf_tracked *w, sf_tracked *t, sf_str body)
{
    sf_normalise_report report = SF_NORMALISE_REPORT_INIT;
    sf_error why = {.message = ""};
    uint64_t id = w != NULL ? w->id : t->id;
    sf_batch_reset(h->scratch);
    int64_t n = sf_normalise(h->scratch, SF_HACKERNEWS, body, h->last_ms, &report, &why);
    if (n == SF_ENOMEM) {
        return SF_ENOMEM;
    }
    if (n == 0 && report.errors == 1 && report.n_children == 1) {
        return reject(h, b, w, t, body, report.children);
    }
    sf_signal *s = n == 1 ? sf_batch_at(h->scratch, 0) : NULL;
    if (s == NULL || !is_id(s->source_id, id)) {
        sf_log(SF_LOG_WARN, "hackernews: item %" PRIu64 ": the answer is %s; asked again", id,
               s != NULL ? "another item"
               : n < 0   ? why.message
                         : "no item");
        put_off(h, w, t, SOON_MS);
        return SF_OK;
    }
    return w != NULL ? first_sight(h, b, w, s, body) : refresh(h, b, t, s, body);
}

int sf_hackernews_item(sf_hackernews *h, sf_records *b, uint64_t id, const sf_http_answer *a)
{
    sf_tracked *w = sf_schedule_find(h->waiting, id);
    sf_tracked *t = w == NULL ? sf_schedule_find(h->tracked, id) : NULL;
    if (w == NULL && t == NULL) {
        return SF_OK;
    }
    (w != NULL ? w : t)->asked = 0;
    h->last_ms = a->answered_ms > h->last_ms ? a->answered_ms : h->last_ms;
    if (a->verdict != SF_HTTP_GOOD) {
        sf_log(SF_LOG_WARN, "hackernews: item %" PRIu64 ": %s; put off", id, a->reason);
        if (a->verdict != SF_HTTP_AGAIN && w != NULL && is_unlisted(h, w)) {
            sf_hackernews_drop_waiting(h, w);
        } else {
            put_off(h, w, t, a->verdict == SF_HTTP_AGAIN ? SOON_MS : LATER_MS);
        }
        return SF_OK;
    }
    if (!is_null(a->body)) {
        return read_item(h, b, w, t, a->body);
    }
    if (w != NULL) {
        wait_longer(h, w);
        return SF_OK;
    }
    return miss(h, b, t);
}
