/* SPDX-License-Identifier: MIT */
/* The connection behind users and tokens: accounts_open.c makes it, accounts.c asks it. */
#ifndef AUTH_ACCOUNTS_INTERNAL_H
#define AUTH_ACCOUNTS_INTERNAL_H

#include "accounts.h"
#include "stores/db.h"
#include "stores/postgres_db.h"
#include "stores/sqlite_db.h"

struct accounts {
    sf_db db;
    sqlite3 *file; /* one of the two */
    sf_pg pg;
};

#endif
