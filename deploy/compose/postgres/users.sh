#!/bin/sh
# SPDX-License-Identifier: MIT
# Once, when the primary's data are made: the replica's user, and Grafana's, who gets its rights from sql/postgres/roles.sql later.
set -eu
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -v replicator="$REPLICATOR_PASSWORD" -v reader="$READER_PASSWORD" <<'SQL'
CREATE ROLE replicator LOGIN REPLICATION PASSWORD :'replicator';
CREATE ROLE grafana LOGIN PASSWORD :'reader';
SQL
echo 'host replication replicator all scram-sha-256' >>"$PGDATA/pg_hba.conf"
