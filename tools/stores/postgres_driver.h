/* SPDX-License-Identifier: MIT */
/* Statements of db.h on PostgreSQL; the connection is an sf_pg. */
#ifndef SF_POSTGRES_DRIVER_H
#define SF_POSTGRES_DRIVER_H

#include "db.h"
#include "postgres_db.h"

extern const sf_db_ops sf_postgres_driver;

#endif
