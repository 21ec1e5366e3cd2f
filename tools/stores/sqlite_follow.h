/* SPDX-License-Identifier: MIT */
/* Following a SQLite store: the rows that transactions have changed since the last look, as JSON of signals. A handle belongs to one thread at a time. */
#ifndef SF_SQLITE_FOLLOW_H
#define SF_SQLITE_FOLLOW_H

#include "signalflow/signalflow.h"

typedef struct sf_sqlite_follower sf_sqlite_follower;

/* Opens sqlite:FILE; what is there already counts as seen. SF_OK; SF_EINVAL, SF_EIO, SF_EAGAIN, SF_ENOMEM. */
int sf_sqlite_follow(sf_sqlite_follower **out, const char *path, sf_error *err);
void sf_sqlite_follow_close(sf_sqlite_follower *f); /* NULL is fine */

/* Gives each row that has changed to take(), in the order of the transactions, as {"type":"signal", and the members of a signal's JSON; the text is valid until
 * take() returns. Of a post that changed several times only the last state is seen. Returns how many; SF_EAGAIN (busy: ask again), or final. */
int64_t sf_sqlite_follow_next(sf_sqlite_follower *f, void (*take)(void *payload, sf_str message), void *payload,
                              sf_error *err);

#endif
