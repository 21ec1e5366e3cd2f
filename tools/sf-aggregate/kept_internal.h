/* SPDX-License-Identifier: MIT */
/* What is kept, from within: kept.c tells whether it holds and knows the topics, kept_windows.c the windows. */
#ifndef SF_KEPT_INTERNAL_H
#define SF_KEPT_INTERNAL_H

#include "cycle_internal.h"
#include "kept.h"

/* A topic on a platform in a window in which it was created. */
typedef struct sf_kept_count {
    sf_str topic;
    int64_t first_ms;
    uint32_t count, authors;
    int32_t platform;
} sf_kept_count;

typedef struct sf_kept_window {
    int64_t start_ms;
    int read;              /* 0: its counts are to be read */
    sf_batch *memory;      /* of the topics; NULL: there are none */
    sf_kept_count *counts; /* by topic */
    size_t n, cap;
} sf_kept_window;

struct sf_kept {
    sf_store *store;
    const sf_aggregate_ops *ask;
    int goes_on;
    int64_t stamp, next;    /* that rows were left with before this pass, and that of this pass; SF_NO_TIME: none */
    sf_kept_topic **topics; /* by name */
    size_t n_topics, cap_topics;
    uint64_t uses;
    sf_kept_window *windows; /* by time */
    size_t n_windows, cap_windows;
};

/* kept_windows.c */
void sf_kept_forget_windows(sf_kept *k);
void sf_kept_window_changed(sf_kept *k, int64_t start_ms);
void sf_kept_windows_removed(sf_kept *k, int64_t before_ms);

#endif
