/* SPDX-License-Identifier: MIT */
/* The store in one SQLite file: sqlite:FILE. What it keeps and how is in sql/sqlite/ and docs/store.md; this file ties its parts together. */
#include <stdlib.h>

#include "ask.h"
#include "common/fail.h"
#include "reread.h"
#include "sqlite_aggregate.h"
#include "sqlite_driver.h"
#include "sqlite_offsets.h"
#include "sqlite_reddit.h"
#include "sqlite_write.h"

static const char *const no_keys[] = {NULL};

static void close_store(sf_sink *sink)
{
    sf_sqlite *s = (sf_sqlite *)sink;
    sf_sqlite_writer_close(s->writer);
    sf_sqlite_reddit_close(s->reddit);
    sf_sqlite_unlock(&s->base);
    sf_db_close(&s->sql);
    sf_sqlite_disconnect(s->db);
    free(s);
}

static int open_store(sf_store **out, const sf_url *url, sf_store_use use, const sf_lexicon *lexicon, sf_error *err)
{
    const char *path;
    int r = sf_url_file(url, no_keys, &path, err);
    if (r != SF_OK) {
        return r;
    }
    sf_sqlite *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return sf_fail(err, SF_ENOMEM, "sqlite:%.60s: %s", path, sf_strerror(SF_ENOMEM));
    }
    s->lock = -1;
    r = sf_sqlite_connect(&s->db, path, use, sf_sqlite_migrations, err);
    r = r == SF_OK ? sf_db_open(&s->sql, &sf_sqlite_driver, s->db, err) : r;
    r = r == SF_OK ? sf_sqlite_add_functions(s->db, err) : r;
    if (r == SF_OK && use == SF_STORE_WRITE) {
        r = sf_sqlite_writer_open(&s->writer, s->db, lexicon, err);
    } else if (r == SF_OK && use == SF_STORE_REDDIT) {
        r = sf_sqlite_reddit_open(&s->reddit, s->db, err);
    }
    if (r != SF_OK) {
        close_store(&s->base.sink);
        return r;
    }
    *out = &s->base;
    return SF_OK;
}

static int write_batch(sf_sink *sink, sf_records *b, sf_error *err)
{
    const sf_sqlite *s = (const sf_sqlite *)sink;
    return s->reddit != NULL ? sf_sqlite_write_reddit(s->reddit, b, err) : sf_sqlite_write(s->writer, b, err);
}

static int read_offset(sf_store *store, const char *consumer, const char *topic, int32_t partition, int64_t *next,
                       sf_error *err)
{
    return sf_sqlite_read_offset(((sf_sqlite *)store)->db, consumer, topic, partition, next, err);
}

const sf_store_ops sf_sqlite_store = {
    .sink = {.scheme = "sqlite",
             .summary = "FILE: a store in one SQLite file",
             .write = write_batch,
             .close = close_store},
    .open = open_store,
    .read_offset = read_offset,
    .reread = sf_stored_reread,
    .aggregate = &sf_sqlite_aggregate_ops,
    .ask = sf_stored_ask,
};
