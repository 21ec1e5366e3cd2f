/* SPDX-License-Identifier: MIT */
/* Merging what Reddit's raw topics tell, see reddit_post.h. Each rule is a maximum or a minimum. */
#include "reddit_post.h"

#include <math.h>
#include <string.h>

void sf_reddit_post_init(sf_reddit_post *p, sf_str id)
{
    static const sf_str none = {"", 0};
    *p = (sf_reddit_post){.id = id,
                          .subreddit = none,
                          .title = none,
                          .author = none,
                          .url = none,
                          .score = NAN,
                          .comments = NAN,
                          .created_ms = SF_NO_TIME,
                          .observed_ms = SF_NO_TIME,
                          .deleted_ms = SF_NO_TIME,
                          .text_ms = SF_NO_TIME,
                          .score_ms = SF_NO_TIME,
                          .comments_ms = SF_NO_TIME};
}

int sf_reddit_record_counts(sf_record *r)
{
    int counts = r->state != SF_RECORD_REJECTED && r->signal != NULL && r->signal->platform == SF_REDDIT &&
                 r->signal->kind != SF_COMMENT && strncmp(r->signal->source_id.ptr, "t1_", 3) != 0;
    if (!counts && r->state != SF_RECORD_REJECTED) {
        r->state = SF_RECORD_UNCHANGED;
    }
    return counts;
}

static int compare(sf_str a, sf_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;
    return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

/* Is the signal's text greater than the row's? */
static int is_greater(const sf_signal *s, const sf_reddit_post *p)
{
    int c = compare(s->title, p->title);
    c = c != 0 ? c : compare(s->author, p->author);
    c = c != 0 ? c : compare(s->url, p->url);
    c = c != 0 ? c : compare(s->channel, p->subreddit);
    return c > 0;
}

static void take_text(sf_reddit_post *p, const sf_signal *s)
{
    if (s->title.len == 0 || p->deleted_ms != SF_NO_TIME || s->observed_ms < p->text_ms ||
        (s->observed_ms == p->text_ms && !is_greater(s, p))) {
        return;
    }
    p->title = s->title;
    p->author = s->author;
    p->url = s->url;
    p->subreddit = s->channel;
    p->text_ms = s->observed_ms;
    p->text = s;
    p->changed = 1;
}

static void take_number(sf_reddit_post *p, double *value, int64_t *at_ms, double new, int64_t now_ms)
{
    if (!isnan(new) && (now_ms > *at_ms || (now_ms == *at_ms && new > *value))) {
        *value = new;
        *at_ms = now_ms;
        p->changed = 1;
    }
}

static void take_earlier(sf_reddit_post *p, int64_t *at_ms, int64_t new)
{
    if (new != SF_NO_TIME && (*at_ms == SF_NO_TIME || new < *at_ms)) {
        *at_ms = new;
        p->changed = 1;
    }
}

static void bury(sf_reddit_post *p, int64_t at_ms)
{
    static const sf_str none = {"", 0};
    p->text_gone = 1;
    p->title = p->author = p->url = p->subreddit = none;
    p->text_ms = SF_NO_TIME;
    take_earlier(p, &p->deleted_ms, at_ms);
}

void sf_reddit_merge(sf_reddit_post *p, sf_record *r)
{
    const sf_signal *s = r->signal;
    int late = s->observed_ms < p->observed_ms;
    p->changed = p->text_gone = 0;
    p->text = NULL;
    if (s->kind == SF_DELETE) {
        bury(p, s->observed_ms);
    }
    take_text(p, s);
    take_number(p, &p->score, &p->score_ms, s->raw_score, s->observed_ms);
    take_number(p, &p->comments, &p->comments_ms, s->comments, s->observed_ms);
    take_earlier(p, &p->created_ms, s->ts_ms);
    if (s->observed_ms > p->observed_ms) {
        p->observed_ms = s->observed_ms;
        p->changed = 1;
    }
    r->state = p->changed ? SF_RECORD_ACCEPTED : late ? SF_RECORD_STALE : SF_RECORD_UNCHANGED;
}
