#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""kill -9 at any moment loses nothing and doubles nothing: sf-process into a store is killed 30 times, some of them at given
places (inside the store's transaction; after write, flush and commit), started again each time, and ends with the tables
of an undisturbed run.

    kill.py SF_INGEST SF_PROCESS RECORDS SHARED        the programs must be built with -Dfaults=true"""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import shared
import stores
import tables

POINTS = "store", "write", "flush", "commit"
BY_TIME = 18
NUMBERS = "signals", "signal_metrics_history", "births"


def start(process, signals, store, fault=None):
    env = {k: v for k, v in os.environ.items() if k != "SF_FAULT"}
    if fault:
        env["SF_FAULT"] = fault
    return subprocess.Popen([process, "--quiet", "--log-level", "error", str(signals), "--store", store], env=env)


def undisturbed(process, signals, store):
    begun = time.monotonic()
    if start(process, signals, store).wait() != 0:
        sys.exit("the undisturbed run failed")
    return time.monotonic() - begun


def killed_at_point(process, signals, store, point, batch):
    code = start(process, signals, store, f"{point}:{batch}").wait()
    if code != -signal.SIGKILL:
        sys.exit(f"{point}:{batch} did not kill (exit code {code}): is this a build with -Dfaults=true?")


def killed_at_time(process, signals, store, seconds):
    """Returns 1 if it was killed, 0 if it had ended before."""
    run = start(process, signals, store)
    try:
        run.wait(seconds)
    except subprocess.TimeoutExpired:
        run.kill()
    return int(run.wait() == -signal.SIGKILL)


def main():
    ingest, process, records, files = sys.argv[1], sys.argv[2], int(sys.argv[3]), shared.posts(sys.argv[4])
    with tempfile.TemporaryDirectory() as folder, stores.place() as place:
        signals, calm, store = pathlib.Path(folder) / "signals", place.new("calm"), place.new("wild")
        made = subprocess.Popen([ingest, "--quiet", "--observed-at", "2026-01-01T00:00:00Z",
                                 *("replay:" + f for f in files)], stdout=subprocess.PIPE)
        with open(signals, "wb") as out:
            for _ in range(records):
                out.write(made.stdout.readline())
        made.kill()
        made.wait()
        seconds = undisturbed(process, signals, calm)
        batches, kills = records // 1000, 0
        for n, point in enumerate(p for p in POINTS for _ in range(3)):
            killed_at_point(process, signals, store, point, 1 + (n * 7919) % (batches - 1))
            kills += 1
        begun, tries = kills, 0
        while kills < begun + BY_TIME and tries < 5 * BY_TIME:  # what is known already goes faster: it may end before
            kills += killed_at_time(process, signals, store, seconds * (tries % BY_TIME + 0.5) / BY_TIME)
            tries += 1
        if kills < begun + BY_TIME:
            sys.exit(f"only {kills} kills in {tries} tries")
        undisturbed(process, signals, store)
        wrong = tables.difference(tables.snapshot(calm, NUMBERS), tables.snapshot(store, NUMBERS))
    if wrong:
        sys.exit(wrong)
    print(f"{records} records, {kills} kills: the tables of an undisturbed run")


if __name__ == "__main__":
    main()
