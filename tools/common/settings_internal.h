/* SPDX-License-Identifier: MIT */
/* What the files of settings share: values, their ranks, and the walk over a tool's options. */
#ifndef SF_SETTINGS_INTERNAL_H
#define SF_SETTINGS_INTERNAL_H

#include "settings.h"

/* Who gave a value; the higher one holds. */
typedef enum sf_rank { SF_RANK_DEFAULT, SF_RANK_FILE, SF_RANK_SECTION, SF_RANK_ENVIRONMENT, SF_RANK_ARGUMENT } sf_rank;

typedef struct sf_value {
    sf_rank rank;
    int64_t whole; /* FLAG, INTEGER, SIZE, DURATION, TIME */
    double number; /* NUMBER */
    char **texts;  /* as given: one, or those of a LIST */
    int *lines;    /* of each, where in the config file it stands; 0: elsewhere */
    size_t n_texts;
} sf_value;

struct sf_settings {
    const sf_tool *tool;
    const char *path; /* the config file */
    int line;         /* of it that is being read; 0: something else is */
    sf_value *values; /* by sf_option_at() */
    const char **arguments;
    size_t n_arguments;
};

/* What only the command line can ask for: --help and its like. Ends as every table. */
extern const sf_option sf_asking_options[];

/* Option i of those that have values (the tool's, then the common ones); NULL past the end. */
const sf_option *sf_option_at(const sf_tool *tool, size_t i);

/* The index of the option with that name, -1 if there is none. */
int sf_option_find(const sf_tool *tool, const char *name, size_t len);

/* "; did you mean batch-size?" for a name that is nearly right, else "". The prefix goes before the name meant. */
void sf_option_suggest(const sf_tool *tool, const char *name, size_t len, const char *prefix, char *buf, size_t cap);

/* Checks a text against its option and reads what it means. SF_OK, SF_EINVAL with a message that starts with `what`. */
int sf_value_read(const sf_option *o, const char *text, const char *what, sf_value *out, sf_error *err);

/* Sets option i unless a higher rank has; LIST items of one rank add up. `what` names it in messages. */
int sf_settings_set(sf_settings *s, size_t i, sf_rank rank, const char *text, const char *what, sf_error *err);

/* Reads a config file. SF_OK; SF_EINVAL with a message that names file and line, also where there is no such file; SF_EIO. */
int sf_settings_read_file(sf_settings *s, const char *path, sf_error *err);

/* "sf-serve", of the tool and of its commands; "query" of the command "sf-serve query". */
const char *sf_tool_program(const sf_tool *tool);
const char *sf_tool_words(const sf_tool *command);

/* Does the tool or any of its commands know the option? One section of a file is for all of them. */
int sf_option_elsewhere(const sf_tool *tool, const char *name);

/* "SF_BATCH_SIZE" of "batch-size". */
void sf_option_variable(const sf_option *o, char *buf, size_t cap);

#endif
