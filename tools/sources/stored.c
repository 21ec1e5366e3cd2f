/* SPDX-License-Identifier: MIT */
/* stored:?analysis=ID[&since=MS] reads back the texts of the run's own store that something else than this made what it did of: what sf-process
 * --reanalyse reads. Where it stopped is in the rows themselves: what has been written again is not read again. */
#include <stdlib.h>

#include "common/fail.h"
#include "common/store.h"

typedef struct stored {
    sf_source base;
    sf_store *store; /* of the run, through a handle of this source's own */
    sf_reread what;
    char analysis[64];
} stored;

static void stored_close(sf_source *base)
{
    free(base);
}

static int stored_open(sf_source **out, const sf_url *url, const sf_settings *settings, sf_error *err)
{
    static const char *const known[] = {"analysis", "since", NULL};
    char text[32];
    (void)settings;
    int r = sf_url_check_query(url, known, err);
    stored *s = r == SF_OK ? calloc(1, sizeof *s) : NULL;
    if (s == NULL) {
        return r != SF_OK ? r : sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    const char *since = sf_url_query(url, "since", text, sizeof text);
    s->what.since_ms = since != NULL ? strtoll(since, NULL, 10) : SF_NO_TIME;
    s->what.analysis = sf_url_query(url, "analysis", s->analysis, sizeof s->analysis);
    if (s->what.analysis == NULL) {
        free(s);
        return sf_fail(err, SF_EINVAL, "stored: this is what --reanalyse reads, and goes with nothing else");
    }
    *out = &s->base;
    return SF_OK;
}

static void stored_use_store(sf_source *base, sf_store *store)
{
    ((stored *)base)->store = store;
}

static int64_t stored_read(sf_source *base, sf_records *b, size_t most, int timeout_ms, sf_error *err)
{
    stored *s = (stored *)base;
    (void)timeout_ms;
    if (s->store == NULL) {
        return sf_fail(err, SF_EINVAL, "stored: there is no --store");
    }
    int64_t n = s->store->ops->reread(s->store, &s->what, b, most, err);
    return n == 0 ? SF_EEND : n;
}

const sf_source_ops sf_stored_source = {
    .scheme = "stored",
    .summary = "?analysis=ID: what the run's own store has, for sf-process --reanalyse",
    .open = stored_open,
    .read = stored_read,
    .use_store = stored_use_store,
    .close = stored_close,
};
