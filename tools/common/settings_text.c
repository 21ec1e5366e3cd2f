/* SPDX-License-Identifier: MIT */
/* What the option table says to people: --help and docs/configuration.md. */
#include <string.h>

#include "settings_internal.h"

enum { INDENT = 26, WIDTH = 80 };

/* ---- --help ------------------------------------------------------------------------------------------------------- */

/* Words of a text from column `at` on, wrapped at WIDTH; later lines start at `indent`. Line ends in it are kept. */
static void print_wrapped(FILE *f, const char *text, size_t at, size_t indent)
{
    size_t column = at;
    while (*text != '\0') {
        size_t n = strcspn(text, " \n");
        if (column > indent && column + 1 + n > WIDTH) {
            (void)fprintf(f, "\n%*s", (int)indent, "");
            column = indent;
        }
        (void)fprintf(f, "%s%.*s", column > indent ? " " : "", (int)n, text);
        column += n + (column > indent);
        text += n;
        if (*text == '\n') {
            (void)fprintf(f, "\n%*s", (int)indent, "");
            column = indent;
        }
        text += *text != '\0';
    }
    (void)fputc('\n', f);
}

static void print_option(FILE *f, const sf_option *o)
{
    int n = fprintf(f, "  --%s%s%s", o->name, o->value != NULL ? " " : "", o->value != NULL ? o->value : "");
    if (n + 1 >= INDENT) {
        (void)fputc('\n', f);
        n = 0;
    }
    (void)fprintf(f, "%*s", INDENT - n, "");
    char text[800];
    int secret = o->type == SF_OPTION_SECRET;
    int again = o->type == SF_OPTION_LIST, choice = o->choices != NULL, fallback = o->fallback != NULL;
    (void)snprintf(text, sizeof text, "%s%s%s%s%s%s%s%s%s", o->help, secret ? " Never on the command line." : "",
                   again ? " May be given again." : "", choice ? " One of " : "", choice ? o->choices : "",
                   choice ? "." : "", fallback ? " [" : "", fallback ? o->fallback : "", fallback ? "]" : "");
    print_wrapped(f, text, INDENT, INDENT);
}

static void print_options(FILE *f, const char *title, const sf_option *o)
{
    if (o->name != NULL) {
        (void)fprintf(f, "\n%s\n", title);
    }
    for (; o->name != NULL; o++) {
        print_option(f, o);
    }
}

/* Text as it stands, each line moved in. */
static void print_indented(FILE *f, const char *text, const char *indent)
{
    while (*text != '\0') {
        size_t n = strcspn(text, "\n");
        (void)fprintf(f, "%s%.*s\n", n > 0 ? indent : "", (int)n, text);
        text += n + (text[n] == '\n');
    }
}

static void print_commands(FILE *f, const sf_tool *tool)
{
    for (size_t i = 0; tool->commands != NULL && tool->commands[i] != NULL; i++) {
        const sf_tool *c = tool->commands[i];
        (void)fprintf(f, "%s", i == 0 ? "\nCommands (--help after one tells more):\n" : "");
        int n = fprintf(f, "  %s", sf_tool_words(c));
        (void)fprintf(f, "%*s", n < INDENT ? INDENT - n : 1, "");
        print_wrapped(f, c->summary, INDENT, INDENT);
    }
}

void sf_settings_print_help(FILE *f, const sf_tool *tool)
{
    (void)fprintf(f, "Usage: %s %s\n", tool->name, tool->usage);
    print_wrapped(f, tool->summary, 0, 0);
    if (tool->description != NULL) {
        (void)fputc('\n', f);
        print_wrapped(f, tool->description, 0, 0);
    }
    print_commands(f, tool);
    print_options(f, "Options:", tool->options);
    print_options(f, "Options of every tool:", sf_common_options);
    for (const sf_option *o = sf_asking_options; o->name != NULL; o++) {
        print_option(f, o);
    }
    if (tool->examples != NULL) {
        (void)fprintf(f, "\nExamples:\n");
        print_indented(f, tool->examples, "  ");
    }
    (void)fprintf(f, "\nEvery option can be set as SF_NAME in the environment and as name in a --config file too.\n");
}

/* ---- docs/configuration.md ---------------------------------------------------------------------------------------- */

/* Text in a cell of a table. */
static void print_cell(FILE *f, const char *text)
{
    for (; *text != '\0'; text++) {
        (void)fputs(*text == '|' ? "\\" : "", f);
        (void)fputc(*text == '\n' ? ' ' : *text, f);
    }
}

static void print_row(FILE *f, const sf_option *o, int has_variable)
{
    char variable[80];
    sf_option_variable(o, variable, sizeof variable);
    (void)fprintf(f, "| `--%s%s%s` | ", o->name, o->value != NULL ? " " : "", o->value != NULL ? o->value : "");
    (void)fprintf(f, "%s%s%s | ", has_variable ? "`" : "", has_variable ? variable : "", has_variable ? "`" : "");
    if (o->fallback != NULL) {
        (void)fprintf(f, "`%s`", o->fallback);
    }
    (void)fputs(" | ", f);
    print_cell(f, o->help);
    if (o->choices != NULL) {
        (void)fputs(" One of `", f);
        for (const char *c = o->choices; *c != '\0'; c++) {
            (void)fprintf(f, "%.*s", *c == '|' ? 4 : 1, *c == '|' ? "`, `" : c);
        }
        (void)fputs("`.", f);
    }
    if (o->max != 0 && o->max < 1e9) {
        (void)fprintf(f, " From %.15g to %.15g.", o->min, o->max);
    } else if (o->min != 0) {
        (void)fprintf(f, " At least %.15g.", o->min);
    }
    if (o->type == SF_OPTION_SECRET) {
        (void)fprintf(f, " Never on the command line; `%s_FILE` names a file that holds it.", variable);
    }
    if (o->type == SF_OPTION_LIST) {
        (void)fputs(" May be given again.", f);
    }
    (void)fputs(" |\n", f);
}

static void print_table(FILE *f, const sf_option *options, const sf_option *asking)
{
    (void)fputs("\n| option | environment | default | what it does |\n|---|---|---|---|\n", f);
    for (const sf_option *o = options; o->name != NULL; o++) {
        print_row(f, o, 1);
    }
    for (const sf_option *o = asking; o != NULL && o->name != NULL; o++) {
        print_row(f, o, 0);
    }
}

static void print_section(FILE *f, const sf_tool *tool)
{
    (void)fprintf(f, "%s %s\n\n%s\n\n    %s %s\n", tool->of != NULL ? "###" : "##", tool->name, tool->summary,
                  tool->name, tool->usage);
    if (tool->description != NULL) {
        (void)fprintf(f, "\n%s\n", tool->description);
    }
    if (tool->options[0].name != NULL) {
        print_table(f, tool->options, NULL);
    }
    if (tool->examples != NULL) {
        (void)fputs("\nExamples:\n\n", f);
        print_indented(f, tool->examples, "    ");
    }
}

void sf_settings_print_markdown(FILE *f, const sf_tool *tool)
{
    if (tool == NULL) {
        (void)fputs("## Options of every tool\n", f);
        print_table(f, sf_common_options, sf_asking_options);
        return;
    }
    print_section(f, tool);
    for (size_t i = 0; tool->commands != NULL && tool->commands[i] != NULL; i++) {
        (void)fputc('\n', f);
        print_section(f, tool->commands[i]);
    }
}
