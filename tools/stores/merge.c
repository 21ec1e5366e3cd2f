/* SPDX-License-Identifier: MIT */
/* Merging: see merge.h for the rules. */
#include "merge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/fail.h"
#include "common/hash.h"

/* ---- posts -------------------------------------------------------------------------------------------------------- */

static void forget_numbers(sf_post *p)
{
    p->score = p->comments = p->velocity = p->comment_velocity = p->trending_score = NAN;
    p->score_ms = p->comments_ms = SF_NO_TIME;
    p->rising = -1;
    p->trend = (sf_trend){0};
}

static void forget_text(sf_post *p)
{
    p->text_ms = SF_NO_TIME;
    p->text_rank = 0;
    p->text_hash = 0;
}

void sf_post_init(sf_post *p, int32_t platform, sf_str source_id)
{
    *p = (sf_post){.platform = platform, .source_id = source_id, .kind = SF_REFRESH};
    p->ts_ms = p->observed_ms = p->first_seen_ms = p->deleted_ms = p->born_ms = SF_NO_TIME;
    forget_numbers(p);
    forget_text(p);
}

int64_t sf_post_event_ms(const sf_post *p)
{
    return sf_event_time(p->ts_ms, p->first_seen_ms);
}

double sf_post_normalised(const sf_post *p, const sf_baseline *base)
{
    return sf_normalised_score(base, p->score);
}

double sf_post_hotness(const sf_post *p)
{
    if (sf_post_deleted(p) || isnan(p->trending_score)) {
        return NAN;
    }
    return log2(fmax(p->trending_score, 1e-6)) + (double)p->observed_ms / SF_HOT_HALVES_MS;
}

int32_t sf_post_kind(sf_str name)
{
    int32_t kind = SF_POST;
    while (kind < SF_DELETE && strcmp(sf_kind_name(kind), name.ptr) != 0) {
        kind++;
    }
    return kind;
}

void sf_trend_pack(const sf_trend *t, unsigned char to[SF_TREND_BYTES])
{
    uint64_t v[4];
    memcpy(&v[0], &t->n, 8);
    memcpy(&v[1], &t->w, 8);
    memcpy(&v[2], &t->top, 8);
    memcpy(&v[3], &t->at_ms, 8);
    for (size_t i = 0; i < SF_TREND_BYTES; i++) {
        to[i] = (unsigned char)(v[i / 8] >> (i % 8 * 8));
    }
}

void sf_trend_unpack(const unsigned char *from, sf_trend *t)
{
    uint64_t v[4] = {0};
    for (size_t i = 0; i < SF_TREND_BYTES; i++) {
        v[i / 8] |= (uint64_t)from[i] << (i % 8 * 8);
    }
    memcpy(&t->n, &v[0], 8);
    memcpy(&t->w, &v[1], 8);
    memcpy(&t->top, &v[2], 8);
    memcpy(&t->at_ms, &v[3], 8);
}

/* ---- looks -------------------------------------------------------------------------------------------------------- */

sf_look *sf_looks_add(sf_looks *l)
{
    if (l->n == l->cap) {
        size_t cap = l->cap > 0 ? 2 * l->cap : 64;
        sf_look *v = realloc(l->v, cap * sizeof *v);
        if (v == NULL) {
            return NULL;
        }
        l->v = v;
        l->cap = cap;
    }
    l->v[l->n] = (sf_look){.score = NAN,
                           .comments = NAN,
                           .velocity = NAN,
                           .comment_velocity = NAN,
                           .trending_score = NAN,
                           .previous_score = NAN,
                           .rising = -1};
    return &l->v[l->n++];
}

/* The first look at or after this time. */
static size_t find_look(const sf_looks *l, int64_t at_ms)
{
    size_t low = 0, high = l->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (l->v[middle].at_ms < at_ms) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Takes a number of the same moment, if it holds against the one that is there. */
static int take_number(double *has, uint8_t *has_rank, double number, uint8_t rank)
{
    if (!isfinite(number)) {
        return 0;
    }
    if (isnan(*has) || rank > *has_rank || (rank == *has_rank && number > *has)) {
        int differs = isnan(*has) || *has != number || *has_rank != rank;
        *has = number;
        *has_rank = rank;
        return differs;
    }
    return 0;
}

/* Puts an observation into the looks. Returns 1 where they changed, 0 where it was known, -1 without memory. */
static int put_look(sf_looks *l, const sf_signal *s)
{
    size_t i = find_look(l, s->observed_ms);
    int changed = 0;
    if (i == l->n || l->v[i].at_ms != s->observed_ms) {
        if (sf_looks_add(l) == NULL) {
            return -1;
        }
        sf_look fresh = l->v[l->n - 1];
        memmove(&l->v[i + 1], &l->v[i], (l->n - 1 - i) * sizeof fresh);
        fresh.at_ms = s->observed_ms;
        l->v[i] = fresh;
        changed = 1;
    }
    sf_look *at = &l->v[i];
    uint8_t rank = s->kind == SF_REFRESH;
    changed |= take_number(&at->score, &at->score_rank, s->raw_score, rank);
    changed |= take_number(&at->comments, &at->comments_rank, s->comments, rank);
    at->write |= (uint8_t)changed;
    at->touches |= (uint8_t)changed;
    return changed;
}

static int same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static int64_t created(const sf_post *p)
{
    return p->ts_ms != SF_NO_TIME ? p->ts_ms : p->born_ms;
}

/* What a look with a score does to the post's trend. */
static void rank_look(sf_post *p, const sf_baseline *base, sf_look *l)
{
    double before = sf_trend_rate(&p->trend);
    double after = sf_trend_observe(&p->trend, base, l->score, l->at_ms, created(p));
    double r = sf_recency(base, created(p), l->at_ms);
    l->trending_score = sf_trending(after / base->v0, sf_normalised_score(base, l->score), r);
    l->rising = sf_rising(base, p->rising == 1, before, after);
}

/* Folds looks from i on onto the post. */
static void fold(sf_post *p, const sf_baseline *base, sf_looks *looks, size_t i)
{
    int follows = 0; /* the last look with a score changed, so what the next one gained does too */
    for (; i < looks->n; i++) {
        sf_look *l = &looks->v[i], was = *l;
        l->previous_score = p->score;
        l->velocity = sf_velocity(p->score, p->score_ms, l->score, l->at_ms);
        l->comment_velocity = sf_velocity(p->comments, p->comments_ms, l->comments, l->at_ms);
        l->trending_score = NAN;
        l->rising = -1;
        if (!isnan(l->score)) {
            rank_look(p, base, l);
            p->score = l->score;
            p->score_ms = l->at_ms;
            p->velocity = l->velocity;
            p->trending_score = l->trending_score;
            p->rising = l->rising;
            l->touches |= (uint8_t)follows;
            follows = was.write;
        }
        if (!isnan(l->comments)) {
            p->comments = l->comments;
            p->comments_ms = l->at_ms;
            p->comment_velocity = l->comment_velocity;
        }
        l->touches |= !same(l->velocity, was.velocity);
        l->write |= !same(l->velocity, was.velocity) || !same(l->comment_velocity, was.comment_velocity) ||
                    !same(l->trending_score, was.trending_score);
    }
}

/* ---- text --------------------------------------------------------------------------------------------------------- */

static int64_t hash_text(const sf_signal *s)
{
    sf_str parts[6 + SF_MAX_LABELS] = {s->title, s->body, s->author, s->url, s->channel, s->parent_id};
    size_t n = 6;
    for (size_t i = 0; i < s->n_labels && i < SF_MAX_LABELS; i++) {
        parts[n++] = s->labels[i];
    }
    return (int64_t)(sf_hash_parts(parts, n).low >> 1);
}

/* 0: nothing to take; else larger ones hold against smaller ones. */
static int32_t rank_text(const sf_signal *s)
{
    int words = s->title.len > 0 || s->body.len > 0;
    int any =
        words || s->author.len > 0 || s->url.len > 0 || s->channel.len > 0 || s->parent_id.len > 0 || s->n_labels > 0;
    return !any ? 0 : 1 + 2 * words + (s->kind == SF_REFRESH);
}

/* Does text of this rank (with words or without: 1, 2 or 3, 4), time and hash hold against the post's? */
static int text_holds(const sf_post *p, int32_t rank, int64_t ms, int64_t hash)
{
    int words = rank > 2, had_words = p->text_rank > 2;
    if (p->text_rank == 0 || words != had_words) {
        return p->text_rank == 0 || words > had_words;
    }
    if (ms != p->text_ms) {
        return ms > p->text_ms;
    }
    return rank != p->text_rank ? rank > p->text_rank : hash > p->text_hash;
}

static void take_text(sf_merge *m, sf_post *p, const sf_record *r)
{
    const sf_signal *s = r->signal;
    int32_t rank = rank_text(s);
    if (rank == 0 || sf_post_deleted(p)) {
        return;
    }
    int64_t hash = hash_text(s);
    if (r->again) {
        m->text = rank > 2 && hash == p->text_hash ? s : m->text; /* nothing is made of a text without words */
    } else if (text_holds(p, rank, s->observed_ms, hash)) {
        if (hash != p->text_hash || p->text_rank == 0) {
            m->text = s;
        }
        p->text_ms = s->observed_ms;
        p->text_rank = rank;
        p->text_hash = hash;
    }
}

/* ---- one post ----------------------------------------------------------------------------------------------------- */

static int64_t earlier(int64_t a, int64_t b)
{
    return a == SF_NO_TIME || (b != SF_NO_TIME && b < a) ? b : a;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b; /* SF_NO_TIME is the smallest */
}

/* A comment is one whatever else is seen; a tombstone says so. */
static int32_t join_kinds(int32_t a, int32_t b)
{
    static const int order[] = {[SF_REFRESH] = 0, [SF_POST] = 1, [SF_COMMENT] = 2, [SF_DELETE] = 3};
    return order[a] > order[b] ? a : b;
}

/* What of an observation does not depend on the history. */
static void take_facts(sf_post *p, const sf_signal *s)
{
    p->first_seen_ms = earlier(p->first_seen_ms, s->observed_ms);
    p->observed_ms = later(p->observed_ms, s->observed_ms);
    p->ts_ms = earlier(p->ts_ms, s->ts_ms);
    p->kind = join_kinds(p->kind, s->kind);
    if (s->kind == SF_DELETE) {
        p->deleted_ms = earlier(p->deleted_ms, s->observed_ms);
    }
}

/* Must the history be read: something not newer than all of it, its start or its text changed, or all is made anew? */
static int needs_history(const sf_merge *m, const sf_post *before, const sf_post *p, sf_record *const *records,
                         size_t n)
{
    if (before->id == 0) {
        return 0;
    }
    if (m->text != NULL || m->text_gone || created(before) != created(p)) {
        return 1;
    }
    for (size_t i = 0; i < n; i++) {
        const sf_signal *s = records[i]->signal;
        if (records[i]->again || (s->kind != SF_DELETE && s->observed_ms <= before->observed_ms)) {
            return 1;
        }
    }
    return 0;
}

static int no_memory(sf_error *err)
{
    return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
}

static int read_history(sf_merge *m, sf_post *p, sf_error *err)
{
    int r = m->history(m->store, p, &m->looks, err);
    forget_numbers(p);
    return r;
}

/* What the store says of a record, which came after `newest` had been seen; `changed`: the looks did by it. */
static sf_record_state judge(const sf_merge *m, const sf_post *before, const sf_post *p, const sf_signal *s,
                             int changed, int64_t newest)
{
    if (sf_post_deleted(p)) {
        int first = s->kind == SF_DELETE && !sf_post_deleted(before) && s->observed_ms == p->deleted_ms;
        return first ? SF_RECORD_ACCEPTED : s->kind == SF_DELETE ? SF_RECORD_UNCHANGED : SF_RECORD_STALE;
    }
    if (m->text == s) {
        return SF_RECORD_ACCEPTED;
    }
    return !changed ? SF_RECORD_UNCHANGED : s->observed_ms < newest ? SF_RECORD_STALE : SF_RECORD_ACCEPTED;
}

static int put_looks(sf_merge *m, const sf_post *before, const sf_post *p, sf_record *const *records, size_t n,
                     sf_error *err)
{
    int64_t newest = before->observed_ms;
    for (size_t i = 0; i < n; i++) {
        const sf_signal *s = records[i]->signal;
        int changed = s->kind == SF_DELETE || records[i]->again ? 0 : put_look(&m->looks, s);
        if (changed < 0) {
            return no_memory(err);
        }
        records[i]->state = judge(m, before, p, s, changed, newest);
        newest = later(newest, s->observed_ms);
    }
    return SF_OK;
}

/* Tells the signals what the history made of them. */
static void tell(const sf_merge *m, const sf_baseline *base, sf_record *const *records, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        sf_signal *s = records[i]->signal;
        s->previous_score = s->velocity = s->comment_velocity = s->trending_score = NAN;
        s->normalised_score = sf_normalised_score(base, s->raw_score);
        s->rising = -1;
        if (s->kind != SF_DELETE && !records[i]->again) {
            const sf_look *l = &m->looks.v[find_look(&m->looks, s->observed_ms)];
            s->previous_score = l->previous_score;
            s->velocity = l->velocity;
            s->comment_velocity = l->comment_velocity;
            s->trending_score = l->trending_score;
            s->rising = l->rising;
        }
    }
}

/* ---- windows ------------------------------------------------------------------------------------------------------ */

static int touch(sf_merge *m, int64_t ms, sf_error *err)
{
    if (m->n_windows == m->cap_windows) {
        size_t cap = m->cap_windows > 0 ? 2 * m->cap_windows : 256;
        int64_t *v = realloc(m->windows, cap * sizeof *v);
        if (v == NULL) {
            return no_memory(err);
        }
        m->windows = v;
        m->cap_windows = cap;
    }
    int64_t into = ms % SF_BUCKET_MS;
    int64_t start = ms - into - (into < 0 ? SF_BUCKET_MS : 0);
    if (m->n_windows == 0 || m->windows[m->n_windows - 1] != start) {
        m->windows[m->n_windows++] = start;
    }
    return SF_OK;
}

/* The windows that count this post differently now. */
static int touch_windows(sf_merge *m, const sf_post *before, const sf_post *p, sf_error *err)
{
    int64_t event = sf_post_event_ms(p), was = before->id != 0 ? sf_post_event_ms(before) : event;
    int described = m->text != NULL || m->text_gone;
    int r = SF_OK;
    if (sf_post_deleted(before)) {
        return SF_OK; /* counted nowhere, before and after */
    }
    int dated = (p->ts_ms == event) != (before->ts_ms == was); /* created there: it began with no points */
    if (before->id == 0 || described || event != was || dated) {
        r = touch(m, event, err);
        r = r == SF_OK && event != was ? touch(m, was, err) : r;
    }
    for (size_t i = 0; i < m->looks.n && r == SF_OK; i++) {
        if (described || m->looks.v[i].touches) {
            r = touch(m, m->looks.v[i].at_ms, err);
        }
    }
    return r;
}

static int compare_times(const void *left, const void *right)
{
    int64_t a, b;
    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return (a > b) - (a < b);
}

void sf_merge_settle_windows(sf_merge *m)
{
    size_t n = 0;
    if (m->n_windows > 1) {
        qsort(m->windows, m->n_windows, sizeof *m->windows, compare_times);
    }
    for (size_t i = 0; i < m->n_windows; i++) {
        if (n == 0 || m->windows[n - 1] != m->windows[i]) {
            m->windows[n++] = m->windows[i];
        }
    }
    m->n_windows = n;
}

/* ---- merging ------------------------------------------------------------------------------------------------------ */

void sf_merge_open(sf_merge *m, const sf_lexicon *l)
{
    memset(m, 0, sizeof *m);
    for (int32_t i = 0; i < SF_PLATFORM_COUNT; i++) {
        m->bases[i] = sf_lexicon_baseline(l, i);
    }
}

void sf_merge_close(sf_merge *m)
{
    free(m->looks.v);
    free(m->windows);
}

void sf_merge_begin(sf_merge *m)
{
    m->n_windows = 0;
}

static void begin_post(sf_merge *m)
{
    m->looks.n = 0;
    m->text = NULL;
    m->text_gone = 0;
    m->row_changed = 0;
}

static int row_differs(const sf_merge *m, const sf_post *a, const sf_post *b)
{
    return a->id == 0 || m->text != NULL || m->text_gone || a->kind != b->kind || a->ts_ms != b->ts_ms ||
           a->observed_ms != b->observed_ms || a->first_seen_ms != b->first_seen_ms || a->deleted_ms != b->deleted_ms ||
           !same(a->score, b->score) || !same(a->comments, b->comments) || a->score_ms != b->score_ms ||
           a->comments_ms != b->comments_ms || !same(a->velocity, b->velocity) ||
           !same(a->comment_velocity, b->comment_velocity) || !same(a->trending_score, b->trending_score) ||
           a->rising != b->rising || a->born_ms != b->born_ms || a->text_ms != b->text_ms ||
           a->text_rank != b->text_rank || a->text_hash != b->text_hash || !same(a->trend.n, b->trend.n) ||
           !same(a->trend.w, b->trend.w) || !same(a->trend.top, b->trend.top) || a->trend.at_ms != b->trend.at_ms;
}

/* What the observations say without the history. */
static void take_all(sf_merge *m, const sf_post *before, sf_post *p, int64_t born_ms, sf_record *const *records,
                     size_t n)
{
    begin_post(m);
    for (size_t i = 0; i < n; i++) {
        if (!records[i]->again) {
            take_facts(p, records[i]->signal);
        }
    }
    p->born_ms = p->ts_ms != SF_NO_TIME ? SF_NO_TIME : born_ms;
    for (size_t i = 0; i < n; i++) {
        take_text(m, p, records[i]);
    }
    if (sf_post_deleted(p)) {
        forget_text(p);
        m->text_gone = before->id != 0 && !sf_post_deleted(before);
    }
}

/* Only a text that was read back, of a post that has been taken out of the store since: it is not to come back. */
static int gone_meanwhile(const sf_post *p, sf_record *const *records, size_t n)
{
    for (size_t i = 0; i < n && p->id == 0; i++) {
        if (!records[i]->again) {
            return 0;
        }
        records[i]->state = SF_RECORD_STALE;
    }
    return p->id == 0;
}

int sf_merge_needs_history(sf_merge *m, const sf_post *p, int64_t born_ms, sf_record *const *records, size_t n)
{
    sf_post after = *p;
    take_all(m, p, &after, born_ms, records, n);
    return needs_history(m, p, &after, records, n);
}

int sf_merge_post(sf_merge *m, sf_post *p, int64_t born_ms, sf_record *const *records, size_t n, sf_error *err)
{
    const sf_post before = *p;
    const sf_baseline *base = &m->bases[p->platform];
    if (gone_meanwhile(p, records, n)) {
        begin_post(m);
        return SF_OK;
    }
    take_all(m, &before, p, born_ms, records, n);
    int r = needs_history(m, &before, p, records, n) ? read_history(m, p, err) : SF_OK;
    r = r == SF_OK ? put_looks(m, &before, p, records, n, err) : r;
    if (r != SF_OK) {
        return r;
    }
    fold(p, base, &m->looks, 0);
    tell(m, base, records, n);
    m->row_changed = row_differs(m, &before, p);
    return touch_windows(m, &before, p, err);
}

int sf_merge_rebirth(sf_merge *m, sf_post *p, int64_t born_ms, sf_error *err)
{
    begin_post(m);
    p->born_ms = born_ms;
    int r = read_history(m, p, err);
    if (r == SF_OK) {
        fold(p, &m->bases[p->platform], &m->looks, 0);
        m->row_changed = 1;
    }
    return r;
}
