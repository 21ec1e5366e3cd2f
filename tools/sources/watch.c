/* SPDX-License-Identifier: MIT */
/* What of a window a live source has watched. */
#include "watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { TELL_MS = 300000, UNSEEN_MS = 120000 };

static int64_t window_of(int64_t at_ms)
{
    return at_ms - at_ms % SF_BUCKET_MS;
}

/* Sums of whole milliseconds stay what they are. */
static void add_watched(sf_watch *w, int64_t ms)
{
    w->watched_ms += ms;
    w->watched_ms = w->watched_ms < SF_BUCKET_MS ? w->watched_ms : SF_BUCKET_MS;
    w->now.seconds = (double)w->watched_ms / 1000;
}

static void drop_first(sf_watch *w)
{
    w->n_done--;
    memmove(w->done, w->done + 1, w->n_done * sizeof w->done[0]);
}

static void end_window(sf_watch *w, int64_t next_ms)
{
    if (w->n_done == SF_WATCH_DONE) {
        drop_first(w);
    }
    if (w->now.start_ms > 0) {
        w->done[w->n_done++] = w->now;
    }
    w->now.start_ms = next_ms;
    w->now.seconds = 0;
    w->watched_ms = 0;
    w->now.failures = w->now.gaps = 0;
    w->told_ms = 0;
}

void sf_watch_look(sf_watch *w, int64_t now_ms, sf_watched seen)
{
    int64_t start = window_of(now_ms);
    int watched = w->at_ms > 0 && w->last.is_up && seen.is_up && now_ms - w->at_ms <= UNSEEN_MS;
    if (start < w->now.start_ms || now_ms < w->at_ms) {
        return;
    }
    if (start > w->now.start_ms) {
        add_watched(w, watched ? start - w->at_ms : 0);
        end_window(w, start);
        w->at_ms = watched ? start : w->at_ms;
    }
    add_watched(w, watched ? now_ms - w->at_ms : 0);
    w->now.failures += (int64_t)(seen.failures - w->last.failures);
    w->now.gaps += (int64_t)(seen.gaps - w->last.gaps);
    w->last = seen;
    w->at_ms = now_ms;
}

int sf_watch_tell(sf_watch *w, int64_t now_ms, sf_coverage *out)
{
    if (!w->last.is_up) {
        return 0;
    }
    if (w->n_done > 0) {
        *out = w->done[0];
        drop_first(w);
        return 1;
    }
    if (w->now.start_ms == 0 || now_ms - (w->told_ms > 0 ? w->told_ms : w->now.start_ms) < TELL_MS) {
        return 0;
    }
    w->told_ms = now_ms;
    *out = w->now;
    return 1;
}

size_t sf_watch_write(const sf_watch *w, char buf[SF_WATCH_TEXT])
{
    int n = snprintf(buf, SF_WATCH_TEXT, "%" PRId64 " %.3f %" PRId64 " %" PRId64, w->now.start_ms, w->now.seconds,
                     w->now.failures, w->now.gaps);
    return n > 0 && n < SF_WATCH_TEXT ? (size_t)n : 0;
}

int sf_watch_read(sf_str text, sf_watch *w)
{
    char copy[SF_WATCH_TEXT];
    sf_coverage c = w->now;
    if (text.len >= sizeof copy) {
        return SF_EPARSE;
    }
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    int n = 0;
    int got =
        sscanf(copy, "%" SCNd64 " %lf %" SCNd64 " %" SCNd64 "%n", &c.start_ms, &c.seconds, &c.failures, &c.gaps, &n);
    if (got != 4 || (size_t)n != text.len || c.start_ms < 0 || c.start_ms >= (int64_t)1 << 53 ||
        c.start_ms % SF_BUCKET_MS != 0 || !(c.seconds >= 0 && c.seconds <= (double)SF_BUCKET_MS / 1000) ||
        c.failures < 0 || c.failures > (int64_t)SF_MAX_NUMBER || c.gaps < 0 || c.gaps > (int64_t)SF_MAX_NUMBER) {
        return SF_EPARSE;
    }
    w->now = c;
    w->watched_ms = (int64_t)(c.seconds * 1000 + 0.5);
    return SF_OK;
}
