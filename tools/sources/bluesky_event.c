/* SPDX-License-Identifier: MIT */
/* What becomes of an event of Bluesky's stream. */
#include <math.h>
#include <stdlib.h>

#include "bluesky.h"
#include "common/clock.h"
#include "common/hash.h"

/* ---- numbers ------------------------------------------------------------------------------------------------------ */

/* A like, a repost or a reply of a post that is tracked. What is older than the last answer about it, that answer holds. Where much
 * happens of a sudden, the next look is not waited for. */
static void count(sf_bluesky *y, sf_str uri, int64_t at_ms, uint16_t *(*counter)(sf_tracked *t))
{
    sf_tracked *t = uri.len > 0 ? sf_schedule_find(y->poller.tracked, y->poller.platform->id_of(uri)) : NULL;
    uint16_t *n = t != NULL ? counter(t) : NULL;
    int held = t != NULL && t->checked_ms > 0 && at_ms <= t->first_ms + t->checked_ms;
    if (n == NULL || held || *n == UINT16_MAX) {
        return;
    }
    ++*n;
    if ((y->stream.collections & SF_BLUESKY_LIKE) != 0 && !t->asked && !t->again && !t->gone && t->missed == 0) {
        sf_schedule_move(y->poller.tracked, t, sf_tracked_hasten(t, y->poller.last_ms));
    }
}

static uint16_t *likes_of(sf_tracked *t)
{
    return &t->likes;
}

static uint16_t *reposts_of(sf_tracked *t)
{
    return &t->reposts;
}

static uint16_t *replies_of(sf_tracked *t)
{
    return &t->replies;
}

/* ---- posts -------------------------------------------------------------------------------------------------------- */

/* The same post is in the sample in every run. */
static int is_sampled(const sf_bluesky_event *e, double share)
{
    sf_str parts[] = {e->did, e->key};
    return share >= 1 || ldexp((double)(sf_hash_parts(parts, 2).high >> 11), -53) < share;
}

/* 1; 0; SF_ENOMEM. */
static int has_word(const sf_bluesky_stream *s, sf_str body)
{
    char small[2048], *buf = small;
    size_t cap = sizeof small;
    int64_t n = sf_clean_text(body, SF_CLEAN_CASEFOLD, buf, cap);
    if (n >= (int64_t)cap) {
        cap = (size_t)n + 1;
        buf = malloc(cap);
        n = buf != NULL ? sf_clean_text(body, SF_CLEAN_CASEFOLD, buf, cap) : SF_ENOMEM;
    }
    int r = n < 0 ? SF_ENOMEM : sf_bluesky_is_word((sf_str){buf, (size_t)n}, s->words);
    if (buf != small) {
        free(buf);
    }
    return r;
}

/* Is the post wanted? What is known already is not asked again. */
static int is_wanted(const sf_bluesky *y, const sf_bluesky_event *e, const sf_signal *s)
{
    const sf_bluesky_stream *w = &y->stream;
    if (!is_sampled(e, w->sample) || (w->languages[0] != '\0' && !sf_bluesky_is_language(e->languages, w->languages))) {
        return 0;
    }
    return w->words[0] != '\0' ? has_word(w, s->body) : 1;
}

int sf_bluesky_first_sight(sf_bluesky *y, sf_records *b, sf_signal *s, sf_str raw)
{
    int track = s->kind == SF_POST && y->track_most > 0;
    int r = track ? sf_poller_make_room(&y->poller, y->poller.last_ms, y->track_most) : SF_OK;
    return r != SF_OK ? r : sf_poller_listed(&y->poller, b, s, raw, track);
}

/* A post that was seen is gone. What is tracked no more is told once as well. */
static int take_delete(sf_bluesky *y, sf_records *b, sf_signal *s, sf_str raw)
{
    uint64_t id = y->poller.platform->id_of(s->source_id);
    sf_tracked *t = sf_schedule_find(y->poller.tracked, id);
    if (t != NULL) {
        return sf_poller_refresh(&y->poller, b, t, s, raw);
    }
    return sf_seen_at(y->poller.seen, id) != SF_NO_TIME ? sf_poller_deleted(&y->poller, b, s, raw) : SF_OK;
}

static int take_post(sf_bluesky *y, sf_records *b, const sf_bluesky_event *e, sf_str message)
{
    sf_normalise_report report = SF_NORMALISE_REPORT_INIT;
    sf_batch_reset(y->poller.scratch);
    int64_t n = sf_normalise(y->poller.scratch, SF_BLUESKY, message, y->poller.last_ms, &report, NULL);
    if (n != 1) {
        int broken = n == 0 && report.errors == 1;
        return n == SF_ENOMEM ? SF_ENOMEM
               : broken       ? sf_poller_reject(&y->poller, b, 0, message, report.children)
                              : SF_OK;
    }
    sf_signal *s = sf_batch_at(y->poller.scratch, 0);
    if (e->is_delete) {
        return take_delete(y, b, s, message);
    }
    sf_tracked *t = sf_schedule_find(y->poller.tracked, y->poller.platform->id_of(s->source_id));
    if (t != NULL && !e->is_create) { /* its text may have changed */
        return sf_poller_refresh(&y->poller, b, t, s, message);
    }
    int wanted = is_wanted(y, e, s);
    return wanted > 0 ? sf_bluesky_first_sight(y, b, s, message) : wanted;
}

/* ---- accounts ----------------------------------------------------------------------------------------------------- */

/* Those of an account's posts that are tracked. */
static int tracked_go(sf_bluesky *y, sf_records *b, sf_str did, sf_str message)
{
    int r = SF_OK;
    for (size_t k = 0; k < sf_schedule_count(y->poller.tracked) && r == SF_OK; k++) {
        sf_tracked *t = sf_schedule_at(y->poller.tracked, k);
        if (!t->gone && sf_bluesky_is_by(sf_schedule_name_of(y->poller.tracked, t), did)) {
            r = sf_poller_gone(&y->poller, b, t, message);
        }
    }
    return r;
}

/* Those that were seen, and are not tracked: comments, and posts for which there was no room. */
static int seen_go(sf_bluesky *y, sf_records *b, sf_str did, sf_str message)
{
    uint64_t few[64], *ids = few;
    uint32_t author = sf_bluesky_author(did);
    size_t n = sf_seen_of(y->poller.seen, author, ids, 64);
    int r = SF_OK;
    if (n > 64) {
        ids = sf_batch_alloc(b->memory, n * sizeof *ids);
        n = ids != NULL ? sf_seen_of(y->poller.seen, author, ids, n) : 0;
        r = ids != NULL ? SF_OK : SF_ENOMEM;
    }
    for (size_t i = 0; i < n && r == SF_OK; i++) {
        char buf[SF_SOURCE_ID];
        sf_signal s;
        sf_signal_init(&s, sizeof s);
        s.platform = SF_BLUESKY;
        s.kind = SF_DELETE;
        s.source_id = sf_bluesky_post_of(ids[i], did, y->poller.last_ms, buf);
        if (s.source_id.len > 0 && sf_schedule_find(y->poller.tracked, ids[i]) == NULL) {
            r = sf_poller_deleted(&y->poller, b, &s, message);
        }
    }
    return r;
}

/* An account that is not to be shown: all of its posts that were seen go. Those that are behind for a while only
 * ("desynchronized", "throttled") stay. */
static int take_account(sf_bluesky *y, sf_records *b, const sf_bluesky_event *e, sf_str message)
{
    static const char *const gone[] = {"deleted", "takendown", "suspended", "deactivated"};
    size_t i = 0;
    while (i < sizeof gone / sizeof gone[0] &&
           (strlen(gone[i]) != e->status.len || memcmp(gone[i], e->status.ptr, e->status.len) != 0)) {
        i++;
    }
    if (e->is_active || i == sizeof gone / sizeof gone[0]) {
        return SF_OK;
    }
    int r = tracked_go(y, b, e->did, message);
    return r == SF_OK ? seen_go(y, b, e->did, message) : r;
}

/* ---- events ------------------------------------------------------------------------------------------------------- */

int sf_bluesky_take_event(sf_bluesky *y, sf_records *b, sf_str message)
{
    sf_bluesky_event e;
    if (sf_bluesky_read_event(message, &e) != SF_OK) {
        sf_child why = {.status = SF_EPARSE, .reason = "no event of Jetstream"};
        return sf_poller_reject(&y->poller, b, 0, message, &why);
    }
    int64_t now_us = sf_clock_ms() * 1000;
    int64_t time_us = e.time_us < now_us ? e.time_us : now_us;
    int counted = time_us <= y->stream.heard_us; /* it comes again after a reconnection */
    y->stream.cursor_us = time_us > y->stream.cursor_us ? time_us : y->stream.cursor_us;
    sf_poller_observed(&y->poller, time_us / 1000);
    if (e.is_account) {
        return take_account(y, b, &e, message);
    }
    if (!counted && e.is_create) {
        if (e.collection == SF_BLUESKY_LIKE) {
            count(y, e.subject, time_us / 1000, likes_of);
        } else if (e.collection == SF_BLUESKY_REPOST) { /* no part of the score, as it is none in an answer */
            count(y, e.subject, time_us / 1000, reposts_of);
        } else if (e.collection == SF_BLUESKY_POST) {
            count(y, e.reply, time_us / 1000, replies_of);
        }
    }
    return e.collection == SF_BLUESKY_POST ? take_post(y, b, &e, message) : SF_OK;
}
