/* SPDX-License-Identifier: MIT */
/* What a live source remembers: only what was committed, whatever happens to the process or the file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sources/state.h"
#include "sources/state_journal.h"

static char base[] = "/tmp/sf-state-XXXXXX";
static char dir[64];

static int fresh_folder(void **state)
{
    static int n;
    (void)state;
    snprintf(dir, sizeof dir, "%s/%d/a/b", base, n++); /* none of it is there */
    return 0;
}

static sf_state *open_state(void)
{
    sf_state *s = NULL;
    sf_error err = {.message = ""};
    int r = sf_state_open(&s, dir, "test", &err);
    if (r != SF_OK) {
        print_error("%s\n", err.message);
    }
    assert_int_equal(r, SF_OK);
    return s;
}

static void set(sf_state *s, const char *key, const char *value)
{
    sf_state_set(s, key, sf_cstr(value));
}

/* Everything that is kept, as "key=value;" in order of the file. */
static char told[8192];

static int tell(void *payload, sf_str key, sf_str value)
{
    size_t n = strlen(told);
    (void)payload;
    snprintf(told + n, sizeof told - n, "%.*s=%.*s;", (int)key.len, key.ptr, (int)value.len, value.ptr);
    return SF_OK;
}

static const char *kept(sf_state *s)
{
    told[0] = '\0';
    assert_int_equal(sf_state_read(s, tell, NULL, NULL), SF_OK);
    return told;
}

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void only_what_was_committed_is_kept(void **state)
{
    sf_state *s = open_state();
    (void)state;
    assert_string_equal(kept(s), "");
    set(s, "a", "1");
    assert_int_equal(sf_state_seal(s, 1), SF_OK);
    set(s, "b", "2 with spaces");
    set(s, "a", "3");
    assert_int_equal(sf_state_seal(s, 2), SF_OK);
    set(s, "c", "4");
    assert_string_equal(kept(s), "");
    assert_int_equal(sf_state_commit(s, 1, NULL), SF_OK);
    assert_string_equal(kept(s), "a=1;");
    sf_state_close(s); /* batch 2 was not committed: neither that nor what came after it may be saved */
    s = open_state();
    assert_string_equal(kept(s), "a=1;");
    set(s, "a", "");
    set(s, "d", "5");
    assert_int_equal(sf_state_seal(s, 7), SF_OK);
    assert_int_equal(sf_state_commit(s, 9, NULL), SF_OK);
    assert_int_equal(sf_state_commit(s, 9, NULL), SF_OK);
    set(s, "e", "6"); /* after the last batch, all of which are safe */
    sf_state_close(s);
    s = open_state();
    assert_string_equal(kept(s), "a=1;a=;d=5;e=6;");
    sf_state_close(s);
    sf_state_close(NULL);
}

static void a_second_process_is_kept_out(void **state)
{
    sf_state *s = open_state(), *second = NULL;
    sf_error err = {.message = ""};
    char want[64];
    (void)state;
    assert_int_equal(sf_state_open(&second, dir, "test", &err), SF_EIO);
    snprintf(want, sizeof want, "test.state: process %ld is at work with it", (long)getpid());
    assert_non_null(strstr(err.message, want));
    assert_int_equal(sf_state_open(&second, dir, "other", &err), SF_OK); /* another platform's */
    sf_state_close(second);
    pid_t child = fork();
    if (child == 0) {
        _exit(sf_state_open(&second, dir, "test", &err) == SF_EIO ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    sf_state_close(s);
    s = open_state();
    sf_state_close(s);
}

static void a_torn_end_is_cut_off(void **state)
{
    (void)state;
    sf_state *s = open_state();
    set(s, "a", "1");
    assert_int_equal(sf_state_seal(s, 1), SF_OK);
    assert_int_equal(sf_state_commit(s, 1, NULL), SF_OK);
    sf_state_close(s);
    struct stat whole;
    assert_int_equal(stat(path_of("test.state"), &whole), 0);
    s = open_state();
    set(s, "b", "a value of some length");
    assert_int_equal(sf_state_seal(s, 1), SF_OK);
    assert_int_equal(sf_state_commit(s, 1, NULL), SF_OK);
    sf_state_close(s);
    struct stat longer;
    assert_int_equal(stat(path_of("test.state"), &longer), 0);
    for (off_t cut = longer.st_size - 1; cut >= whole.st_size; cut--) {
        assert_int_equal(truncate(path_of("test.state"), cut), 0);
        s = open_state();
        assert_string_equal(kept(s), "a=1;");
        sf_state_close(s);
    }
    FILE *f = fopen(path_of("test.state"), "ab"); /* what a power cut leaves: blocks of zeros */
    assert_non_null(f);
    for (int i = 0; i < 5000; i++) {
        fputc(0, f);
    }
    fclose(f);
    s = open_state();
    assert_string_equal(kept(s), "a=1;");
    set(s, "c", "2"); /* and it goes on from there */
    sf_state_close(s);
    s = open_state();
    assert_string_equal(kept(s), "a=1;c=2;");
    sf_state_close(s);
}

static void what_is_no_state_is_not_touched(void **state)
{
    static const struct {
        const char *text;
        int status;
    } cases[] = {{"my diary\n", SF_EPARSE}, {"744efa5f signalflow-state 2\n", SF_EPARSE}};
    sf_state *s = open_state();
    sf_error err = {.message = ""};
    sf_journal later = {0};
    (void)state;
    sf_state_close(s);
    for (size_t i = 0; i < 2; i++) {
        FILE *f = fopen(path_of("test.state"), "wb");
        assert_non_null(f);
        fputs(cases[i].text, f);
        fclose(f);
        assert_int_equal(sf_state_open(&s, dir, "test", &err), cases[i].status);
        assert_non_null(strstr(err.message, "move it away"));
    }
    FILE *f = fopen(path_of("test.state"), "wb");
    assert_non_null(f);
    sf_journal_add(&later, sf_cstr("signalflow-state"), sf_cstr("2"));
    fwrite(later.text, 1, later.len, f);
    sf_journal_free(&later);
    fclose(f);
    assert_int_equal(sf_state_open(&s, dir, "test", &err), SF_EVERSION);
    assert_non_null(strstr(err.message, "later version"));
}

static void a_long_journal_is_written_anew(void **state)
{
    sf_state *s = open_state();
    char key[16], value[200];
    (void)state;
    memset(value, 'x', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    for (int round = 1; round <= 100; round++) {
        for (int i = 0; i < 200; i++) {
            snprintf(key, sizeof key, "k%d", i);
            set(s, key, i % 10 == 9 && round == 100 ? "" : value);
        }
        assert_int_equal(sf_state_seal(s, (uint64_t)round), SF_OK);
        assert_int_equal(sf_state_commit(s, (uint64_t)round, NULL), SF_OK);
        struct stat st;
        assert_int_equal(stat(path_of("test.state"), &st), 0);
        assert_true(st.st_size < 1200 * 1024); /* of 4.2 MB in all */
    }
    sf_state_close(s);
    s = open_state();
    sf_journal folded = {0}, lines = {0};
    assert_int_equal(sf_journal_fold((sf_str){NULL, 0}, &folded), SF_OK);
    sf_journal_free(&folded);
    for (int i = 0; i < 3; i++) {
        sf_journal_add(&lines, sf_cstr("a"), sf_cstr(i == 2 ? "last" : "first"));
        sf_journal_add(&lines, sf_cstr("b"), sf_cstr(i == 2 ? "" : "x"));
        sf_journal_add(&lines, sf_cstr(i == 0 ? "c" : "ab"), sf_cstr("y"));
    }
    assert_int_equal(sf_journal_fold((sf_str){lines.text, lines.len}, &folded), SF_OK);
    sf_str rest = {folded.text, folded.len}, k, v;
    told[0] = '\0';
    while (sf_state_next(&rest, &k, &v) == 1) {
        tell(NULL, k, v);
    }
    assert_string_equal(told, "a=last;c=y;ab=y;");
    sf_journal_free(&folded);
    sf_journal_free(&lines);
    sf_state_close(s);
}

/* A limit on the size of files stands for a disk that is full. */
static void a_full_disk_is_waited_for(void **state)
{
    (void)state;
    sf_state *s = open_state();
    struct rlimit before, small;
    sf_error err = {.message = ""};
    static char big[8192];
    memset(big, 'y', sizeof big - 1);
    set(s, "a", "1");
    assert_int_equal(sf_state_seal(s, 1), SF_OK);
    assert_int_equal(sf_state_commit(s, 1, NULL), SF_OK);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 4096;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    set(s, "big", big);
    assert_int_equal(sf_state_seal(s, 2), SF_OK);
    int first = sf_state_commit(s, 2, &err), second = sf_state_commit(s, 2, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(first, SF_EAGAIN);
    assert_int_equal(second, SF_EAGAIN);
    assert_non_null(strstr(err.message, "test.state: "));
    assert_int_equal(sf_state_commit(s, 2, &err), SF_OK); /* there is room again */
    sf_state_close(s);
    s = open_state();
    told[0] = '\0';
    assert_int_equal(strlen(kept(s)),
                     4 + 4 + strlen(big) + 1 < sizeof told ? 4 + 4 + strlen(big) + 1 : sizeof told - 1);
    sf_state_close(s);
}

static int keep_last(void *payload, sf_str key, sf_str value)
{
    if (key.len == 1 && *key.ptr == 'n') {
        snprintf(payload, 24, "%.*s", (int)value.len, value.ptr);
    }
    return SF_OK;
}

/* The process is killed again and again while it commits; each commit that was reported is there afterwards. */
static void a_kill_loses_nothing_that_was_committed(void **state)
{
    static char much[100000];
    (void)state;
    memset(much, '.', sizeof much - 1);
    for (int round = 0; round < 20; round++) {
        int pipe_of[2];
        assert_int_equal(pipe(pipe_of), 0);
        pid_t child = fork();
        if (child == 0) {
            sf_state *s = open_state();
            char value[24];
            for (uint64_t i = 1;; i++) {
                snprintf(value, sizeof value, "%d", (int)i + round * 1000000);
                set(s, "n", value);
                set(s, "more", much); /* so that the file is written anew now and then */
                if (sf_state_seal(s, i) != SF_OK || sf_state_commit(s, i, NULL) != SF_OK ||
                    write(pipe_of[1], value, sizeof value) != sizeof value) {
                    _exit(1);
                }
            }
        }
        (void)close(pipe_of[1]);
        char value[24] = "", last[24];
        for (int i = 0; i < 3 + round * 2; i++) {
            assert_int_equal(read(pipe_of[0], value, sizeof value), sizeof value);
        }
        (void)kill(child, SIGKILL);
        (void)waitpid(child, NULL, 0);
        while (read(pipe_of[0], value, sizeof value) == sizeof value) {
        }
        (void)close(pipe_of[0]);
        sf_state *s = open_state();
        last[0] = '\0';
        assert_int_equal(sf_state_read(s, keep_last, last, NULL), SF_OK);
        assert_in_range(strtol(last, NULL, 10), strtol(value, NULL, 10), strtol(value, NULL, 10) + 1);
        sf_state_close(s);
        (void)unlink(path_of("test.state"));
    }
}

static void it_lies_where_a_user_would_look(void **state)
{
    sf_state *s = NULL;
    sf_error err = {.message = ""};
    char path[128];
    (void)state;
    (void)setenv("XDG_STATE_HOME", base, 1);
    assert_int_equal(sf_state_open(&s, NULL, "xdg", &err), SF_OK);
    sf_state_close(s);
    snprintf(path, sizeof path, "%s/signalflow/xdg.state", base);
    assert_int_equal(access(path, R_OK), 0);
    (void)unsetenv("XDG_STATE_HOME");
    (void)setenv("HOME", base, 1);
    assert_int_equal(sf_state_open(&s, NULL, "home", &err), SF_OK);
    sf_state_close(s);
    snprintf(path, sizeof path, "%s/.local/state/signalflow/home.state", base);
    assert_int_equal(access(path, R_OK), 0);
    (void)unsetenv("HOME");
    assert_int_equal(sf_state_open(&s, NULL, "none", &err), SF_EINVAL);
    assert_non_null(strstr(err.message, "--state"));
    assert_int_equal(sf_state_open(&s, "/dev/null/x", "none", &err), SF_EIO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(only_what_was_committed_is_kept, fresh_folder),
        cmocka_unit_test_setup(a_second_process_is_kept_out, fresh_folder),
        cmocka_unit_test_setup(a_torn_end_is_cut_off, fresh_folder),
        cmocka_unit_test_setup(what_is_no_state_is_not_touched, fresh_folder),
        cmocka_unit_test_setup(a_long_journal_is_written_anew, fresh_folder),
        cmocka_unit_test_setup(a_full_disk_is_waited_for, fresh_folder),
        cmocka_unit_test_setup(a_kill_loses_nothing_that_was_committed, fresh_folder),
        cmocka_unit_test_setup(it_lies_where_a_user_would_look, fresh_folder),
    };
    if (mkdtemp(base) == NULL) {
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", base);
    return system(command) != 0 || failed;
}
