/* SPDX-License-Identifier: MIT */
/* What is about to be written of a partition: kept beside the files from before the first of them is written, so that whoever reads the
 * same records again knows what a process that died may have left of them.
 *
 * A plan is text: the offset it starts from, then the names of its files, one a line. It holds for as long as the group's committed
 * offset is that start. */
#ifndef SF_ARCHIVE_PLAN_H
#define SF_ARCHIVE_PLAN_H

#include "common/buffer.h"

/* Reads a plan. Returns its start, with the names of files in *names (lines, in the bytes); -1 where it is none. */
int64_t sf_plan_read(sf_str bytes, sf_str *names);

/* Takes the next name off. 1, or 0 at the end. */
int sf_plan_next(sf_str *names, sf_str *name);

#endif
