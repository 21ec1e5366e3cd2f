/* SPDX-License-Identifier: MIT */
/* The lists of the Hacker News API. */
#include "hackernews.h"

const sf_hackernews_list sf_hackernews_lists[SF_HACKERNEWS_LISTS] = {
    {"new", "newstories", SF_HACKERNEWS_IDS, 1, 30000},      {"top", "topstories", SF_HACKERNEWS_IDS, 1, 60000},
    {"updates", "updates", SF_HACKERNEWS_UPDATES, 1, 30000}, {"best", "beststories", SF_HACKERNEWS_IDS, 0, 300000},
    {"ask", "askstories", SF_HACKERNEWS_IDS, 0, 60000},      {"show", "showstories", SF_HACKERNEWS_IDS, 0, 60000},
    {"job", "jobstories", SF_HACKERNEWS_IDS, 0, 300000},     {"comments", "maxitem", SF_HACKERNEWS_HIGHEST, 0, 30000},
};

/* Walks over an array of ids; counts them, and tells them where `id` is given. */
static int read_ids(sf_json *j, void (*id)(void *payload, uint64_t id), void *payload)
{
    int64_t n;
    int told = 0;
    int r = sf_json_enter(j, '[');
    while (r > 0 && (r = sf_json_element(j)) > 0) {
        int got = sf_json_integer(j, &n);
        got = got == SF_OK && (n <= 0 || n > (int64_t)SF_MAX_NUMBER) ? sf_json_fail(j, SF_EPARSE, "no id") : got;
        if (got == SF_OK && id != NULL && told++ < SF_HACKERNEWS_MOST_IDS) {
            id(payload, (uint64_t)n);
        }
        r = got == SF_OK ? 1 : got;
    }
    return r;
}

static int read_updates(sf_json *j, void (*id)(void *payload, uint64_t id), void *payload)
{
    sf_str key;
    int items = 0;
    int r = sf_json_enter(j, '{');
    while (r > 0 && (r = sf_json_member(j, &key)) > 0) {
        int is_items = sf_json_is(key, "items");
        items |= is_items;
        int got = is_items ? read_ids(j, id, payload) : sf_json_skip(j);
        r = got == SF_OK ? 1 : got;
    }
    return r == 0 && !items ? sf_json_fail(j, SF_EPARSE, "no items") : r;
}

static int read_highest(sf_json *j, void (*id)(void *payload, uint64_t id), void *payload)
{
    int64_t n;
    int r = sf_json_integer(j, &n);
    r = r == SF_OK && (n <= 0 || n > (int64_t)SF_MAX_NUMBER) ? sf_json_fail(j, SF_EPARSE, "no id") : r;
    if (r == SF_OK && id != NULL) {
        id(payload, (uint64_t)n);
    }
    return r;
}

/* One walk. All of it is looked at before the first id is told. */
static int walk(sf_hackernews_form form, sf_str answer, void (*id)(void *payload, uint64_t id), void *payload)
{
    sf_json j;
    sf_json_init(&j, answer);
    switch (form) {
    case SF_HACKERNEWS_IDS: (void)read_ids(&j, id, payload); break;
    case SF_HACKERNEWS_UPDATES: (void)read_updates(&j, id, payload); break;
    case SF_HACKERNEWS_HIGHEST: (void)read_highest(&j, id, payload); break;
    }
    return sf_json_end(&j, NULL);
}

int sf_hackernews_read_list(sf_hackernews_form form, sf_str answer, void (*id)(void *payload, uint64_t id),
                            void *payload)
{
    int r = walk(form, answer, NULL, NULL);
    return r == SF_OK ? walk(form, answer, id, payload) : r;
}
