#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A backup that is made while there is still something to aggregate, restored elsewhere, and aggregated there, is what the store itself
comes to; and both go on alike.

    backup.py SF_PROCESS SF_AGGREGATE"""
import random
import sys

import aggregate_orders
import stores
import tables


def copy(place, url, name):
    """Backs the store up and restores it under another name, as docs/store.md and docs/postgres.md say."""
    other = place.new(name)
    if stores.wants_postgres():
        dump = place.folder / "dump"
        place.run("pg_dump", "-Fc", "-f", dump, "-h", place.folder, "-U", "postgres", place.database("first"))
        place.run("pg_restore", "--no-owner", "--role=tester", "-d", place.database(name), "-h", place.folder, "-U", "postgres", dump)
    else:
        source, target = tables.connect(url), tables.connect(other)
        source.backup(target)
        target.close()
    return other


def main():
    process, aggregate = sys.argv[1:3]
    rng = random.Random(11)
    lines = aggregate_orders.data_set(rng) + aggregate_orders.data_set(rng)
    half = len(lines) // 2

    def write(url, part):
        aggregate_orders.run(process, "--store", url, "--dlq", "/dev/null", lines=part)

    def settle(url):
        aggregate_orders.run(aggregate, "--store", url, "--once")

    with stores.place() as place:
        first = place.new("first")
        write(first, lines[:half])
        settle(first)
        write(first, lines[half:-20])
        second = copy(place, first, "second")
        for url in (first, second):
            settle(url)
            write(url, lines[-20:])
            settle(url)
        wrong = tables.difference(tables.snapshot(first), tables.snapshot(second))
    if wrong:
        sys.exit(wrong)
    print(f"{len(lines)} observations: the restored store is the same, and goes on the same")


if __name__ == "__main__":
    main()
