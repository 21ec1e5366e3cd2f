/* SPDX-License-Identifier: MIT */
/* The config file: INI, read by inih. Whatever is not understood is an error with its line; a setting that is silently
 * ignored costs more than one that is refused. */
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "fail.h"
#include "settings_internal.h"

/* Sections that one file may have; each tool reads its own and what stands before the first. */
static const char *const tools[] = {"sf-ingest", "sf-process", "sf-aggregate", "sf-serve", "sf-archive"};

typedef struct file_reader {
    sf_settings *settings;
    FILE *file;
    const char *path;
    int line;
    int status;
    sf_error error;
} file_reader;

static int failed(file_reader *f, int status, const char *message)
{
    if (f->status == SF_OK) {
        f->status = sf_fail(&f->error, status, "%.60s:%d: %s", f->path, f->line, message);
    }
    return 0;
}

/* Gives inih the next line. It cuts lines that do not fit into its buffer, and would read the rest as another one. */
static char *next_line(char *buf, int cap, void *stream)
{
    file_reader *f = stream;
    char *line = fgets(buf, cap, f->file);
    if (line == NULL) {
        return NULL;
    }
    f->line++;
    if (strchr(line, '\n') == NULL && !feof(f->file)) {
        failed(f, SF_EINVAL, "line too long; lists go on in indented lines");
        return NULL;
    }
    return line;
}

static int known_section(const char *section)
{
    for (size_t i = 0; i < sizeof tools / sizeof tools[0]; i++) {
        if (strcmp(section, tools[i]) == 0) {
            return 1;
        }
    }
    return 0;
}

/* inih calls this for each "name = value", and again with the same name for indented lines. */
static int take(void *user, const char *section, const char *name, const char *value)
{
    file_reader *f = user;
    sf_settings *s = f->settings;
    char message[160];
    int mine = strcmp(section, sf_tool_program(s->tool)) == 0;
    if (!mine && section[0] != '\0') {
        (void)snprintf(message, sizeof message, "[%.40s] is no tool", section);
        return known_section(section) || failed(f, SF_EINVAL, message);
    }
    int i = sf_option_find(s->tool, name, strlen(name));
    if (strcmp(name, "config") == 0) {
        return failed(f, SF_EINVAL, "config: has no place in a file");
    }
    if (i < 0 && sf_option_elsewhere(s->tool, name)) {
        return 1;
    }
    if (i < 0) {
        char suggestion[60];
        sf_option_suggest(s->tool, name, strlen(name), "", suggestion, sizeof suggestion);
        (void)snprintf(message, sizeof message, "%.40s: no such setting%s", name, suggestion);
        return failed(f, SF_EINVAL, message);
    }
    sf_rank rank = mine ? SF_RANK_SECTION : SF_RANK_FILE;
    if (s->values[i].rank == rank && sf_option_at(s->tool, (size_t)i)->type != SF_OPTION_LIST) {
        (void)snprintf(message, sizeof message, "%.40s: given twice", name);
        return failed(f, SF_EINVAL, message);
    }
    sf_error err;
    s->line = f->line;
    int r = sf_settings_set(s, (size_t)i, rank, value, name, &err);
    s->line = 0;
    return r == SF_OK || failed(f, r, err.message);
}

int sf_settings_read_file(sf_settings *s, const char *path, sf_error *err)
{
    file_reader f = {.settings = s, .path = path, .file = fopen(path, "re")};
    if (f.file == NULL) { /* wrong use, as any other setting that cannot be */
        (void)sf_fail_errno(&f.error, path);
        return sf_fail(err, SF_EINVAL, "%s", f.error.message);
    }
    s->path = path;
    int line = ini_parse_stream(next_line, &f, take, &f);
    if (f.status == SF_OK && ferror(f.file)) {
        f.status = sf_fail_errno(&f.error, path);
    }
    if (f.status == SF_OK && line != 0) {
        f.line = line;
        failed(&f, SF_EINVAL, "neither \"key = value\" nor \"[tool]\"");
    }
    (void)fclose(f.file);
    if (f.status != SF_OK) {
        return sf_fail(err, f.status, "%s", f.error.message);
    }
    return SF_OK;
}
