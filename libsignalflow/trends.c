/* SPDX-License-Identifier: MIT */
/* Topic trends: counts in, topics in order out. */
#include "trends.h"

#include <math.h>
#include <stdlib.h>

#include "memory.h"

#define DEFAULT_PERIOD_MS   INT64_C(3600000)
#define DEFAULT_NEW_MS      INT64_C(86400000)
#define DEFAULT_FLOOR       0.2
#define DEFAULT_MIN_Z       3.0
#define DEFAULT_MIN_AUTHORS 3
#define LONGEST_PERIOD_MS   INT64_C(86400000)

/* ---- life ---- */

static int in_range(double v)
{
    return v >= 0.0 && v < 1e300;
}

/* Fills the options in; 0 and no options mean the defaults. */
static int take_options(sf_trends *t, const sf_trends_opts *given)
{
    sf_trends_opts o = SF_TRENDS_OPTS_INIT;
    if (given != NULL) {
        memcpy(&o, given, given->struct_size < sizeof o ? given->struct_size : sizeof o);
    }
    if (o.period_ms < 0 || o.period_ms > LONGEST_PERIOD_MS || o.new_ms < 0 || o.new_ms > SF_MOST_MS ||
        !in_range(o.floor) || !in_range(o.min_z)) {
        return SF_EINVAL;
    }
    t->period_ms = o.period_ms > 0 ? sf_floor_to(o.period_ms + SF_BUCKET_MS - 1, SF_BUCKET_MS) : DEFAULT_PERIOD_MS;
    t->new_ms = o.new_ms > 0 ? o.new_ms : DEFAULT_NEW_MS;
    t->floor = o.floor > 0.0 ? o.floor : DEFAULT_FLOOR;
    t->min_z = o.min_z > 0.0 ? o.min_z : DEFAULT_MIN_Z;
    t->min_authors = o.min_authors > 0 ? o.min_authors : DEFAULT_MIN_AUTHORS;
    return SF_OK;
}

int sf_trends_new(sf_trends **out, const sf_trends_opts *o)
{
    if (out == NULL) {
        return SF_EINVAL;
    }
    sf_trends *t = calloc(1, sizeof *t);
    if (t == NULL) {
        return SF_ENOMEM;
    }
    int status = take_options(t, o);
    if (status == SF_OK) {
        status = sf_intern_init(&t->strings);
    }
    if (status != SF_OK) {
        free(t);
        return status;
    }
    sf_trends_reset(t);
    *out = t;
    return SF_OK;
}

void sf_trends_free(sf_trends *t)
{
    if (t == NULL) {
        return;
    }
    sf_intern_free(&t->strings);
    free(t->cells);
    free(t->totals);
    free(t->known);
    free(t->past.totals);
    free(t->rows);
    free(t);
}

void sf_trends_reset(sf_trends *t)
{
    if (t == NULL) {
        return;
    }
    sf_intern_reset(&t->strings);
    t->n_cells = t->n_totals = t->n_known = t->n_rows = 0;
    for (size_t i = 0; i < SF_PLATFORM_COUNT; i++) {
        t->since_ms[i] = SF_NO_TIME;
    }
}

/* ---- in ---- */

static int known_platform(int32_t platform)
{
    return platform > SF_PLATFORM_UNKNOWN && platform < SF_PLATFORM_COUNT;
}

int sf_trends_add(sf_trends *t, sf_str topic, int32_t platform, int64_t start_ms, uint32_t count, uint32_t authors)
{
    if (t == NULL || topic.len == 0 || !known_platform(platform) || !sf_plausible_time(start_ms)) {
        return SF_EINVAL;
    }
    if (count == 0) {
        return SF_OK;
    }
    authors = authors < 1 ? 1 : authors > count ? count : authors;
    sf_cell c = {{NULL, 0}, sf_floor_to(start_ms, SF_BUCKET_MS), platform, count, authors};
    if (sf_intern_put(&t->strings, topic, &c.topic) != SF_OK ||
        sf_grow(&t->cells, &t->cap_cells, t->n_cells + 1, sizeof c) != SF_OK) {
        return SF_ENOMEM;
    }
    t->cells[t->n_cells++] = c;
    return SF_OK;
}

int sf_trends_total(sf_trends *t, int32_t platform, int64_t start_ms, uint64_t count, uint64_t authors)
{
    if (t == NULL || !known_platform(platform) || !sf_plausible_time(start_ms)) {
        return SF_EINVAL;
    }
    sf_cell_total c = {sf_floor_to(start_ms, SF_BUCKET_MS), platform, count, authors < count ? authors : count};
    if (sf_grow(&t->totals, &t->cap_totals, t->n_totals + 1, sizeof c) != SF_OK) {
        return SF_ENOMEM;
    }
    t->totals[t->n_totals++] = c;
    return SF_OK;
}

int sf_trends_topic(sf_trends *t, sf_str topic, int64_t first_seen_ms, uint32_t authors)
{
    if (t == NULL || topic.len == 0 || (first_seen_ms != SF_NO_TIME && !sf_plausible_time(first_seen_ms))) {
        return SF_EINVAL;
    }
    sf_known_topic k = {.first_seen_ms = first_seen_ms != SF_NO_TIME ? first_seen_ms : INT64_MAX, .authors = authors};
    if (sf_intern_put(&t->strings, topic, &k.topic) != SF_OK ||
        sf_grow(&t->known, &t->cap_known, t->n_known + 1, sizeof k) != SF_OK) {
        return SF_ENOMEM;
    }
    t->known[t->n_known++] = k;
    return SF_OK;
}

int sf_trends_since(sf_trends *t, int32_t platform, int64_t first_ms)
{
    if (t == NULL || !known_platform(platform) || (first_ms != SF_NO_TIME && !sf_plausible_time(first_ms))) {
        return SF_EINVAL;
    }
    t->since_ms[platform] = first_ms;
    return SF_OK;
}

/* ---- order ---- */

/* Kept strings are equal where their addresses are; in which order they come does not matter here. */
static int compare_addresses(sf_str a, sf_str b)
{
    return ((uintptr_t)a.ptr > (uintptr_t)b.ptr) - ((uintptr_t)a.ptr < (uintptr_t)b.ptr);
}

static int compare_cells(const void *left, const void *right)
{
    const sf_cell *a = left, *b = right;
    int c;
    (void)((c = compare_addresses(a->topic, b->topic)) || (c = sf_compare_int(a->platform, b->platform)) ||
           (c = sf_compare_int(a->start_ms, b->start_ms)));
    return c;
}

static int compare_known(const void *left, const void *right)
{
    const sf_known_topic *a = left, *b = right;
    return compare_addresses(a->topic, b->topic);
}

/* The rising first, then by z, then by share. */
static int compare_rows(const void *left, const void *right)
{
    const sf_topic_trend *a = left, *b = right;
    int c;
    (void)((c = b->rising - a->rising) || (c = sf_compare_double(b->z, a->z)) ||
           (c = isnan(a->z) ? sf_compare_double(b->share, a->share) : 0) || (c = sf_compare_int(b->now, a->now)) ||
           (c = sf_intern_compare(a->topic, b->topic)));
    return c;
}

static int same_cell(const sf_cell *a, const sf_cell *b)
{
    return a->topic.ptr == b->topic.ptr && a->platform == b->platform && a->start_ms == b->start_ms;
}

/* Sorts cells and makes one of those for the same window: what is larger holds. */
static void join_cells(sf_trends *t)
{
    size_t n = 0;
    if (t->n_cells > 1) {
        qsort(t->cells, t->n_cells, sizeof *t->cells, compare_cells);
    }
    for (size_t i = 0; i < t->n_cells; i++) {
        const sf_cell *c = &t->cells[i];
        if (n == 0 || !same_cell(&t->cells[n - 1], c)) {
            t->cells[n++] = *c;
            continue;
        }
        sf_cell *kept = &t->cells[n - 1];
        kept->count = c->count > kept->count ? c->count : kept->count;
        kept->authors = c->authors > kept->authors ? c->authors : kept->authors;
    }
    t->n_cells = n;
}

/* The same for what is known of topics. */
static void join_known(sf_trends *t)
{
    size_t n = 0;
    if (t->n_known > 1) {
        qsort(t->known, t->n_known, sizeof *t->known, compare_known);
    }
    for (size_t i = 0; i < t->n_known; i++) {
        const sf_known_topic *k = &t->known[i];
        if (n == 0 || t->known[n - 1].topic.ptr != k->topic.ptr) {
            t->known[n++] = *k;
            continue;
        }
        sf_known_topic *kept = &t->known[n - 1];
        kept->first_seen_ms = k->first_seen_ms < kept->first_seen_ms ? k->first_seen_ms : kept->first_seen_ms;
        kept->authors = k->authors > kept->authors ? k->authors : kept->authors;
    }
    t->n_known = n;
}

/* ---- a topic's row ---- */

/* What a topic has in the period: everywhere, and where there is something to compare with. */
typedef struct tally {
    sf_voices all, warm;
} tally;

/* Counts a topic's n cells; *first gets the earliest window, of those that are not later than the period. */
static void count_topic(const sf_past *p, const sf_cell *c, size_t n, tally *now, sf_topic_trend *row)
{
    for (size_t i = 0; i < n; i++) {
        if (c[i].start_ms >= p->spans[0].to_ms) {
            continue;
        }
        row->first_seen_ms = c[i].start_ms < row->first_seen_ms ? c[i].start_ms : row->first_seen_ms;
        if (c[i].start_ms < p->spans[0].from_ms) {
            continue;
        }
        row->platforms |= 1U << c[i].platform;
        now->all.posts += c[i].count;
        now->all.authors += c[i].authors;
        if (p->platforms[c[i].platform].warm) {
            now->warm.posts += c[i].count;
            now->warm.authors += c[i].authors;
        }
    }
}

static uint32_t whole(double v)
{
    return v < (double)UINT32_MAX ? (uint32_t)v : UINT32_MAX;
}

/* Compares what a topic has with what is usual, all platforms that are not warming up together. */
static void compare_with_past(const sf_trends *t, const sf_cell *c, size_t n, const tally *now, sf_topic_trend *row)
{
    sf_usual usual = {{0.0, 0.0}, 0.0};
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && c[end].platform == c[i].platform;) {
            end++;
        }
        if (t->past.platforms[c[i].platform].warm) {
            sf_past_usual(&t->past, c[i].platform, c + i, end - i, &usual);
        }
    }
    double authors = fmin(now->warm.authors, (double)row->authors);
    row->baseline = usual.expected.posts;
    row->ratio = now->warm.posts / fmax(row->baseline, t->floor);
    row->z = sf_surprise(authors, &usual, t->floor);
    row->rising = row->z >= t->min_z && authors >= (double)t->min_authors;
}

/* Has a topic only come up lately, where it could have been seen before? */
static int32_t is_new(const sf_trends *t, const sf_topic_trend *row, int64_t as_of_ms)
{
    int64_t before = as_of_ms - t->new_ms;
    for (int32_t i = 0; i < SF_PLATFORM_COUNT; i++) {
        if ((row->platforms >> i & 1) && t->past.platforms[i].warm && t->since_ms[i] <= before) {
            return row->first_seen_ms > before;
        }
    }
    return 0;
}

/* Adds the row of a topic's n cells, if it has posts in the period. `posts` are those of all topics. */
static int add_row(sf_trends *t, const sf_cell *c, size_t n, double posts, int64_t as_of_ms)
{
    sf_topic_trend row = {.topic = c->topic, .baseline = NAN, .ratio = NAN, .z = NAN, .first_seen_ms = INT64_MAX};
    tally now = {{0.0, 0.0}, {0.0, 0.0}};
    count_topic(&t->past, c, n, &now, &row);
    if (!(now.all.posts > 0.0)) {
        return SF_OK;
    }
    sf_known_topic key = {.topic = c->topic};
    const sf_known_topic *k = t->n_known > 0 ? bsearch(&key, t->known, t->n_known, sizeof key, compare_known) : NULL;
    row.now = whole(now.all.posts);
    row.authors = whole(now.all.authors);
    if (k != NULL) {
        row.authors = k->authors > 0 && k->authors < row.authors ? k->authors : row.authors;
        row.first_seen_ms = k->first_seen_ms < row.first_seen_ms ? k->first_seen_ms : row.first_seen_ms;
    }
    row.share = now.all.posts / posts;
    row.is_new = is_new(t, &row, as_of_ms);
    if (now.warm.posts > 0.0) {
        compare_with_past(t, c, n, &now, &row);
    }
    if (sf_grow(&t->rows, &t->cap_rows, t->n_rows + 1, sizeof row) != SF_OK) {
        return SF_ENOMEM;
    }
    t->rows[t->n_rows++] = row;
    return SF_OK;
}

/* Numbers the rows that have a place: the rising, or all while there is nothing to compare with. */
static void give_places(sf_trends *t)
{
    int warm = 0;
    for (size_t i = 0; i < SF_PLATFORM_COUNT; i++) {
        warm = warm || t->past.platforms[i].warm;
    }
    for (size_t i = 0; i < t->n_rows && (t->rows[i].rising || !warm); i++) {
        t->rows[i].place = (uint32_t)i + 1;
    }
}

int64_t sf_trends_read(sf_trends *t, int64_t as_of_ms, const sf_topic_trend **rows)
{
    if (t == NULL || sf_trends_spans(t, as_of_ms, t->past.spans) != SF_OK) {
        return SF_EINVAL;
    }
    t->n_rows = 0;
    join_cells(t);
    join_known(t);
    if (sf_past_read(t) != SF_OK) {
        return SF_ENOMEM;
    }
    double posts = 0.0;
    for (size_t i = 0; i < SF_PLATFORM_COUNT; i++) {
        posts += t->past.platforms[i].now.posts;
    }
    for (size_t i = 0, end; i < t->n_cells; i = end) {
        for (end = i + 1; end < t->n_cells && t->cells[end].topic.ptr == t->cells[i].topic.ptr;) {
            end++;
        }
        if (add_row(t, t->cells + i, end - i, posts, as_of_ms) != SF_OK) {
            return SF_ENOMEM;
        }
    }
    if (t->n_rows > 1) {
        qsort(t->rows, t->n_rows, sizeof *t->rows, compare_rows);
    }
    give_places(t);
    if (rows != NULL) {
        *rows = t->rows;
    }
    return (int64_t)t->n_rows;
}
