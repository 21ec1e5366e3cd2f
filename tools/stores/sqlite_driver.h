/* SPDX-License-Identifier: MIT */
/* Statements of db.h on SQLite; the connection is a sqlite3. */
#ifndef SF_SQLITE_DRIVER_H
#define SF_SQLITE_DRIVER_H

#include "db.h"
#include "sqlite_db.h"

extern const sf_db_ops sf_sqlite_driver;

/* Functions of ours that statements use. */
int sf_sqlite_add_functions(sqlite3 *db, sf_error *err);

#endif
