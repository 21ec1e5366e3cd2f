/* SPDX-License-Identifier: MIT */
/* A connection to a SQLite store: opening it, its schema, its statements. */
#ifndef SF_SQLITE_DB_H
#define SF_SQLITE_DB_H

#include <sqlite3.h>

#include "db.h"
#include "migration.h"

/* What a store's statements have in common. */
typedef struct sf_sqlite {
    sf_store base; /* first, then: as in db.h */
    sf_db sql;
    sqlite3 *db;
    struct sf_sqlite_writer *writer; /* of signals; NULL where they are not written */
    struct sf_sqlite_reddit *reddit; /* of the two tables of Reddit; NULL likewise */
    int lock;                        /* the file that sf-aggregate's lock is on; -1: not held */
} sf_sqlite;

/* Opens the file and, for writing, makes it or brings its schema up to date; what a migration changes is copied to
 * FILE.before-NNN first. The migrations are sf_sqlite_migrations, but in tests. SF_OK; SF_EINVAL: no store, or newer than this program; SF_EIO, SF_EAGAIN, SF_ENOMEM. */
int sf_sqlite_connect(sqlite3 **out, const char *path, sf_store_use use, const sf_migration *migrations, sf_error *err);
void sf_sqlite_disconnect(sqlite3 *db); /* NULL is fine */

/* Turns what SQLite says into a failure: SF_EAGAIN where it can pass (busy, disk full), SF_EPARSE
 * where it is what was to be written, else final. */
int sf_sqlite_fail(sqlite3 *db, sf_error *err);

/* Runs statements without results. SF_OK, or a failure. */
int sf_sqlite_run(sqlite3 *db, const char *sql, sf_error *err);

/* A source that forgets what was committed needs commits that a power cut cannot undo. *now is how the connection is; it begins as 0. */
int sf_sqlite_make_durable(sqlite3 *db, int *now, int durable, sf_error *err);

/* Prepares a statement that is kept. */
int sf_sqlite_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out, sf_error *err);

/* Steps a statement. 1: a row; 0: done, and reset; or a failure, and reset. */
int sf_sqlite_step(sqlite3_stmt *s, sf_error *err);

/* Binding: unknown numbers, times and (where _or_null) empty texts become NULL. Text must outlive the step. */
void sf_sqlite_bind_text(sqlite3_stmt *s, int i, sf_str text);
void sf_sqlite_bind_text_or_null(sqlite3_stmt *s, int i, sf_str text);
void sf_sqlite_bind_number(sqlite3_stmt *s, int i, double v);
void sf_sqlite_bind_time(sqlite3_stmt *s, int i, int64_t ms);

/* Columns, NULL being unknown. Text lives until the next step. */
sf_str sf_sqlite_text(sqlite3_stmt *s, int i);
double sf_sqlite_number(sqlite3_stmt *s, int i);
int64_t sf_sqlite_time(sqlite3_stmt *s, int i);

#endif
