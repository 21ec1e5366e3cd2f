#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The views of PostgreSQL, materialised: sf-aggregate keeps them as the plain ones would be, with no more rights than roles.sql gives, while
somebody reads them; who could read them can still, and they can be made plain again.

    views.py SF_PROCESS SF_AGGREGATE"""
import json
import pathlib
import random
import sys
import time

import aggregate_orders
import stores
import tables

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
VIEWS = "trending_topics_24h", "topic_leaderboard_2h"


def posts(rng, first, n):
    """Posts of the last two hours: both views go by the clock."""
    now = int(time.time() * 1000)
    for i in range(first, first + n):
        at = now - rng.randrange(2 * aggregate_orders.HOUR - 30 * aggregate_orders.MINUTE)
        s = aggregate_orders.signal(rng, rng.choice(aggregate_orders.PLATFORMS), f"v{i}", "post", aggregate_orders.when(at), True)
        yield json.dumps({**s, "ts": s["observed_at"]})


def rows(db, what):
    return sorted(map(repr, db.execute(f"SELECT * FROM {what}").fetchall()))


def definition(db, view):
    return db.execute(f"SELECT pg_get_viewdef('{view}'::regclass)").fetchone()[0].rstrip().rstrip(";")


def kinds(db):
    return {kind for view in VIEWS for (kind,) in db.execute("SELECT relkind FROM pg_class WHERE oid = %s::regclass", (view,))}


def expect(good, what):
    if not good:
        sys.exit(what)


def main():
    process, aggregate = sys.argv[1:3]
    rng = random.Random(3)
    with stores.place() as place:
        url = place.new("views")
        aggregate_orders.run(process, "--store", url, lines=posts(rng, 0, 200))
        place.run("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", place.folder, "-U", "postgres", "-d", place.database("views"), "-f",
                  place.give(ROOT / "sql/postgres/roles.sql"))
        for name in ("aggregator", "reader"):
            place.sql("postgres", f"CREATE ROLE {name} LOGIN; GRANT signalflow_{name} TO {name}")
        as_aggregator, as_reader = (url.replace("user=tester", f"user={name}") for name in ("aggregator", "reader"))
        aggregate_orders.run(aggregate, "--store", as_aggregator, "--once")
        owner, reader = tables.connect(url), tables.connect(as_reader)
        plain = {view: rows(reader, view) for view in VIEWS}
        expect(all(len(found) > 3 for found in plain.values()) and kinds(owner) == {"v"}, "plain views")
        for _ in range(2):
            owner.execute("SELECT sf_materialise_views(true)")
        expect(kinds(owner) == {"m"}, "materialised")
        expect({view: rows(reader, view) for view in VIEWS} == plain, "not the same rows when materialised")
        aggregate_orders.run(process, "--store", url, lines=posts(rng, 1000, 100))
        reader.execute("BEGIN")
        seen = rows(reader, VIEWS[0])
        aggregate_orders.run(aggregate, "--store", as_aggregator, "--once")  # does not wait for who reads
        reader.execute("COMMIT")
        expect(rows(reader, VIEWS[0]) != seen, "not refreshed")
        for view in VIEWS:
            expect(rows(reader, view) == rows(owner, f"({definition(owner, view)}) v"), f"{view} is not what its definition gives")
        owner.execute("SELECT sf_materialise_views(false)")
        expect(kinds(owner) == {"v"} and rows(reader, VIEWS[1]), "plain again")
        aggregate_orders.run(aggregate, "--store", as_aggregator, "--once")
    print("materialised, refreshed while read, plain again: the same rows")


if __name__ == "__main__":
    main()
