/* SPDX-License-Identifier: MIT */
/* A file's bytes as memory, unzipped where they are zipped.
 *
 * A plain file is mapped as it lies there. What is zipped, or no regular file (a pipe), is copied into an unlinked
 * temporary file in $TMPDIR, and that is mapped: pages that are not in use cost no memory. */
#ifndef SF_MAPPED_H
#define SF_MAPPED_H

#include <stdio.h>

#include "signalflow/signalflow.h"

typedef struct sf_mapped {
    sf_str bytes; /* good until sf_mapped_close() */
    void *map;    /* NULL: empty */
} sf_mapped;

/* Maps a file; "-" is stdin. SF_OK; SF_EIO with a message that names the file and what is wrong with it: it is not there,
 * or its compressed data are broken or cut off. */
int sf_mapped_open(sf_mapped *m, const char *path, sf_error *err);

/* Maps what was written to a stream so far. */
int sf_mapped_stream(sf_mapped *m, FILE *stream, sf_error *err);

void sf_mapped_close(sf_mapped *m);

/* A file that has no name: it goes away when it is closed. SF_OK, SF_EIO. */
int sf_temporary_file(FILE **out, sf_error *err);

#endif
