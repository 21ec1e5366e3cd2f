/* SPDX-License-Identifier: MIT */
/* Settings from the command line, the environment and a file. */
#include "settings.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "log.h"
#include "metrics.h"
#include "settings_internal.h"
#include "url.h"

const sf_option sf_common_options[] = {
    {"config", "FILE", SF_OPTION_TEXT, NULL, 0, 0, NULL,
     "Reads settings from an INI file: keys named as these options, in section [TOOL] or before the first section."},
    {"check-config", NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL,
     "Checks the settings and exits; 0: they are right, 2: not."},
    {"dry-run", NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL,
     "Reads and works as ever, but writes nothing and commits nothing; live sources say what they would ask, and ask "
     "nothing."},
    {"log-format", "FORMAT", SF_OPTION_CHOICE, "auto", 0, 0, "text|json|auto",
     "Diagnostics as text or as one JSON object a line; auto: text on a terminal, else JSON."},
    {"log-level", "LEVEL", SF_OPTION_CHOICE, "info", 0, 0, "debug|info|warn|error", "The least that is logged."},
    {"quiet", NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL, "Logs errors only and shows no progress."},
    {NULL, NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL, NULL}};

const sf_option sf_asking_options[] = {
    {"help", NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL, "Prints this text."},
    {"version", NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL, "Prints the version."},
    {"completion", "SHELL", SF_OPTION_CHOICE, NULL, 0, 0, "bash", "Prints a completion script to be sourced."},
    {"options-markdown", "WHICH", SF_OPTION_CHOICE, NULL, 0, 0, "tool|common|metrics",
     "Prints the options of this tool, or those of every tool, as Markdown; or what --metrics tells."},
    {NULL, NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL, NULL}};

/* ---- the option table --------------------------------------------------------------------------------------------- */

const sf_option *sf_option_at(const sf_tool *tool, size_t i)
{
    size_t own = 0;
    while (tool->options[own].name != NULL && own < i) {
        own++;
    }
    if (tool->options[own].name != NULL) {
        return &tool->options[own];
    }
    size_t common = 0;
    while (sf_common_options[common].name != NULL && own + common < i) {
        common++;
    }
    return sf_common_options[common].name != NULL ? &sf_common_options[common] : NULL;
}

int sf_option_find(const sf_tool *tool, const char *name, size_t len)
{
    const sf_option *o;
    for (size_t i = 0; (o = sf_option_at(tool, i)) != NULL; i++) {
        if (strlen(o->name) == len && memcmp(o->name, name, len) == 0) {
            return (int)i;
        }
    }
    return -1;
}

void sf_option_variable(const sf_option *o, char *buf, size_t cap)
{
    (void)snprintf(buf, cap, "SF_%s", o->name);
    for (char *p = buf; *p != '\0'; p++) {
        *p = *p == '-' ? '_' : (char)toupper((unsigned char)*p);
    }
}

/* Levenshtein's distance of a and b, which are names of options and short. */
static size_t distance(const char *a, size_t a_len, const char *b)
{
    size_t row[64], n = strlen(b);
    if (n >= 64) {
        return 64;
    }
    for (size_t j = 0; j <= n; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            best = best < row[j] + 1 ? best : row[j] + 1;
            row[j] = best < row[j - 1] + 1 ? best : row[j - 1] + 1;
        }
    }
    return row[n];
}

/* The nearest name of a table, if it is nearer than *best: the beginning of a name counts as one slip. */
static const char *nearest(const sf_option *o, const char *name, size_t len, size_t *best, const char *found)
{
    size_t d = strncmp(o->name, name, len) == 0 ? 1 : distance(name, len, o->name);
    if (d < *best) {
        *best = d;
        return o->name;
    }
    return found;
}

void sf_option_suggest(const sf_tool *tool, const char *name, size_t len, const char *prefix, char *buf, size_t cap)
{
    const char *found = NULL;
    size_t best = len / 3 + 2 < 4 ? len / 3 + 2 : 4;
    const sf_option *o;
    for (size_t i = 0; len > 1 && len < 40 && (o = sf_option_at(tool, i)) != NULL; i++) {
        found = nearest(o, name, len, &best, found);
    }
    for (o = sf_asking_options; prefix[0] != '\0' && len > 1 && len < 40 && o->name != NULL; o++) {
        found = nearest(o, name, len, &best, found);
    }
    buf[0] = '\0';
    if (found != NULL) {
        (void)snprintf(buf, cap, "; did you mean %s%s?", prefix, found);
    }
}

/* ---- commands ----------------------------------------------------------------------------------------------------- */

const char *sf_tool_program(const sf_tool *tool)
{
    return tool->of != NULL ? tool->of->name : tool->name;
}

const char *sf_tool_words(const sf_tool *command)
{
    return command->name + strlen(command->of->name) + 1;
}

/* How many arguments, from the first on, are the words of a command; 0: it is not meant. */
static int words_of_command(const sf_tool *command, char **arguments)
{
    int n = 0;
    for (const char *word = sf_tool_words(command); *word != '\0'; n++) {
        size_t len = strcspn(word, " ");
        if (arguments[n] == NULL || strlen(arguments[n]) != len || memcmp(arguments[n], word, len) != 0) {
            return 0;
        }
        word += len + (word[len] == ' ');
    }
    return n;
}

/* The command that the arguments begin with, which are moved on behind it; else the tool itself. */
static const sf_tool *find_command(const sf_tool *tool, char ***arguments)
{
    for (size_t i = 0; tool->commands != NULL && tool->commands[i] != NULL; i++) {
        int n = words_of_command(tool->commands[i], *arguments);
        if (n > 0) {
            *arguments += n;
            return tool->commands[i];
        }
    }
    return tool;
}

int sf_option_elsewhere(const sf_tool *tool, const char *name)
{
    const sf_tool *whole = tool->of != NULL ? tool->of : tool;
    int found = sf_option_find(whole, name, strlen(name)) >= 0;
    for (size_t i = 0; !found && whole->commands != NULL && whole->commands[i] != NULL; i++) {
        found = sf_option_find(whole->commands[i], name, strlen(name)) >= 0;
    }
    return found;
}

/* ---- values ------------------------------------------------------------------------------------------------------- */

static void clear(sf_value *v)
{
    for (size_t i = 0; i < v->n_texts; i++) {
        free(v->texts[i]);
    }
    free((void *)v->texts);
    free(v->lines);
    v->texts = NULL;
    v->lines = NULL;
    v->n_texts = 0;
}

static int add_text(sf_value *v, const char *text, int line)
{
    char **texts = realloc((void *)v->texts, (v->n_texts + 1) * sizeof *texts);
    if (texts == NULL) {
        return SF_ENOMEM;
    }
    v->texts = texts;
    int *lines = realloc(v->lines, (v->n_texts + 1) * sizeof *lines);
    if (lines == NULL) {
        return SF_ENOMEM;
    }
    v->lines = lines;
    v->lines[v->n_texts] = line;
    v->texts[v->n_texts] = strdup(text);
    v->n_texts += v->texts[v->n_texts] != NULL;
    return v->n_texts > 0 && v->texts[v->n_texts - 1] != NULL ? SF_OK : SF_ENOMEM;
}

int sf_settings_set(sf_settings *s, size_t i, sf_rank rank, const char *text, const char *what, sf_error *err)
{
    const sf_option *o = sf_option_at(s->tool, i);
    sf_value *v = &s->values[i];
    sf_value meant = {0};
    int r = sf_value_read(o, text, what, &meant, err);
    if (r != SF_OK || rank < v->rank) {
        return r;
    }
    if (o->type != SF_OPTION_LIST || rank > v->rank) {
        clear(v);
    }
    v->rank = rank;
    v->whole = meant.whole;
    v->number = meant.number;
    r = add_text(v, text, s->line);
    return r == SF_OK ? r : sf_fail(err, r, "%s: %s", what, sf_strerror(r));
}

/* The items of a list that stand between white space. */
static int set_items(sf_settings *s, size_t i, sf_rank rank, const char *text, const char *what, sf_error *err)
{
    static const char space[] = " \t\r\n";
    char *copy = strdup(text), *rest = NULL;
    int r = copy != NULL ? SF_OK : sf_fail(err, SF_ENOMEM, "%s: %s", what, sf_strerror(SF_ENOMEM));
    for (char *item = copy != NULL ? strtok_r(copy, space, &rest) : NULL; item != NULL && r == SF_OK;
         item = strtok_r(NULL, space, &rest)) {
        r = sf_settings_set(s, i, rank, item, what, err);
    }
    free(copy);
    return r;
}

static int read_defaults(sf_settings *s, sf_error *err)
{
    const sf_option *o;
    for (size_t i = 0; (o = sf_option_at(s->tool, i)) != NULL; i++) {
        s->values[i].whole = o->type == SF_OPTION_TIME ? SF_NO_TIME : 0;
        if (o->fallback != NULL) {
            int r = sf_settings_set(s, i, SF_RANK_DEFAULT, o->fallback, o->name, err);
            if (r != SF_OK) {
                return r;
            }
        }
    }
    return SF_OK;
}

/* A secret that stands in the file that SF_NAME_FILE names, on its first line. */
static int read_secret_file(sf_settings *s, size_t i, const char *name, sf_error *err)
{
    char variable[90], text[4096] = "";
    (void)snprintf(variable, sizeof variable, "%s_FILE", name);
    const char *path = getenv(variable);
    if (path == NULL || path[0] == '\0') {
        return SF_OK;
    }
    FILE *f = fopen(path, "r");
    if (f == NULL || (fgets(text, sizeof text, f) == NULL && ferror(f))) {
        int r = sf_fail(err, SF_EINVAL, "%s: %.100s: %s", variable, path, strerror(errno));
        if (f != NULL) {
            (void)fclose(f);
        }
        return r;
    }
    (void)fclose(f);
    text[strcspn(text, "\r\n")] = '\0';
    return sf_settings_set(s, i, SF_RANK_ENVIRONMENT, text, variable, err);
}

static int read_environment(sf_settings *s, sf_error *err)
{
    const sf_option *o;
    for (size_t i = 0; (o = sf_option_at(s->tool, i)) != NULL; i++) {
        char name[80];
        sf_option_variable(o, name, sizeof name);
        const char *text = getenv(name);
        if (text == NULL || text[0] == '\0') {
            int read = o->type == SF_OPTION_SECRET ? read_secret_file(s, i, name, err) : SF_OK;
            if (read != SF_OK) {
                return read;
            }
            continue;
        }
        int r = o->type == SF_OPTION_LIST ? set_items(s, i, SF_RANK_ENVIRONMENT, text, name, err)
                                          : sf_settings_set(s, i, SF_RANK_ENVIRONMENT, text, name, err);
        if (r != SF_OK) {
            return r;
        }
    }
    return SF_OK;
}

/* ---- the command line --------------------------------------------------------------------------------------------- */

/* Everyone on the machine can read a command line. */
static int refuse_password(const char *what, const char *text, const sf_option *o, sf_error *err)
{
    char variable[80] = "the environment";
    const char *file = strncmp(text, "postgres", 8) == 0 ? "PGPASSFILE" : "a file";
    if (!sf_url_has_password(text)) {
        return SF_OK;
    }
    if (o != NULL) {
        sf_option_variable(o, variable, sizeof variable);
        file = strncmp(text, "postgres", 8) == 0 ? "PGPASSFILE" : "--config FILE";
    }
    return sf_fail(err, SF_EINVAL, "%s: all can see a password in an argument; use %s or %s", what, variable, file);
}

/* --help and its like. SF_EEND when it was one, SF_OK when not. */
static int answer(const sf_tool *tool, const char *name, size_t len, const char *value, sf_error *err)
{
    const sf_option *o = sf_asking_options;
    while (o->name != NULL && (strlen(o->name) != len || memcmp(o->name, name, len) != 0)) {
        o++;
    }
    if (o->name == NULL) {
        return SF_OK;
    }
    sf_value meant;
    int r = o->type == SF_OPTION_FLAG || value != NULL ? SF_OK : SF_EINVAL;
    if (r != SF_OK) {
        return sf_fail(err, r, "--%s: needs a value, %s", o->name, o->choices);
    }
    r = o->type == SF_OPTION_FLAG ? SF_OK : sf_value_read(o, value, o->name, &meant, err);
    if (r != SF_OK) {
        return r;
    }
    if (strcmp(o->name, "help") == 0) {
        sf_settings_print_help(stdout, tool);
    } else if (strcmp(o->name, "version") == 0) {
        (void)printf("%s %s\n", sf_tool_program(tool), sf_version_string());
    } else if (strcmp(o->name, "completion") == 0) {
        sf_settings_print_completion(stdout, tool);
    } else if (strcmp(value, "metrics") == 0) {
        sf_metrics_print_markdown(stdout);
    } else {
        sf_settings_print_markdown(stdout, strcmp(value, "tool") == 0 ? tool : NULL);
    }
    return fflush(stdout) == 0 ? SF_EEND : sf_fail_errno(err, "stdout");
}

static int unknown_option(const sf_tool *tool, const char *argument, size_t len, sf_error *err)
{
    char suggestion[60];
    sf_option_suggest(tool, argument + 2, len - 2, "--", suggestion, sizeof suggestion);
    return sf_fail(err, SF_EINVAL, "%.*s: no such option%s", (int)(len < 40 ? len : 40), argument, suggestion);
}

/* "--name", "--name=value", "--name value", "--no-name"; *next is the argument after it, and is moved on when used. */
static int take_option(sf_settings *s, const char *argument, char ***next, sf_error *err)
{
    const char *name = argument + 2;
    size_t len = strcspn(name, "=");
    const char *value = name[len] == '=' ? name + len + 1 : NULL;
    int r = answer(s->tool, name, len, value != NULL ? value : **next, err);
    if (r != SF_OK) {
        return r;
    }
    int i = sf_option_find(s->tool, name, len);
    int no = i < 0 && strncmp(name, "no-", 3) == 0;
    if (no) {
        i = sf_option_find(s->tool, name + 3, len - 3);
        i = i >= 0 && sf_option_at(s->tool, (size_t)i)->type == SF_OPTION_FLAG ? i : -1;
    }
    if (i < 0) {
        return unknown_option(s->tool, argument, len + 2, err);
    }
    const sf_option *o = sf_option_at(s->tool, (size_t)i);
    char what[64];
    (void)snprintf(what, sizeof what, "--%s", o->name);
    if (o->type == SF_OPTION_FLAG) {
        if (value != NULL) {
            return sf_fail(err, SF_EINVAL, "%s: takes no value", what);
        }
        return sf_settings_set(s, (size_t)i, SF_RANK_ARGUMENT, no ? "no" : "yes", what, err);
    }
    if (value == NULL && (value = *(*next)++) == NULL) {
        (*next)--;
        return sf_fail(err, SF_EINVAL, "%s: needs a value, %s", what, o->value);
    }
    if (o->type == SF_OPTION_SECRET) {
        char variable[80];
        sf_option_variable(o, variable, sizeof variable);
        return sf_fail(err, SF_EINVAL, "%s: all can see a secret in an argument; use %s, %s_FILE or --config FILE",
                       what, variable, variable);
    }
    r = refuse_password(what, value, o, err);
    return r != SF_OK ? r : sf_settings_set(s, (size_t)i, SF_RANK_ARGUMENT, value, what, err);
}

static int read_arguments(sf_settings *s, char **next, sf_error *err)
{
    int only_arguments = 0;
    while (*next != NULL) {
        const char *argument = *next++;
        int r = SF_OK;
        if (only_arguments || argument[0] != '-' || argument[1] == '\0') {
            r = refuse_password("argument", argument, NULL, err);
            s->arguments[s->n_arguments++] = argument;
        } else if (strcmp(argument, "--") == 0) {
            only_arguments = 1;
        } else if (argument[1] == '-') {
            r = take_option(s, argument, &next, err);
        } else if (strcmp(argument, "-h") == 0) {
            r = answer(s->tool, "help", 4, NULL, err);
        } else {
            r = sf_fail(err, SF_EINVAL, "%.40s: no such option", argument);
        }
        if (r != SF_OK) {
            return r;
        }
    }
    return SF_OK;
}

/* ---- all of it ---------------------------------------------------------------------------------------------------- */

static int read_all(sf_settings *s, char **arguments, sf_error *err)
{
    int r = read_defaults(s, err);
    r = r == SF_OK ? read_arguments(s, arguments, err) : r;
    r = r == SF_OK ? read_environment(s, err) : r;
    if (r == SF_OK && sf_settings_text(s, "config") != NULL) {
        r = sf_settings_read_file(s, sf_settings_text(s, "config"), err);
    }
    return r;
}

int sf_settings_read(sf_settings **out, const sf_tool *tool, int argc, char **argv, sf_error *err)
{
    size_t n = 0;
    char **arguments = argv + 1;
    tool = find_command(tool, &arguments);
    while (sf_option_at(tool, n) != NULL) {
        n++;
    }
    sf_settings *s = calloc(1, sizeof *s);
    if (s != NULL) {
        s->tool = tool;
        s->values = calloc(n + 1, sizeof *s->values);
        s->arguments = calloc((size_t)argc + 1, sizeof *s->arguments);
    }
    if (s == NULL || s->values == NULL || s->arguments == NULL) {
        sf_settings_free(s);
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    int r = read_all(s, arguments, err);
    if (r != SF_OK) {
        sf_settings_free(s);
        return r;
    }
    sf_log_open(sf_tool_program(tool), sf_settings_text(s, "log-format"),
                sf_settings_flag(s, "quiet") ? "error" : sf_settings_text(s, "log-level"));
    *out = s;
    return SF_OK;
}

void sf_settings_free(sf_settings *s)
{
    if (s != NULL) {
        for (size_t i = 0; s->values != NULL && sf_option_at(s->tool, i) != NULL; i++) {
            clear(&s->values[i]);
        }
        free(s->values);
        free((void *)s->arguments);
        free(s);
    }
}

/* ---- what tools ask ----------------------------------------------------------------------------------------------- */

size_t sf_settings_count(const sf_settings *s)
{
    return s->n_arguments;
}

const char *sf_settings_argument(const sf_settings *s, size_t i)
{
    return i < s->n_arguments ? s->arguments[i] : NULL;
}

/* The value of an option of one of the types, given as bits. Anything else is a bug of the tool. */
static const sf_value *value_of(const sf_settings *s, const char *name, unsigned types)
{
    static const sf_value none = {.whole = 0};
    int i = sf_option_find(s->tool, name, strlen(name));
    assert(i >= 0 && (types >> sf_option_at(s->tool, (size_t)i)->type & 1U) != 0);
    return i >= 0 && (types >> sf_option_at(s->tool, (size_t)i)->type & 1U) != 0 ? &s->values[i] : &none;
}

int sf_settings_knows(const sf_settings *s, const char *name)
{
    return sf_option_find(s->tool, name, strlen(name)) >= 0;
}

int sf_settings_flag(const sf_settings *s, const char *name)
{
    return value_of(s, name, 1U << SF_OPTION_FLAG)->whole != 0;
}

const char *sf_settings_text(const sf_settings *s, const char *name)
{
    const sf_value *v = value_of(s, name, 1U << SF_OPTION_TEXT | 1U << SF_OPTION_SECRET | 1U << SF_OPTION_CHOICE);
    return v->n_texts > 0 && v->texts[0][0] != '\0' ? v->texts[0] : NULL;
}

size_t sf_settings_list(const sf_settings *s, const char *name, const char *const **out)
{
    const sf_value *v = value_of(s, name, 1U << SF_OPTION_LIST);
    *out = (const char *const *)v->texts;
    return v->n_texts;
}

const char *sf_settings_place(const sf_settings *s, const char *name, size_t i, char *buf, size_t cap)
{
    const sf_value *v = value_of(s, name, 1U << SF_OPTION_LIST);
    buf[0] = '\0';
    if (i < v->n_texts && v->lines[i] > 0) {
        (void)snprintf(buf, cap, "%.60s:%d: ", s->path, v->lines[i]);
    }
    return buf;
}

size_t sf_settings_given(const sf_settings *s, const char *name, const char *const **out)
{
    const sf_value *v = value_of(s, name, ~0U);
    *out = (const char *const *)v->texts;
    return v->rank > SF_RANK_DEFAULT ? v->n_texts : 0;
}

int64_t sf_settings_integer(const sf_settings *s, const char *name)
{
    return value_of(s, name, 1U << SF_OPTION_INTEGER | 1U << SF_OPTION_SIZE | 1U << SF_OPTION_DURATION)->whole;
}

double sf_settings_number(const sf_settings *s, const char *name)
{
    return value_of(s, name, 1U << SF_OPTION_NUMBER)->number;
}

int64_t sf_settings_time(const sf_settings *s, const char *name)
{
    return value_of(s, name, 1U << SF_OPTION_TIME)->whole;
}

const char *sf_settings_tool(const sf_settings *s)
{
    return s->tool->name;
}
