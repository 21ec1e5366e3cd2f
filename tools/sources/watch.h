/* SPDX-License-Identifier: MIT */
/* How well a live source watches its platform, in windows of 15 minutes: what becomes coverage. */
#ifndef SF_WATCH_H
#define SF_WATCH_H

#include "common/coverage.h"

/* What a source knows of itself at a moment. */
typedef struct sf_watched {
    int is_up;         /* its platform answers, its stream is open */
    uint64_t failures; /* since the start of the run */
    uint64_t gaps;
} sf_watched;

enum { SF_WATCH_DONE = 96 }; /* a day: nothing is told while the platform is away */

/* Starts as {0}, or as what was kept. */
typedef struct sf_watch {
    sf_coverage now;                 /* the window that time is in */
    sf_watched last;                 /* at the last look */
    int64_t at_ms;                   /* of that look; 0: there was none in this run */
    int64_t watched_ms;              /* of the window: its seconds */
    int64_t told_ms;                 /* when the window was told last; 0: not yet */
    sf_coverage done[SF_WATCH_DONE]; /* windows that have ended and are to be told; the latest */
    size_t n_done;
} sf_watch;

/* Time has come to now_ms. What passed since the last look was watched if the source was up then and is now; more than two
 * minutes without a look were not. Time that runs backwards changes nothing. */
void sf_watch_look(sf_watch *w, int64_t now_ms, sf_watched seen);

/* The next window to be told, while the source is up: those that have ended, and every five minutes the one that has not. 1; 0:
 * none. */
int sf_watch_tell(sf_watch *w, int64_t now_ms, sf_coverage *out);

/* The window as a text to be kept, and back. Returns the length; SF_OK, SF_EPARSE. */
enum { SF_WATCH_TEXT = 128 };
size_t sf_watch_write(const sf_watch *w, char buf[SF_WATCH_TEXT]);
int sf_watch_read(sf_str text, sf_watch *w);

#endif
