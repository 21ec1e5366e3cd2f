/* SPDX-License-Identifier: MIT */
/* Reading texts back, to be analysed anew: the same in both databases. */
#ifndef SF_STORES_REREAD_H
#define SF_STORES_REREAD_H

#include "db.h"

/* As sf_store_ops.reread. */
int64_t sf_stored_reread(sf_store *store, sf_reread *what, sf_records *b, size_t most, sf_error *err);

#endif
