#!/bin/sh
# SPDX-License-Identifier: MIT
# A replica: copies the primary once, then follows it.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    install -d -o postgres -g postgres -m 700 "$PGDATA"
    printf 'postgres:5432:*:replicator:%s\n' "$REPLICATOR_PASSWORD" >/var/lib/postgresql/.pgpass
    chown postgres /var/lib/postgresql/.pgpass
    chmod 600 /var/lib/postgresql/.pgpass
    su postgres -c "PGPASSFILE=/var/lib/postgresql/.pgpass pg_basebackup -h postgres -U replicator -D '$PGDATA' -R -X stream -c fast"
fi
exec docker-entrypoint.sh postgres -c hot_standby_feedback=on
