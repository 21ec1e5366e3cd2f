/* SPDX-License-Identifier: MIT */
/* Settings: where values come from, what is refused and in which words, and the texts that the table gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "common/settings.h"

static const sf_option options[] = {{"to", "URL", SF_OPTION_LIST, "-", 0, 0, NULL, "Where signals go."},
                                    {"store", "URL", SF_OPTION_TEXT, NULL, 0, 0, NULL, "The store."},
                                    {"batch-size", "N", SF_OPTION_INTEGER, "1000", 1, 100000, NULL, "Records a batch."},
                                    {"share", "X", SF_OPTION_NUMBER, "0.5", 0, 1, NULL, "A share."},
                                    {"memory", "BYTES", SF_OPTION_SIZE, "16M", 0, 0, NULL, "Memory."},
                                    {"every", "TIME", SF_OPTION_DURATION, "60s", 0, 0, NULL, "How often."},
                                    {"since", "TIME", SF_OPTION_TIME, NULL, 0, 0, NULL, "From when on."},
                                    {"mode", "MODE", SF_OPTION_CHOICE, "fast", 0, 0, "fast|slow", "How; a|b."},
                                    {"pass", "TEXT", SF_OPTION_SECRET, NULL, 0, 0, NULL, "A secret."},
                                    {"explain", NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL, "Says why."},
                                    {NULL, NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL, NULL}};

static const sf_tool tool = {
    .name = "sf-process",
    .summary = "Does something.",
    .usage = "[SOURCE...]",
    .description = "A paragraph.",
    .examples = "sf-process -",
    .options = options,
};

static const sf_option query_options[] = {{"format", "FORMAT", SF_OPTION_CHOICE, "table", 0, 0, "table|json", "How."},
                                          {"since", "TIME", SF_OPTION_MOMENT, NULL, 0, 0, NULL, "From when on."},
                                          {NULL, NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL, NULL}};
extern const sf_tool serve;
static const sf_tool query = {
    .name = "sf-serve query", .summary = "Asks.", .usage = "WHAT", .options = query_options, .of = &serve};
static const sf_tool add_user = {
    .name = "sf-serve user add", .summary = "Adds one.", .usage = "NAME", .options = query_options + 1, .of = &serve};
static const sf_tool *const commands[] = {&query, &add_user, NULL};
const sf_tool serve = {.name = "sf-serve", .summary = "Serves.", .usage = "", .options = options, .commands = commands};

static sf_error err;

/* Reads settings from arguments, which end with NULL. */
static int read_settings(sf_settings **s, const char *first, ...)
{
    char *argv[20] = {(char *)(uintptr_t) "sf-process"};
    int argc = 1;
    va_list args;
    va_start(args, first);
    for (const char *a = first; a != NULL; a = va_arg(args, const char *)) {
        argv[argc++] = (char *)(uintptr_t)a;
    }
    va_end(args);
    *s = NULL;
    memset(&err, 0, sizeof err);
    return sf_settings_read(s, &tool, argc, argv, &err);
}

static void assert_refused(const char *message, const char *first, const char *second)
{
    sf_settings *s;
    int r = read_settings(&s, first, second, NULL);
    if (r != SF_EINVAL || strcmp(err.message, message) != 0) {
        print_error("%d \"%s\" instead of \"%s\"\n", r, err.message, message);
    }
    assert_int_equal(r, SF_EINVAL);
    assert_string_equal(err.message, message);
    assert_null(s);
}

static void defaults_hold_where_nothing_is_given(void **state)
{
    sf_settings *s;
    const char *const *list;
    (void)state;
    assert_int_equal(read_settings(&s, NULL), SF_OK);
    assert_int_equal(sf_settings_count(s), 0);
    assert_null(sf_settings_argument(s, 0));
    assert_int_equal(sf_settings_list(s, "to", &list), 1);
    assert_string_equal(list[0], "-");
    assert_null(sf_settings_text(s, "store"));
    assert_int_equal(sf_settings_integer(s, "batch-size"), 1000);
    assert_true(sf_settings_number(s, "share") == 0.5);
    assert_int_equal(sf_settings_integer(s, "memory"), 16 << 20);
    assert_int_equal(sf_settings_integer(s, "every"), 60000);
    assert_true(sf_settings_time(s, "since") == SF_NO_TIME);
    assert_string_equal(sf_settings_text(s, "mode"), "fast");
    assert_false(sf_settings_flag(s, "explain"));
    assert_string_equal(sf_settings_tool(s), "sf-process");
    assert_true(sf_settings_knows(s, "quiet"));
    assert_false(sf_settings_knows(s, "interval"));
    sf_settings_free(s);
}

static void arguments_are_read_in_every_form(void **state)
{
    sf_settings *s;
    const char *const *list;
    (void)state;
    assert_int_equal(read_settings(&s, "a", "--to", "x", "--to=y", "-", "--batch-size=7", "--explain", "--every",
                                   "1.5h", "--since", "2026-01-02T03:04:05Z", "--", "--mode", NULL),
                     SF_OK);
    assert_int_equal(sf_settings_count(s), 3);
    assert_string_equal(sf_settings_argument(s, 0), "a");
    assert_string_equal(sf_settings_argument(s, 1), "-");
    assert_string_equal(sf_settings_argument(s, 2), "--mode");
    assert_int_equal(sf_settings_list(s, "to", &list), 2);
    assert_string_equal(list[0], "x");
    assert_string_equal(list[1], "y");
    assert_int_equal(sf_settings_integer(s, "batch-size"), 7);
    assert_int_equal(sf_settings_integer(s, "every"), 5400000);
    assert_true(sf_settings_time(s, "since") == 1767323045000);
    assert_true(sf_settings_flag(s, "explain"));
    sf_settings_free(s);
    assert_int_equal(read_settings(&s, "--mode", "slow", "--mode", "fast", "--explain", "--no-explain", NULL), SF_OK);
    assert_string_equal(sf_settings_text(s, "mode"), "fast");
    assert_false(sf_settings_flag(s, "explain"));
    sf_settings_free(s);
}

static void errors_say_what_is_wrong(void **state)
{
    (void)state;
    assert_refused("--bath-size: no such option; did you mean --batch-size?", "--bath-size", "3");
    assert_refused("--batch: no such option; did you mean --batch-size?", "--batch", "3");
    assert_refused("--hlep: no such option; did you mean --help?", "--hlep", NULL);
    assert_refused("--zzzzzz: no such option", "--zzzzzz", NULL);
    assert_refused("--no-store: no such option; did you mean --store?", "--no-store", NULL);
    assert_refused("-x: no such option", "-x", NULL);
    assert_refused("--store: needs a value, URL", "--store", NULL);
    assert_refused("--explain: takes no value", "--explain=yes", NULL);
    assert_refused("--batch-size: \"1k\" is not a whole number", "--batch-size", "1k");
    assert_refused("--batch-size: \"\" is not a whole number", "--batch-size=", NULL);
    assert_refused("--batch-size: 0 is not within 1 to 100000", "--batch-size", "0");
    assert_refused("--batch-size: -1 is not within 1 to 100000", "--batch-size", "-1");
    assert_refused("--batch-size: \"0x10\" is not a whole number", "--batch-size", "0x10");
    assert_refused("--share: \"much\" is no number", "--share", "much");
    assert_refused("--share: \"nan\" is no number", "--share", "nan");
    assert_refused("--share: 1.5 is not within 0 to 1", "--share", "1.5");
    assert_refused("--memory: \"1.3k\" is not a size as 64k, 16M or 5G", "--memory", "1.3k");
    assert_refused("--every: \"5\" is not a duration as 500ms, 60s, 15m, 2h or 7d", "--every", "5");
    assert_refused("--since: \"yesterday\" is no time as 2026-01-02T03:04:05Z, nor \"now\"", "--since", "yesterday");
    assert_refused("--mode: \"fas\" is none of fast|slow", "--mode", "fas");
    assert_refused("--completion: needs a value, bash", "--completion", NULL);
}

static void passwords_are_refused_on_the_command_line_only(void **state)
{
    sf_settings *s;
    (void)state;
    assert_refused("--store: all can see a password in an argument; use SF_STORE or PGPASSFILE", "--store",
                   "postgresql://me:secret@h/db");
    assert_refused("argument: all can see a password in an argument; use the environment or a file", "x://u:p@h", NULL);
    setenv("SF_STORE", "postgresql://me:secret@h/db", 1);
    assert_int_equal(read_settings(&s, NULL), SF_OK);
    assert_string_equal(sf_settings_text(s, "store"), "postgresql://me:secret@h/db");
    sf_settings_free(s);
    unsetenv("SF_STORE");
}

static void secrets_stand_in_no_argument(void **state)
{
    char path[] = "/tmp/secret-XXXXXX";
    sf_settings *s;
    int fd = mkstemp(path);
    (void)state;
    assert_refused("--pass: all can see a secret in an argument; use SF_PASS, SF_PASS_FILE or --config FILE", "--pass",
                   "x");
    assert_int_equal(write(fd, "a secret\nmore\n", 14), 14);
    (void)close(fd);
    setenv("SF_PASS_FILE", path, 1);
    assert_int_equal(read_settings(&s, NULL), SF_OK);
    assert_string_equal(sf_settings_text(s, "pass"), "a secret");
    sf_settings_free(s);
    setenv("SF_PASS", "another", 1);
    assert_int_equal(read_settings(&s, NULL), SF_OK);
    assert_string_equal(sf_settings_text(s, "pass"), "another");
    sf_settings_free(s);
    unsetenv("SF_PASS");
    (void)unlink(path);
    assert_int_equal(read_settings(&s, NULL), SF_EINVAL);
    assert_non_null(strstr(err.message, "SF_PASS_FILE: /tmp/secret-"));
    sf_settings_free(s);
    unsetenv("SF_PASS_FILE");
}

static void the_environment_is_read(void **state)
{
    sf_settings *s;
    const char *const *list;
    (void)state;
    setenv("SF_BATCH_SIZE", "12", 1);
    setenv("SF_TO", "  a\tb ", 1);
    setenv("SF_EXPLAIN", "yes", 1);
    setenv("SF_STORE", "", 1);
    assert_int_equal(read_settings(&s, NULL), SF_OK);
    assert_int_equal(sf_settings_integer(s, "batch-size"), 12);
    assert_int_equal(sf_settings_list(s, "to", &list), 2);
    assert_string_equal(list[1], "b");
    assert_true(sf_settings_flag(s, "explain"));
    assert_null(sf_settings_text(s, "store"));
    sf_settings_free(s);
    assert_int_equal(read_settings(&s, "--batch-size", "13", "--to", "c", "--no-explain", NULL), SF_OK);
    assert_int_equal(sf_settings_integer(s, "batch-size"), 13);
    assert_int_equal(sf_settings_list(s, "to", &list), 1);
    assert_false(sf_settings_flag(s, "explain"));
    sf_settings_free(s);
    setenv("SF_EXPLAIN", "perhaps", 1);
    assert_refused("SF_EXPLAIN: \"perhaps\" is neither yes nor no", NULL, NULL);
    unsetenv("SF_EXPLAIN");
    unsetenv("SF_BATCH_SIZE");
    unsetenv("SF_TO");
    unsetenv("SF_STORE");
}

/* ---- the config file ------------------------------------------------------------------------------------------------ */

static char config[] = "/tmp/sf-config-XXXXXX";

static void write_config(const char *text)
{
    FILE *f = fopen(config, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void the_file_is_read(void **state)
{
    sf_settings *s;
    const char *const *list;
    (void)state;
    write_config("\xEF\xBB\xBF# general\nbatch-size = 5 ; few\nshare: 0.25\n\n[sf-serve]\nlisten = x\n[sf-process]\n"
                 "share = 0.75\nto = a\n  b\nto = c\nexplain = on\n");
    assert_int_equal(read_settings(&s, "--config", config, NULL), SF_OK);
    assert_int_equal(sf_settings_integer(s, "batch-size"), 5);
    assert_true(sf_settings_number(s, "share") == 0.75);
    assert_int_equal(sf_settings_list(s, "to", &list), 3);
    assert_string_equal(list[0], "a");
    assert_string_equal(list[1], "b");
    assert_string_equal(list[2], "c");
    assert_true(sf_settings_flag(s, "explain"));
    sf_settings_free(s);
    setenv("SF_BATCH_SIZE", "6", 1);
    setenv("SF_CONFIG", config, 1);
    assert_int_equal(read_settings(&s, "--share", "0", NULL), SF_OK);
    assert_int_equal(sf_settings_integer(s, "batch-size"), 6);
    assert_true(sf_settings_number(s, "share") == 0);
    sf_settings_free(s);
    unsetenv("SF_BATCH_SIZE");
    unsetenv("SF_CONFIG");
}

static void assert_file_refused(const char *text, const char *message)
{
    char whole[200];
    write_config(text);
    snprintf(whole, sizeof whole, "%s:%s", config, message);
    assert_refused(whole, "--config", config);
}

static void mistakes_in_the_file_have_a_line(void **state)
{
    char line[400] = "batch-size=5\nstore = ";
    sf_settings *s;
    (void)state;
    assert_file_refused("# x\nbach-size = 3\n", "2: bach-size: no such setting; did you mean batch-size?");
    assert_file_refused("\n[sf-porcess]\nbatch-size = 3\n", "3: [sf-porcess] is no tool");
    assert_file_refused("batch-size = 0\n", "1: batch-size: 0 is not within 1 to 100000");
    assert_file_refused("batch-size = 1\nbatch-size = 2\n", "2: batch-size: given twice");
    assert_file_refused("store = a\n  b\n", "2: store: given twice");
    assert_file_refused("batch-size = 1\n\nwhat is this\n", "3: neither \"key = value\" nor \"[tool]\"");
    assert_file_refused("config = x\n", "1: config: has no place in a file");
    memset(line + strlen(line), 'x', 300);
    assert_file_refused(line, "2: line too long; lists go on in indented lines");
    assert_int_equal(read_settings(&s, "--config", "/no/such/file", NULL), SF_EINVAL);
    assert_string_equal(err.message, "/no/such/file: No such file or directory");
}

/* ---- generated texts ------------------------------------------------------------------------------------------------ */

static const char *printed(void (*print)(FILE *f, const sf_tool *t), const sf_tool *t)
{
    static char text[20000];
    FILE *f = fmemopen(text, sizeof text, "w");
    assert_non_null(f);
    print(f, t);
    fclose(f);
    return text;
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        print_error("no \"%s\" in:\n%s\n", part, text);
    }
    assert_non_null(strstr(text, part));
}

static void help_shows_every_option(void **state)
{
    (void)state;
    const char *text = printed(sf_settings_print_help, &tool);
    assert_has(text, "Usage: sf-process [SOURCE...]\nDoes something.\n\nA paragraph.\n");
    assert_has(text, "\n  --batch-size N          Records a batch. [1000]\n");
    assert_has(text, "\n  --mode MODE             How; a|b. One of fast|slow. [fast]\n");
    assert_has(text, "\n  --to URL                Where signals go. May be given again. [-]\n");
    assert_has(text, "\n  --log-format FORMAT     Diagnostics");
    assert_has(text, "\n  --help                  Prints this text.\n");
    assert_has(text, "\nExamples:\n  sf-process -\n");
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1) {
        assert_true(strcspn(line, "\n") <= 80 || strstr(line, "Every option can") == line);
    }
}

static void markdown_shows_every_option(void **state)
{
    (void)state;
    const char *text = printed(sf_settings_print_markdown, &tool);
    assert_has(text, "## sf-process\n\nDoes something.\n\n    sf-process [SOURCE...]\n\nA paragraph.\n\n| option |");
    assert_has(text, "| `--batch-size N` | `SF_BATCH_SIZE` | `1000` | Records a batch. From 1 to 100000. |\n");
    assert_has(text, "| `--mode MODE` | `SF_MODE` | `fast` | How; a\\|b. One of `fast`, `slow`. |\n");
    assert_has(text, "| `--explain` | `SF_EXPLAIN` |  | Says why. |\n");
    text = printed(sf_settings_print_markdown, NULL);
    assert_has(text, "| `--quiet` | `SF_QUIET` |");
    assert_has(text, "| `--version` |  |  | Prints the version. |\n");
}

static void completion_is_valid_bash(void **state)
{
    (void)state;
    const char *text = printed(sf_settings_print_completion, &tool);
    assert_has(text, "complete -o filenames -F _sf_process sf-process\n");
    FILE *f = popen("bash -c 'source /dev/stdin; COMP_WORDS=(sf-process --mode s) COMP_CWORD=2; _sf_process;"
                    " [ \"${COMPREPLY[*]}\" = slow ] || exit 1; COMP_WORDS=(sf-process --ba) COMP_CWORD=1; _sf_process;"
                    " [ \"${COMPREPLY[*]}\" = --batch-size ]'",
                    "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(pclose(f), 0);
}

static int make_config(void **state)
{
    (void)state;
    int fd = mkstemp(config);
    return fd >= 0 ? close(fd) : -1;
}

static int remove_config(void **state)
{
    (void)state;
    return unlink(config);
}

static int read_command(sf_settings **s, const char *a, const char *b, const char *c, const char *d)
{
    char *argv[] = {(char *)(uintptr_t) "sf-serve", (char *)(uintptr_t)a, (char *)(uintptr_t)b,
                    (char *)(uintptr_t)c,           (char *)(uintptr_t)d, NULL};
    *s = NULL;
    memset(&err, 0, sizeof err);
    return sf_settings_read(s, &serve, 5, argv, &err);
}

static void commands_have_tables_of_their_own(void **state)
{
    sf_settings *s;
    (void)state;
    assert_int_equal(read_command(&s, "query", "topics", "--format", "json"), SF_OK);
    assert_string_equal(sf_settings_tool(s), "sf-serve query");
    assert_string_equal(sf_settings_text(s, "format"), "json");
    assert_int_equal(sf_settings_count(s), 1);
    assert_string_equal(sf_settings_argument(s, 0), "topics");
    assert_false(sf_settings_knows(s, "batch-size"));
    sf_settings_free(s);
    assert_int_equal(read_command(&s, "user", "add", "ann", NULL), SF_OK);
    assert_string_equal(sf_settings_tool(s), "sf-serve user add");
    assert_string_equal(sf_settings_argument(s, 0), "ann");
    sf_settings_free(s);
    assert_int_equal(read_command(&s, "user", "remove", "--batch-size", "7"), SF_OK);
    assert_string_equal(sf_settings_tool(s), "sf-serve");
    assert_int_equal(sf_settings_count(s), 2);
    sf_settings_free(s);
    assert_int_equal(read_command(&s, "query", "--batch-size", "7", NULL), SF_EINVAL);
    assert_int_equal(read_command(&s, "--format", "json", "query", NULL), SF_EINVAL);
}

static void given_texts_are_those_that_somebody_gave(void **state)
{
    sf_settings *s;
    const char *const *texts;
    (void)state;
    assert_int_equal(read_command(&s, "query", "--since", "2h", NULL), SF_OK);
    assert_int_equal(sf_settings_given(s, "format", &texts), 0);
    assert_int_equal(sf_settings_given(s, "since", &texts), 1);
    assert_string_equal(texts[0], "2h");
    sf_settings_free(s);
}

static void helps_and_pages_name_the_commands(void **state)
{
    char text[20000];
    (void)state;
    void (*const print[])(FILE *, const sf_tool *) = {sf_settings_print_help, sf_settings_print_markdown};
    static const char *const wanted[][3] = {{"Commands", "  query ", "  user add "},
                                            {"## sf-serve\n", "### sf-serve query\n", "### sf-serve user add\n"}};
    for (size_t i = 0; i < 2; i++) {
        memset(text, 0, sizeof text);
        FILE *f = fmemopen(text, sizeof text - 1, "w");
        assert_non_null(f);
        print[i](f, &serve);
        (void)fclose(f);
        for (size_t k = 0; k < 3; k++) {
            assert_non_null(strstr(text, wanted[i][k]));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_hold_where_nothing_is_given),
        cmocka_unit_test(arguments_are_read_in_every_form),
        cmocka_unit_test(errors_say_what_is_wrong),
        cmocka_unit_test(passwords_are_refused_on_the_command_line_only),
        cmocka_unit_test(secrets_stand_in_no_argument),
        cmocka_unit_test(the_environment_is_read),
        cmocka_unit_test(the_file_is_read),
        cmocka_unit_test(mistakes_in_the_file_have_a_line),
        cmocka_unit_test(help_shows_every_option),
        cmocka_unit_test(markdown_shows_every_option),
        cmocka_unit_test(completion_is_valid_bash),
        cmocka_unit_test(commands_have_tables_of_their_own),
        cmocka_unit_test(given_texts_are_those_that_somebody_gave),
        cmocka_unit_test(helps_and_pages_name_the_commands),
    };
    return cmocka_run_group_tests(tests, make_config, remove_config);
}
