/* SPDX-License-Identifier: MIT */
/* The rules by which observations of a post become its row and its history: the same in every store.
 *
 * What comes out depends on the set of observations alone: not on their order, not on how often they came, not on how they were
 * cut into batches. So each rule below is a maximum, a minimum, or a fold over the whole history in order of time.
 *
 *  - Looks (the history): one a moment. Of two of the same moment a known number holds against an unknown one, a refresh
 *    against a post, the larger against the smaller. Velocities are against the latest earlier look that had the number.
 *  - Numbers of the row are those of the newest look that has them.
 *  - Text (title, body, author, url, channel, lang, labels, parent, and what analysis made of them) is taken whole from one
 *    observation: one with words before one without, then the newest, then a refresh, then by its hash.
 *  - ts and first_seen are minima, observed is the maximum. A comment stays one; a post is known by any observation of
 *    kind post.
 *  - A delete takes the text away for good; numbers go on.
 *  - A text that was read back to be analysed anew (sf_record.again) is no observation: it replaces what was made of that same
 *    text, and has the looks folded by today's baselines.
 *
 * A look that is newer than all others is folded onto the row's state. Anything else has the post's history read and
 * folded anew, which also puts right what came after a late look. docs/store.md tells it with examples. */
#ifndef SF_MERGE_H
#define SF_MERGE_H

#include "common/record.h"

/* A row of the history. */
typedef struct sf_look {
    int64_t at_ms;
    double score, comments;
    uint8_t score_rank, comments_rank; /* 1: from a refresh */
    uint8_t write;                     /* not in the store like this */
    uint8_t touches;                   /* changes what its window counts */
    double velocity, comment_velocity, trending_score;
    double previous_score; /* the last two are not stored */
    int32_t rising;
} sf_look;

typedef struct sf_looks {
    sf_look *v; /* by time */
    size_t n, cap;
} sf_looks;

/* A post as its row has it. sf_post_init() makes one that no store knows. */
typedef struct sf_post {
    int32_t platform;
    sf_str source_id;
    int64_t id; /* 0: the store has no row */
    int32_t kind;
    int64_t ts_ms, observed_ms, first_seen_ms, deleted_ms;
    double score, comments;
    int64_t score_ms, comments_ms; /* when these were read */
    double velocity, comment_velocity, trending_score;
    int32_t rising; /* as in sf_signal */
    sf_trend trend;
    int64_t born_ms; /* where ts is unknown: by when it existed, as the order of ids tells; else SF_NO_TIME */
    int64_t text_ms; /* the observation that the text is from: time, rank, hash */
    int32_t text_rank;
    int64_t text_hash;
} sf_post;

void sf_post_init(sf_post *p, int32_t platform, sf_str source_id);

/* A trend as rows keep it: four 64-bit numbers, little end first. */
#define SF_TREND_BYTES 32
void sf_trend_pack(const sf_trend *t, unsigned char to[SF_TREND_BYTES]);
void sf_trend_unpack(const unsigned char *from, sf_trend *t);

/* An sf_kind by its name, as rows have it. */
int32_t sf_post_kind(sf_str name);

/* Figures that follow from the others. */
int64_t sf_post_event_ms(const sf_post *p);
double sf_post_normalised(const sf_post *p, const sf_baseline *base);
#define SF_HOT_HALVES_MS 21600000.0       /* a trending score loses one power of two in 6 hours */
double sf_post_hotness(const sf_post *p); /* NaN: not ranked */
static inline int sf_post_deleted(const sf_post *p)
{
    return p->deleted_ms != SF_NO_TIME;
}

/* What a merge found; memory is reused from one to the next. */
typedef struct sf_merge {
    sf_baseline bases[SF_PLATFORM_COUNT];
    /* Reads all looks of a post that has a row, by time. SF_OK or a failure. */
    int (*history)(void *store, const sf_post *p, sf_looks *into, sf_error *err);
    void *store;
    /* Of the last post: */
    sf_looks looks;        /* those with `write` are to be stored */
    const sf_signal *text; /* what the text becomes; NULL: stays */
    int text_gone;         /* the text is to be taken away */
    int row_changed;
    /* Of all posts since sf_merge_begin(): */
    int64_t *windows; /* starts of windows that count differently now; may repeat */
    size_t n_windows, cap_windows;
} sf_merge;

void sf_merge_open(sf_merge *m, const sf_lexicon *l);
void sf_merge_close(sf_merge *m);
void sf_merge_begin(sf_merge *m); /* a batch */

/* Would sf_merge_post() ask for the history? So that a store can read those of a whole batch at once. */
int sf_merge_needs_history(sf_merge *m, const sf_post *p, int64_t born_ms, sf_record *const *records, size_t n);

/* Merges a batch's records of one post, in the order in which they came, into p, which is as the store has it. born_ms is
 * what ids tell now. Sets the records' states, and in their signals what the history knows. SF_OK, SF_ENOMEM, or what
 * history() said. */
int sf_merge_post(sf_merge *m, sf_post *p, int64_t born_ms, sf_record *const *records, size_t n, sf_error *err);

/* Folds the history of a post anew because ids tell an earlier birth. SF_OK, or what history() said. */
int sf_merge_rebirth(sf_merge *m, sf_post *p, int64_t born_ms, sf_error *err);

/* Sorts the windows and takes repeats out. */
void sf_merge_settle_windows(sf_merge *m);

/* Room for one more look. NULL: no memory. */
sf_look *sf_looks_add(sf_looks *l);

#endif
