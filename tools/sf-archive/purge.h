/* SPDX-License-Identifier: MIT */
/* Taking deleted posts out of an archive. */
#ifndef SF_ARCHIVE_PURGE_H
#define SF_ARCHIVE_PURGE_H

#include "archive/place.h"
#include "parquet/codec.h"

typedef struct sf_purge_counts {
    uint64_t files, rewritten; /* looked at; of these, that held such posts */
    uint64_t deleted, rows;    /* posts that a delete names; rows that were taken out */
} sf_purge_counts;

/* Reads all files; where one of their deletes names a post, every other row of that post goes out of all files, signals and raw
 * records alike. The deletes stay. A file is replaced as a whole. SF_OK, or why it ended; what was done by then stays done, and the
 * whole can be done again. */
int sf_purge(sf_place *place, sf_codec *codec, sf_purge_counts *counts, sf_error *err);

#endif
