/* SPDX-License-Identifier: MIT */
/* sf-serve user add|list|disable|enable|passwd. Passwords come by stdin: a command line is no secret. */
#include "user_command.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "accounts.h"
#include "common/clock.h"
#include "common/fail.h"
#include "password.h"
#include "run.h"

static const sf_option options[] = {
    {"store", "URL", SF_OPTION_TEXT, NULL, 0, 0, NULL,
     "The store whose users they are: sqlite:FILE, postgresql://HOST/DATABASE."},
    {NULL, NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL, NULL},
};

extern const sf_tool sf_serve_tool;

const sf_tool sf_user_command = {
    .name = "sf-serve user",
    .summary = "says who may ask the server",
    .usage = "add|list|disable|enable|passwd [NAME] --store URL [OPTION]...",
    .description = "add and passwd read the password from stdin, one line. Who is disabled, or has a new password, "
                   "must log in again: at once for "
                   "refresh tokens, within 5 seconds for all else if disabled.",
    .examples = "sf-serve user add demo --store sqlite:signals.db < password\n"
                "sf-serve user list --store sqlite:signals.db\n"
                "sf-serve user disable demo --store sqlite:signals.db",
    .options = options,
    .of = &sf_serve_tool,
    .words = "add list disable enable passwd",
};

enum { PASSWORD_LEAST = 8, PASSWORD_MOST = 1024 };

/* ---- passwords ----------------------------------------------------------------------------------------------------- */

/* A line of stdin; on a terminal it is not shown. */
static int read_line(char *line, size_t cap)
{
    struct termios before, quiet;
    int terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &before) == 0;
    if (terminal) {
        quiet = before;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        fputs("Password: ", stderr);
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    int got = fgets(line, (int)cap, stdin) != NULL;
    if (terminal) {
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fputs("\n", stderr);
    }
    return got;
}

static int read_password(char hash[PASSWORD_BYTES], sf_error *err)
{
    char line[PASSWORD_MOST + 2];
    if (!read_line(line, sizeof line)) {
        return sf_fail(err, SF_EINVAL, "no password on stdin");
    }
    size_t len = strcspn(line, "\r\n");
    if (len < PASSWORD_LEAST || len > PASSWORD_MOST) {
        return sf_fail(err, SF_EINVAL, "a password has %d to %d bytes", PASSWORD_LEAST, PASSWORD_MOST);
    }
    int r = password_hash((sf_str){line, len}, hash);
    return r == SF_OK ? r : sf_fail(err, r, "the password could not be hashed");
}

/* ---- commands ------------------------------------------------------------------------------------------------------ */

static int find(accounts *a, const char *name, account *one, sf_error *err)
{
    int r = accounts_by_name(a, sf_cstr(name), one, err);
    return r == 1 ? SF_OK : r == 0 ? sf_fail(err, SF_EINVAL, "%.60s: no such user", name) : r;
}

static int add(accounts *a, const char *name, sf_error *err)
{
    char hash[PASSWORD_BYTES];
    int r = read_password(hash, err);
    r = r == SF_OK ? accounts_add(a, sf_cstr(name), hash, sf_clock_ms(), err) : r;
    return r == SF_EPARSE ? SF_EINVAL : r;
}

static int passwd(accounts *a, const char *name, sf_error *err)
{
    char hash[PASSWORD_BYTES];
    account one;
    int r = find(a, name, &one, err);
    r = r == SF_OK ? read_password(hash, err) : r;
    r = r == SF_OK ? accounts_set_hash(a, one.id, hash, err) : r;
    return r == SF_OK ? accounts_revoke_all(a, one.id, sf_clock_ms(), err) : r;
}

static int set_active(accounts *a, const char *name, int active, sf_error *err)
{
    account one;
    int r = find(a, name, &one, err);
    r = r == SF_OK ? accounts_set_active(a, one.id, active, err) : r;
    return r == SF_OK && !active ? accounts_revoke_all(a, one.id, sf_clock_ms(), err) : r;
}

static int disable(accounts *a, const char *name, sf_error *err)
{
    return set_active(a, name, 0, err);
}

static int enable(accounts *a, const char *name, sf_error *err)
{
    return set_active(a, name, 1, err);
}

static int print(void *payload, const account *one)
{
    char time[32];
    (void)payload;
    (void)sf_time_format(one->created_ms, time);
    printf("%lld\t%s\t%s\t%s\n", (long long)one->id, one->name, one->active ? "active" : "disabled", time);
    return SF_OK;
}

static int list(accounts *a, const char *name, sf_error *err)
{
    (void)name;
    return accounts_each(a, print, NULL, err);
}

static const struct command {
    const char *name;
    int has_user;
    int (*run)(accounts *a, const char *name, sf_error *err);
} commands[] = {
    {"add", 1, add}, {"passwd", 1, passwd}, {"disable", 1, disable}, {"enable", 1, enable}, {"list", 0, list},
};

static const struct command *find_command(const sf_settings *s)
{
    const char *name = sf_settings_argument(s, 0);
    for (size_t i = 0; name != NULL && i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].name, name) == 0 && sf_settings_count(s) == 1U + (unsigned)commands[i].has_user) {
            return &commands[i];
        }
    }
    return NULL;
}

int sf_user_run(const sf_settings *s)
{
    sf_error err = {0};
    accounts *a = NULL;
    const struct command *c = find_command(s);
    const char *url = sf_settings_text(s, "store");
    if (c == NULL || url == NULL) {
        err.status = sf_fail(&err, SF_EINVAL,
                             c == NULL ? "add, passwd, disable, enable NAME, or list"
                                       : "--store: which? sqlite:FILE, postgresql://...");
        return sf_run_failed(&err);
    }
    if (sf_settings_flag(s, "check-config")) {
        return 0;
    }
    err.status = accounts_open(&a, url, SF_STORE_WRITE, &err);
    err.status = err.status == SF_OK ? c->run(a, sf_settings_argument(s, 1), &err) : err.status;
    accounts_close(a);
    return err.status == SF_OK ? 0 : sf_run_failed(&err);
}
