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

void sf_settings_print_completion(FILE *f, const sf_tool *tool)
{
    (void)fprintf(f, "# Completion of %s for bash:  source <(%s --completion bash)\n", tool->name, tool->name);
    print_function(f, tool->name);
    (void)fputs("() {\n    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n    COMPREPLY=()\n"
                "    case $before in\n",
                f);
    print_values(f, tool->options);
    print_values(f, sf_common_options);
    print_values(f, sf_asking_options);
    (void)fputs("    esac\n    case $word in\n    -*) mapfile -t COMPREPLY < <(compgen -W '", f);
    print_names(f, tool->options);
    print_names(f, sf_common_options);
    print_names(f, sf_asking_options);
    (void)fputs("' -- \"$word\") ;;\n    *) mapfile -t COMPREPLY < <(compgen -f -- \"$word\") ;;\n    esac\n}\n"
                "complete -o filenames -F ",
                f);
    print_function(f, tool->name);
    (void)fprintf(f, " %s\n", tool->name);
}
