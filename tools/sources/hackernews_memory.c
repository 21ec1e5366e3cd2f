/* SPDX-License-Identifier: MIT */
/* What the Hacker News source remembers from one run to the next, beside what all pollers do (poller_memory.c):
 *
 *   wID  an id that was listed and is not visible yet: when a list first named it
 *   m    all ids up to this one were seen, of the walk over all items
 */
#include "hackernews.h"

static int recall_waiting(sf_hackernews *h, uint64_t id, sf_str value, uint64_t listed_ms)
{
    sf_tracked *w = sf_schedule_find(h->waiting, id);
    if (value.len == 0 && w != NULL) {
        sf_schedule_remove(h->waiting, w);
    } else if (value.len > 0 && w == NULL) {
        w = sf_schedule_add(h->waiting, id, (int64_t)listed_ms, (int64_t)listed_ms);
        if (w == NULL) {
            return SF_ENOMEM;
        }
        w->missed = 1;
    }
    return SF_OK;
}

int sf_hackernews_recall_line(void *payload, sf_str key, sf_str value)
{
    sf_hackernews *h = payload;
    uint64_t id = 0, n = 0;
    if (strchr("wmb", key.ptr[0]) == NULL) {
        return sf_poller_recall_line(&h->poller, key, value);
    }
    int has_id = sf_poller_read_number((sf_str){key.ptr + 1, key.len - 1}, &id) && id > 0;
    int good = value.len == 0 || (sf_poller_read_number(value, &n) && n <= (uint64_t)SF_MAX_NUMBER);
    if (!good || has_id != (key.ptr[0] != 'm') || (!has_id && key.len > 1)) {
        return SF_EPARSE;
    }
    if (key.ptr[0] == 'b') {
        h->search.kept_since = (int64_t)(id & INT64_MAX);
        h->search.kept_until = (int64_t)n;
        return SF_OK;
    }
    if (has_id) {
        return recall_waiting(h, id, value, n);
    }
    h->walked = n;
    return SF_OK;
}

void sf_hackernews_keep_waiting(sf_hackernews *h, const sf_tracked *w)
{
    sf_poller_set_number(&h->poller, 'w', w->id, (uint64_t)w->first_ms);
}

void sf_hackernews_drop_waiting(sf_hackernews *h, sf_tracked *w)
{
    if (w->missed > 0) { /* only those are kept */
        sf_poller_set(&h->poller, 'w', w->id, (sf_str){NULL, 0});
    }
    sf_schedule_remove(h->waiting, w);
}

/* The walk over all items has got as far as there is none waiting below. */
void sf_hackernews_keep_walked(sf_hackernews *h)
{
    uint64_t walked = h->walked;
    for (size_t i = 0; i < sf_schedule_count(h->waiting); i++) {
        uint64_t id = sf_schedule_at(h->waiting, i)->id;
        walked = id <= walked ? id - 1 : walked;
    }
    if (walked > 0) {
        sf_poller_set_number(&h->poller, 'm', 0, walked);
    }
}
