/* SPDX-License-Identifier: MIT */
/* Threads: the lexicon is shared, each thread has an analyser of its own, and nothing is locked. Texts lie in one buffer as
 * a column has them, so each thread scores its part by one call.
 *
 *     $ threads 4
 *     10000 texts by 4 threads, mean compound +0.2456
 */
#include <pthread.h>
#include <signalflow/signalflow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXTS = 10000, MOST_THREADS = 64 };

typedef struct part {
    const char *utf8;
    const int64_t *offsets;
    size_t n;
    double *scores;
    int64_t status;
} part;

static void *score(void *argument)
{
    part *p = (part *)argument;
    sf_analyser *a;
    p->status = sf_analyser_new(&a, sf_lexicon_builtin());
    if (p->status == SF_OK) {
        p->status = sf_sentiment_column(a, p->utf8, p->offsets, p->n, p->scores);
        sf_analyser_free(a);
    }
    return NULL;
}

/* Texts that differ, one behind the other. */
static void make_texts(char *utf8, int64_t *offsets)
{
    static const char *const texts[] = {"great, really", "not good at all", "it is what it is", "I love it!!"};
    int64_t at = 0;
    for (size_t i = 0; i < TEXTS; i++) {
        const char *text = texts[i % 4];
        offsets[i] = at;
        memcpy(utf8 + at, text, strlen(text));
        at += (int64_t)strlen(text);
    }
    offsets[TEXTS] = at;
}

int main(int argc, char **argv)
{
    static char utf8[TEXTS * 20];
    static int64_t offsets[TEXTS + 1];
    static double scores[TEXTS * 4];
    size_t n = argc == 2 ? (size_t)strtoul(argv[1], NULL, 10) : 0;
    if (n < 1 || n > MOST_THREADS) {
        fprintf(stderr, "usage: threads N, 1 to %d\n", MOST_THREADS);
        return 2;
    }
    make_texts(utf8, offsets);

    pthread_t threads[MOST_THREADS];
    part parts[MOST_THREADS];
    size_t started = 0, scored = 0;
    for (; started < n; started++) {
        size_t first = TEXTS * started / n, end = TEXTS * (started + 1) / n;
        part p = {utf8, offsets + first, end - first, scores + 4 * first, 0};
        parts[started] = p;
        if (pthread_create(&threads[started], NULL, score, &parts[started]) != 0) {
            break;
        }
    }
    for (size_t i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
        scored += parts[i].status > 0 ? (size_t)parts[i].status : 0;
    }
    double sum = 0;
    for (size_t i = 0; i < scored; i++) {
        sum += scores[4 * i + 3];
    }
    printf("%zu texts by %zu threads, mean compound %+.4f\n", scored, started, sum / (double)TEXTS);
    return scored == TEXTS ? 0 : 1;
}
