/* SPDX-License-Identifier: MIT */
/* The bash completion that an option table gives. */
#include <string.h>

#include "settings_internal.h"

/* The name of a tool as part of a function's name. */
static void print_function(FILE *f, const char *tool)
{
    (void)fputc('_', f);
    for (; *tool != '\0'; tool++) {
        (void)fputc(*tool == '-' ? '_' : *tool, f);
    }
}

static void print_names(FILE *f, const sf_option *o)
{
    for (; o->name != NULL; o++) {
        (void)fprintf(f, " --%s", o->name);
    }
}

/* What may follow an option that takes a value: its choices, a file, or anything. */
static void print_values(FILE *f, const sf_option *o)
{
    for (; o->name != NULL; o++) {
        if (o->choices != NULL) {
            (void)fprintf(f, "    --%s) mapfile -t COMPREPLY < <(compgen -W '", o->name);
            for (const char *c = o->choices; *c != '\0'; c++) {
                (void)fputc(*c == '|' ? ' ' : *c, f);
            }
            (void)fputs("' -- \"$word\"); return ;;\n", f);
        } else if (o->type == SF_OPTION_TEXT || o->type == SF_OPTION_LIST) {
            (void)fprintf(f, "    --%s) mapfile -t COMPREPLY < <(compgen -f -- \"$word\"); return ;;\n", o->name);
        } else if (o->type != SF_OPTION_FLAG) {
            (void)fprintf(f, "    --%s) return ;;\n", o->name);
        }
    }
}

/* What may stand where no option does: the words of the tool's commands, or those it names, or files. */
static void print_words(FILE *f, const sf_tool *tool)
{
    const sf_tool *const *c = tool->commands;
    if (c == NULL && tool->words == NULL) {
        (void)fputs("    *) mapfile -t COMPREPLY < <(compgen -f -- \"$word\") ;;\n", f);
        return;
    }
    (void)fprintf(f, "    *) mapfile -t COMPREPLY < <(compgen -W '%s", tool->words != NULL ? tool->words : "");
    for (; c != NULL && *c != NULL; c++) {
        (void)fprintf(f, " %s", sf_tool_words(*c));
    }
    (void)fputs("' -- \"$word\") ;;\n", f);
}

static void print_cases(FILE *f, const sf_tool *tool)
{
    (void)fputs("    case $before in\n", f);
    print_values(f, tool->options);
    print_values(f, sf_common_options);
    print_values(f, sf_asking_options);
    (void)fputs("    esac\n    case $word in\n    -*) mapfile -t COMPREPLY < <(compgen -W '", f);
    print_names(f, tool->options);
    print_names(f, sf_common_options);
    print_names(f, sf_asking_options);
    (void)fputs("' -- \"$word\") ;;\n", f);
    print_words(f, tool);
    (void)fputs("    esac\n", f);
}

void sf_settings_print_completion(FILE *f, const sf_tool *tool)
{
    tool = tool->of != NULL ? tool->of : tool;
    (void)fprintf(f, "# Completion of %s for bash:  source <(%s --completion bash)\n", tool->name, tool->name);
    print_function(f, tool->name);
    (void)fputs("() {\n    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n    COMPREPLY=()\n",
                f);
    for (const sf_tool *const *c = tool->commands; c != NULL && *c != NULL; c++) {
        (void)fprintf(f, "    if [[ \"${COMP_WORDS[*]:1:COMP_CWORD-1} \" == '%s '* ]]; then\n", sf_tool_words(*c));
        print_cases(f, *c);
        (void)fputs("    return; fi\n", f);
    }
    print_cases(f, tool);
    (void)fputs("}\ncomplete -o filenames -F ", f);
    print_function(f, tool->name);
    (void)fprintf(f, " %s\n", tool->name);
}
