#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A store, and a file of users, as the first version of the schema made them: today's programs bring them up to date, and nothing is lost;
in PostgreSQL roles have rights to what is new.

    upgrade.py SF_PROCESS SF_SERVE SQL_FOLDER"""
import json
import pathlib
import random
import sqlite3
import subprocess
import sys

import stores
import tables

POST = {"platform": "reddit", "source_id": "t3_1", "title": "NASA likes Linux", "body": "", "author": "ann", "raw_score": 3, "ts": None,
        "observed_at": "2026-01-02T03:04:05Z"}


def run(*command, **more):
    return subprocess.run([*map(str, command)], check=True, text=True, stdout=subprocess.PIPE, **more).stdout


def first_version(place, sql):
    url = place.new("first")
    if url.startswith("sqlite:"):
        db = sqlite3.connect(url.partition(":")[2], isolation_level=None)
        db.executescript((sql / "sqlite/001_store.sql").read_text())
        db.execute("INSERT INTO dirty_buckets (bucket) VALUES (7)")
        db.close()
    else:
        path = place.give(sql / "postgres/001_store.sql")
        run("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", path, url)
        tables.connect(url).execute("INSERT INTO dirty_buckets (bucket) VALUES (now())")
    return url


def roles_have_rights(place):
    """As they had to the first tables, before the upgrade."""
    name = place.database("first")
    for role in "reader", "writer", "aggregator", "api":
        place.sql(name, f"CREATE ROLE signalflow_{role}; GRANT SELECT ON schema_version TO signalflow_{role}")


def rights_are_brought_up_to_date(db):
    for role, table, right in ("aggregator", "lead_lag", "INSERT"), ("api", "users", "UPDATE"), ("reader", "trending_topics_24h", "SELECT"):
        if not db.execute(f"SELECT has_table_privilege('signalflow_{role}', '{table}', '{right}')").fetchone()[0]:
            sys.exit(f"signalflow_{role} has no right to {right} in {table}")


def users_are_kept(serve, url, sql):
    path = url.partition(":")[2] + ".users"
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript((sql / "sqlite-users/001_users.sql").read_text())
    db.execute("INSERT INTO users (name, password, active, created_at) VALUES ('ann', 'x', 1, 1767323045000)")
    db.close()
    run(serve, "user", "add", "bob", "--store", url, input="a long password\n")
    listed = run(serve, "user", "list", "--store", url)
    if "ann" not in listed or "bob" not in listed:
        sys.exit(f"users: {listed}")


def main():
    process, serve = (pathlib.Path(p).resolve() for p in sys.argv[1:3])
    sql = pathlib.Path(sys.argv[3])
    newest = max(int(p.name[:3]) for p in (sql / ("postgres" if stores.wants_postgres() else "sqlite")).glob("[0-9]*.sql"))
    with stores.place() as place:
        url = first_version(place, sql)
        if stores.wants_postgres():
            roles_have_rights(place)
        run(process, "--quiet", "--store", url, input=json.dumps(POST) + "\n")
        db = tables.connect(url)
        version, marks = (db.execute(q).fetchone()[0] for q in ("SELECT max(version) FROM schema_version", "SELECT count(*) FROM dirty_buckets"))
        if version != newest or marks < 2:
            sys.exit(f"version {version}, {marks} marks")
        name = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=9000))  # longer than an entry of an index may be
        run(process, "--quiet", "--store", url, input=json.dumps({**POST, "source_id": "long", "author": name}) + "\n")
        for filters in (["--source-id", "long"], ["--author", "ann"], ["--min-score", "3"], []):
            if not run(serve, "query", "signals", "--store", url, "--format", "ndjson", *filters).strip():
                sys.exit(f"{filters}: nothing is found")
        run(serve, "query", "signals", "--rising", "--store", url)
        run(serve, "query", "compare", "--by", "lead", "--store", url)
        if stores.wants_postgres():
            rights_are_brought_up_to_date(db)
        else:
            users_are_kept(serve, url, sql)
    print(f"brought to version {newest}")


main()
