/* SPDX-License-Identifier: MIT */
/* Opening plugs by URL. */
#include "plug.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "store.h"

/* The scheme of entry i of a table of sources or sinks; NULL at its end. */
typedef const char *(*scheme_at)(const void *table, size_t i);

static const char *source_scheme(const void *table, size_t i)
{
    const sf_source_ops *const *t = table;
    return t[i] != NULL ? t[i]->scheme : NULL;
}

static const char *sink_scheme(const void *table, size_t i)
{
    const sf_sink_ops *const *t = table;
    return t[i] != NULL ? t[i]->scheme : NULL;
}

static const char *store_scheme(const void *table, size_t i)
{
    const sf_store_ops *const *t = table;
    return t[i] != NULL ? t[i]->sink.scheme : NULL;
}

/* Takes a URL apart and finds its entry. */
static int find(const void *table, scheme_at at, const char *text, sf_url *url, size_t *entry, sf_error *err)
{
    char known[200] = "";
    int r = sf_url_parse(text, url, err);
    if (r != SF_OK) {
        return r;
    }
    const char *scheme;
    for (size_t i = 0; (scheme = at(table, i)) != NULL; i++) {
        if (strcmp(scheme, url->scheme) == 0) {
            *entry = i;
            return SF_OK;
        }
        size_t n = strlen(known);
        if (strcmp(scheme, "ndjson") == 0) {
            (void)snprintf(known + n, sizeof known - n, " files, -");
        } else if (strcmp(scheme, "stored") != 0) { /* nobody types that */
            (void)snprintf(known + n, sizeof known - n, " %s:", scheme);
        }
    }
    r = sf_fail(err, SF_EINVAL, "%.30s: unknown scheme; known are%s", url->text, known);
    sf_url_free(url);
    return r;
}

static int check(const void *table, scheme_at at, const char *url, sf_error *err)
{
    sf_url u;
    size_t i;
    int r = find(table, at, url, &u, &i, err);
    if (r == SF_OK) {
        sf_url_free(&u);
    }
    return r;
}

int sf_sink_check(const sf_sink_ops *const *table, const char *url, sf_error *err)
{
    return check(table, sink_scheme, url, err);
}

int sf_store_check(const sf_store_ops *const *table, const char *url, sf_error *err)
{
    return check(table, store_scheme, url, err);
}

/* The name that an open plug keeps: the URL's text, which the URL gives away. */
static char *take_name(sf_url *u)
{
    char *name = u->text;
    u->text = NULL;
    return name;
}

int sf_source_open(sf_source **out, const sf_source_ops *const *table, const char *url, const sf_settings *settings,
                   sf_error *err)
{
    sf_url u;
    size_t i;
    int r = find(table, source_scheme, url, &u, &i, err);
    if (r != SF_OK) {
        return r;
    }
    r = table[i]->open(out, &u, settings, err);
    if (r == SF_OK) {
        (*out)->ops = table[i];
        (*out)->name = take_name(&u);
    }
    sf_url_free(&u);
    return r;
}

int sf_source_check(const sf_source_ops *const *table, const char *url, const sf_settings *settings, sf_error *err)
{
    sf_source *s;
    sf_url u;
    size_t i;
    int r = find(table, source_scheme, url, &u, &i, err);
    if (r == SF_OK && table[i]->plan != NULL && (r = table[i]->open(&s, &u, settings, err)) == SF_OK) {
        table[i]->close(s);
    }
    sf_url_free(&u);
    return r;
}

int sf_sink_open(sf_sink **out, const sf_sink_ops *const *table, const char *url, const sf_settings *settings,
                 sf_error *err)
{
    sf_url u;
    size_t i;
    int r = find(table, sink_scheme, url, &u, &i, err);
    if (r != SF_OK) {
        return r;
    }
    r = table[i]->open(out, &u, settings, err);
    if (r == SF_OK) {
        (*out)->ops = table[i];
        (*out)->name = take_name(&u);
    }
    sf_url_free(&u);
    return r;
}

int sf_store_open(sf_store **out, const sf_store_ops *const *table, const char *url, sf_store_use use,
                  const sf_lexicon *lexicon, sf_error *err)
{
    sf_url u;
    size_t i;
    int r = find(table, store_scheme, url, &u, &i, err);
    if (r != SF_OK) {
        return r;
    }
    r = table[i]->open(out, &u, use, lexicon, err);
    if (r == SF_OK) {
        (*out)->ops = table[i];
        (*out)->sink.ops = &table[i]->sink;
        (*out)->sink.name = take_name(&u);
    }
    sf_url_free(&u);
    return r;
}

int sf_source_join(sf_source *s, const char *url, const sf_settings *settings, sf_error *err)
{
    sf_url u;
    int r = s->ops->join != NULL ? sf_url_parse(url, &u, err) : 0;
    if (s->ops->join == NULL || r != SF_OK) {
        return r;
    }
    int same = strcmp(u.scheme, s->ops->scheme) == 0;
    r = same ? s->ops->join(s, &u, settings, err) : SF_OK;
    sf_url_free(&u);
    return r != SF_OK ? r : same;
}

void sf_source_close(sf_source *s)
{
    if (s != NULL) {
        char *name = s->name;
        s->ops->close(s);
        free(name);
    }
}

void sf_sink_close(sf_sink *s)
{
    if (s != NULL) {
        char *name = s->name;
        s->ops->close(s);
        free(name);
    }
}

void sf_store_close(sf_store *s)
{
    sf_sink_close(s != NULL ? &s->sink : NULL);
}
