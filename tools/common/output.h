/* SPDX-License-Identifier: MIT */
/* A buffered output file or pipe, for sinks that write lines. */
#ifndef SF_OUTPUT_H
#define SF_OUTPUT_H

#include "signalflow/signalflow.h"

typedef struct sf_output sf_output;

/* Opens stdout for "-", else a file: appended to (what another run left of a torn last line is ended first), or cut to
 * nothing if truncate is 1. SF_OK, SF_EIO, SF_ENOMEM. */
int sf_output_open(sf_output **out, const char *path, int truncate, sf_error *err);

/* Writes nothing more, closes. NULL is fine. */
void sf_output_close(sf_output *o);

/* Adds bytes. Where memory is scarce they are lost, and the next flush fails with SF_ENOMEM. */
void sf_output_put(sf_output *o, const char *bytes, size_t len);
void sf_output_text(sf_output *o, const char *text);

/* Adds text as a JSON string, see sf_json_quote(). */
void sf_output_quoted(sf_output *o, sf_str text);

/* Room for `need` bytes behind what was added; sf_output_add() then takes those that were put there. NULL when memory is
 * scarce. */
char *sf_output_room(sf_output *o, size_t need);
void sf_output_add(sf_output *o, size_t bytes);

/* Writes the buffer out. Returns SF_OK when all of it is with the system (sync: on the disk, if it is a regular file); 1 when
 * the reader was too slow for timeout_ms: call again; SF_EEND when the reader has gone; SF_EIO, SF_ENOMEM. */
int sf_output_flush(sf_output *o, int sync, int timeout_ms, sf_error *err);

#endif
