/* SPDX-License-Identifier: MIT */
/* What live sources remember from one run to the next. Keys that all of them have:
 *
 *   tID  a post that is tracked: see sf_tracked_write()
 *   sID  an id that was seen: when a listing last named it, in ms; and whose it is, see sf_seen_mark()
 *   o    the latest observation, in ms
 *   k    the key of hashed names
 *   v    what was watched of the window of 15 minutes: see sf_watch_write()
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "common/fail.h"
#include "poller.h"

enum { EXPIRE_MS = 3600000 };

int sf_poller_read_number(sf_str text, uint64_t *out)
{
    uint64_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned char)text.ptr[i] - (unsigned)'0';
        if (digit > 9 || n > (UINT64_MAX - digit) / 10) {
            return 0;
        }
        n = n * 10 + digit;
    }
    *out = n;
    return text.len > 0;
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

/* Is this the id of the post that is tracked by this name? */
static int is_id_of(const sf_poller *p, uint64_t id, sf_str name)
{
    char buf[SF_SOURCE_ID];
    return p->platform->id_of(p->platform->source_id_of(id, name, buf)) == id;
}

static int recall_tracked(sf_poller *p, uint64_t id, sf_str value)
{
    sf_tracked *t = sf_schedule_find(p->tracked, id);
    sf_tracked read = {.id = id};
    sf_str name;
    if (value.len == 0) {
        if (t != NULL) {
            sf_schedule_remove(p->tracked, t);
        }
        return SF_OK;
    }
    if (sf_tracked_read(value, &read, &name) != SF_OK ||
        (name.len > 0) != (p->platform != NULL && p->platform->track_name != NULL)) {
        return SF_EPARSE;
    }
    if (name.len > 0 && !is_id_of(p, id, name)) {
        return SF_OK; /* an earlier version's, which made ids otherwise: no answer about it would be known as one */
    }
    t = sf_schedule_add(p->tracked, id, read.first_ms, read.due_ms);
    if (t == NULL || (name.len > 0 && sf_schedule_name(p->tracked, t, name) != SF_OK)) {
        return SF_ENOMEM;
    }
    int64_t due_ms = read.due_ms;
    read.place = t->place;
    read.name = t->name;
    read.due_ms = t->due_ms;
    *t = read;
    sf_schedule_move(p->tracked, t, due_ms);
    return SF_OK;
}

/* "MS" or "MS AUTHOR". */
static int recall_seen(sf_poller *p, uint64_t id, sf_str value)
{
    uint64_t ms = 0, author = 0;
    const char *space = value.len > 0 ? memchr(value.ptr, ' ', value.len) : NULL;
    sf_str time = {value.ptr, space != NULL ? (size_t)(space - value.ptr) : value.len};
    sf_str rest = {space != NULL ? space + 1 : "", space != NULL ? value.len - time.len - 1 : 0};
    if (value.len == 0) {
        return SF_OK; /* forgotten by its age */
    }
    if (!sf_poller_read_number(time, &ms) || ms > (uint64_t)SF_MAX_NUMBER ||
        (space != NULL && (!sf_poller_read_number(rest, &author) || author == 0 || author > UINT32_MAX))) {
        return SF_EPARSE;
    }
    int kept = sf_seen_add(p->seen, id, (int64_t)ms);
    return kept >= 0 && (author == 0 || sf_seen_mark(p->seen, id, (uint32_t)author) == SF_OK) ? SF_OK : SF_ENOMEM;
}

int sf_poller_recall_line(sf_poller *p, sf_str key, sf_str value)
{
    uint64_t id = 0, n = 0;
    char kind = key.ptr[0];
    int has_id = sf_poller_read_number((sf_str){key.ptr + 1, key.len - 1}, &id) && id > 0;
    if (has_id != (kind == 't' || kind == 's')) {
        return SF_EPARSE;
    }
    if (kind == 't') {
        return recall_tracked(p, id, value);
    }
    if (kind == 'k') {
        p->has_key = 1;
        return key.len == 1 ? sf_authors_read_key(&p->authors, value) : SF_EPARSE;
    }
    if (kind == 'v') {
        return key.len == 1 ? sf_watch_read(value, &p->watch) : SF_EPARSE;
    }
    if (kind == 's') {
        return recall_seen(p, id, value);
    }
    if (value.len > 0 && (!sf_poller_read_number(value, &n) || n > (uint64_t)SF_MAX_NUMBER)) {
        return SF_EPARSE;
    }
    p->last_ms = kind == 'o' && key.len == 1 ? (int64_t)n : p->last_ms;
    return kind == 'o' && key.len == 1 ? SF_OK : SF_EPARSE;
}

/* Names are hashed with a key of their own, which is safe before the first of them goes anywhere. */
static int make_key(sf_poller *p, sf_error *err)
{
    char text[sizeof p->authors.key * 2 + 1];
    if (p->authors.mode != SF_AUTHORS_HASH || p->has_key) {
        return SF_OK;
    }
    if (getrandom(p->authors.key, sizeof p->authors.key, 0) != (ssize_t)sizeof p->authors.key) {
        return sf_fail(err, SF_EIO, "%s: no random numbers for the key of names", p->platform->name);
    }
    sf_authors_write_key(&p->authors, text);
    sf_poller_set(p, 'k', 0, sf_cstr(text));
    int r = sf_state_seal(p->state, ++p->position);
    return r == SF_OK ? sf_state_commit(p->state, p->position, err) : sf_fail(err, r, "%s", sf_strerror(r));
}

int sf_poller_recall(sf_poller *p, int (*line)(void *payload, sf_str key, sf_str value), void *payload, sf_error *err)
{
    int r = sf_state_read(p->state, line, payload, err);
    r = r == SF_OK ? make_key(p, err) : r;
    p->again_from_ms = INT64_MAX;
    if (r != SF_OK || p->last_ms == 0 || p->overlap_ms == 0) {
        return r;
    }
    p->again_from_ms = p->last_ms - p->overlap_ms;
    for (size_t i = 0; i < sf_schedule_count(p->tracked); i++) {
        sf_tracked *t = sf_schedule_at(p->tracked, i);
        t->again = t->observed_ms >= p->again_from_ms;
        if (t->again) {
            sf_schedule_move(p->tracked, t, 0);
        }
    }
    return r;
}

/* ---- keeping ------------------------------------------------------------------------------------------------------ */

void sf_poller_set(sf_poller *p, char kind, uint64_t id, sf_str value)
{
    char key[24];
    (void)snprintf(key, sizeof key, id > 0 ? "%c%" PRIu64 : "%c", kind, id);
    sf_state_set(p->state, key, value);
}

void sf_poller_set_number(sf_poller *p, char kind, uint64_t id, uint64_t n)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRIu64, n);
    sf_poller_set(p, kind, id, sf_cstr(text));
}

void sf_poller_keep_tracked(sf_poller *p, const sf_tracked *t)
{
    char text[SF_TRACKED_TEXT];
    size_t len = sf_tracked_write(t, sf_schedule_name_of(p->tracked, t), text);
    sf_poller_set(p, 't', t->id, (sf_str){text, len});
}

void sf_poller_drop_tracked(sf_poller *p, sf_tracked *t)
{
    sf_poller_set(p, 't', t->id, (sf_str){NULL, 0});
    sf_schedule_remove(p->tracked, t);
}

void sf_poller_keep_seen_of(sf_poller *p, uint64_t id, uint32_t author, int64_t at_ms)
{
    char text[48];
    if (sf_seen_add(p->seen, id, at_ms) < 0 || (author > 0 && sf_seen_mark(p->seen, id, author) != SF_OK)) {
        p->no_memory = 1;
    }
    author = sf_seen_author(p->seen, id);
    (void)snprintf(text, sizeof text, author > 0 ? "%" PRId64 " %" PRIu32 : "%" PRId64, at_ms, author);
    sf_poller_set(p, 's', id, sf_cstr(text));
}

void sf_poller_keep_seen(sf_poller *p, uint64_t id, int64_t at_ms)
{
    sf_poller_keep_seen_of(p, id, 0, at_ms);
}

void sf_poller_keep_watch(sf_poller *p)
{
    char text[SF_WATCH_TEXT];
    size_t len = sf_watch_write(&p->watch, text);
    sf_poller_set(p, 'v', 0, (sf_str){text, len});
}

static void drop_seen(void *payload, uint64_t id)
{
    sf_poller_set(payload, 's', id, (sf_str){NULL, 0});
}

void sf_poller_expire(sf_poller *p, int64_t now_ms)
{
    if (now_ms >= p->expire_ms) {
        sf_seen_expire(p->seen, now_ms, drop_seen, p);
        p->expire_ms = now_ms + EXPIRE_MS;
    }
}
