/* SPDX-License-Identifier: MIT */
/* YouTube's videos and their numbers: those that a list only named wait for their first numbers, the others are looked at again. */
#include <stdio.h>

#include "common/log.h"
#include "youtube.h"

enum {
    SOON_MS = 60000,
    LATER_MS = 600000,
    ASKED_MS = 3600000, /* an answer will come long before, or never */
    MISSED_MOST = 3
};

void sf_youtube_named(void *payload, const char *id)
{
    sf_youtube *t = payload;
    uint64_t hash = sf_youtube_platform.id_of(sf_cstr(id));
    if (sf_seen_at(t->poller.seen, hash) != SF_NO_TIME || sf_schedule_find(t->poller.tracked, hash) != NULL ||
        sf_schedule_find(t->waiting, hash) != NULL) {
        return;
    }
    sf_tracked *w = sf_schedule_add(t->waiting, hash, t->poller.last_ms, t->poller.last_ms);
    if (w == NULL || sf_schedule_name(t->waiting, w, sf_cstr(id)) != SF_OK) {
        t->poller.no_memory = 1;
    }
}

int sf_youtube_read_answer(sf_youtube *t, sf_str body, sf_normalise_report *report, int64_t *n)
{
    sf_error why = {.message = ""};
    sf_batch_reset(t->poller.scratch);
    *n = sf_normalise(t->poller.scratch, SF_YOUTUBE, body, t->poller.last_ms, report, &why);
    if (*n < 0) {
        sf_log(SF_LOG_WARN, "youtube: %s; asked again", why.message);
    }
    return *n == SF_ENOMEM ? SF_ENOMEM : SF_OK;
}

int sf_youtube_take_new(sf_youtube *t, sf_records *b, sf_str body, const sf_normalise_report *report, sf_look *look)
{
    int r = SF_OK;
    for (size_t i = 0; i < report->n_children && r == SF_OK; i++) {
        const sf_child *c = &report->children[i];
        sf_str raw = {body.ptr + c->offset, (size_t)c->length};
        if (c->signal < 0) {
            r = c->status != SF_ESKIP && look == NULL ? sf_poller_reject_once(&t->poller, b, 0, raw, c) : SF_OK;
            continue;
        }
        sf_signal *s = sf_batch_at(t->poller.scratch, (size_t)c->signal);
        uint64_t id = sf_youtube_platform.id_of(s->source_id);
        sf_tracked *w = sf_schedule_find(t->waiting, id);
        size_t before = b->n;
        if (look == NULL || w != NULL) {
            r = sf_poller_listed(&t->poller, b, s, raw, s->kind == SF_POST);
        }
        if (b->n > before && s->kind == SF_POST && s->comments > 0) {
            sf_youtube_want_comments(t, s->source_id);
        }
        if (w != NULL) {
            sf_schedule_remove(t->waiting, w);
        }
    }
    return r;
}

/* Those of a look that wait and did not come: looked for again, and then given up. */
static void miss_waiting(sf_youtube *t, const sf_look *look, int64_t ms, int counts)
{
    for (size_t i = 0; i < look->n; i++) {
        sf_tracked *w = look->ids[i] != 0 ? sf_schedule_find(t->waiting, look->ids[i]) : NULL;
        if (w != NULL && counts && ++w->missed == MISSED_MOST) {
            sf_schedule_remove(t->waiting, w);
        } else if (w != NULL) {
            sf_schedule_move(t->waiting, w, t->poller.last_ms + ms);
        }
    }
}

/* The answer to a look; videos that have got comments are asked for them. */
static int read_look(sf_youtube *t, sf_records *b, sf_look *look, sf_str body, const sf_normalise_report *report)
{
    uint64_t ids[SF_LOOK_MOST];
    double had[SF_LOOK_MOST];
    size_t n = look->n;
    for (size_t i = 0; i < n; i++) {
        const sf_tracked *p = sf_schedule_find(t->poller.tracked, look->ids[i]);
        ids[i] = look->ids[i];
        had[i] = p != NULL ? p->comments : 0;
    }
    int r = sf_youtube_take_new(t, b, body, report, look);
    miss_waiting(t, look, SOON_MS, 1);
    for (size_t i = 0; i < n; i++) { /* those are done with */
        const sf_tracked *p = sf_schedule_find(t->poller.tracked, look->ids[i]);
        look->ids[i] = p != NULL && p->asked ? look->ids[i] : 0;
    }
    r = r == SF_OK ? sf_poller_take_answer(&t->poller, b, look, body, report) : r;
    for (size_t i = 0; i < n; i++) {
        const sf_tracked *p = sf_schedule_find(t->poller.tracked, ids[i]);
        if (p != NULL && !p->gone && p->comments > had[i]) {
            sf_youtube_want_comments(t, sf_schedule_name_of(t->poller.tracked, p));
        }
    }
    return r;
}

/* ---- looks ------------------------------------------------------------------------------------------------------- */

static size_t add_id(char *what, size_t n, size_t cap, sf_str id)
{
    int more = snprintf(what + n, cap - n, "%s%.*s", what[n - 1] == '=' ? "" : ",", (int)id.len, id.ptr);
    return n + (size_t)more;
}

int sf_youtube_ask_for_look(sf_youtube *t, size_t i, int64_t now_ms, sf_error *err)
{
    sf_look *look = &t->looks[i];
    char what[SF_YOUTUBE_LOOK * (SF_YOUTUBE_ID + 1) + 64];
    sf_tracked *w;
    size_t n = (size_t)snprintf(what, sizeof what, "videos?part=snippet,statistics&id=");
    while (look->n < SF_YOUTUBE_LOOK && (w = sf_schedule_first(t->waiting)) != NULL && w->due_ms <= now_ms) {
        look->ids[look->n++] = w->id;
        n = add_id(what, n, sizeof what, sf_schedule_name_of(t->waiting, w));
        sf_schedule_move(t->waiting, w, now_ms + ASKED_MS);
    }
    size_t of_waiting = look->n;
    if (look->n < SF_YOUTUBE_LOOK) {
        (void)sf_poller_take_look(&t->poller, look, SF_YOUTUBE_LOOK, now_ms);
    }
    for (size_t k = of_waiting; k < look->n; k++) {
        const sf_tracked *p = sf_schedule_find(t->poller.tracked, look->ids[k]);
        n = add_id(what, n, sizeof what, sf_schedule_name_of(t->poller.tracked, p));
    }
    return look->n > 0 ? sf_youtube_ask(t, what, SF_YOUTUBE_STATISTICS, i, err) : SF_OK;
}

int sf_youtube_take_look(sf_youtube *t, sf_records *b, sf_look *look, const sf_http_answer *a, const char *reason)
{
    sf_normalise_report report = SF_NORMALISE_REPORT_INIT;
    int64_t n = SF_EPARSE;
    int r = a->verdict == SF_HTTP_GOOD ? sf_youtube_read_answer(t, a->body, &report, &n) : SF_OK;
    if (n >= 0) {
        return read_look(t, b, look, a->body, &report);
    }
    int soon = a->verdict == SF_HTTP_AGAIN || a->verdict == SF_HTTP_GOOD || strcmp(reason, "later") == 0;
    miss_waiting(t, look, soon ? SOON_MS : LATER_MS, 0);
    sf_poller_put_off_look(&t->poller, look, soon ? SOON_MS : LATER_MS);
    return r;
}
