/* SPDX-License-Identifier: MIT */
/* Diagnostics on stderr. Each line goes out in one write, so that lines of several programs on one terminal do not mix. */
#include "log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "signalflow/signalflow.h"

#define WIPE "\r\x1b[K" /* what stands in the line of the terminal */

static const char *const level_names[] = {"debug", "info", "warn", "error"};

static struct {
    pthread_mutex_t lock;
    const char *tool;
    sf_log_level level;
    int json;
    int terminal;      /* stderr is one, and text is wanted: progress is shown */
    int progress;      /* a progress line stands there */
    int64_t last_seen; /* when it was last drawn; before the first time, when the log was opened */
} the_log = {.lock = PTHREAD_MUTEX_INITIALIZER, .tool = "signalflow", .level = SF_LOG_INFO};

void sf_log_open(const char *tool, const char *format, const char *level)
{
    int is_terminal = isatty(STDERR_FILENO);
    pthread_mutex_lock(&the_log.lock);
    the_log.tool = tool;
    the_log.json = strcmp(format, "json") == 0 || (strcmp(format, "auto") == 0 && !is_terminal);
    the_log.terminal = is_terminal && !the_log.json;
    the_log.last_seen = sf_clock_steady_ms();
    for (int i = 0; i < 4; i++) {
        if (strcmp(level, level_names[i]) == 0) {
            the_log.level = (sf_log_level)i;
        }
    }
    pthread_mutex_unlock(&the_log.lock);
}

/* Diagnostics that cannot be written are lost; there is nobody to tell. */
static void put(const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(STDERR_FILENO, text, len);
        if (n < 0 && errno != EINTR) {
            return;
        }
        if (n > 0) {
            text += n;
            len -= (size_t)n;
        }
    }
}

static size_t json_line(char *line, size_t cap, sf_log_level level, const char *message)
{
    char time[25], text[3000];
    (void)sf_time_format(sf_clock_ms(), time);
    (void)sf_json_quote(sf_cstr(message), text, sizeof text);
    int n = snprintf(line, cap, "{\"ts\":\"%s\",\"level\":\"%s\",\"tool\":\"%s\",\"message\":%s}\n", time,
                     level_names[level], the_log.tool, text);
    return n > 0 ? (size_t)n : 0;
}

/* "sf-process: warning: ..."; on a terminal it first wipes the progress line. */
static size_t text_line(char *line, size_t cap, sf_log_level level, const char *message)
{
    static const char *const words[] = {"debug: ", "", "warning: ", "error: "};
    const char *wipe = the_log.progress ? WIPE : "";
    the_log.progress = 0;
    int n = snprintf(line, cap, "%s%s: %s%s\n", wipe, the_log.tool, words[level], message);
    return n > 0 ? (size_t)n : 0;
}

void sf_log(sf_log_level level, const char *format, ...)
{
    char message[480], line[3200];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    pthread_mutex_lock(&the_log.lock);
    if (level >= the_log.level) {
        size_t n =
            the_log.json ? json_line(line, sizeof line, level, message) : text_line(line, sizeof line, level, message);
        put(line, n);
    }
    pthread_mutex_unlock(&the_log.lock);
}

void sf_log_progress(const char *format, ...)
{
    pthread_mutex_lock(&the_log.lock);
    int64_t now = sf_clock_steady_ms();
    /* Not in a short run: its line would stand in what another program of the pipe writes on the same terminal. */
    int64_t pause = the_log.progress ? 250 : 1000;
    if (the_log.terminal && the_log.level <= SF_LOG_INFO && now - the_log.last_seen >= pause) {
        char line[200] = WIPE;
        size_t start = strlen(line);
        va_list args;
        va_start(args, format);
        int n = vsnprintf(line + start, sizeof line - start, format, args);
        va_end(args);
        if (n > 0) {
            put(line, strlen(line));
            the_log.progress = 1;
            the_log.last_seen = now;
        }
    }
    pthread_mutex_unlock(&the_log.lock);
}

void sf_log_progress_end(void)
{
    pthread_mutex_lock(&the_log.lock);
    if (the_log.progress) {
        put(WIPE, strlen(WIPE));
        the_log.progress = 0;
    }
    pthread_mutex_unlock(&the_log.lock);
}
