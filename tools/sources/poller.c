/* SPDX-License-Identifier: MIT */
/* What becomes of answers about posts, and when they are asked for. */
#include "poller.h"

#include <inttypes.h>
#include <math.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/hash.h"
#include "common/log.h"
#include "common/metrics.h"

enum {
    FIRST_REFRESH_MS = 5 * 60000,
    ASKED_MS = 3600000,     /* an answer will come long before, or never */
    TOGETHER_MS = 60000,    /* posts that are due so much later go along */
    LATE_MS = 60000,        /* a look that comes so much later than it was due is late */
    RELISTED_MS = 43200000, /* how stale the note may be of when a listing last named an id */
    RECHECK_DAYS = 30,      /* after that nobody looks any more */
    MISSED_MOST = 3,        /* answers in a row without a post until it counts as deleted */
    UNSAID_MOST = 6         /* looks without news until one is emitted nevertheless */
};

/* ---- opening ------------------------------------------------------------------------------------------------------ */

int sf_endpoint(const sf_settings *settings, const char *option, const char **out, sf_error *err)
{
    *out = sf_settings_text(settings, option);
    if (*out == NULL || (strncmp(*out, "http://", 7) != 0 && strncmp(*out, "https://", 8) != 0)) {
        return sf_fail(err, SF_EINVAL, "%s: neither http:// nor https://", option);
    }
    return SF_OK;
}

int sf_poller_open(sf_poller *p, const sf_poller_platform *platform, const sf_settings *settings, sf_error *err)
{
    p->platform = platform;
    p->overlap_ms = sf_settings_integer(settings, "overlap");
    p->again_from_ms = INT64_MAX;
    p->opened_ms = sf_clock_ms();
    p->once = sf_settings_flag(settings, "once");
    p->backfill_ms = sf_settings_time(settings, "backfill");
    p->recheck_ms = sf_settings_integer(settings, "recheck");
    p->oldest_ms = SF_NO_TIME;
    p->authors.mode = sf_authors_mode_of(sf_settings_text(settings, "authors"));
    (void)snprintf(p->watch.now.source, sizeof p->watch.now.source, "%s", platform->name);
    int r = sf_seen_new(&p->seen, SF_SEEN_MOST, SF_SEEN_MS);
    r = r == SF_OK ? sf_schedule_new(&p->tracked) : r;
    r = r == SF_OK ? sf_batch_new(&p->scratch) : r;
    if (r != SF_OK) {
        return sf_fail(err, r, "%s: %s", platform->name, sf_strerror(r));
    }
    return sf_state_open(&p->state, sf_settings_text(settings, "state"), platform->name, err);
}

void sf_poller_close(sf_poller *p)
{
    if (p->looks > 0) {
        sf_log(SF_LOG_INFO,
               "%s: %" PRIu64 " looks at posts, %" PRIu64 " of them late, at most by %lld s; %" PRIu64
               " given up for want of budget; %" PRIu64 " posts let go for want of room",
               p->platform->name, p->looks, p->late, (long long)(p->late_ms / 1000), p->given_up, p->let_go);
    }
    if (p->state != NULL && p->watch.at_ms > 0) {
        sf_poller_keep_watch(p);
    }
    sf_state_close(p->state);
    sf_seen_free(p->seen);
    sf_schedule_free(p->tracked);
    sf_batch_free(p->scratch);
}

/* ---- time --------------------------------------------------------------------------------------------------------- */

void sf_poller_observed(sf_poller *p, int64_t at_ms)
{
    p->last_ms = at_ms > p->last_ms ? at_ms : p->last_ms;
}

int64_t sf_poller_until_due(sf_poller *p, int64_t now_ms, int64_t most)
{
    const sf_tracked *t = sf_schedule_first(p->tracked);
    most = t != NULL && t->due_ms - now_ms < most ? t->due_ms - now_ms : most;
    return most > 0 ? most : 0;
}

int64_t sf_poller_next(const sf_poller *p, const sf_tracked *t, int64_t now_ms)
{
    int64_t next = sf_tracked_next(t, now_ms);
    if (next == SF_NO_TIME && p->recheck_ms > 0 && now_ms - t->first_ms < (int64_t)RECHECK_DAYS * 86400000) {
        next = now_ms + p->recheck_ms;
    }
    return next;
}

int sf_poller_is_filled(const sf_poller *p)
{
    return p->backfill_ms == SF_NO_TIME || p->oldest_ms == SF_NO_TIME || p->oldest_ms < p->backfill_ms;
}

sf_str sf_poller_source_id(const sf_poller *p, const sf_tracked *t, char buf[SF_SOURCE_ID])
{
    return p->platform->source_id_of(t->id, sf_schedule_name_of(p->tracked, t), buf);
}

/* Takes a post that is due by `until`. */
static sf_tracked *take(sf_poller *p, int64_t now_ms, int64_t until)
{
    sf_tracked *t;
    while ((t = sf_schedule_first(p->tracked)) != NULL && t->due_ms <= until && t->gone && !t->again) {
        sf_poller_drop_tracked(p, t);
    }
    if (t == NULL || t->due_ms > until) {
        return NULL;
    }
    if (!t->again) { /* at a start they all are due since long ago: while nobody was there, nobody was late */
        int64_t late = now_ms - (t->due_ms > p->opened_ms ? t->due_ms : p->opened_ms);
        p->looks++;
        p->late += late > LATE_MS;
        sf_metric_add_of(late > LATE_MS ? SF_METRIC_LOOKS_LATE : SF_METRIC_LOOKS, p->platform->name, -1, 1);
        sf_metric_observe(SF_METRIC_LOOK_LATENESS, late > 0 ? (double)late / 1000 : 0);
        p->late_ms = late > p->late_ms ? late : p->late_ms;
    }
    t->asked = 1;
    sf_schedule_move(p->tracked, t, now_ms + ASKED_MS);
    return t;
}

sf_tracked *sf_poller_take_due(sf_poller *p, int64_t now_ms)
{
    return take(p, now_ms, now_ms);
}

void sf_poller_put_off(sf_poller *p, sf_tracked *t, int64_t ms)
{
    t->asked = 0;
    sf_schedule_move(p->tracked, t, p->last_ms + ms);
}

/* ---- records ------------------------------------------------------------------------------------------------------ */

static sf_record *add_record(sf_poller *p, sf_records *b, uint64_t id, sf_str raw)
{
    sf_record *r = sf_records_add(b);
    int copied = p->authors.mode == SF_AUTHORS_KEEP && r != NULL ? sf_batch_copy(b->memory, raw, &r->raw)
                 : r != NULL                                     ? sf_authors_raw(&p->authors, b->memory, raw, &r->raw)
                                                                 : SF_ENOMEM;
    if (copied != SF_OK) {
        return NULL;
    }
    r->at = (sf_coordinates){.origin = p->platform->name, .partition = -1, .offset = (int64_t)id};
    r->arrived_ms = p->last_ms;
    r->native = r->raw.len > 0;
    return r;
}

static int emit(sf_poller *p, sf_records *b, uint64_t id, const sf_signal *s, sf_str raw)
{
    sf_record *r = add_record(p, b, id, raw);
    sf_signal shown = *s;
    char name[SF_AUTHORS_NAME];
    shown.author = sf_authors_name(&p->authors, s->author, name);
    int64_t i = r != NULL ? sf_batch_add(b->memory, &shown, sizeof shown) : SF_ENOMEM;
    if (i < 0) {
        return SF_ENOMEM;
    }
    r->signal = sf_batch_at(b->memory, (size_t)i);
    r->key = r->signal->source_id;
    return SF_OK;
}

int sf_poller_reject(sf_poller *p, sf_records *b, uint64_t id, sf_str raw, const sf_child *why)
{
    sf_error err;
    sf_record *r = add_record(p, b, id, raw);
    (void)sf_fail(&err, why->status, "%s", why->reason);
    return r != NULL ? sf_record_reject(r, b->memory, &err) : SF_ENOMEM;
}

int sf_poller_reject_once(sf_poller *p, sf_records *b, uint64_t id, sf_str raw, const sf_child *why)
{
    id = id > 0 ? id : sf_hash_parts(&raw, 1).low | (uint64_t)1 << 63;
    if (sf_seen_at(p->seen, id) != SF_NO_TIME) {
        return SF_OK;
    }
    sf_poller_keep_seen(p, id, p->last_ms);
    return sf_poller_reject(p, b, id, raw, why);
}

static uint32_t hash_of_text(const sf_signal *s)
{
    sf_str parts[] = {s->title, s->body, s->author, s->url};
    return (uint32_t)sf_hash_parts(parts, sizeof parts / sizeof parts[0]).low;
}

/* ---- posts -------------------------------------------------------------------------------------------------------- */

static void mark_gone(sf_poller *p, sf_tracked *t)
{
    t->gone = 1;
    t->again = 0;
    t->asked = 0;
    sf_schedule_move(p->tracked, t, t->first_ms + SF_SEEN_MS); /* until then a crash may want it again */
    sf_poller_keep_tracked(p, t);
}

/* The next look, after one at this time. */
static void look_again(sf_poller *p, sf_tracked *t, int64_t at_ms)
{
    int64_t due = sf_poller_next(p, t, at_ms);
    t->asked = 0;
    if (due == SF_NO_TIME) {
        sf_poller_drop_tracked(p, t);
        return;
    }
    sf_schedule_move(p->tracked, t, due);
    sf_poller_keep_tracked(p, t);
}

/* Starts to track a post that was just emitted. */
static int track_it(sf_poller *p, uint64_t id, const sf_signal *s)
{
    char buf[SF_TRACKED_NAME];
    int named = p->platform->track_name != NULL;
    sf_str name = named ? p->platform->track_name(s->source_id, buf) : s->source_id;
    if (name.len == 0) {
        return SF_OK;
    }
    sf_tracked *t = sf_schedule_add(p->tracked, id, p->last_ms, p->last_ms + FIRST_REFRESH_MS);
    if (t == NULL || (named && sf_schedule_name(p->tracked, t, name) != SF_OK)) {
        return SF_ENOMEM;
    }
    t->score = s->raw_score;
    t->comments = s->comments;
    t->text = hash_of_text(s);
    if (s->kind == SF_DELETE) {
        mark_gone(p, t);
    } else {
        sf_poller_keep_tracked(p, t);
    }
    return SF_OK;
}

int sf_poller_first(sf_poller *p, sf_records *b, sf_signal *s, sf_str raw, int track)
{
    uint64_t id = p->platform->id_of(s->source_id);
    s->observed_ms = p->last_ms;
    int r = emit(p, b, id, s, raw);
    sf_poller_keep_seen_of(p, id, p->platform->author_of != NULL ? p->platform->author_of(s->source_id) : 0,
                           p->last_ms);
    return r == SF_OK && track ? track_it(p, id, s) : r;
}

/* Later looks at posts that are gone: they stay so. */
static int refresh_gone(sf_poller *p, sf_records *b, sf_tracked *t, const sf_signal *s, sf_str raw)
{
    int r = SF_OK;
    if (s->kind == SF_DELETE) {
        r = t->gone && !t->again ? SF_OK : emit(p, b, t->id, s, raw);
        t->observed_ms = p->last_ms;
    }
    mark_gone(p, t);
    return r;
}

int sf_poller_refresh(sf_poller *p, sf_records *b, sf_tracked *t, sf_signal *s, sf_str raw)
{
    static const sf_str none = {"", 0};
    s->observed_ms = p->last_ms;
    if (s->kind == SF_DELETE || t->gone) {
        return refresh_gone(p, b, t, s, raw);
    }
    uint32_t text = hash_of_text(s);
    int news = sf_tracked_observe(t, p->last_ms, s->raw_score, s->comments, p->platform->fastest);
    int as_post = t->again && t->first_ms >= p->again_from_ms;
    int r = SF_OK;
    sf_tracked_count(&t->unsaid);
    s->kind = as_post ? s->kind : SF_REFRESH;
    if (t->text == text && !t->again) {
        s->title = s->body = s->author = s->url = none; /* its reader has them */
    }
    if (news || t->text != text || t->again || t->unsaid >= UNSAID_MOST) {
        r = emit(p, b, t->id, s, raw);
        t->unsaid = 0;
    }
    t->text = text;
    t->again = 0;
    if (!isnan(s->raw_score)) { /* the answer holds what was counted */
        t->likes = t->replies = t->reposts = 0;
        t->checked_ms = (uint32_t)(p->last_ms - t->first_ms);
    }
    look_again(p, t, t->observed_ms);
    return r;
}

/* A signal of a post of which no answer tells. */
static void begin(const sf_poller *p, const sf_tracked *t, int32_t kind, char buf[SF_SOURCE_ID], sf_signal *s)
{
    sf_signal_init(s, sizeof *s);
    s->platform = p->platform->id;
    s->kind = kind;
    s->source_id = sf_poller_source_id(p, t, buf);
    s->observed_ms = p->last_ms;
}

int sf_poller_count(sf_poller *p, sf_records *b, sf_tracked *t, int64_t now_ms)
{
    char buf[SF_SOURCE_ID];
    sf_signal s;
    int r = SF_OK;
    begin(p, t, SF_REFRESH, buf, &s);
    s.raw_score = (isnan(t->score) ? 0 : t->score) + t->likes;
    s.comments = (isnan(t->comments) ? 0 : t->comments) + t->replies;
    t->likes = t->replies = t->reposts = 0;
    int news = sf_tracked_observe(t, p->last_ms, s.raw_score, s.comments, p->platform->fastest);
    sf_tracked_count(&t->unsaid);
    if (news || t->unsaid >= UNSAID_MOST) {
        r = emit(p, b, t->id, &s, (sf_str){"", 0}); /* no answer told it */
        t->unsaid = 0;
    }
    look_again(p, t, now_ms > t->observed_ms ? now_ms : t->observed_ms);
    return r;
}

int sf_poller_gone(sf_poller *p, sf_records *b, sf_tracked *t, sf_str raw)
{
    char buf[SF_SOURCE_ID];
    sf_signal s;
    begin(p, t, SF_DELETE, buf, &s);
    return refresh_gone(p, b, t, &s, raw);
}

void sf_poller_unread(sf_poller *p, sf_tracked *t)
{
    t->observed_ms = p->last_ms;
    look_again(p, t, t->observed_ms);
}

int sf_poller_deleted(sf_poller *p, sf_records *b, sf_signal *s, sf_str raw)
{
    uint64_t id = p->platform->id_of(s->source_id), told = id ^ (uint64_t)1 << 62;
    if (sf_seen_at(p->seen, told) != SF_NO_TIME) {
        return SF_OK;
    }
    s->observed_ms = p->last_ms;
    sf_poller_keep_seen(p, told, p->last_ms);
    return emit(p, b, id, s, raw);
}

int sf_poller_miss(sf_poller *p, sf_records *b, sf_tracked *t)
{
    sf_tracked_count(&t->missed);
    if (t->missed >= MISSED_MOST) {
        return sf_poller_gone(p, b, t, sf_cstr("null"));
    }
    sf_poller_put_off(p, t, FIRST_REFRESH_MS);
    sf_poller_keep_tracked(p, t);
    return SF_OK;
}

int sf_poller_listed(sf_poller *p, sf_records *b, sf_signal *s, sf_str raw, int track)
{
    uint64_t id = p->platform->id_of(s->source_id);
    int64_t seen_ms = sf_seen_at(p->seen, id);
    if (s->ts_ms != SF_NO_TIME && (p->oldest_ms == SF_NO_TIME || s->ts_ms < p->oldest_ms)) {
        p->oldest_ms = s->ts_ms;
    }
    if (seen_ms == SF_NO_TIME && sf_schedule_find(p->tracked, id) == NULL) {
        return sf_poller_first(p, b, s, raw, track);
    }
    if (seen_ms != SF_NO_TIME && p->last_ms - seen_ms >= RELISTED_MS) {
        sf_poller_keep_seen(p, id, p->last_ms);
    }
    return SF_OK;
}

/* ---- looks -------------------------------------------------------------------------------------------------------- */

size_t sf_poller_take_look(sf_poller *p, sf_look *look, size_t most, int64_t now_ms)
{
    sf_tracked *t = take(p, now_ms, now_ms);
    for (; t != NULL && look->n < most; t = look->n < most ? take(p, now_ms, now_ms + TOGETHER_MS) : NULL) {
        look->ids[look->n++] = t->id;
    }
    return look->n;
}

/* A signal of the answer. Marks the post as found. */
static int take_signal(sf_poller *p, sf_records *b, sf_look *look, sf_signal *s, sf_str raw)
{
    uint64_t id = p->platform->id_of(s->source_id);
    sf_tracked *t = sf_schedule_find(p->tracked, id);
    for (size_t i = 0; i < look->n; i++) {
        if (look->ids[i] == id) {
            look->ids[i] = 0;
            return t != NULL ? sf_poller_refresh(p, b, t, s, raw) : SF_OK;
        }
    }
    return SF_OK; /* it was not asked for */
}

int sf_poller_take_answer(sf_poller *p, sf_records *b, sf_look *look, sf_str body, const sf_normalise_report *report)
{
    int r = SF_OK;
    for (size_t i = 0; i < report->n_children && r == SF_OK; i++) {
        const sf_child *c = &report->children[i];
        sf_str raw = {body.ptr + c->offset, (size_t)c->length};
        if (c->signal >= 0) {
            r = take_signal(p, b, look, sf_batch_at(p->scratch, (size_t)c->signal), raw);
        } else if (c->status != SF_ESKIP) {
            r = sf_poller_reject(p, b, 0, raw, c);
        }
    }
    for (size_t i = 0; i < look->n && r == SF_OK; i++) {
        sf_tracked *t = look->ids[i] != 0 ? sf_schedule_find(p->tracked, look->ids[i]) : NULL;
        if (t != NULL && report->errors > 0) { /* it may be one of those */
            sf_poller_unread(p, t);
        } else if (t != NULL) {
            r = sf_poller_miss(p, b, t);
        }
    }
    look->n = 0;
    return r;
}

void sf_poller_put_off_look(sf_poller *p, sf_look *look, int64_t ms)
{
    for (size_t i = 0; i < look->n; i++) {
        sf_tracked *t = sf_schedule_find(p->tracked, look->ids[i]);
        if (t != NULL) {
            sf_poller_put_off(p, t, ms);
        }
    }
    look->n = 0;
}

/* ---- the end of a read -------------------------------------------------------------------------------------------- */

sf_watched sf_poller_watched(const sf_http *http)
{
    sf_http_counts c = sf_http_count(http);
    return (sf_watched){.is_up = c.good > 0 && !sf_http_away(http, NULL), .failures = c.failed};
}

int sf_poller_watch(sf_poller *p, sf_records *b, sf_watched seen)
{
    int64_t now = sf_clock_ms();
    sf_coverage c;
    int r = SF_OK;
    sf_watch_look(&p->watch, now, seen);
    if (sf_metrics_on()) {
        sf_metric_set_of(SF_METRIC_SEEN, p->platform->name, -1, (double)sf_seen_count(p->seen));
        sf_metric_set_of(SF_METRIC_TRACKED, p->platform->name, -1, (double)sf_schedule_count(p->tracked));
        sf_metric_set_of(SF_METRIC_UP, p->platform->name, -1, seen.is_up);
        sf_metric_set_of(SF_METRIC_GAPS, p->platform->name, -1, (double)seen.gaps);
    }
    while (r == SF_OK && sf_watch_tell(&p->watch, now, &c)) {
        r = sf_records_cover(b, &c);
        p->told++;
    }
    return r;
}

int64_t sf_poller_end(sf_poller *p, sf_records *b, size_t before, int r, const sf_http *http, sf_error *err)
{
    if (r == SF_OK && p->no_memory) {
        r = SF_ENOMEM;
    }
    size_t added = b->n - before + p->told;
    p->told = 0;
    if (r == SF_OK && added == 0) {
        return http != NULL && sf_http_away(http, err) ? SF_EAGAIN : 0;
    }
    b->position = ++p->position;
    sf_poller_set_number(p, 'o', 0, (uint64_t)p->last_ms);
    sf_poller_keep_watch(p);
    int sealed = sf_state_seal(p->state, p->position);
    if (r != SF_OK) {
        return r == SF_ENOMEM ? sf_fail(err, r, "%s: %s", p->platform->name, sf_strerror(r)) : r;
    }
    return sealed == SF_OK ? (int64_t)added : sf_fail(err, sealed, "%s: %s", p->platform->name, sf_strerror(sealed));
}
