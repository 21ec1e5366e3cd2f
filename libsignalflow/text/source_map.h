/* SPDX-License-Identifier: MIT */
/* Where the bytes of a cleaned text came from.
 *
 * Each step notes its edits: the places where it does not copy. What stands between two edits was copied byte by byte, so a
 * step that forgets one is found out by comparing bytes. The map of all steps is theirs, one laid over the other: runs that
 * cover the text, in order, with ranges of the source that do not overlap. */
#ifndef SF_SOURCE_MAP_H
#define SF_SOURCE_MAP_H

#include "signalflow/normalise.h"
#include "text/text.h"

/* The bytes [at, at + n) that a step wrote stand for [from, to) of what it read. n is 0 where something was taken out. */
typedef struct sf_edit {
    size_t at, n, from, to;
} sf_edit;

struct sf_edits {
    sf_edit *v; /* in the order of the text */
    size_t n, cap;
    int failed; /* memory was scarce: some are missing */
};

/* Zeroed means empty; keep it to reuse its memory. */
typedef struct sf_source_map {
    sf_edits edits;     /* of the step that runs */
    sf_clean_run *runs; /* the text as it stands, up to the last step that is done */
    sf_clean_run *laid; /* the next runs, while they are made */
    size_t n, cap, laid_n, laid_cap;
} sf_source_map;

/* Begins with a text of `len` bytes that nothing was done to. SF_OK, SF_ENOMEM. */
int sf_source_map_begin(sf_source_map *m, size_t len);

/* Lays the edits of the step that is done over the map; it wrote `len` bytes. SF_OK, SF_ENOMEM. */
int sf_source_map_step(sf_source_map *m, size_t len);

/* Only the first `len` bytes stay. */
void sf_source_map_cut(sf_source_map *m, size_t len);

void sf_source_map_free(sf_source_map *m);

#endif
