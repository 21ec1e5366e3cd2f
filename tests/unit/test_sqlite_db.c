/* SPDX-License-Identifier: MIT */
/* Opening a SQLite store: a new file, an older schema, a newer one, something else. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "stores/sqlite_db.h"

static char folder[] = "/tmp/sf-sqlite-XXXXXX";
static char path[64];

static const sf_migration first_only[] = {
    {1, "one",
     "BEGIN IMMEDIATE; CREATE TABLE schema_version (version INTEGER PRIMARY KEY); CREATE TABLE t (a); "
     "INSERT INTO t VALUES (7); INSERT INTO schema_version VALUES (1); COMMIT;"},
    {0, NULL, NULL}};
static const sf_migration both[] = {
    {1, "one", "BEGIN; CREATE TABLE never (a); COMMIT;"},
    {2, "two", "BEGIN IMMEDIATE; UPDATE t SET a = 8; INSERT INTO schema_version VALUES (2); COMMIT;"},
    {0, NULL, NULL}};
static const sf_migration broken[] = {
    {1, "one", ""},
    {2, "two", "BEGIN IMMEDIATE; UPDATE t SET a = 9; INSERT INTO nowhere VALUES (2); COMMIT;"},
    {0, NULL, NULL}};

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/sf-sqlite-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    return snprintf(path, sizeof path, "%s/store.db", folder) < 0;
}

static int tear_down(void **state)
{
    char command[128];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static int open_with(const sf_migration *m, sf_store_use use, sqlite3 **db, sf_error *err)
{
    *db = NULL;
    *err = (sf_error){0};
    return sf_sqlite_connect(db, path, use, m, err);
}

static int number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *s;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    int n = sqlite3_column_int(s, 0);
    (void)sqlite3_finalize(s);
    return n;
}

static void make(const sf_migration *m)
{
    sqlite3 *db;
    sf_error err;
    assert_int_equal(open_with(m, SF_STORE_WRITE, &db, &err), SF_OK);
    sf_sqlite_disconnect(db);
}

static void a_new_file_gets_the_schema(void **state)
{
    sqlite3 *db;
    sf_error err;
    (void)state;
    assert_int_equal(open_with(sf_sqlite_migrations, SF_STORE_WRITE, &db, &err), SF_OK);
    const sf_migration *last = sf_sqlite_migrations;
    while (last[1].version > 0) {
        last++;
    }
    assert_int_equal(number(db, "SELECT max(version) FROM schema_version"), last->version);
    assert_int_equal(number(db, "SELECT count(*) FROM signals"), 0);
    sf_sqlite_disconnect(db);
    make(sf_sqlite_migrations); /* again: nothing to do */
}

static void *open_it(void *result)
{
    sqlite3 *db = NULL;
    sf_error err = {0};
    *(int *)result = sf_sqlite_connect(&db, path, SF_STORE_WRITE, sf_sqlite_migrations, &err);
    if (*(int *)result != SF_OK) {
        print_error("%s\n", err.message);
    }
    sf_sqlite_disconnect(db);
    return NULL;
}

static void who_comes_while_another_makes_the_schema_finds_it_made(void **state)
{
    enum { TIMES = 20, AT_ONCE = 4 };
    (void)state;
    for (int i = 0; i < TIMES; i++) {
        pthread_t threads[AT_ONCE];
        int results[AT_ONCE];
        (void)snprintf(path, sizeof path, "%s/%d.db", folder, i);
        for (int k = 0; k < AT_ONCE; k++) {
            assert_int_equal(pthread_create(&threads[k], NULL, open_it, &results[k]), 0);
        }
        for (int k = 0; k < AT_ONCE; k++) {
            (void)pthread_join(threads[k], NULL);
            assert_int_equal(results[k], SF_OK);
        }
    }
}

static void what_is_migrated_is_copied_first(void **state)
{
    sqlite3 *db;
    sf_error err;
    (void)state;
    make(first_only);
    assert_int_equal(open_with(both, SF_STORE_WRITE, &db, &err), SF_OK);
    assert_int_equal(number(db, "SELECT a FROM t"), 8);
    assert_int_equal(number(db, "SELECT count(*) FROM sqlite_master WHERE name = 'never'"), 0);
    sf_sqlite_disconnect(db);
    (void)snprintf(path, sizeof path, "%s/store.db.before-002", folder);
    assert_int_equal(open_with(first_only, SF_STORE_READ, &db, &err), SF_OK);
    assert_int_equal(number(db, "SELECT a FROM t"), 7);
    sf_sqlite_disconnect(db);
}

static void a_failed_migration_changes_nothing(void **state)
{
    sqlite3 *db;
    sf_error err;
    (void)state;
    make(first_only);
    assert_int_equal(open_with(broken, SF_STORE_WRITE, &db, &err), SF_EIO);
    assert_non_null(strstr(err.message, "nowhere"));
    assert_int_equal(open_with(first_only, SF_STORE_READ, &db, &err), SF_OK);
    assert_int_equal(number(db, "SELECT a FROM t"), 7);
    sf_sqlite_disconnect(db);
}

static void a_newer_schema_is_refused(void **state)
{
    sqlite3 *db;
    sf_error err;
    (void)state;
    make(first_only);
    make(both);
    assert_int_equal(open_with(first_only, SF_STORE_WRITE, &db, &err), SF_EINVAL);
    assert_non_null(strstr(err.message, "schema version 2 is newer than this program, which knows 1"));
    assert_int_equal(open_with(first_only, SF_STORE_READ, &db, &err), SF_EINVAL);
}

static void an_older_one_is_not_read_as_it_is(void **state)
{
    sqlite3 *db;
    sf_error err;
    (void)state;
    make(first_only);
    assert_int_equal(open_with(both, SF_STORE_READ, &db, &err), SF_EINVAL);
    assert_non_null(strstr(err.message, "schema version 1, sf-process --store brings it to 2"));
}

static void what_is_something_else_is_left_alone(void **state)
{
    sqlite3 *db;
    sf_error err;
    (void)state;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE cookies (a)", NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(db);
    assert_int_equal(open_with(both, SF_STORE_WRITE, &db, &err), SF_EINVAL);
    assert_non_null(strstr(err.message, "something else"));

    FILE *f = fopen(path, "w");
    assert_non_null(f);
    (void)fputs("not a database, but longer than the header of one would be: some hundred bytes of text ......", f);
    (void)fclose(f);
    assert_int_equal(open_with(both, SF_STORE_WRITE, &db, &err), SF_EINVAL);
    assert_non_null(strstr(err.message, "not a database"));
}

static void reading_makes_no_file(void **state)
{
    sqlite3 *db;
    sf_error err;
    (void)state;
    assert_int_equal(open_with(both, SF_STORE_READ, &db, &err), SF_EIO);
    assert_int_equal(access(path, F_OK), -1);
}

static void what_can_pass_is_tried_again(void **state)
{
    sqlite3 *db, *other;
    sf_error err;
    (void)state;
    make(first_only);
    assert_int_equal(open_with(first_only, SF_STORE_WRITE, &db, &err), SF_OK);
    assert_int_equal(open_with(first_only, SF_STORE_WRITE, &other, &err), SF_OK);
    (void)sqlite3_busy_timeout(other, 1);
    assert_int_equal(sf_sqlite_run(db, "BEGIN IMMEDIATE", &err), SF_OK);
    assert_int_equal(sf_sqlite_run(other, "BEGIN IMMEDIATE", &err), SF_EAGAIN);
    assert_int_equal(sf_sqlite_run(db, "SELECT nothing", &err), SF_EIO);
    sf_sqlite_disconnect(db);
    sf_sqlite_disconnect(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(a_new_file_gets_the_schema),
        T(who_comes_while_another_makes_the_schema_finds_it_made),
        T(what_is_migrated_is_copied_first),
        T(a_failed_migration_changes_nothing),
        T(a_newer_schema_is_refused),
        T(an_older_one_is_not_read_as_it_is),
        T(what_is_something_else_is_left_alone),
        T(reading_makes_no_file),
        T(what_can_pass_is_tried_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
