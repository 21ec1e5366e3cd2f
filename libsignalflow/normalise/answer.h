/* SPDX-License-Identifier: MIT */
/* What the platforms' readers share: one sf_normalise() call, the values of JSON objects, and adding signals.
 *
 * The answer's structure has been checked as a whole before a reader sees it. A reader takes an object's members as raw
 * slices by name, turns them into a signal's fields, and says of each child what became of it. A field of the wrong type
 * makes its child an error; the others go on. */
#ifndef SF_ANSWER_H
#define SF_ANSWER_H

#include "signalflow/json.h"
#include "signalflow/normalise.h"
#include "text/clean.h"

/* Strings that a signal under construction needs at the same time; each has its own buffer. */
enum {
    SF_SLOT_ID,
    SF_SLOT_PARENT,
    SF_SLOT_CHANNEL,
    SF_SLOT_TITLE,
    SF_SLOT_BODY,
    SF_SLOT_AUTHOR,
    SF_SLOT_URL,
    SF_SLOT_LANG,
    SF_SLOT_OTHER, /* read and forgotten */
    SF_SLOTS
};

typedef struct sf_answer {
    sf_batch *batch;
    sf_str text; /* all of it */
    int64_t observed_ms;
    sf_child *children; /* on the heap until they are all known */
    size_t n_children, cap_children;
    size_t signals, skips, errors;
    sf_text slots[SF_SLOTS];
    sf_cleaner cleaners[SF_SLOTS];
    sf_text joined[SF_SLOTS]; /* strings made of two */
    sf_str labels[SF_MAX_LABELS];
    size_t n_labels;
    uint32_t replaced; /* U+FFFD put into the current signal's strings */
    char reason[96];   /* why the current child, or the whole answer, is refused */
} sf_answer;

/* ---- values: raw slices of JSON; a member that is missing or null has length 0 ---- */

typedef struct sf_name {
    const char *text;
    size_t len;
} sf_name;
#define SF_NAME(literal)                                                                                               \
    {                                                                                                                  \
        literal, sizeof(literal) - 1                                                                                   \
    }

/* Picks n members of an object by name; those of duplicates that come last. All are missing if it is no object. */
void sf_answer_members(sf_str object, const sf_name *names, size_t n, sf_str *values);

/* One member. */
sf_str sf_answer_member(sf_str object, const char *name);

static inline int sf_is_object(sf_str raw)
{
    return raw.len > 0 && *raw.ptr == '{';
}

static inline int sf_is_array(sf_str raw)
{
    return raw.len > 0 && *raw.ptr == '[';
}

static inline int sf_is_string(sf_str raw)
{
    return raw.len > 0 && *raw.ptr == '"';
}

static inline int sf_is_number(sf_str raw)
{
    return raw.len > 0 && (*raw.ptr == '-' || (*raw.ptr >= '0' && *raw.ptr <= '9'));
}

static inline int sf_is_true(sf_str raw)
{
    return raw.len > 0 && *raw.ptr == 't';
}

/* Is a raw string just this one? Written without escapes, as all platforms write what is asked for here. */
int sf_is_text(sf_str raw, const char *text);

/* Whether bytes start so; of a raw string the quote comes first. */
int sf_starts_with(sf_str text, const char *prefix);

/* The first of two raw values that is there and not "". */
sf_str sf_first_of(sf_str a, sf_str b);

/* Walks the elements of an array:  for (sf_json j = sf_answer_array(raw); sf_answer_next(&j, &element);)  */
sf_json sf_answer_array(sf_str raw);
int sf_answer_next(sf_json *j, sf_str *element);

/* ---- fields: SF_OK; SF_EPARSE with a reason that names the field; SF_ENOMEM. Missing values leave the field unknown ---- */

int sf_field_text(sf_answer *a, sf_str raw, const char *name, int slot, sf_str *out);
int sf_field_id(sf_answer *a, sf_str raw, const char *name, int slot, sf_str *out); /* also whole numbers, as text */
int sf_field_number(sf_answer *a, sf_str raw, const char *name, double *out);       /* also numbers in strings */
int sf_field_seconds(sf_answer *a, sf_str raw, const char *name, int64_t *out);     /* since 1970 */
int sf_field_time(sf_answer *a, sf_str raw, const char *name, int64_t *out);        /* RFC 3339 */

/* Cleans a text in place of its slot. */
int sf_field_clean(sf_answer *a, uint32_t what, int slot, sf_str *text);

/* One text of two; the second may be the slot's. */
int sf_field_join(sf_answer *a, const char *first, sf_str second, int slot, sf_str *out);

/* Adds a label to the signal under construction, once. Static text, or what lives as long as the answer. */
void sf_answer_label(sf_answer *a, sf_str label);

/* ---- children ---- */

/* Sets up a signal of a platform, observed when the answer was. */
void sf_answer_begin(sf_answer *a, sf_signal *s, int32_t platform, int32_t kind);

/* Adds a signal for the child that stands at `raw`, or an error if `status` says that it failed or it is no signal.
 * SF_OK or SF_ENOMEM. */
int sf_answer_add(sf_answer *a, sf_str raw, sf_signal *s, int status);

/* The child is valid but no post. */
int sf_answer_skip(sf_answer *a, sf_str raw, const char *reason);

/* The child is broken, for the reason that was set. */
int sf_answer_error(sf_answer *a, sf_str raw);

/* Sets the reason and returns SF_EPARSE. */
int sf_answer_refuse(sf_answer *a, const char *name, const char *what);

/* ---- whole answers ---- */

/* The answer is none that the platform gives: SF_EPARSE with what it says of itself if it is an error document ("error
 * document: 403 Forbidden"), else "no " what. */
int sf_answer_unknown(sf_answer *a, sf_str object, const char *what);

/* The readers. SF_OK; SF_EPARSE with a reason; SF_ENOMEM. */
int sf_reddit_read(sf_answer *a, sf_str answer);
int sf_hackernews_read(sf_answer *a, sf_str answer);
int sf_bluesky_read(sf_answer *a, sf_str answer);
int sf_youtube_read(sf_answer *a, sf_str answer);
int sf_lobsters_read(sf_answer *a, sf_str answer);

#endif
