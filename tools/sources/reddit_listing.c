/* SPDX-License-Identifier: MIT */
/* Listings of Reddit: walks over pages of new posts down to known ground, and how often they are made. */
#include <stdio.h>

#include "common/clock.h"
#include "common/hash.h"
#include "common/log.h"
#include "reddit.h"

enum {
    PAGES_MOST = 10,  /* a listing holds some 1,000 posts */
    GROUND_POSTS = 2, /* known posts on a page that make it known ground: one may have been put there by hand */
    EVERY_MOST_MS = 120000,
    MANY_NEW = 50, /* posts of a walk beyond which the next one comes sooner */
    FEW_NEW = 10,
    OFF_MS = 3600000
};

/* ---- grounds ------------------------------------------------------------------------------------------------------ */

static uint64_t hash_of(const sf_reddit_listing *l)
{
    sf_str name = sf_cstr(l->name);
    uint64_t hash = sf_hash_parts(&name, 1).low;
    return hash > 0 ? hash : 1;
}

void sf_reddit_recall_ground(sf_reddit *d, sf_reddit_listing *l)
{
    uint64_t hash = hash_of(l);
    for (size_t i = 0; i < d->n_grounds; i++) {
        l->ground = d->grounds[i].listing == hash ? d->grounds[i].ground : l->ground;
    }
}

void sf_reddit_keep_ground(sf_reddit *d, const sf_reddit_listing *l)
{
    sf_poller_set_number(&d->poller, 'g', hash_of(l), l->ground);
}

int sf_reddit_recall_line(void *payload, sf_str key, sf_str value)
{
    sf_reddit *d = payload;
    uint64_t hash = 0, ground = 0;
    size_t i = 0;
    if (key.ptr[0] != 'g') {
        return sf_poller_recall_line(&d->poller, key, value);
    }
    if (!sf_poller_read_number((sf_str){key.ptr + 1, key.len - 1}, &hash) || hash == 0 ||
        !sf_poller_read_number(value, &ground)) {
        return SF_EPARSE;
    }
    while (i < d->n_grounds && d->grounds[i].listing != hash) {
        i++;
    }
    if (i < SF_REDDIT_LISTINGS) {
        d->grounds[i].listing = hash;
        d->grounds[i].ground = ground;
        d->n_grounds += i == d->n_grounds;
    }
    return SF_OK;
}

/* ---- walks -------------------------------------------------------------------------------------------------------- */

/* So many listings that all polls take half of the rate at most. */
static int64_t every_least(const sf_reddit *d)
{
    int64_t least = d->rate > 0 ? (int64_t)((double)d->n_listings * 2000 / d->rate) : 0;
    return least > 15000 ? least : 15000;
}

static void end_walk(sf_reddit *d, sf_reddit_listing *l)
{
    int64_t least = every_least(d), most = least > EVERY_MOST_MS ? least : EVERY_MOST_MS;
    l->every_ms = l->fresh > MANY_NEW ? l->every_ms / 2 : l->fresh < FEW_NEW ? l->every_ms * 2 : l->every_ms;
    l->every_ms = l->every_ms < least ? least : l->every_ms > most ? most : l->every_ms;
    l->due_ms = sf_clock_steady_ms() + l->every_ms;
    if (l->highest > l->ground) {
        l->ground = l->highest;
        sf_reddit_keep_ground(d, l);
    }
    l->pages = l->fresh = 0;
    l->after[0] = '\0';
}

/* One page. *known counts posts of known ground. */
static int take_children(sf_reddit *d, sf_records *b, sf_reddit_listing *l, sf_str body,
                         const sf_normalise_report *report, size_t *known)
{
    int r = SF_OK;
    for (size_t i = 0; i < report->n_children && r == SF_OK; i++) {
        const sf_child *c = &report->children[i];
        sf_str raw = {body.ptr + c->offset, (size_t)c->length};
        if (c->signal < 0) {
            r = c->status != SF_ESKIP ? sf_poller_reject_once(&d->poller, b, sf_reddit_read_id(raw), raw, c) : SF_OK;
            continue;
        }
        sf_signal *s = sf_batch_at(d->poller.scratch, (size_t)c->signal);
        uint64_t id = sf_reddit_id_of(s->source_id);
        size_t before = b->n;
        if (id > 0) { /* comments are listed elsewhere */
            r = sf_poller_listed(&d->poller, b, s, raw, 1);
            l->highest = id > l->highest ? id : l->highest;
            *known += id <= l->ground;
            l->fresh += b->n > before;
        }
    }
    return r;
}

static int read_page(sf_reddit *d, sf_records *b, sf_reddit_listing *l, sf_str body)
{
    sf_normalise_report report = SF_NORMALISE_REPORT_INIT;
    sf_error why = {.message = ""};
    size_t known = 0;
    sf_batch_reset(d->poller.scratch);
    int64_t n = sf_normalise(d->poller.scratch, SF_REDDIT, body, d->poller.last_ms, &report, &why);
    if (n < 0) {
        sf_log(SF_LOG_WARN, "reddit: %s: %s; asked again", l->name, why.message);
        l->due_ms = sf_clock_steady_ms() + l->every_ms;
        return n == SF_ENOMEM ? SF_ENOMEM : SF_OK;
    }
    d->poller.oldest_ms = SF_NO_TIME;
    int r = take_children(d, b, l, body, &report, &known);
    int first = l->ground == 0 && sf_poller_is_filled(&d->poller);
    sf_reddit_read_after(body, l->after);
    l->pages++;
    if (first || known >= GROUND_POSTS || l->after[0] == '\0') {
        end_walk(d, l);
    } else if (l->pages == PAGES_MOST && l->ground == 0) {
        end_walk(d, l); /* so far back the listing goes */
    } else if (l->pages == PAGES_MOST) {
        d->gaps++;
        sf_log(SF_LOG_WARN, "reddit: %s: %zu pages of new posts and no known one; some may be missing", l->name,
               l->pages);
        end_walk(d, l);
    } else {
        l->due_ms = sf_clock_steady_ms(); /* the next page at once */
    }
    return r;
}

int sf_reddit_take_page(sf_reddit *d, sf_records *b, sf_reddit_listing *l, const sf_http_answer *a)
{
    l->asked = 0;
    switch (a->verdict) {
    case SF_HTTP_GOOD: sf_poller_observed(&d->poller, a->answered_ms); return read_page(d, b, l, a->body);
    case SF_HTTP_AGAIN: sf_log(SF_LOG_WARN, "reddit: %s: %s; asked again", l->name, a->reason); break;
    case SF_HTTP_LOG_IN: l->due_ms = sf_clock_steady_ms(); break;
    case SF_HTTP_FORBIDDEN:
        sf_log(SF_LOG_WARN, "reddit: %s: %s; left alone for an hour", l->name, a->reason);
        l->due_ms = sf_clock_steady_ms() + OFF_MS;
        break;
    default:
        sf_log(SF_LOG_WARN, "reddit: %s: %s; polled no more", l->name, a->reason);
        l->off = 1;
        break;
    }
    return SF_OK;
}
