/* SPDX-License-Identifier: MIT */
/* What live sources share: the posts that they have seen and look at again, what becomes of an answer about one, and what of it
 * is remembered.
 *
 * A source embeds it and hands it the signals that it reads from its platform's answers. What a batch is to change in the
 * state file is set as its records are made, sealed with sf_poller_end() and saved by the batch's commit(): a crash in between
 * goes back to what was known at the last commit, and the same is asked for again.
 *
 * Functions that add records return SF_OK or SF_ENOMEM. */
#ifndef SF_POLLER_H
#define SF_POLLER_H

#include "authors.h"
#include "common/http.h"
#include "common/plug.h"
#include "schedule.h"
#include "seen.h"
#include "state.h"
#include "watch.h"

enum { SF_SOURCE_ID = SF_TRACKED_NAME + 64 };

/* What differs from one platform to the next. */
typedef struct sf_poller_platform {
    const char *name; /* of the scheme, of the state file, in messages */
    int32_t id;
    double fastest; /* what the fastest tenth of its posts gain, in points a second */
    /* The 64-bit id of a source_id; 0: it is none of the platform's. */
    uint64_t (*id_of)(sf_str source_id);
    /* What tells its author's posts from others', see sf_seen_mark(); 0: not known. NULL: nobody asks. */
    uint32_t (*author_of)(sf_str source_id);
    /* Back from the id and the name that a post is tracked by. buf takes the text, and a NUL. */
    sf_str (*source_id_of)(uint64_t id, sf_str name, char buf[SF_SOURCE_ID]);
    /* The name a post is tracked by, a part of source_id, or in buf; empty: it cannot be. NULL: the id says it all. */
    sf_str (*track_name)(sf_str source_id, char buf[SF_TRACKED_NAME]);
} sf_poller_platform;

typedef struct sf_poller {
    const sf_poller_platform *platform;
    sf_state *state;
    sf_seen *seen;
    sf_schedule *tracked;  /* posts that are looked at again */
    sf_batch *scratch;     /* one answer at a time */
    uint64_t position;     /* of the last batch */
    int64_t last_ms;       /* the latest observation: time never runs backwards */
    int64_t overlap_ms;    /* what was observed for so long before the last stop comes again */
    int64_t again_from_ms; /* posts first seen since then come again as posts; INT64_MAX: none */
    int64_t expire_ms;     /* when to forget old ids: wall clock */
    int64_t opened_ms;     /* wall clock */
    int64_t late_ms;       /* the worst delay of a look so far */
    uint64_t looks, late;  /* looks that were taken; of these, more than a minute after they were due */
    uint64_t given_up;     /* looks for which there was no budget; they are not late, they do not take place */
    uint64_t let_go;       /* posts for which there was no room any more */
    int64_t fitted_ms;     /* when looks were last given up, */
    uint64_t fitted_looks; /* and how many had been taken then */
    sf_authors authors;    /* what is written of who wrote something */
    int has_key;           /* the state had one for that */
    sf_watch watch;        /* how well the platform is watched */
    size_t told;           /* coverage that this read() added */
    int once;              /* ends once all is done that can be done now */
    int64_t backfill_ms;   /* what was posted since then is wanted as well; SF_NO_TIME: what is new */
    int64_t recheck_ms;    /* how often old posts are looked at; 0: no more */
    int64_t oldest_ms;     /* creation of the oldest post that was listed since a source set it to SF_NO_TIME */
    int no_memory;         /* set where a failure cannot be returned */
} sf_poller;

/* An endpoint of the settings: it has to be http or https. SF_OK, SF_EINVAL. */
int sf_endpoint(const sf_settings *settings, const char *option, const char **out, sf_error *err);

/* Opens state, seen and schedule. SF_OK, or a failure with a message. */
int sf_poller_open(sf_poller *p, const sf_poller_platform *platform, const sf_settings *settings, sf_error *err);
void sf_poller_close(sf_poller *p); /* also one that was not opened, or not wholly */

/* Reads the state through `line`, which leaves to sf_poller_recall_line() what it does not know itself; then makes due again
 * what falls into the overlap. */
int sf_poller_recall(sf_poller *p, int (*line)(void *payload, sf_str key, sf_str value), void *payload, sf_error *err);
int sf_poller_recall_line(sf_poller *p, sf_str key, sf_str value); /* SF_OK, SF_EPARSE, SF_ENOMEM */

/* ---- time ---- */

/* Something was observed at this time. */
void sf_poller_observed(sf_poller *p, int64_t at_ms);

/* How long until a post is due; at most `most`, 0 if one is. */
int64_t sf_poller_until_due(sf_poller *p, int64_t now_ms, int64_t most);

/* The source_id of a post that is tracked. buf takes the text, and a NUL. */
sf_str sf_poller_source_id(const sf_poller *p, const sf_tracked *t, char buf[SF_SOURCE_ID]);

/* The post to be asked for next, if it is due; it is taken to be asked for, and stays so until it was answered or put off. NULL:
 * none is due. Pointers are good until a post is added or removed. */
sf_tracked *sf_poller_take_due(sf_poller *p, int64_t now_ms);

/* Before looks are taken, of which the platform allows so many a second at most (0: any number): if there are more than that, those
 * posts that are expected to gain least give theirs up, and wait for their next time. SF_OK, SF_ENOMEM. */
int sf_poller_fit(sf_poller *p, const sf_http *http, int64_t now_ms, double per_second);

/* Before a post is tracked: if there are `most` already, those that are expected to gain least go. SF_OK, SF_ENOMEM. */
int sf_poller_make_room(sf_poller *p, int64_t now_ms, size_t most);

/* When a post is looked at next, after a look at now_ms; SF_NO_TIME: no more. */
int64_t sf_poller_next(const sf_poller *p, const sf_tracked *t, int64_t now_ms);

/* Was all that is to be filled in seen, of a list whose oldest post is in oldest_ms? */
int sf_poller_is_filled(const sf_poller *p);

/* An answer about a post did not come: nothing is known, so nothing is forgotten. */
void sf_poller_put_off(sf_poller *p, sf_tracked *t, int64_t ms);

/* ---- signals: all are observed at p->last_ms ---- */

/* A post or comment that was not known: it is emitted, seen, and tracked if it is a post (`track`). */
int sf_poller_first(sf_poller *p, sf_records *b, sf_signal *s, sf_str raw, int track);

/* A later look at a post: emitted where numbers or text have changed, and now and then to say that they have not; a delete once. */
int sf_poller_refresh(sf_poller *p, sf_records *b, sf_tracked *t, sf_signal *s, sf_str raw);

/* A look at what was counted of a post since the last answer about it, or since it was made. What counts may be silent, or behind: then the
 * last observation lies long before now. */
int sf_poller_count(sf_poller *p, sf_records *b, sf_tracked *t, int64_t now_ms);

/* An answer has no such post: three times in a row, and it counts as deleted. */
int sf_poller_miss(sf_poller *p, sf_records *b, sf_tracked *t);

/* An answer about a post came and could not be read: it is looked at again at its next time. */
void sf_poller_unread(sf_poller *p, sf_tracked *t);

/* A post is gone: one delete, whatever is known of it. */
int sf_poller_gone(sf_poller *p, sf_records *b, sf_tracked *t, sf_str raw);

/* A delete of a post that was seen and is tracked no more: once. */
int sf_poller_deleted(sf_poller *p, sf_records *b, sf_signal *s, sf_str raw);

/* What cannot be read is a dead letter with its bytes. */
int sf_poller_reject(sf_poller *p, sf_records *b, uint64_t id, sf_str raw, const sf_child *why);

/* The same, where listings have it again and again: once. id 0: not even that is known. */
int sf_poller_reject_once(sf_poller *p, sf_records *b, uint64_t id, sf_str raw, const sf_child *why);

/* A listing's entry that holds this signal: the first sight of a post, or nothing but a name that was met before. */
int sf_poller_listed(sf_poller *p, sf_records *b, sf_signal *s, sf_str raw, int track);

/* ---- looks: posts that one request asks for ---- */

enum { SF_LOOK_MOST = 100 };

typedef struct sf_look {
    uint64_t ids[SF_LOOK_MOST];
    size_t n; /* 0: it is not on its way */
} sf_look;

/* Takes what is due into an empty look, up to `most` posts. If the first is due, those that come within a minute go along. */
size_t sf_poller_take_look(sf_poller *p, sf_look *look, size_t most, int64_t now_ms);

/* The answer to a look: `signals` of `raw` parts; posts that it does not hold are missing, unless some of it could not be read.
 * Empties the look. */
int sf_poller_take_answer(sf_poller *p, sf_records *b, sf_look *look, sf_str body, const sf_normalise_report *report);

/* The look went wrong: all of it is put off. */
void sf_poller_put_off_look(sf_poller *p, sf_look *look, int64_t ms);

/* ---- what would be asked, for --dry-run ---- */

/* A list that is polled so often; `cost` is what a poll takes of the platform's budget. */
void sf_poller_plan(FILE *to, const char *platform, const char *what, int64_t every_ms, int64_t cost);

/* Looks at posts: so many requests (or units) a second at most, 0 being any number, each for so many posts. */
void sf_poller_plan_looks(const sf_poller *p, FILE *to, double per_second, int posts);

/* ---- what is remembered ---- */

void sf_poller_keep_seen(sf_poller *p, uint64_t id, int64_t at_ms);
void sf_poller_keep_seen_of(sf_poller *p, uint64_t id, uint32_t author, int64_t at_ms); /* 0: as far as it is known */
void sf_poller_keep_tracked(sf_poller *p, const sf_tracked *t);
void sf_poller_drop_tracked(sf_poller *p, sf_tracked *t); /* also from the schedule */
void sf_poller_set(sf_poller *p, char kind, uint64_t id, sf_str value);
void sf_poller_set_number(sf_poller *p, char kind, uint64_t id, uint64_t n);
void sf_poller_keep_watch(sf_poller *p);
void sf_poller_expire(sf_poller *p, int64_t now_ms); /* forgets old ids, once an hour */

/* A whole number of at most 64 bits; 0 where it is none. */
int sf_poller_read_number(sf_str text, uint64_t *out);

/* What the client for the platform's API knows of it. */
sf_watched sf_poller_watched(const sf_http *http);

/* Before the end of a read(): what the source knows of itself now. */
int sf_poller_watch(sf_poller *p, sf_records *b, sf_watched seen);

/* The end of a read(): seals the batch if records were added (or `r` is a failure: then it must not be saved with another).
 * Returns what read() returns: the number of records, SF_EAGAIN if `http` says that the platform is away, or the failure. */
int64_t sf_poller_end(sf_poller *p, sf_records *b, size_t before, int r, const sf_http *http, sf_error *err);

#endif
