/* SPDX-License-Identifier: MIT */
/* What sf-aggregate asks of a PostgreSQL store, as far as it is PostgreSQL's own. */
#ifndef SF_POSTGRES_AGGREGATE_H
#define SF_POSTGRES_AGGREGATE_H

#include "aggregate.h"
#include "postgres.h"

extern const sf_aggregate_ops sf_postgres_aggregate_ops;

#endif
