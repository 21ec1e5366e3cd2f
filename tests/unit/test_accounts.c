/* SPDX-License-Identifier: MIT */
/* Users and their tokens: passwords in both forms, each refresh token once, families that end together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "sf-serve/auth/accounts.h"
#include "sf-serve/auth/password.h"
#include "sf-serve/auth/tries.h"

typedef struct fixture {
    char folder[64], url[128];
    accounts *a;
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/sf-accounts-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->url, sizeof f->url, "sqlite:%s/store.db", f->folder);
    assert_int_equal(accounts_open(&f->a, f->url, SF_STORE_WRITE, NULL), SF_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    char command[128];
    accounts_close(f->a);
    (void)snprintf(command, sizeof command, "rm -r %s", f->folder);
    assert_int_equal(system(command), 0);
    free(f);
    return 0;
}

static int64_t add(accounts *a, const char *name)
{
    account one;
    assert_int_equal(accounts_add(a, sf_cstr(name), "x", 1, NULL), SF_OK);
    assert_int_equal(accounts_by_name(a, sf_cstr(name), &one, NULL), 1);
    return one.id;
}

static token_state replace(accounts *a, const char *jti, const char *successor, int64_t user)
{
    token_state out;
    issued_token t = {successor, user, 10, 1000};
    assert_int_equal(accounts_replace(a, jti, &t, &out, NULL), SF_OK);
    return out;
}

static void names_are_exact(void **state)
{
    fixture *f = *state;
    account one;
    int64_t id = add(f->a, "ann");
    assert_int_equal(accounts_by_name(f->a, sf_cstr("ann"), &one, NULL), 1);
    assert_int_equal(one.id, id);
    assert_true(one.active);
    assert_int_equal(accounts_by_name(f->a, sf_cstr("Ann"), &one, NULL), 0);
    assert_int_equal(accounts_by_name(f->a, (sf_str){"ann\0x", 5}, &one, NULL), 0);
    assert_int_equal(accounts_add(f->a, sf_cstr("ann"), "x", 1, NULL), SF_EPARSE);
    assert_int_equal(accounts_add(f->a, sf_cstr(""), "x", 1, NULL), SF_EINVAL);
    assert_int_equal(accounts_by_id(f->a, 77, &one, NULL), 0);
}

static void a_token_is_used_once(void **state)
{
    fixture *f = *state;
    int64_t id = add(f->a, "ann");
    issued_token first = {"one", id, 1, 1000};
    token_state s;
    assert_int_equal(accounts_give(f->a, &first, NULL), SF_OK);
    assert_int_equal(replace(f->a, "one", "two", id), TOKEN_FRESH);
    assert_int_equal(replace(f->a, "never", "x", id), TOKEN_UNKNOWN);
    assert_int_equal(accounts_look(f->a, "two", &s, NULL), SF_OK);
    assert_int_equal(s, TOKEN_FRESH);
    assert_int_equal(replace(f->a, "one", "three", id), TOKEN_SPENT); /* stolen: nobody can tell by whom */
    assert_int_equal(replace(f->a, "two", "four", id), TOKEN_SPENT);
    assert_int_equal(accounts_look(f->a, "three", &s, NULL), SF_OK);
    assert_int_equal(s, TOKEN_UNKNOWN);
}

static void families_end_alone(void **state)
{
    fixture *f = *state;
    int64_t id = add(f->a, "ann");
    issued_token laptop = {"laptop", id, 1, 1000}, phone = {"phone", id, 1, 1000};
    token_state s;
    assert_int_equal(accounts_give(f->a, &laptop, NULL), SF_OK);
    assert_int_equal(accounts_give(f->a, &phone, NULL), SF_OK);
    assert_int_equal(accounts_revoke(f->a, "laptop", 5, &s, NULL), SF_OK);
    assert_int_equal(s, TOKEN_FRESH);
    assert_int_equal(accounts_revoke(f->a, "laptop", 5, &s, NULL), SF_OK);
    assert_int_equal(s, TOKEN_SPENT);
    assert_int_equal(accounts_look(f->a, "phone", &s, NULL), SF_OK);
    assert_int_equal(s, TOKEN_FRESH);
    assert_int_equal(accounts_revoke_all(f->a, id, 5, NULL), SF_OK);
    assert_int_equal(replace(f->a, "phone", "x", id), TOKEN_SPENT);
    assert_int_equal(accounts_purge(f->a, 2000, NULL), SF_OK);
    assert_int_equal(replace(f->a, "phone", "x", id), TOKEN_UNKNOWN);
}

static void only_the_owner_reads(void **state)
{
    fixture *f = *state;
    char path[160];
    struct stat st;
    (void)snprintf(path, sizeof path, "%s.users", f->url + 7);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void passwords(void **state)
{
    /* Django 5.2: make_password("demo-pass-1", salt="salt", hasher="pbkdf2_sha256") with 1000 rounds. */
    static const char django[] = "pbkdf2_sha256$1000$salt$Lu31fzJct6A2BAirU2PXDtFoVYZrNqbfuIN+0XhdIGM=";
    char hash[PASSWORD_BYTES], again[PASSWORD_BYTES];
    (void)state;
    assert_int_equal(password_hash(sf_cstr("demo-pass-1"), hash), SF_OK);
    assert_int_equal(password_hash(sf_cstr("demo-pass-1"), again), SF_OK);
    assert_string_not_equal(hash, again);
    assert_int_equal(strncmp(hash, "argon2$argon2id$v=19$m=19456,t=2,p=1$", 37), 0);
    assert_true(password_is(sf_cstr("demo-pass-1"), hash));
    assert_false(password_is(sf_cstr("demo-pass-2"), hash));
    assert_false(password_is(sf_cstr(""), hash));
    assert_false(password_is_weak(hash));
    assert_true(password_is(sf_cstr("demo-pass-1"), django));
    assert_false(password_is(sf_cstr("demo-pass-2"), django));
    assert_true(password_is_weak(django));
    static const char *const none[] = {"",
                                       "x",
                                       "pbkdf2_sha256$",
                                       "pbkdf2_sha256$0$salt$x",
                                       "argon2$argon2id$v=19$m=99999999,t=2,p=1$c2FsdHNhbHQ$aGFzaA",
                                       "!",
                                       "md5$a$b"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_false(password_is(sf_cstr("demo-pass-1"), none[i]));
    }
    assert_false(password_is(sf_cstr("demo-pass-1"), NULL));
}

static void tries_are_counted(void **state)
{
    limits *l = limits_new(5, 0);
    (void)state;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(limits_take(l, sf_cstr("ann"), 1000), 0);
    }
    assert_int_equal(limits_take(l, sf_cstr("ann"), 1000), 12);
    assert_int_equal(limits_take(l, sf_cstr("bob"), 1000), 0);
    assert_int_equal(limits_take(l, sf_cstr("ann"), 13100), 0);
    assert_true(limits_take(l, sf_cstr("ann"), 13100) > 0);
    limits_give(l, sf_cstr("ann"));
    assert_int_equal(limits_take(l, sf_cstr("ann"), 13100), 0);
    limits_free(l);
}

/* Each further try at the limit costs twice the wait, up to the most; a success, or a rest, ends that. */
static void waits_double(void **state)
{
    static const int waits[] = {12, 24, 48, 96, 192, 300, 300};
    limits *l = limits_new(5, 300000);
    int64_t now = 1000;
    (void)state;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(limits_take(l, sf_cstr("ann"), now), 0);
    }
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        assert_in_range(limits_take(l, sf_cstr("ann"), now), waits[i], waits[i] + 1);
        assert_in_range(limits_take(l, sf_cstr("ann"), now + waits[i] * 1000 - 2000), 1, 3); /* refusals are no tries */
        now += waits[i] * 1000 + 1;
        assert_int_equal(limits_take(l, sf_cstr("ann"), now), 0);
    }
    now += 5 * 300000 + 10;
    assert_int_equal(limits_take(l, sf_cstr("ann"), now), 0);
    limits_give(l, sf_cstr("ann"));
    for (int i = 0; i < 5; i++) {
        assert_int_equal(limits_take(l, sf_cstr("ann"), now), 0);
    }
    assert_int_equal(limits_take(l, sf_cstr("ann"), now), 12);
    limits_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_are_exact, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_token_is_used_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(families_end_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_the_owner_reads, set_up, tear_down),
        cmocka_unit_test(passwords),
        cmocka_unit_test(tries_are_counted),
        cmocka_unit_test(waits_double),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
