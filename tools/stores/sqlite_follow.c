/* SPDX-License-Identifier: MIT */
/* Following a SQLite store, see sqlite_follow.h. Asking whether anything was committed at all reads one number of shared memory; the rows then come through an
 * index, so that a look costs as much as there is news. */
#include "sqlite_follow.h"

#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/fail.h"
#include "sqlite_db.h"

struct sf_sqlite_follower {
    sqlite3 *db;
    sqlite3_stmt *version, *changed, *newest;
    int64_t seen_version, seen; /* data_version; last_updated_at */
    sf_buffer text;
};

/* How a column becomes a member. */
typedef enum form { TEXT, TEXT_OR_NULL, NUMBER, TIME, JSON, LIST, FLAG } form;

/* In the order of the schema. */
static const struct member {
    const char *name, *column;
    form form;
} members[] = {
    {"\"platform\"", "platform", TEXT},
    {"\"source_id\"", "source_id", TEXT},
    {"\"kind\"", "kind", TEXT},
    {"\"channel\"", "channel", TEXT_OR_NULL},
    {"\"title\"", "title", TEXT},
    {"\"body\"", "body", TEXT},
    {"\"author\"", "author", TEXT_OR_NULL},
    {"\"url\"", "url", TEXT_OR_NULL},
    {"\"raw_score\"", "raw_score", NUMBER},
    {"\"comments\"", "comments", NUMBER},
    {"\"ts\"", "ts", TIME},
    {"\"observed_at\"", "observed_at", TIME},
    {"\"lang\"", "lang", TEXT_OR_NULL},
    {"\"labels\"", "labels", LIST},
    {"\"parent_id\"", "parent_id", TEXT_OR_NULL},
    {"\"sentiment\"",
     "CASE WHEN sentiment_compound IS NOT NULL THEN json_object('neg', sentiment_neg, 'neu', sentiment_neu, 'pos', "
     "sentiment_pos, 'compound', sentiment_compound) END",
     JSON},
    {"\"sentiment_cover\"", "sentiment_cover", NUMBER},
    {"\"topics\"", "topics", LIST},
    {"\"entities\"", "entities", LIST},
    {"\"keywords\"", "keywords", LIST},
    {"\"previous_score\"",
     "(SELECT h.score FROM signal_metrics_history h WHERE h.platform = s.platform AND h.source_id = s.source_id AND "
     "h.observed_at < s.score_at AND h.score IS NOT NULL ORDER BY h.observed_at DESC LIMIT 1)",
     NUMBER},
    {"\"velocity\"", "velocity", NUMBER},
    {"\"comment_velocity\"", "comment_velocity", NUMBER},
    {"\"normalised_score\"", "normalised_score", NUMBER},
    {"\"trending_score\"", "trending_score", NUMBER},
    {"\"rising\"", "rising", FLAG},
    {"\"analysis\"", "analysis", TEXT_OR_NULL},
};
enum { MEMBERS = sizeof members / sizeof *members };

static int prepare(sf_sqlite_follower *f, sf_error *err)
{
    sf_buffer b = {0};
    sf_buffer_text(&b, "SELECT last_updated_at");
    for (size_t i = 0; i < MEMBERS; i++) {
        sf_buffer_format(&b, ", %s", members[i].column);
    }
    sf_buffer_text(&b,
                   " FROM signals s INDEXED BY signals_updated WHERE last_updated_at > ?1 ORDER BY last_updated_at");
    int r = b.lost ? sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM))
                   : sf_sqlite_prepare(f->db, b.bytes, &f->changed, err);
    sf_buffer_free(&b);
    r = r == SF_OK ? sf_sqlite_prepare(f->db, "PRAGMA data_version", &f->version, err) : r;
    return r == SF_OK ? sf_sqlite_prepare(f->db, "SELECT max(last_updated_at) FROM signals", &f->newest, err) : r;
}

static int ask(sqlite3_stmt *s, int64_t *out, sf_error *err)
{
    int r = sf_sqlite_step(s, err);
    if (r == 1) {
        *out = sqlite3_column_int64(s, 0);
        (void)sqlite3_reset(s);
    }
    return r < 0 ? r : SF_OK;
}

int sf_sqlite_follow(sf_sqlite_follower **out, const char *path, sf_error *err)
{
    sf_sqlite_follower *f = calloc(1, sizeof *f);
    if (f == NULL) {
        return sf_fail(err, SF_ENOMEM, "sqlite:%.60s: %s", path, sf_strerror(SF_ENOMEM));
    }
    int r = sf_sqlite_connect(&f->db, path, SF_STORE_READ, sf_sqlite_migrations, err);
    r = r == SF_OK ? prepare(f, err) : r;
    r = r == SF_OK ? ask(f->version, &f->seen_version, err)
                   : r; /* first: what comes between the two is looked for again */
    r = r == SF_OK ? ask(f->newest, &f->seen, err) : r;
    if (r != SF_OK) {
        sf_sqlite_follow_close(f);
        return r;
    }
    *out = f;
    return SF_OK;
}

void sf_sqlite_follow_close(sf_sqlite_follower *f)
{
    if (f != NULL) {
        (void)sqlite3_finalize(f->version);
        (void)sqlite3_finalize(f->changed);
        (void)sqlite3_finalize(f->newest);
        sf_sqlite_disconnect(f->db);
        sf_buffer_free(&f->text);
        free(f);
    }
}

/* ---- rows ------------------------------------------------------------------------------------------------------------ */

static void put_number(sf_buffer *b, double v)
{
    char text[32];
    sf_buffer_put(b, text, (size_t)sf_json_double(v, text));
}

static void put_time(sf_buffer *b, int64_t ms)
{
    char text[25];
    if (ms != SF_NO_TIME && sf_time_format(ms, text) == SF_OK) {
        sf_buffer_format(b, "\"%s\"", text);
    } else {
        sf_buffer_text(b, "null");
    }
}

static void put_value(sf_buffer *b, sqlite3_stmt *s, int i, form as)
{
    int unknown = sqlite3_column_type(s, i) == SQLITE_NULL;
    switch (as) {
    case NUMBER: put_number(b, sf_sqlite_number(s, i)); break;
    case TIME: put_time(b, sf_sqlite_time(s, i)); break;
    case FLAG: sf_buffer_text(b, unknown ? "null" : sqlite3_column_int(s, i) != 0 ? "true" : "false"); break;
    case JSON:
    case LIST: {
        sf_str json = sf_sqlite_text(s, i);
        sf_str none = sf_cstr(as == LIST ? "[]" : "null");
        json = unknown ? none : json;
        sf_buffer_put(b, json.ptr, json.len);
        break;
    }
    default:
        if (as == TEXT_OR_NULL && unknown) {
            sf_buffer_text(b, "null");
        } else {
            sf_buffer_quoted(b, sf_sqlite_text(s, i));
        }
    }
}

static void put_row(sf_buffer *b, sqlite3_stmt *s)
{
    sf_buffer_cut(b, 0);
    sf_buffer_text(b, "{\"type\":\"signal\",\"v\":1");
    for (size_t i = 0; i < MEMBERS; i++) {
        sf_buffer_format(b, ",%s:", members[i].name);
        put_value(b, s, (int)i + 1, members[i].form);
    }
    sf_buffer_text(b, "}");
}

int64_t sf_sqlite_follow_next(sf_sqlite_follower *f, void (*take)(void *payload, sf_str message), void *payload,
                              sf_error *err)
{
    int64_t version = 0, n = 0, seen = f->seen;
    int r = ask(f->version, &version, err);
    if (r != SF_OK || version == f->seen_version) {
        return r;
    }
    (void)sqlite3_bind_int64(f->changed, 1, f->seen);
    while ((r = sf_sqlite_step(f->changed, err)) == 1) {
        put_row(&f->text, f->changed);
        if (f->text.lost) {
            (void)sqlite3_reset(f->changed);
            return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
        }
        take(payload, (sf_str){f->text.bytes, f->text.len});
        seen = sqlite3_column_int64(f->changed, 0);
        n++;
    }
    f->seen =
        seen; /* what a failure cut off comes again from here on: once more is harmless, not at all would be a gap */
    f->seen_version = r < 0 ? f->seen_version : version;
    return r < 0 ? r : n;
}
