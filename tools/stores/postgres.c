/* SPDX-License-Identifier: MIT */
/* The store in PostgreSQL: postgresql://HOST/DATABASE. What it keeps and how is in sql/postgres/ and docs/store.md; this file ties its
 * parts together. */
#include "postgres.h"

#include <stdlib.h>

#include "ask.h"
#include "common/fail.h"
#include "postgres_aggregate.h"
#include "postgres_driver.h"
#include "postgres_offsets.h"
#include "postgres_reddit.h"
#include "postgres_write.h"
#include "reread.h"

static void close_store(sf_sink *sink)
{
    sf_postgres *s = (sf_postgres *)sink;
    sf_pg_writer_close(s->writer);
    sf_pg_reddit_close(s->reddit);
    sf_db_close(&s->sql);
    sf_pg_close(&s->pg);
    free(s);
}

static int open_store(sf_store **out, const sf_url *url, sf_store_use use, const sf_lexicon *lexicon, sf_error *err)
{
    sf_postgres *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return sf_fail(err, SF_ENOMEM, "%.60s: %s", url->text, sf_strerror(SF_ENOMEM));
    }
    int r = sf_pg_open(&s->pg, url, use, err);
    r = r == SF_OK ? sf_db_open(&s->sql, &sf_postgres_driver, &s->pg, err) : r;
    r = r == SF_OK ? sf_pg_ready(&s->pg, err) : r;
    if (r == SF_OK && use == SF_STORE_WRITE) {
        r = sf_pg_writer_open(&s->writer, &s->pg, lexicon, err);
    } else if (r == SF_OK && use == SF_STORE_REDDIT) {
        r = sf_pg_reddit_open(&s->reddit, &s->pg, err);
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
    const sf_postgres *s = (const sf_postgres *)sink;
    return s->reddit != NULL ? sf_pg_write_reddit(s->reddit, b, err) : sf_pg_write(s->writer, b, err);
}

static int read_offset(sf_store *store, const char *consumer, const char *topic, int32_t partition, int64_t *next,
                       sf_error *err)
{
    return sf_pg_read_offset(&((sf_postgres *)store)->pg, consumer, topic, partition, next, err);
}

const sf_store_ops sf_postgres_store = {
    .sink = {.scheme = "postgresql",
             .summary = "//HOST[:PORT]/DATABASE: a store in PostgreSQL 15 or later",
             .write = write_batch,
             .close = close_store},
    .open = open_store,
    .read_offset = read_offset,
    .reread = sf_stored_reread,
    .aggregate = &sf_postgres_aggregate_ops,
    .ask = sf_stored_ask,
};
