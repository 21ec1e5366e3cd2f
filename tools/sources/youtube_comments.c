/* SPDX-License-Identifier: MIT */
/* YouTube's comments: a queue of videos that have got some. */
#include <stdio.h>

#include "youtube.h"

/* An id that tells of a video that its comments are off, beside that it was seen. */
#define NO_COMMENTS ((uint64_t)1 << 61)

void sf_youtube_want_comments(sf_youtube *t, sf_str id)
{
    uint64_t off = sf_youtube_platform.id_of(id) ^ NO_COMMENTS;
    if (t->comments == 0 || id.len >= SF_YOUTUBE_ID || sf_seen_at(t->poller.seen, off) != SF_NO_TIME) {
        return;
    }
    for (size_t i = 0; i < t->n_queue; i++) {
        if (strlen(t->queue[i].id) == id.len && memcmp(t->queue[i].id, id.ptr, id.len) == 0) {
            return;
        }
    }
    if (t->n_queue == SF_YOUTUBE_QUEUE) {
        t->unqueued++;
        return;
    }
    (void)snprintf(t->queue[t->n_queue++].id, SF_YOUTUBE_ID, "%.*s", (int)id.len, id.ptr);
}

int sf_youtube_ask_for_comments(sf_youtube *t, size_t i, sf_error *err)
{
    char what[256];
    memcpy(t->asked_comments[i], t->queue[0].id, SF_YOUTUBE_ID);
    memmove(&t->queue[0], &t->queue[1], --t->n_queue * sizeof t->queue[0]);
    (void)snprintf(what, sizeof what,
                   "commentThreads?part=snippet&order=time&textFormat=plainText&maxResults=%d&videoId=%s", t->comments,
                   t->asked_comments[i]);
    return sf_youtube_ask(t, what, SF_YOUTUBE_COMMENTS, i, err);
}

int sf_youtube_take_comments(sf_youtube *t, sf_records *b, char *video, const sf_http_answer *a, const char *reason)
{
    sf_normalise_report report = SF_NORMALISE_REPORT_INIT;
    int64_t n = 0;
    int r = SF_OK;
    if (a->verdict == SF_HTTP_GOOD) {
        r = sf_youtube_read_answer(t, a->body, &report, &n);
        r = r == SF_OK && n >= 0 ? sf_youtube_take_new(t, b, a->body, &report, NULL) : r;
    } else if (a->verdict == SF_HTTP_FORBIDDEN && strcmp(reason, "later") != 0) { /* commentsDisabled */
        sf_poller_keep_seen(&t->poller, sf_youtube_platform.id_of(sf_cstr(video)) ^ NO_COMMENTS, t->poller.last_ms);
    } else if (a->verdict != SF_HTTP_GONE) {
        sf_youtube_want_comments(t, sf_cstr(video));
    }
    video[0] = '\0';
    return r;
}
