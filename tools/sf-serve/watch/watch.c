/* SPDX-License-Identifier: MIT */
/* Fetching figures and keeping an hour of them, see watch.h. What counters rose by between two fetches is added up over all processes; a
 * process that began anew counts from 0. */
#include "watch.h"

#include <curl/curl.h>
#include <math.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/log.h"
#include "scrape.h"
#include "signalflow/json.h"

enum { TIMEOUT_MS = 3000, SLOTS = 360, BODY_MOST = 1 << 20, POINT = 6 };

typedef struct target {
    char name[WATCH_TARGET];
    int up; /* it answered the last time */
    char why[CURL_ERROR_SIZE];
    scrape last;
} target;

/* What happened between two fetches. */
typedef struct slot {
    int64_t at_ms;
    double seconds;
    int known; /* somebody told */
    scrape rose;
} slot;

struct watch {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int stopping;
    CURL *curl;
    sf_buffer body;
    size_t n;
    target of[WATCH_TARGETS];
    slot slots[SLOTS];
    size_t n_slots; /* ever; the newest is at (n_slots - 1) % SLOTS */
};

/* ---- fetching ------------------------------------------------------------------------------------------------------ */

static size_t take_body(char *bytes, size_t size, size_t n, void *payload)
{
    sf_buffer *b = payload;
    sf_buffer_put(b, bytes, size * n);
    return b->lost || b->len > BODY_MOST ? 0 : size * n;
}

static int fetch(watch *w, const target *t, char why[CURL_ERROR_SIZE], scrape *out)
{
    char url[WATCH_TARGET + 32];
    long status = 0;
    (void)snprintf(url, sizeof url, "http://%s%s/metrics", t->name[0] == ':' ? "127.0.0.1" : "", t->name);
    sf_buffer_cut(&w->body, 0);
    why[0] = '\0';
    curl_easy_reset(w->curl);
    (void)curl_easy_setopt(w->curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(w->curl, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(w->curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(w->curl, CURLOPT_TIMEOUT_MS, (long)TIMEOUT_MS);
    (void)curl_easy_setopt(w->curl, CURLOPT_ERRORBUFFER, why);
    (void)curl_easy_setopt(w->curl, CURLOPT_WRITEFUNCTION, take_body);
    (void)curl_easy_setopt(w->curl, CURLOPT_WRITEDATA, &w->body);
    CURLcode r = curl_easy_perform(w->curl);
    (void)curl_easy_setopt(w->curl, CURLOPT_ERRORBUFFER, NULL);
    (void)curl_easy_getinfo(w->curl, CURLINFO_RESPONSE_CODE, &status);
    if (r != CURLE_OK) {
        if (why[0] == '\0') {
            (void)snprintf(why, CURL_ERROR_SIZE, "%s", curl_easy_strerror(r));
        }
        return 0;
    }
    if (status != 200 || !scrape_read((sf_str){w->body.bytes, w->body.len}, out)) {
        (void)snprintf(why, CURL_ERROR_SIZE, "no figures of ours there (status %ld)", status);
        return 0;
    }
    return 1;
}

/* ---- what rose ------------------------------------------------------------------------------------------------------ */

static double rise(double now, double before, int anew)
{
    return isnan(now) ? 0 : anew || isnan(before) || now < before ? now : now - before;
}

static void add_rise(scrape *sum, const scrape *now, const scrape *before)
{
    int anew = now->began != before->began;
    sum->written += rise(now->written, before->written, anew);
    sum->dead += rise(now->dead, before->dead, anew);
    sum->dropped += rise(now->dropped, before->dropped, anew);
    sum->gaps += rise(now->gaps, before->gaps, anew);
    if (sum->n_bounds == 0) {
        sum->n_bounds = now->n_bounds;
        memcpy(sum->bounds, now->bounds, sizeof sum->bounds);
    }
    for (size_t i = 0; i < sum->n_bounds && i < now->n_bounds; i++) {
        sum->within[i] += rise(now->within[i], i < before->n_bounds ? before->within[i] : 0, anew);
    }
}

static void add_slots(slot *sum, const slot *s)
{
    static const scrape none;
    if (s->known) {
        sum->known = 1;
        sum->seconds += s->seconds;
        add_rise(&sum->rose, &s->rose, &none);
    }
}

/* ---- the round ------------------------------------------------------------------------------------------------------ */

static void look_at(watch *w, target *t, slot *s)
{
    scrape now;
    char why[CURL_ERROR_SIZE];
    int up = fetch(w, t, why, &now);
    (void)pthread_mutex_lock(&w->lock);
    if (up && t->up) {
        s->known = 1;
        add_rise(&s->rose, &now, &t->last);
    }
    if (up != t->up) {
        sf_log(up ? SF_LOG_INFO : SF_LOG_WARN, "watch: %s: %s", t->name, up ? "answers" : why);
    }
    t->up = up;
    if (up) {
        t->last = now;
    }
    memcpy(t->why, why, sizeof why);
    (void)pthread_mutex_unlock(&w->lock);
}

static void look_round(watch *w, int64_t *before_ms)
{
    int64_t now = sf_clock_steady_ms();
    slot s = {.at_ms = sf_clock_ms(), .seconds = *before_ms > 0 ? (double)(now - *before_ms) / 1000 : 0};
    int first = *before_ms == 0;
    *before_ms = now;
    for (size_t i = 0; i < w->n; i++) {
        look_at(w, &w->of[i], &s);
    }
    (void)pthread_mutex_lock(&w->lock);
    if (!first) {
        w->slots[w->n_slots++ % SLOTS] = s;
    }
    (void)pthread_mutex_unlock(&w->lock);
}

static void *run(void *payload)
{
    watch *w = payload;
    int64_t before_ms = 0;
    for (;;) {
        look_round(w, &before_ms);
        struct timespec until;
        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += before_ms > 0 && w->n_slots == 0 ? 1 : WATCH_EVERY_MS / 1000; /* a first figure soon */
        (void)pthread_mutex_lock(&w->lock);
        while (!w->stopping && pthread_cond_timedwait(&w->changed, &w->lock, &until) == 0) {
        }
        int stopping = w->stopping;
        (void)pthread_mutex_unlock(&w->lock);
        if (stopping) {
            return NULL;
        }
    }
}

/* ---- start and end -------------------------------------------------------------------------------------------------- */

int watch_check(const char *address, sf_error *err)
{
    const char *colon = strrchr(address, ':');
    size_t n = strlen(address);
    int port = colon != NULL ? (int)strspn(colon + 1, "0123456789") : 0;
    int plain = n < WATCH_TARGET && strpbrk(address, "/@?# \t") == NULL;
    return plain && port > 0 && port <= 5 && colon[1 + port] == '\0'
               ? SF_OK
               : sf_fail(err, SF_EINVAL, "--watch: HOST:PORT, as sf-process --metrics has it");
}

int watch_new(watch **out, const char *const *targets, size_t n, sf_error *err)
{
    pthread_condattr_t attr;
    watch *w = n <= WATCH_TARGETS ? calloc(1, sizeof *w) : NULL;
    if (w == NULL) {
        return n <= WATCH_TARGETS ? sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM))
                                  : sf_fail(err, SF_EINVAL, "--watch: at most %d", WATCH_TARGETS);
    }
    for (; w->n < n; w->n++) {
        (void)snprintf(w->of[w->n].name, sizeof w->of[w->n].name, "%s", targets[w->n]);
    }
    (void)pthread_mutex_init(&w->lock, NULL);
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&w->changed, &attr);
    (void)pthread_condattr_destroy(&attr);
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    w->curl = curl_easy_init();
    if (w->curl == NULL || pthread_create(&w->thread, NULL, run, w) != 0) {
        curl_easy_cleanup(w->curl);
        free(w);
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    *out = w;
    return SF_OK;
}

void watch_free(watch *w)
{
    if (w != NULL) {
        (void)pthread_mutex_lock(&w->lock);
        w->stopping = 1;
        (void)pthread_cond_signal(&w->changed);
        (void)pthread_mutex_unlock(&w->lock);
        (void)pthread_join(w->thread, NULL);
        curl_easy_cleanup(w->curl);
        sf_buffer_free(&w->body);
        (void)pthread_cond_destroy(&w->changed);
        (void)pthread_mutex_destroy(&w->lock);
        free(w);
    }
}

/* ---- telling -------------------------------------------------------------------------------------------------------- */

static void put_number(sf_buffer *b, const char *name, double v)
{
    char digits[32];
    if (isfinite(v)) {
        sf_json_double(v, digits);
    }
    sf_buffer_format(b, "\"%s\":%s", name, isfinite(v) ? digits : "null");
}

static void put_time(sf_buffer *b, const char *name, int64_t ms)
{
    char text[32];
    (void)sf_time_format(ms, text);
    sf_buffer_format(b, "\"%s\":\"%s\"", name, text);
}

static const slot *slot_at(const watch *w, size_t i)
{
    return &w->slots[i % SLOTS];
}

/* The last `n` slots, or as many as there are, as one. */
static slot last_slots(const watch *w, size_t n)
{
    slot sum = {.at_ms = 0};
    size_t kept = w->n_slots < SLOTS ? w->n_slots : SLOTS;
    for (size_t i = w->n_slots - (n < kept ? n : kept); i < w->n_slots; i++) {
        add_slots(&sum, slot_at(w, i));
    }
    return sum;
}

static void put_rates(sf_buffer *b, const slot *minute, const slot *five)
{
    double none = (double)NAN;
    put_number(b, "messages_per_second", minute->known ? minute->rose.written / minute->seconds : none);
    sf_buffer_text(b, ",");
    put_number(b, "flush_p99_ms", five->known ? 1000 * scrape_p99(&five->rose) : none);
    sf_buffer_text(b, ",");
    put_number(b, "dead_per_minute", five->known ? 60 * five->rose.dead / five->seconds : none);
}

/* A point a minute. */
static void put_series(const watch *w, sf_buffer *b)
{
    size_t kept = w->n_slots < SLOTS ? w->n_slots : SLOTS, from = w->n_slots - kept;
    from = (from + POINT - 1) / POINT * POINT;
    sf_buffer_text(b, "\"series\":[");
    for (size_t i = from; i < w->n_slots; i += POINT) {
        slot sum = {.at_ms = slot_at(w, i)->at_ms};
        for (size_t k = i; k < i + POINT && k < w->n_slots; k++) {
            add_slots(&sum, slot_at(w, k));
        }
        sf_buffer_text(b, i > from ? ",{" : "{");
        put_time(b, "at", sum.at_ms);
        sf_buffer_text(b, ",");
        put_rates(b, &sum, &sum);
        sf_buffer_text(b, "}");
    }
    sf_buffer_text(b, "]");
}

static void put_targets(const watch *w, sf_buffer *b)
{
    sf_buffer_text(b, "\"watched\":[");
    for (size_t i = 0; i < w->n; i++) {
        const target *t = &w->of[i];
        sf_buffer_text(b, i > 0 ? ",{\"target\":" : "{\"target\":");
        sf_buffer_quoted(b, sf_cstr(t->name));
        sf_buffer_format(b, ",\"up\":%s,\"ready\":%s,\"reason\":", t->up ? "true" : "false",
                         t->up && t->last.ready > 0 ? "true" : "false");
        if (t->up) {
            sf_buffer_text(b, "null}");
        } else {
            sf_buffer_quoted(b, sf_cstr(t->why));
            sf_buffer_text(b, "}");
        }
    }
    sf_buffer_text(b, "]");
}

static void put_sum(const watch *w, sf_buffer *b, const char *name, size_t offset)
{
    double sum = (double)NAN;
    for (size_t i = 0; i < w->n; i++) {
        double v;
        memcpy(&v, (const char *)&w->of[i].last + offset, sizeof v);
        if (w->of[i].up && !isnan(v)) {
            sum = isnan(sum) ? v : sum + v;
        }
    }
    put_number(b, name, sum);
}

void watch_put(watch *w, sf_buffer *b)
{
    if (w == NULL) {
        sf_buffer_text(b, "\"watched\":null,\"reason\":\"not watched: sf-serve --watch HOST:PORT names the metrics of "
                          "sf-process\",\"messages_per_second\":null,\"flush_p99_ms\":null,\"dead_per_minute\":null,"
                          "\"dead_letters\":null,\"dropped\":null,\"gaps\":null,\"lag_records\":null,\"series\":[]");
        return;
    }
    (void)pthread_mutex_lock(&w->lock);
    slot minute = last_slots(w, 6), five = last_slots(w, 30);
    put_targets(w, b);
    sf_buffer_text(b, minute.known ? ",\"reason\":null," : ",\"reason\":\"no figures in the last minute\",");
    put_rates(b, &minute, &five);
    sf_buffer_text(b, ",");
    put_sum(w, b, "dead_letters", offsetof(scrape, dead));
    sf_buffer_text(b, ",");
    put_sum(w, b, "dropped", offsetof(scrape, dropped));
    sf_buffer_text(b, ",");
    put_sum(w, b, "gaps", offsetof(scrape, gaps));
    sf_buffer_text(b, ",");
    put_sum(w, b, "lag_records", offsetof(scrape, lag));
    sf_buffer_text(b, ",");
    put_series(w, b);
    (void)pthread_mutex_unlock(&w->lock);
}
