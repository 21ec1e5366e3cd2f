#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A backup that is made while there is still something to aggregate, restored elsewhere, and aggregated there, is what the store itself
comes to; and both go on alike.

    backup.py SF_PROCESS SF_AGGREGATE"""
import pathlib
import random
import subprocess
import sys
import tempfile

import aggregate_orders
import stores
import tables

STORE = pathlib.Path(__file__).resolve().parents[2] / "deploy/store"


def copy(place, url, name, folder):
    """Backs the store up and restores it under another name. A second time there is no room for it."""
    if stores.wants_postgres():
        place.new(name)
    other = place.url(name) if stores.wants_postgres() else place.new(name)
    restore = [STORE, "restore", folder / "backup", other]
    subprocess.run([STORE, "backup", url, folder / "backup"], check=True)
    subprocess.run(restore, check=True)
    if subprocess.run(restore, check=False, stderr=subprocess.DEVNULL).returncode != 1:
        sys.exit("a store was written over")
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

    with stores.place() as place, tempfile.TemporaryDirectory() as folder:
        first = place.new("first")
        write(first, lines[:half])
        settle(first)
        write(first, lines[half:-20])
        second = copy(place, first, "second", pathlib.Path(folder))
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
