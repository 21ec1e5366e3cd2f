/* SPDX-License-Identifier: MIT */
/* Diagnostics: text on a terminal, one JSON object a line otherwise; always to stderr. */
#ifndef SF_LOG_H
#define SF_LOG_H

typedef enum sf_log_level { SF_LOG_DEBUG, SF_LOG_INFO, SF_LOG_WARN, SF_LOG_ERROR } sf_log_level;

/* Sets up, before other threads start: tool is the name in every line; format is "text", "json" or "auto"; level "debug",
 * "info", "warn", "error". Before it, lines are text of level "info" and above. */
void sf_log_open(const char *tool, const char *format, const char *level);

/* One line. Threads: any; lines never mix. */
void sf_log(sf_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A line that overwrites itself on a terminal, at most four times a second and not in the first; nothing elsewhere, or below
 * level "info". The end wipes it. */
void sf_log_progress(const char *format, ...) __attribute__((format(printf, 1, 2)));
void sf_log_progress_end(void);

#endif
