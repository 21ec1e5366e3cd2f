/* SPDX-License-Identifier: MIT */
/* Settings: one table of options per tool, from which come the parser, --help, the shell completion and
 * docs/configuration.md.
 *
 * A value comes from the first of: the command line, the environment (SF_ and the option's name in capitals, SF_BATCH_SIZE), the
 * config file (--config, INI: keys named as the options, section [TOOL] or none), the table's default. A list is taken whole
 * from one of them: in the environment its items stand between white space, in the file the key is given again. An empty
 * variable counts as none. What the command line may not carry is a URL with a password. */
#ifndef SF_SETTINGS_H
#define SF_SETTINGS_H

#include <stdio.h>

#include "signalflow/signalflow.h"

typedef enum sf_option_type {
    SF_OPTION_FLAG, /* no value; --no-NAME takes it back; elsewhere yes or no */
    SF_OPTION_TEXT,
    SF_OPTION_SECRET, /* TEXT that no command line may carry: the environment (SF_NAME, or the file that SF_NAME_FILE names), the file */
    SF_OPTION_LIST, /* TEXT that may be given again */
    SF_OPTION_INTEGER,
    SF_OPTION_NUMBER,
    SF_OPTION_SIZE,     /* bytes: 64k, 16M, 5G */
    SF_OPTION_DURATION, /* milliseconds: 500ms, 60s, 15m, 2h, 7d */
    SF_OPTION_TIME,     /* RFC 3339, or "now" */
    SF_OPTION_MOMENT,   /* a TIME, a date, seconds since 1970, or how long before another moment: 2h */
    SF_OPTION_CHOICE    /* one of `choices` */
} sf_option_type;

typedef struct sf_option {
    const char *name;  /* "batch-size"; NULL ends a table */
    const char *value; /* what --help calls its value: "N", "FILE"; NULL for a flag */
    sf_option_type type;
    const char *fallback; /* the default as one would type it; NULL: none */
    double min, max;      /* of INTEGER, NUMBER, SIZE, DURATION; both 0: any */
    const char *choices;  /* of CHOICE: "text|json" */
    const char *help;     /* one or two sentences */
} sf_option;

/* What a tool says about itself, or a command of a tool that has several: it has a table of its own then. */
typedef struct sf_tool {
    const char *name;                      /* "sf-process"; of a command "sf-serve query" */
    const char *summary;                   /* one line */
    const char *usage;                     /* "[SOURCE...] [--to URL]..." */
    const char *description;               /* a paragraph or two */
    const char *examples;                  /* as they are printed */
    const sf_option *options;              /* its own; those that every tool has (sf_common_options) come after them */
    const struct sf_tool *const *commands; /* NULL, or its commands, which end with NULL */
    const struct sf_tool *of;              /* of a command: the tool */
    const char *words; /* of a command, for completion: what its first argument can be, "a b c"; NULL: a file */
} sf_tool;

extern const sf_option sf_common_options[];

typedef struct sf_settings sf_settings;

/* Reads arguments, environment and config file, and opens the log as they say. Where the first arguments name a command, its
 * table holds instead of the tool's; sf_settings_tool() tells which. Returns SF_OK; SF_EEND when it printed what
 * was asked for (--help, --version, --completion, --options-markdown): exit 0; SF_EINVAL: wrong use, the message says
 * which option: exit 2. */
int sf_settings_read(sf_settings **out, const sf_tool *tool, int argc, char **argv, sf_error *err);
void sf_settings_free(sf_settings *s);

/* The positional arguments. */
size_t sf_settings_count(const sf_settings *s);
const char *sf_settings_argument(const sf_settings *s, size_t i);

/* Values; asking for an option that is in no table, or with the wrong type, is a bug and aborts in debug builds. */
int sf_settings_knows(const sf_settings *s, const char *name); /* is it in the tool's table? For plugs. */
int sf_settings_flag(const sf_settings *s, const char *name);
const char *sf_settings_text(const sf_settings *s, const char *name); /* NULL: not given, or empty */
size_t sf_settings_list(const sf_settings *s, const char *name, const char *const **out);
/* Where an item of a list stands in the config file, for messages: "FILE:LINE: "; "" where it comes from elsewhere. */
const char *sf_settings_place(const sf_settings *s, const char *name, size_t i, char *buf, size_t cap);
/* The texts of an option of any type, if it was given and is not the default; of a flag "yes" or "no" and its like. */
size_t sf_settings_given(const sf_settings *s, const char *name, const char *const **out);
int64_t sf_settings_integer(const sf_settings *s, const char *name); /* INTEGER, SIZE, DURATION in ms */
double sf_settings_number(const sf_settings *s, const char *name);
int64_t sf_settings_time(const sf_settings *s, const char *name); /* SF_NO_TIME: not given */
const char *sf_settings_tool(const sf_settings *s);

/* A duration as SF_OPTION_DURATION takes it, in milliseconds; for options that have one in the middle. SF_OK, SF_EINVAL. */
int sf_duration_read(const char *text, int64_t *ms);

/* The generated texts. */
void sf_settings_print_help(FILE *f, const sf_tool *tool);
void sf_settings_print_completion(FILE *f, const sf_tool *tool); /* bash */
/* A section of docs/configuration.md: the tool's, or (tool NULL) that of the options every tool has. */
void sf_settings_print_markdown(FILE *f, const sf_tool *tool);

#endif
