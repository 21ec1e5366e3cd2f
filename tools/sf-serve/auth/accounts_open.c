/* SPDX-License-Identifier: MIT */
/* Where users and tokens are: in the store's database; or, where that is a file, in one of their own: whoever may read the store need not see hashes, and a login
 * never waits for a batch. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accounts_internal.h"
#include "common/fail.h"
#include "common/url.h"
#include "stores/postgres_driver.h"
#include "stores/sqlite_driver.h"

extern const sf_migration sf_users_migrations[];

static int open_file(accounts *a, const sf_url *u, sf_store_use use, sf_error *err)
{
    char path[4096];
    const char *store = sf_url_path(u);
    int n = store != NULL ? snprintf(path, sizeof path, "%s.users", store) : -1;
    if (n < 0 || (size_t)n >= sizeof path) {
        return sf_fail(err, SF_EINVAL, "sqlite:%.60s.users: cannot be opened", u->rest);
    }
    /* What SQLite keeps beside it gets the same mode. Only a new file: closing one that this process has open already would take
     * its locks away, and then another process removes the log that is written to here. */
    int fd = use == SF_STORE_READ ? -1 : open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0) {
        (void)close(fd);
    }
    int r = sf_sqlite_connect(&a->file, path, use, sf_users_migrations, err);
    r = r == SF_OK ? sf_sqlite_run(a->file, "PRAGMA synchronous = full; PRAGMA foreign_keys = on", err) : r;
    return r == SF_OK ? sf_db_open(&a->db, &sf_sqlite_driver, a->file, err) : r;
}

static int open_server(accounts *a, const sf_url *u, sf_store_use use, sf_error *err)
{
    int r = sf_pg_open(&a->pg, u, use, err);
    r = r == SF_OK ? sf_db_open(&a->db, &sf_postgres_driver, &a->pg, err) : r;
    return r == SF_OK ? sf_pg_ready(&a->pg, err) : r;
}

static const struct kind {
    const char *scheme;
    int (*open)(accounts *a, const sf_url *u, sf_store_use use, sf_error *err);
} kinds[] = {{"sqlite", open_file}, {"postgresql", open_server}};

static int open_kind(accounts *a, const sf_url *u, sf_store_use use, sf_error *err)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].scheme, u->scheme) == 0) {
            return kinds[i].open(a, u, use, err);
        }
    }
    return sf_fail(err, SF_EINVAL, "%.40s: holds no users", u->scheme);
}

int accounts_open(accounts **out, const char *store_url, sf_store_use use, sf_error *err)
{
    sf_url u;
    int r = sf_url_parse(store_url, &u, err);
    if (r != SF_OK) {
        return r;
    }
    accounts *a = calloc(1, sizeof *a);
    r = a != NULL ? open_kind(a, &u, use, err) : sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    sf_url_free(&u);
    if (r != SF_OK) {
        accounts_close(a);
        return r;
    }
    *out = a;
    return SF_OK;
}

void accounts_close(accounts *a)
{
    if (a != NULL) {
        sf_db_close(&a->db);
        sf_sqlite_disconnect(a->file);
        sf_pg_close(&a->pg);
        free(a);
    }
}
