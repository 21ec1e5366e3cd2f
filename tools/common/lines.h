/* SPDX-License-Identifier: MIT */
/* Lines of a file or pipe, plain or gzipped (told by its first bytes), in bounded memory. */
#ifndef SF_LINES_H
#define SF_LINES_H

#include "signalflow/signalflow.h"

typedef struct sf_lines sf_lines;

typedef struct sf_line {
    sf_str text;    /* without its end ("\n" or "\r\n"); valid until the next call */
    int64_t offset; /* byte it starts at, of the plain text */
    int64_t number; /* 1-based */
    int too_long;   /* 1: longer than allowed; text is cut there, the next line is whole again */
} sf_line;

/* Opens a file (of which only what is there by now will be read), or stdin for "-". Lines may
 * have `most` bytes. SF_OK, SF_EIO, SF_ENOMEM. */
int sf_lines_open(sf_lines **out, const char *path, size_t most, sf_error *err);
void sf_lines_close(sf_lines *l); /* NULL is fine */

/* The next line that is not blank. Waits up to timeout_ms for it (-1: for ever). Returns 1; 0 when there is none yet;
 * SF_EEND; SF_EIO (also for gzip data that is broken or ends early), SF_ENOMEM. A last line needs no end. */
int sf_lines_next(sf_lines *l, int timeout_ms, sf_line *out, sf_error *err);

#endif
