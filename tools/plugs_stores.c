/* SPDX-License-Identifier: MIT */
/* What --store takes, by scheme; apart from the other plugs, so that a tool that only asks links no more than that. */
#include <stddef.h>

#include "plugs.h"

/* stores/ */
extern const sf_store_ops sf_postgres_store;
extern const sf_store_ops sf_sqlite_store;

const sf_store_ops *const sf_stores[] = {
    &sf_sqlite_store,
    &sf_postgres_store,
    NULL,
};
