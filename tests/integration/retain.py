#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Retention leaves the same rows in every store, with no more rights than sql/postgres/roles.sql gives; and a bound on the size is kept.

    retain.py SF_PROCESS SF_AGGREGATE"""
import pathlib
import random
import sys
import tempfile

import aggregate_orders
import stores
import tables

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
AGES = ["--retention", "14d", "--retention", "youtube=3d"]


def fill(process, aggregate, urls, lines, as_of):
    """Writes, aggregates, removes. Returns the tables before and after."""
    writer, aggregator = urls
    aggregate_orders.run(process, "--store", writer, "--dlq", "/dev/null", lines=lines)
    aggregate_orders.run(aggregate, "--store", aggregator, "--once")
    before = tables.snapshot(writer)
    aggregate_orders.run(aggregate, "--store", aggregator, "--once", "--as-of", as_of, *AGES)
    after = tables.snapshot(writer)
    aggregate_orders.run(aggregate, "--store", aggregator, "--once", "--as-of", as_of, "--max-size", "1")
    return before, after, tables.snapshot(writer)


def roles(place, process):
    """The same database for those who write and those who aggregate, each with a role's rights."""
    url = place.new("kept")
    aggregate_orders.run(process, "--migrate", "--store", url)
    place.run("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", place.folder, "-U", "postgres", "-d", place.database("kept"), "-f",
              place.give(ROOT / "sql/postgres/roles.sql"))
    for name in ("writer", "aggregator"):
        place.sql("postgres", f"CREATE ROLE {name} LOGIN; GRANT signalflow_{name} TO {name}")
    return url.replace("user=tester", "user=writer"), url.replace("user=tester", "user=aggregator")


def main():
    process, aggregate = sys.argv[1:3]
    lines = aggregate_orders.data_set(random.Random(4))
    as_of = aggregate_orders.when(aggregate_orders.BEGIN + 4 * aggregate_orders.WEEK)
    with tempfile.TemporaryDirectory() as folder, stores.place() as place:
        plain = stores.Sqlite(folder).new("plain")
        wanted = fill(process, aggregate, (plain, plain), lines, as_of)
        urls = roles(place, process) if stores.wants_postgres() else (place.new("kept"),) * 2
        for name, a, b in zip(("before", "after", "with no room"), wanted, fill(process, aggregate, urls, lines, as_of)):
            wrong = tables.difference(a, b)
            if wrong:
                sys.exit(f"{name}: {wrong}")
    sizes = [len(s["signals"]) for s in wanted]
    if not sizes[0] > sizes[1] > sizes[2] == 0:
        sys.exit(f"posts: {sizes}")
    print(f"{sizes[0]} posts, {sizes[1]} after retention: the same rows")


if __name__ == "__main__":
    main()
