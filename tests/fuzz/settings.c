/* SPDX-License-Identifier: MIT */
/* Any bytes as a config file and, line by line, as values and URLs. A password that is found must be masked. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/settings.h"
#include "common/url.h"

static const sf_option options[] = {
    {"to", "URL", SF_OPTION_LIST, NULL, 0, 0, NULL, ""},      {"text", "X", SF_OPTION_TEXT, NULL, 0, 0, NULL, ""},
    {"integer", "N", SF_OPTION_INTEGER, "1", 1, 9, NULL, ""}, {"number", "X", SF_OPTION_NUMBER, NULL, 0, 1, NULL, ""},
    {"size", "N", SF_OPTION_SIZE, NULL, 0, 0, NULL, ""},      {"every", "T", SF_OPTION_DURATION, NULL, 0, 0, NULL, ""},
    {"since", "T", SF_OPTION_TIME, NULL, 0, 0, NULL, ""},     {"mode", "M", SF_OPTION_CHOICE, NULL, 0, 0, "a|b", ""},
    {"flag", NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL, ""},     {NULL, NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL, NULL}};
static const sf_tool tool = {.name = "sf-process", .summary = "", .usage = "", .options = options};

static void read_settings(const char *argument, const char *value)
{
    char *argv[] = {(char *)(uintptr_t) "x", (char *)(uintptr_t)argument, (char *)(uintptr_t)value, NULL};
    sf_settings *s = NULL;
    sf_error err;
    if (sf_settings_read(&s, &tool, 3, argv, &err) == SF_OK) {
        sf_settings_free(s);
    }
}

static void take_apart(const char *text)
{
    static const char *const known[] = {"a", "mode", NULL};
    sf_url u;
    char value[64];
    if (sf_url_parse(text, &u, NULL) != SF_OK) {
        return;
    }
    (void)sf_url_path(&u);
    (void)sf_url_query(&u, "a", value, sizeof value);
    (void)sf_url_check_query(&u, known, NULL);
    if (sf_url_has_password(text) && strcmp(u.text, text) == 0 && strstr(text, "*") == NULL) {
        fprintf(stderr, "not masked: %s\n", text);
        abort();
    }
    sf_url_free(&u);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const valued[] = {"--text", "--integer", "--number", "--size", "--every", "--since", "--mode"};
    static char path[32];
    static int fd = -1;
    if (fd < 0) {
        char name[] = "/tmp/sf-fuzz-settings-XXXXXX";
        if ((fd = mkstemp(name)) < 0) {
            return 0;
        }
        (void)unlink(name);
        (void)snprintf(path, sizeof path, "/dev/fd/%d", fd);
    }
    if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size) {
        return 0;
    }
    read_settings("--config", path);
    char *text = malloc(size + 1), *rest;
    if (text == NULL) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        take_apart(line);
        for (size_t i = 0; i < sizeof valued / sizeof valued[0]; i++) {
            read_settings(valued[i], line);
        }
    }
    free(text);
    return 0;
}
