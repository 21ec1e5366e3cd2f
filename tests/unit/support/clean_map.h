/* SPDX-License-Identifier: MIT */
/* What holds for the map of any cleaned text, for tests of any kind. */
#ifndef SF_TEST_CLEAN_MAP_H
#define SF_TEST_CLEAN_MAP_H

#include <string.h>

#include "signalflow/normalise.h"

/* What is wrong with a map; NULL if nothing is. Copied runs hold the same bytes, so an edit that a step did not note shows. */
static inline const char *fault_of_map(sf_clean_map map, sf_str source, sf_str out)
{
    size_t end = 0, source_end = 0;
    for (size_t i = 0; i < map.n_runs; i++) {
        const sf_clean_run *r = &map.runs[i];
        if (r->start != end || r->end <= r->start) {
            return "runs do not cover the text";
        }
        if (r->source_start < source_end || r->source_end <= r->source_start || r->source_end > source.len) {
            return "ranges of the source are empty, overlap, or lie outside";
        }
        if (r->copied && (r->end - r->start != r->source_end - r->source_start || r->end > out.len ||
                          memcmp(out.ptr + r->start, source.ptr + r->source_start, r->end - r->start) != 0)) {
            return "what is said to be copied is not the same";
        }
        if (i > 0 && r->copied && r[-1].copied && r->source_start == source_end) {
            return "one run in two";
        }
        end = r->end;
        source_end = r->source_end;
    }
    return end == out.len ? NULL : "the last run does not end where the text does";
}

#endif
