/* SPDX-License-Identifier: MIT */
/* When to look at a post again: the steps, and a heap of posts by the time they are due, with an index by id. All of it is a few arrays
 * that grow by half: a block a post, or doubling, would take as much again as the posts do. */
#include "schedule.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/hash.h"

#define MINUTE ((int64_t)60000)
#define HOUR   (60 * MINUTE)

struct sf_schedule {
    sf_tracked *posts;
    size_t n, cap;
    uint32_t *heap;  /* indices of posts, cap of them */
    uint32_t *slots; /* index of a post + 1, by hash of its id; 0: empty; a third more than cap */
    size_t n_slots;
    char *names; /* one behind the other, each behind its length in two bytes; the first byte is nobody's */
    size_t names_len, names_cap;
    size_t names_dead; /* bytes of those whose posts are gone */
};

/* ---- steps -------------------------------------------------------------------------------------------------------- */

static const struct {
    int64_t until_ms, every_ms;
} steps[] = {{HOUR, 5 * MINUTE}, {6 * HOUR, 15 * MINUTE}, {24 * HOUR, HOUR}, {72 * HOUR, 6 * HOUR}};

enum { STEPS = sizeof steps / sizeof steps[0], QUIET = 2, BURST = 3 };

int64_t sf_tracked_next(const sf_tracked *t, int64_t now_ms)
{
    int64_t age = now_ms - t->first_ms;
    size_t i = 0;
    while (i < STEPS && age >= steps[i].until_ms) {
        i++;
    }
    if (i == STEPS) {
        return SF_NO_TIME;
    }
    int64_t every = steps[i].every_ms;
    if (t->fast) {
        every = every / 2 > steps[0].every_ms ? every / 2 : steps[0].every_ms;
    } else if (t->quiet >= QUIET) {
        every *= 2;
    }
    int64_t end = t->first_ms + steps[STEPS - 1].until_ms; /* the last look is never put off */
    return now_ms + every < end ? now_ms + every : end;
}

int64_t sf_tracked_hasten(const sf_tracked *t, int64_t now_ms)
{
    int64_t soon = t->observed_ms + steps[0].every_ms;
    double counted = (double)t->likes + t->replies + t->reposts;
    double usual = t->rate > 0 ? (double)t->rate * (double)(now_ms - t->observed_ms) / 1000 : 0;
    soon = soon > now_ms ? soon : now_ms;
    return counted >= BURST + 2 * usual && soon < t->due_ms ? soon : t->due_ms;
}

static int changed(double before, double after)
{
    return !isnan(after) && !(before == after); /* also from unknown to known */
}

int sf_tracked_observe(sf_tracked *t, int64_t at_ms, double score, double comments, double fastest)
{
    int news = changed(t->score, score) || changed(t->comments, comments);
    double seconds = (double)(at_ms - t->observed_ms) / 1000;
    double gained = score - t->score; /* NaN if either is unknown */
    if (!isnan(gained)) {
        float rate = gained > 0 ? (float)(gained / fmax(seconds, 60)) : 0;
        t->rate = isnan(t->rate) ? rate : (t->rate + rate) / 2;
    }
    t->fast = gained > 0 && gained / fmax(seconds, 60) >= fastest;
    if (news) {
        t->quiet = 0;
    } else {
        sf_tracked_count(&t->quiet);
    }
    t->score = isnan(score) ? t->score : score;
    t->comments = isnan(comments) ? t->comments : comments;
    t->observed_ms = at_ms;
    t->missed = 0;
    return news;
}

/* ---- heap --------------------------------------------------------------------------------------------------------- */

static void put(sf_schedule *s, size_t place, uint32_t post)
{
    s->heap[place] = post;
    s->posts[post].place = (uint32_t)place;
}

static int before(const sf_schedule *s, size_t a, size_t b)
{
    const sf_tracked *x = &s->posts[a], *y = &s->posts[b];
    return x->due_ms != y->due_ms ? x->due_ms < y->due_ms : x->id < y->id;
}

/* Moves what is at `place` up or down to where it belongs. */
static void settle(sf_schedule *s, size_t place)
{
    uint32_t post = s->heap[place];
    while (place > 0 && before(s, post, s->heap[(place - 1) / 2])) {
        put(s, place, s->heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    for (size_t child; (child = place * 2 + 1) < s->n; place = child) {
        child += child + 1 < s->n && before(s, s->heap[child + 1], s->heap[child]);
        if (!before(s, s->heap[child], post)) {
            break;
        }
        put(s, place, s->heap[child]);
    }
    put(s, place, post);
}

/* ---- index -------------------------------------------------------------------------------------------------------- */

static size_t slot_of(const sf_schedule *s, uint64_t id)
{
    size_t i = sf_hash_slot(id, s->n_slots);
    while (s->slots[i] != 0 && s->posts[s->slots[i] - 1].id != id) {
        i = i + 1 < s->n_slots ? i + 1 : 0;
    }
    return i;
}

/* Empties a slot; those behind it that had to pass it move up. */
static void empty_slot(sf_schedule *s, size_t i)
{
    s->slots[i] = 0;
    for (size_t k = i + 1 < s->n_slots ? i + 1 : 0; s->slots[k] != 0; k = k + 1 < s->n_slots ? k + 1 : 0) {
        uint32_t post = s->slots[k];
        s->slots[k] = 0;
        s->slots[slot_of(s, s->posts[post - 1].id)] = post;
    }
}

static int grow(sf_schedule *s)
{
    size_t cap = s->cap + s->cap / 2, n_slots = cap + cap / 3;
    sf_tracked *posts = realloc(s->posts, cap * sizeof *posts);
    s->posts = posts != NULL ? posts : s->posts;
    uint32_t *heap = realloc(s->heap, cap * sizeof *heap);
    s->heap = heap != NULL ? heap : s->heap;
    uint32_t *slots = calloc(n_slots, sizeof *slots);
    if (posts == NULL || heap == NULL || slots == NULL || n_slots > UINT32_MAX) {
        free(slots);
        return SF_ENOMEM;
    }
    free(s->slots);
    s->slots = slots;
    s->n_slots = n_slots;
    s->cap = cap;
    for (size_t i = 0; i < s->n; i++) {
        s->slots[slot_of(s, s->posts[i].id)] = (uint32_t)i + 1;
    }
    return SF_OK;
}

/* ---- names -------------------------------------------------------------------------------------------------------- */

sf_str sf_schedule_name_of(const sf_schedule *s, const sf_tracked *t)
{
    uint16_t len = 0;
    if (t->name == 0) {
        return (sf_str){"", 0};
    }
    memcpy(&len, s->names + t->name, sizeof len);
    return (sf_str){s->names + t->name + sizeof len, len};
}

static void drop_name(sf_schedule *s, sf_tracked *t)
{
    s->names_dead += t->name != 0 ? sf_schedule_name_of(s, t).len + sizeof(uint16_t) : 0;
    t->name = 0;
}

/* Makes room for `more` bytes by copying the names that are still somebody's. SF_OK, SF_ENOMEM. */
static int copy_names(sf_schedule *s, size_t more)
{
    size_t alive = s->names_len - s->names_dead, cap = alive + alive / 2 + more + 64, len = 1;
    char *names = cap <= UINT32_MAX ? malloc(cap) : NULL;
    if (names == NULL) {
        return SF_ENOMEM;
    }
    for (size_t i = 0; i < s->n; i++) {
        sf_tracked *t = &s->posts[i];
        if (t->name != 0) {
            size_t n = sf_schedule_name_of(s, t).len + sizeof(uint16_t);
            memcpy(names + len, s->names + t->name, n);
            t->name = (uint32_t)len;
            len += n;
        }
    }
    free(s->names);
    s->names = names;
    s->names_len = len;
    s->names_cap = cap;
    s->names_dead = 0;
    return SF_OK;
}

int sf_schedule_name(sf_schedule *s, sf_tracked *t, sf_str name)
{
    uint16_t len = (uint16_t)name.len;
    if (name.len > SF_TRACKED_NAME ||
        (s->names_len + sizeof len + len > s->names_cap && copy_names(s, sizeof len + len) != SF_OK)) {
        return SF_ENOMEM;
    }
    drop_name(s, t);
    t->name = (uint32_t)s->names_len;
    memcpy(s->names + t->name, &len, sizeof len);
    memcpy(s->names + t->name + sizeof len, name.ptr, len);
    s->names_len += sizeof len + len;
    return SF_OK;
}

/* ---- posts -------------------------------------------------------------------------------------------------------- */

int sf_schedule_new(sf_schedule **out)
{
    sf_schedule *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return SF_ENOMEM;
    }
    s->cap = 256; /* grow() makes more of it */
    if (grow(s) != SF_OK) {
        sf_schedule_free(s);
        return SF_ENOMEM;
    }
    *out = s;
    return SF_OK;
}

void sf_schedule_free(sf_schedule *s)
{
    if (s != NULL) {
        free(s->posts);
        free(s->heap);
        free(s->slots);
        free(s->names);
        free(s);
    }
}

size_t sf_schedule_count(const sf_schedule *s)
{
    return s->n;
}

sf_tracked *sf_schedule_find(sf_schedule *s, uint64_t id)
{
    size_t post = s->slots[slot_of(s, id)];
    return post != 0 ? &s->posts[post - 1] : NULL;
}

sf_tracked *sf_schedule_at(sf_schedule *s, size_t i)
{
    return &s->posts[i];
}

sf_tracked *sf_schedule_first(sf_schedule *s)
{
    return s->n > 0 ? &s->posts[s->heap[0]] : NULL;
}

sf_tracked *sf_schedule_add(sf_schedule *s, uint64_t id, int64_t first_ms, int64_t due_ms)
{
    sf_tracked *t = sf_schedule_find(s, id);
    if (t != NULL) {
        return t;
    }
    if (s->n == s->cap && grow(s) != SF_OK) {
        return NULL;
    }
    t = &s->posts[s->n];
    *t = (sf_tracked){.id = id,
                      .first_ms = first_ms,
                      .observed_ms = first_ms,
                      .due_ms = due_ms,
                      .score = NAN,
                      .comments = NAN,
                      .rate = NAN};
    s->n++;
    s->slots[slot_of(s, id)] = (uint32_t)s->n;
    put(s, s->n - 1, (uint32_t)(s->n - 1));
    settle(s, s->n - 1);
    return t;
}

void sf_schedule_move(sf_schedule *s, sf_tracked *t, int64_t due_ms)
{
    t->due_ms = due_ms;
    settle(s, t->place);
}

/* The last post takes the place of the one that goes, in the array and in the heap. */
void sf_schedule_remove(sf_schedule *s, sf_tracked *t)
{
    size_t post = (size_t)(t - s->posts), place = t->place;
    drop_name(s, t);
    empty_slot(s, slot_of(s, t->id));
    size_t last = s->n - 1;
    uint32_t moved = s->heap[last];
    s->n = last;
    if (place < last) {
        put(s, place, moved);
        settle(s, place);
    }
    if (post != last) {
        s->slots[slot_of(s, s->posts[last].id)] = (uint32_t)post + 1;
        s->posts[post] = s->posts[last];
        s->heap[s->posts[post].place] = (uint32_t)post;
    }
}

/* ---- as text ------------------------------------------------------------------------------------------------------ */

size_t sf_tracked_write(const sf_tracked *t, sf_str name, char buf[SF_TRACKED_TEXT])
{
    int n = snprintf(buf, SF_TRACKED_TEXT,
                     "%" PRId64 " %" PRId64 " %" PRId64 " %.17g %.17g %" PRIx32 " %" PRIu32 " %u %u %u %u %u%s%.*s",
                     t->first_ms, t->observed_ms, t->due_ms, t->score, t->comments, t->text, t->checked_ms, t->unsaid,
                     t->quiet, t->missed, (unsigned)t->gone, (unsigned)t->fast, name.len > 0 ? " " : "", (int)name.len,
                     name.ptr);
    return n > 0 && n < SF_TRACKED_TEXT ? (size_t)n : 0;
}

/* A number of the platform, or nan. */
static int is_number(double v)
{
    return isnan(v) || fabs(v) <= SF_MAX_NUMBER;
}

static int is_time(int64_t ms)
{
    return ms >= 0 && ms < (int64_t)1 << 53;
}

int sf_tracked_read(sf_str text, sf_tracked *out, sf_str *name)
{
    char copy[SF_TRACKED_TEXT];
    unsigned unsaid, quiet, missed, gone, fast;
    uint64_t hash; /* an earlier version's has 64 bits */
    int n = 0;
    if (text.len >= sizeof copy) {
        return SF_EPARSE;
    }
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    int got = sscanf(copy, "%" SCNd64 " %" SCNd64 " %" SCNd64 " %lf %lf %" SCNx64 " %" SCNu32 " %u %u %u %u %u%n",
                     &out->first_ms, &out->observed_ms, &out->due_ms, &out->score, &out->comments, &hash,
                     &out->checked_ms, &unsaid, &quiet, &missed, &gone, &fast, &n);
    if (got != 12 || !is_number(out->score) || !is_number(out->comments) || !is_time(out->first_ms) ||
        !is_time(out->observed_ms) || !is_time(out->due_ms) || (unsaid | quiet | missed) > 255 || (gone | fast) > 1) {
        return SF_EPARSE;
    }
    out->rate = NAN;
    out->text = (uint32_t)hash;
    out->unsaid = (uint8_t)unsaid;
    out->quiet = (uint8_t)quiet;
    out->missed = (uint8_t)missed;
    out->gone = gone & 1;
    out->fast = fast & 1;
    size_t at = (size_t)n;
    *name = at < text.len ? (sf_str){text.ptr + at + 1, text.len - at - 1} : (sf_str){NULL, 0};
    int named = name->len > 0 && name->len <= SF_TRACKED_NAME && text.ptr[at] == ' ' &&
                memchr(name->ptr, ' ', name->len) == NULL && memchr(name->ptr, '\0', name->len) == NULL;
    return at == text.len || named ? SF_OK : SF_EPARSE;
}
