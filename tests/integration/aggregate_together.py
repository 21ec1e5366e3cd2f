#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Two sf-aggregate work on a store while sf-process writes into it, and are killed and started again at random moments: in
the end the tables are those that check_store.py works out.

    aggregate_together.py SF_PROCESS SF_AGGREGATE [KILLS]       40 kills; with -Dfaults=true some right before a commit"""
import os
import random
import signal
import subprocess
import sys
import time

import aggregate_orders
import check_store
import stores
import tables


def start(aggregate, url, rng):
    env = {k: v for k, v in os.environ.items() if k != "SF_FAULT"}
    if rng.random() < 0.5:
        env["SF_FAULT"] = f"aggregate:{rng.randrange(1, 4)}"
    return subprocess.Popen([aggregate, "--quiet", "--store", url, "--every", "100ms"], env=env)


def disturb(aggregate, url, kills, rng, write):
    """Lets two aggregators run, kills one of them from time to time, and calls write() in between."""
    both, killed = [start(aggregate, url, rng) for _ in range(2)], 0
    while killed < kills:
        write()
        time.sleep(rng.random() * 0.1)
        which = rng.randrange(2)
        both[which].kill()
        if both[which].wait() not in (-signal.SIGKILL, 0):
            sys.exit(f"sf-aggregate ended with {both[which].returncode}")
        killed += 1
        both[which] = start(aggregate, url, rng)
    for one in both:
        one.terminate()
        if one.wait() not in (0, -signal.SIGTERM, -signal.SIGKILL):  # a stop may come before it listens
            sys.exit(f"sf-aggregate ended with {one.returncode}")


def main():
    process, aggregate = sys.argv[1:3]
    kills = int(sys.argv[3]) if len(sys.argv) > 3 else 40
    rng = random.Random(7)
    lines = [line for _ in range(6) for line in aggregate_orders.data_set(rng)]
    rng.shuffle(lines)
    size = len(lines) // kills + 1
    pieces = [lines[i:i + size] for i in range(0, len(lines), size)]
    with stores.place() as place:
        url = place.new("store")

        def write():
            if pieces:
                aggregate_orders.run(process, "--store", url, "--batch-size", "10", "--dlq", os.devnull,
                                     lines=pieces.pop())

        write()
        disturb(aggregate, url, kills, rng, write)
        aggregate_orders.run(aggregate, "--store", url, "--once")
        db = tables.connect(url)
        wrong = check_store.differences(db)
        events = len(list(check_store.stored_events(db)))
    print(f"{len(lines)} signals, {kills} kills, {events} events: {len(wrong)} differences", *wrong[:10], sep="\n  ")
    return bool(wrong) or events == 0 or bool(pieces)


if __name__ == "__main__":
    sys.exit(main())
