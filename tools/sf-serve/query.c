/* SPDX-License-Identifier: MIT */
/* sf-serve query: from options to a question, from an answer to stdout. */
#include "query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/log.h"
#include "common/store.h"
#include "plugs.h"
#include "run.h"
#include "table.h"

static const sf_option options[] = {
    {"store", "URL", SF_OPTION_TEXT, NULL, 0, 0, NULL, "Which store: sqlite:FILE or postgresql://HOST/NAME."},
    {"read-store", "URL", SF_OPTION_TEXT, NULL, 0, 0, NULL,
     "Where to ask instead, if it is given: a replica of --store."},
    {"format", "FORMAT", SF_OPTION_CHOICE, "table", 0, 0, "table|json|csv|ndjson",
     "A table for people, or one JSON object, CSV, or a JSON object a row."},
    SF_QUESTION_OPTIONS,
    {NULL, NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL, NULL},
};

extern const sf_tool sf_serve_tool;

const sf_tool sf_query_command = {
    .name = "sf-serve query",
    .summary = "asks a store and prints the answer",
    .usage = "signals|trending|topics|pulse|compare|history --store URL [FILTER]...",
    .description = "signals: posts, newest first. trending: posts, hottest first. topics: what is spoken of more than "
                   "usual. pulse: how "
                   "much, by how many, in which mood, about a topic or in all. compare: topics that came up on several "
                   "platforms at "
                   "once, or with --topic the platforms beside each other. history: how the numbers of a post went.\n\n"
                   "Filters narrow the answer; each says below which questions take it, if not all do. docs/query.md "
                   "explains the columns.",
    .examples = "sf-serve query signals --store sqlite:signals.db --platform reddit --q 'open source' --since 2h\n"
                "sf-serve query trending --store sqlite:signals.db --limit 10\n"
                "sf-serve query topics --store sqlite:signals.db --rising\n"
                "sf-serve query pulse --store sqlite:signals.db --topic 'quantum computing' --step 1h --format csv\n"
                "sf-serve query compare --store sqlite:signals.db --topic openai --as-of 2026-01-02T03:04:05Z",
    .options = options,
    .of = &sf_serve_tool,
    .words = "signals trending topics pulse compare history",
};

/* ---- the question -------------------------------------------------------------------------------------------------- */

static int which_question(const sf_settings *s, sf_error *err)
{
    const char *name = sf_settings_argument(s, 0);
    int ask = name != NULL ? sf_ask_from_name(name) : -1;
    if (ask < 0) {
        return name == NULL ? sf_fail(err, SF_EINVAL, "query: what? one of %s", sf_query_command.words)
                            : sf_fail(err, SF_EINVAL, "query: \"%.30s\" is none of %s", name, sf_query_command.words);
    }
    if (sf_settings_count(s) > 1) {
        return sf_fail(err, SF_EINVAL, "query: \"%.30s\" is one word too many", sf_settings_argument(s, 1));
    }
    return ask;
}

static int is_table(const sf_settings *s)
{
    return strcmp(sf_settings_text(s, "format"), "table") == 0;
}

static int make_question(sf_question **out, const sf_settings *s, sf_error *err)
{
    int ask = which_question(s, err);
    int r = ask < 0 ? ask : sf_question_new(out, (sf_ask)ask, sf_clock_ms());
    r = r == SF_OK ? sf_question_set_all(*out, s, err) : r;
    return r == SF_OK ? sf_question_finish(*out, is_table(s), err) : r;
}

/* ---- the answer ---------------------------------------------------------------------------------------------------- */

/* How wide lines may be: what the environment says, else the terminal; elsewhere as wide as they are. */
static size_t screen_width(int terminal)
{
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    long n = columns != NULL ? strtol(columns, NULL, 10) : 0;
    if (n > 0 && n < 10000) {
        return (size_t)n;
    }
    return terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static int wants_colours(int terminal)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return terminal && (no == NULL || no[0] == '\0') && term != NULL && strcmp(term, "dumb") != 0;
}

/* Formats for programs that have no place for notes leave them to stderr. */
static void log_notes(const sf_answer *a)
{
    for (const sf_note *n = a->notes; n != NULL; n = n->next) {
        sf_log(SF_LOG_INFO, "%s: %s", n->code, n->text);
    }
    if (a->more) {
        sf_log(SF_LOG_INFO, "more: %s%s", a->next[0] != '\0' ? "--cursor " : "--limit, --offset", a->next);
    }
}

/* CSV has texts as they are. On a screen it has not: what it would obey becomes a question mark. */
static void make_safe(sf_buffer *b)
{
    for (size_t i = 0; i < b->len; i++) {
        unsigned char c = (unsigned char)b->bytes[i], next = (unsigned char)b->bytes[i + 1];
        int wide = c == 0xc2 && next >= 0x80 && next <= 0x9f;
        if ((c < 0x20 && c != '\r' && c != '\n') || c == 0x7f || wide) {
            memset(b->bytes + i, '?', wide ? 2 : 1);
        }
    }
}

static void print(const sf_answer *a, const char *format, sf_buffer *b)
{
    int terminal = isatty(STDOUT_FILENO);
    if (strcmp(format, "json") == 0) {
        sf_answer_json(a, b);
    } else if (strcmp(format, "table") == 0) {
        sf_table_style style = {screen_width(terminal), wants_colours(terminal)};
        sf_table_print(a, &style, b);
    } else {
        int csv = strcmp(format, "csv") == 0;
        (csv ? sf_answer_csv : sf_answer_ndjson)(a, b);
        if (csv && terminal) {
            make_safe(b);
        }
        log_notes(a);
    }
}

static int show(const sf_answer *a, const sf_settings *s, sf_error *err)
{
    sf_buffer b = {0};
    print(a, sf_settings_text(s, "format"), &b);
    int r = b.lost ? sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM)) : SF_OK;
    if (r == SF_OK && (fwrite(b.bytes != NULL ? b.bytes : "", 1, b.len, stdout) != b.len || fflush(stdout) != 0)) {
        r = sf_fail_errno(err, "stdout");
    }
    sf_buffer_free(&b);
    return r;
}

static const char *url_of(const sf_settings *s)
{
    const char *url = sf_settings_text(s, "read-store");
    return url != NULL ? url : sf_settings_text(s, "store");
}

static int ask(const sf_settings *s, const sf_question *q, sf_error *err)
{
    sf_store *store;
    sf_answer *a = NULL;
    int r = sf_store_open(&store, sf_stores, url_of(s), SF_STORE_READ, NULL, err);
    if (r != SF_OK) {
        return r;
    }
    r = sf_answer_new(&a);
    r = r == SF_OK ? store->ops->ask(store, q, a, err) : r;
    r = r == SF_OK ? show(a, s, err) : r;
    sf_answer_free(a);
    sf_store_close(store);
    return r;
}

int sf_query_run(const sf_settings *s)
{
    sf_error err = {0};
    sf_question *q = NULL;
    const char *url = url_of(s);
    err.status = make_question(&q, s, &err);
    if (err.status == SF_OK && url == NULL) {
        err.status = sf_fail(&err, SF_EINVAL, "--store: which? sqlite:FILE or postgresql://HOST/DATABASE");
    }
    if (err.status == SF_OK) {
        err.status = sf_settings_flag(s, "check-config") ? sf_store_check(sf_stores, url, &err) : ask(s, q, &err);
    }
    sf_question_free(q);
    return err.status == SF_OK ? 0 : sf_run_failed(&err);
}
