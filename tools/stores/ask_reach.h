/* SPDX-License-Identifier: MIT */
/* How far a question about posts looks, where it may not look at all there is (q->reach). A filter that few posts meet, and that no index knows, is looked for
 * in so many posts as come first in the order; what lies behind them is for the next page. */
#ifndef SF_STORES_ASK_REACH_H
#define SF_STORES_ASK_REACH_H

#include "ask.h"

typedef struct sf_reach {
    sf_question part;      /* the question, within reach */
    double least_hotness;  /* NaN: any */
    double below_hotness;  /* likewise; those of this very hotness are left out */
    const char *index;     /* that finds all of them; NULL: that of the order, or of what is asked */
    int64_t seen_after_ms; /* those looked at after that, and by then; SF_NO_TIME: whenever */
    int near;              /* it is a part that lies near by */
    int cut;               /* there is more than that */
    int goes_on;           /* and this cursor goes on there: */
    double key;
    int64_t id;
} sf_reach;

/* All that is asked, without a bound. */
sf_reach sf_ask_all(const sf_question *q);

/* Is there nothing to look up in the rows themselves? */
int sf_ask_is_plain(const sf_question *q);

/* The index that a platform's posts are read by, where it is not that of the order. */
const char *sf_ask_index_of(const sf_reach *g);

/* Is it shorter to tell texts by their ids first? */
int sf_ask_by_id(const sf_reach *g);

/* How many entries of a platform an index has in the question's period, as far as they are no more than `most`. */
int sf_ask_count_entries(sf_db *db, const sf_question *q, int32_t platform, const char *index, int64_t most, int64_t *n,
                         sf_error *err);

/* How many posts of a platform a plain question means, as far as they are no more than `most`: indexes know. signals_hot: those that have a place in it. */
int sf_ask_count_plain(sf_db *db, const sf_question *q, int32_t platform, const char *index, int64_t most, int64_t *n,
                       sf_error *err);

/* Skips what an offset skips by counting: moves the bound of the period, or of the hotness, instead. For plain questions. */
int sf_ask_skip(sf_db *db, sf_reach *g, sf_error *err);

/* " FROM signals s WHERE ..." of a platform's entries in signals_hot. */
void sf_ask_add_hot_entries(sf_sql *s, int32_t platform);

/* " AND ..." for the bounds of the hotness. */
void sf_ask_add_heat(sf_sql *s, const sf_reach *g);

/* Are there so few posts to look at that they are all within reach, and cheap? 1: `out` is all of them; 0; or a failure. */
int sf_ask_few(sf_db *db, const sf_question *q, sf_reach *out, sf_error *err);

/* The first `n` posts of the reach, which are cheap to find out: what many posts meet is found there. 1; 0: there is no such part; or a failure. */
int sf_ask_near(sf_db *db, const sf_question *q, uint32_t n, sf_reach *out, sf_error *err);

/* How many posts that takes where few match by their words, if it takes less time than reading all that match; 0: it does not. Notes in
 * the question how many match. SF_OK, or a failure. */
int sf_ask_expected(sf_db *db, sf_question *q, uint32_t *n, sf_error *err);

/* Those whose newest looks by then are among the last `n` of each platform, for what was hottest then. 1: all that fit are there; 0: others lie before; or a
 * failure. */
int sf_ask_last_seen(sf_db *db, const sf_question *q, uint32_t n, sf_reach *out, sf_error *err);

/* All that were as hot as this then, as their last looks tell: a score is 1 at most, so it was looked at since. 1; 0: that is further than it may look;
 * or a failure. */
int sf_ask_as_hot(sf_db *db, const sf_question *q, double least, sf_reach *out, sf_error *err);

/* All that it may look at. SF_OK, or a failure. */
int sf_ask_reach(sf_db *db, const sf_question *q, sf_reach *out, sf_error *err);

#endif
