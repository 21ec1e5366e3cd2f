/* SPDX-License-Identifier: MIT */
/* What bench/topics measures: posts through the aggregator, as sf-aggregate takes them, and what comes of it as lines.
 *
 *     topics_ours events              < POSTS    start, topic, platforms, support, p-value, significant
 *     topics_ours trends PERIOD STEP  < POSTS    as of, place, topic, posts, authors, baseline, ratio, z: the first ten places,
 *                                                every STEP minutes; and "as of, 0, , all posts" a list
 *     topics_ours speed               < POSTS    counts handed in, rows, microseconds of CPU time of a list
 *
 * POSTS: seconds since 1970, platform, id, author, topic, topic...; tabs between. Data reach back to the first post. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "signalflow/signalflow.h"

#define PLACES 10

typedef struct posts {
    const sf_bucket *buckets; /* in order of time */
    int64_t n, first_ms, last_ms;
} posts;

static void need(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "topics_ours: %s\n", what);
        exit(1);
    }
}

static void add_line(sf_aggregator *g, char *line, posts *p)
{
    sf_str topics[SF_MAX_TOPICS];
    char *end = NULL;
    sf_signal s;
    sf_signal_init(&s, sizeof s);
    s.kind = SF_POST;
    s.observed_ms = s.ts_ms = strtoll(strtok_r(line, "\t\n", &end), NULL, 10) * 1000;
    s.platform = sf_platform_from_name(sf_cstr(strtok_r(NULL, "\t\n", &end)));
    s.source_id = sf_cstr(strtok_r(NULL, "\t\n", &end));
    s.author = sf_cstr(strtok_r(NULL, "\t\n", &end));
    s.topics = topics;
    for (char *t; s.n_topics < SF_MAX_TOPICS && (t = strtok_r(NULL, "\t\n", &end)) != NULL;) {
        topics[s.n_topics++] = sf_cstr(t);
    }
    need(sf_aggregator_add(g, &s) == SF_OK, "a post is wrong");
    p->first_ms = s.ts_ms < p->first_ms ? s.ts_ms : p->first_ms;
    p->last_ms = s.ts_ms > p->last_ms ? s.ts_ms : p->last_ms;
}

static void print_events(const sf_event *e, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        printf("%" PRId64 "\t%.*s\t%u\t%u\t%.6g\t%d\n", e[i].start_ms / 1000, (int)e[i].topic.len, e[i].topic.ptr,
               e[i].platforms, e[i].support, e[i].p_value, e[i].significant);
    }
}

/* The first bucket that does not start before t. */
static int64_t first_from(const posts *p, int64_t t)
{
    int64_t low = 0, high = p->n;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (p->buckets[middle].start_ms < t) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* What was handed in for a list. */
typedef struct handed {
    double posts; /* of the period */
    int64_t counts;
} handed;

static int64_t read_trends(sf_trends *t, const posts *p, int64_t as_of, const sf_topic_trend **rows, handed *all)
{
    sf_span spans[SF_TRENDS_SPANS];
    sf_trends_reset(t);
    *all = (handed){0.0, 0};
    need(sf_trends_spans(t, as_of, spans) == SF_OK, "no spans");
    for (int32_t i = 1; i < SF_PLATFORM_COUNT; i++) {
        need(sf_trends_since(t, i, p->first_ms) == SF_OK, "since");
    }
    for (size_t k = 0; k < SF_TRENDS_SPANS; k++) {
        int64_t end = first_from(p, spans[k].to_ms);
        for (int64_t i = first_from(p, spans[k].from_ms); i < end; i++) {
            const sf_bucket *b = &p->buckets[i];
            need(sf_trends_add(t, b->topic, b->platform, b->start_ms, b->count, b->authors) == SF_OK, "add");
            all->posts += k == 0 ? b->count : 0;
            all->counts++;
        }
    }
    int64_t n = sf_trends_read(t, as_of, rows);
    need(n >= 0, "read");
    return n;
}

static void print_trends(const posts *p, int64_t period, int64_t step)
{
    sf_trends_opts o = SF_TRENDS_OPTS_INIT;
    sf_trends *t = NULL;
    const sf_topic_trend *r;
    handed all;
    o.period_ms = period;
    need(sf_trends_new(&t, &o) == SF_OK, "options");
    for (int64_t at = (p->first_ms / step + 1) * step + INT64_C(604800000); at <= p->last_ms; at += step) {
        int64_t n = read_trends(t, p, at - 1, &r, &all);
        printf("%" PRId64 "\t0\t\t%.0f\n", at / 1000, all.posts);
        for (int64_t i = 0; i < n && i < PLACES && r[i].place > 0; i++) {
            printf("%" PRId64 "\t%u\t%.*s\t%u\t%u\t%.4g\t%.4g\t%.4g\n", at / 1000, r[i].place, (int)r[i].topic.len,
                   r[i].topic.ptr, r[i].now, r[i].authors, r[i].baseline, r[i].ratio, r[i].z);
        }
    }
    sf_trends_free(t);
}

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void print_speed(const posts *p)
{
    sf_trends *t = NULL;
    const sf_topic_trend *r;
    double best = INFINITY;
    handed all;
    int64_t rows = 0;
    need(sf_trends_new(&t, NULL) == SF_OK, "new");
    for (int i = 0; i < 5; i++) {
        double start = cpu_seconds();
        rows = read_trends(t, p, p->last_ms, &r, &all);
        best = fmin(best, cpu_seconds() - start);
    }
    printf("%" PRId64 "\t%" PRId64 "\t%.0f\n", all.counts, rows, best * 1e6);
    sf_trends_free(t);
}

int main(int argc, char **argv)
{
    sf_aggregator *g = NULL;
    posts p = {NULL, 0, INT64_MAX, INT64_MIN};
    char *line = NULL;
    size_t cap = 0, n_events = 0;
    const sf_event *events = NULL;
    need(argc > 1 && sf_aggregator_new(&g, NULL) == SF_OK, "what?");
    while (getline(&line, &cap, stdin) > 0) {
        add_line(g, line, &p);
    }
    free(line);
    need(sf_aggregator_since(g, p.first_ms) == SF_OK, "no posts");
    p.n = sf_aggregator_read(g, p.first_ms, p.last_ms + 1, &p.buckets, &events, &n_events);
    need(p.n >= 0, "aggregator");
    if (strcmp(argv[1], "events") == 0) {
        print_events(events, n_events);
    } else if (strcmp(argv[1], "speed") == 0) {
        print_speed(&p);
    } else {
        need(argc == 4, "trends PERIOD STEP");
        print_trends(&p, strtoll(argv[2], NULL, 10) * 60000, strtoll(argv[3], NULL, 10) * 60000);
    }
    sf_aggregator_free(g);
    return 0;
}
