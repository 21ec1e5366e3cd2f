/* SPDX-License-Identifier: MIT */
/* Opening a SQLite store and bringing its schema up to date; small helpers around statements. */
#include "sqlite_db.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/log.h"

enum { BUSY_MS = 5000, OPEN_MS = 10000 };

/* ---- failures and statements -------------------------------------------------------------------------------------- */

int sf_sqlite_fail(sqlite3 *db, sf_error *err)
{
    int status;
    switch (sqlite3_errcode(db) & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR: status = SF_EAGAIN; break;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG: status = SF_EPARSE; break;
    case SQLITE_NOMEM: status = SF_ENOMEM; break;
    default: status = SF_EIO;
    }
    const char *file = sqlite3_db_filename(db, "main");
    return sf_fail(err, status, "sqlite:%.60s: %s", file != NULL ? file : "", sqlite3_errmsg(db));
}

int sf_sqlite_run(sqlite3 *db, const char *sql, sf_error *err)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? SF_OK : sf_sqlite_fail(db, err);
}

int sf_sqlite_make_durable(sqlite3 *db, int *now, int durable, sf_error *err)
{
    int r = SF_OK;
    if (*now != durable) {
        r = sf_sqlite_run(db, durable ? "PRAGMA synchronous = full" : "PRAGMA synchronous = normal", err);
        *now = durable;
    }
    return r;
}

int sf_sqlite_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out, sf_error *err)
{
    int r = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
    return r == SQLITE_OK ? SF_OK : sf_sqlite_fail(db, err);
}

int sf_sqlite_step(sqlite3_stmt *s, sf_error *err)
{
    int r = sqlite3_step(s);
    if (r == SQLITE_ROW) {
        return 1;
    }
    int status = r == SQLITE_DONE ? 0 : sf_sqlite_fail(sqlite3_db_handle(s), err);
    (void)sqlite3_reset(s);
    return status;
}

void sf_sqlite_bind_text(sqlite3_stmt *s, int i, sf_str text)
{
    (void)sqlite3_bind_text64(s, i, text.len > 0 ? text.ptr : "", text.len, SQLITE_STATIC, SQLITE_UTF8);
}

void sf_sqlite_bind_text_or_null(sqlite3_stmt *s, int i, sf_str text)
{
    if (text.len > 0) {
        sf_sqlite_bind_text(s, i, text);
    } else {
        (void)sqlite3_bind_null(s, i);
    }
}

void sf_sqlite_bind_number(sqlite3_stmt *s, int i, double v)
{
    (void)sqlite3_bind_double(s, i, v); /* NaN becomes NULL */
}

void sf_sqlite_bind_time(sqlite3_stmt *s, int i, int64_t ms)
{
    (void)(ms == SF_NO_TIME ? sqlite3_bind_null(s, i) : sqlite3_bind_int64(s, i, ms));
}

sf_str sf_sqlite_text(sqlite3_stmt *s, int i)
{
    sf_str text = {(const char *)sqlite3_column_text(s, i), 0};
    text.len = text.ptr != NULL ? (size_t)sqlite3_column_bytes(s, i) : 0;
    text.ptr = text.ptr != NULL ? text.ptr : "";
    return text;
}

double sf_sqlite_number(sqlite3_stmt *s, int i)
{
    return sqlite3_column_type(s, i) == SQLITE_NULL ? (double)NAN : sqlite3_column_double(s, i);
}

int64_t sf_sqlite_time(sqlite3_stmt *s, int i)
{
    return sqlite3_column_type(s, i) == SQLITE_NULL ? SF_NO_TIME : sqlite3_column_int64(s, i);
}

/* ---- the schema --------------------------------------------------------------------------------------------------- */

/* The first number that a query gives. 0 and SF_OK where it gives none. */
static int ask_number(sqlite3 *db, const char *sql, int *out, sf_error *err)
{
    sqlite3_stmt *s;
    *out = 0;
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK) {
        return sf_sqlite_fail(db, err);
    }
    int r = sf_sqlite_step(s, err);
    if (r == 1) {
        *out = sqlite3_column_int(s, 0);
    }
    (void)sqlite3_finalize(s);
    return r < 0 ? r : SF_OK;
}

/* The schema's version; 0: the file is empty. A file of something else is SF_EINVAL. */
static int read_version(sqlite3 *db, const char *path, int *version, sf_error *err)
{
    /* In one statement: another process may be making the schema just now. */
    static const char sql[] = "SELECT CASE WHEN count(*) = 0 THEN 0 ELSE 2 * max(name = 'schema_version') - 1 END "
                              "FROM sqlite_master";
    int whose; /* 0: nobody's, 1: ours, -1: another's */
    int r = ask_number(db, sql, &whose, err);
    if (r != SF_OK) {
        return sqlite3_errcode(db) == SQLITE_NOTADB ? sf_fail(err, SF_EINVAL, "sqlite:%.60s: not a database", path) : r;
    }
    if (whose <= 0) {
        *version = 0;
        return whose == 0 ? SF_OK
                          : sf_fail(err, SF_EINVAL, "sqlite:%.60s: a database of something else, left alone", path);
    }
    return ask_number(db, "SELECT max(version) FROM schema_version", version, err);
}

static int newest_known(const sf_migration *known)
{
    int newest = 0;
    for (const sf_migration *m = known; m->version != 0; m++) {
        newest = m->version;
    }
    return newest;
}

/* Copies the store as it is now to PATH.before-NNN. */
static int back_up(sqlite3 *db, const char *path, int version, sf_error *err)
{
    char copy[4096];
    sqlite3_stmt *s;
    int n = snprintf(copy, sizeof copy, "%s.before-%03d", path, version);
    if (n < 0 || (size_t)n >= sizeof copy) {
        return sf_fail(err, SF_EINVAL, "sqlite:%.60s: the path is too long", path);
    }
    (void)remove(copy); /* of a try that was cut off: the store itself has not changed since */
    if (sqlite3_prepare_v2(db, "VACUUM INTO ?1", -1, &s, NULL) != SQLITE_OK) {
        return sf_sqlite_fail(db, err);
    }
    (void)sqlite3_bind_text(s, 1, copy, -1, SQLITE_STATIC);
    int r = sf_sqlite_step(s, err);
    (void)sqlite3_finalize(s);
    if (r == 0) {
        sf_log(SF_LOG_INFO, "sqlite:%s: copied to %s before the schema changes", path, copy);
    }
    return r;
}

/* Applies one step, unless another program has just done so. */
static int apply(sqlite3 *db, const char *path, const sf_migration *m, sf_error *err)
{
    int r = sf_sqlite_run(db, m->sql, err);
    if (r != SF_OK) {
        int now;
        sf_error why;
        if (!sqlite3_get_autocommit(db)) {
            (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
        }
        return read_version(db, path, &now, &why) == SF_OK && now >= m->version ? SF_OK : r;
    }
    sf_log(SF_LOG_INFO, "sqlite:%s: schema is at version %d (%s)", path, m->version, m->name);
    return SF_OK;
}

static int migrate(sqlite3 *db, const char *path, int version, const sf_migration *known, sf_error *err)
{
    int r = SF_OK, empty = version == 0;
    for (const sf_migration *m = known; m->version != 0 && r == SF_OK; m++) {
        if (m->version > version) {
            r = empty ? SF_OK : back_up(db, path, m->version, err);
            r = r == SF_OK ? apply(db, path, m, err) : r;
        }
    }
    return r;
}

/* Programs that are started together change the schema one after the other, each step and its copy done once. The lock is on the store's folder: closing
 * the file itself would take SQLite's own locks away. -1: the folder cannot be opened, then there is none. */
static int lock_folder(const char *path)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    int n = slash != NULL ? snprintf(folder, sizeof folder, "%.*s/", (int)(slash - path), path)
                          : snprintf(folder, sizeof folder, ".");
    int fd = n > 0 && (size_t)n < sizeof folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    while (fd >= 0 && flock(fd, LOCK_EX) != 0 && errno == EINTR) {
    }
    return fd;
}

static void unlock_folder(int fd)
{
    if (fd >= 0) {
        (void)close(fd);
    }
}

static int settle_schema(sqlite3 *db, const char *path, sf_store_use use, const sf_migration *migrations, sf_error *err)
{
    int version, known = newest_known(migrations);
    int r = read_version(db, path, &version, err);
    if (r != SF_OK || version == known) {
        return r;
    }
    if (version > known) {
        return sf_fail(err, SF_EINVAL, "sqlite:%.60s: schema version %d is newer than this program, which knows %d",
                       path, version, known);
    }
    if (use == SF_STORE_READ) {
        return version == 0
                   ? sf_fail(err, SF_EINVAL, "sqlite:%.60s: empty", path)
                   : sf_fail(err, SF_EINVAL, "sqlite:%.60s: schema version %d, sf-process --store brings it to %d",
                             path, version, known);
    }
    int lock = lock_folder(path);
    r = read_version(db, path, &version, err);
    r = r == SF_OK ? migrate(db, path, version, migrations, err) : r;
    unlock_folder(lock);
    return r;
}

/* ---- the connection ----------------------------------------------------------------------------------------------- */

/* WAL, so that readers and the writer do not wait for each other; a checkpoint about every 16 MB. */
static int set_up(sqlite3 *db, sf_store_use use, sf_error *err)
{
    (void)sqlite3_extended_result_codes(db, 1);
    int r = sf_sqlite_run(db, "PRAGMA temp_store = memory; PRAGMA cache_size = -65536", err);
    if (r == SF_OK && use != SF_STORE_READ) {
        r = sf_sqlite_run(db,
                          "PRAGMA page_size = 8192; PRAGMA journal_mode = wal; PRAGMA synchronous = normal; "
                          "PRAGMA wal_autocheckpoint = 2000; "
                          "PRAGMA journal_size_limit = 67108864",
                          err);
    }
    return r;
}

static int connect_once(sqlite3 **out, const char *path, sf_store_use use, const sf_migration *migrations,
                        sf_error *err)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* nobody asks, and counting takes a lock at every malloc */
    int flags = use == SF_STORE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    sqlite3 *db = NULL;
    if (sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
        int r = sf_fail(err, db == NULL ? SF_ENOMEM : SF_EIO, "sqlite:%.60s: %s", path,
                        db == NULL ? sf_strerror(SF_ENOMEM) : sqlite3_errmsg(db));
        (void)sqlite3_close(db);
        return r;
    }
    int version;
    (void)sqlite3_busy_timeout(
        db, BUSY_MS); /* the first question already may find another program at recovery after a crash */
    int r = read_version(db, path, &version, err); /* before anything is written: is it ours? */
    r = r == SF_OK ? set_up(db, use, err) : r;
    r = r == SF_OK ? settle_schema(db, path, use, migrations, err) : r;
    if (r != SF_OK) {
        (void)sqlite3_close(db);
        return r;
    }
    *out = db;
    return SF_OK;
}

/* Programs that are started together make the file together; SQLite tells some of them at once that it is locked, whatever
 * they are willing to wait. */
int sf_sqlite_connect(sqlite3 **out, const char *path, sf_store_use use, const sf_migration *migrations, sf_error *err)
{
    int64_t end = sf_clock_steady_ms() + OPEN_MS;
    int r;
    while ((r = connect_once(out, path, use, migrations, err)) == SF_EAGAIN && sf_clock_steady_ms() < end) {
        sf_sleep_ms(50);
    }
    return r;
}

void sf_sqlite_disconnect(sqlite3 *db)
{
    if (db != NULL) {
        (void)sqlite3_close_v2(db);
    }
}
