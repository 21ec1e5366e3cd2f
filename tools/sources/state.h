/* SPDX-License-Identifier: MIT */
/* What a live source remembers from one run to the next: short texts by key, in one file, NAME.state of the state folder.
 *
 * The file is a journal of lines, "CHECKSUM KEY VALUE" or "CHECKSUM KEY" (the key is gone); the last one of a key holds. It is
 * only ever appended to, and synced, by sf_state_commit(); when most of it is superseded it is written anew beside itself and
 * renamed. So a crash at any instant leaves a file that says what was true at some commit: a torn end is cut off at the next
 * start. NAME.lock keeps a second process out.
 *
 * Threads: sf_state_commit() is the writing thread's, all others are the reading thread's; the two may run at once. */
#ifndef SF_STATE_H
#define SF_STATE_H

#include "signalflow/signalflow.h"

typedef struct sf_state sf_state;

/* Opens and locks; makes the folder (and those above it) where it is missing. dir NULL: $XDG_STATE_HOME/signalflow, else
 * ~/.local/state/signalflow. SF_OK; SF_EIO: it cannot be made, or another process has it; SF_EPARSE, SF_EVERSION: it is no
 * state file, or a later version's; SF_ENOMEM. */
int sf_state_open(sf_state **out, const char *dir, const char *name, sf_error *err);

/* Saves what was set since the last batch, if all batches before were committed, and closes. NULL is fine. */
void sf_state_close(sf_state *s);

/* Walks over what is kept, in the order it was written: a key can come again, and goes when its value is empty. Stops at the
 * first failure of `line`. */
int sf_state_read(sf_state *s, int (*line)(void *payload, sf_str key, sf_str value), void *payload, sf_error *err);

/* Sets a key, or takes it away (empty value), in the batch that is being made. Keys have no white space, values no line ends.
 * Memory that is scarce shows at the seal. */
void sf_state_set(sf_state *s, const char *key, sf_str value);

/* What was set so far belongs to the batch at this position. Positions grow. SF_OK, SF_ENOMEM. */
int sf_state_seal(sf_state *s, uint64_t position);

/* Saves what belongs to batches up to this position. SF_OK; SF_EAGAIN: the disk is full, or failed. */
int sf_state_commit(sf_state *s, uint64_t position, sf_error *err);

/* The next line of a journal; moves *rest on. 1; 0 at the end; SF_EPARSE: what follows is damaged, *rest stays. */
int sf_state_next(sf_str *rest, sf_str *key, sf_str *value);

#endif
