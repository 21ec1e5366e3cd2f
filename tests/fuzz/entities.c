/* SPDX-License-Identifier: MIT */
/* Entities and keywords of any bytes: within bounds, in order, the same each time. */
#include <stdint.h>
#include <stdlib.h>

#include "signalflow/signalflow.h"

static void check(int holds)
{
    if (!holds) {
        abort();
    }
}

static void check_entities(sf_analyser *a, sf_str text)
{
    const sf_entity *e = NULL;
    sf_str topics[SF_MAX_TOPICS];
    int64_t n = sf_entities(a, text, &e);
    uint32_t end = 0;
    check(n >= 0 && n <= SF_MAX_ENTITIES);
    for (int64_t i = 0; i < n; i++) {
        check(e[i].start >= end && e[i].start < e[i].end && e[i].end <= text.len);
        check(e[i].text.ptr == text.ptr + e[i].start && e[i].text.len == e[i].end - e[i].start);
        check(e[i].label.len > 0 && e[i].label.ptr[e[i].label.len] == '\0');
        check(e[i].id.len > 0 && e[i].id.ptr[e[i].id.len] == '\0');
        end = e[i].end;
    }
    int64_t n_topics = sf_topics(e, (size_t)n, topics);
    check(n_topics <= n && n_topics <= SF_MAX_TOPICS && (n == 0) == (n_topics == 0));
}

static void check_keywords(sf_analyser *a, sf_str text)
{
    const sf_keyword *k = NULL;
    int64_t n = sf_keywords(a, text, 0, &k);
    check(n >= 0 && n <= SF_MAX_KEYWORDS);
    for (int64_t i = 0; i < n; i++) {
        check(k[i].word.len > 1 && k[i].word.ptr[k[i].word.len] == '\0');
        check(k[i].count > 0 && k[i].start < text.len);
        check(i == 0 || k[i].weight <= k[i - 1].weight);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static sf_analyser *a;
    char *copy = malloc(size + 1); /* its own block, so that reading past the end is noticed */
    if (a == NULL) {
        check(sf_analyser_new(&a, NULL) == SF_OK);
    }
    check(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    char *tight = realloc(copy, size > 0 ? size : 1);
    sf_str text = {tight != NULL ? tight : copy, size};
    check_entities(a, text);
    check_keywords(a, text);
    free(tight != NULL ? tight : copy);
    return 0;
}
