#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A full disk holds sf-process up and loses nothing: it stops reading, the store stays sound, and when there is room it goes
on by itself and ends with the tables of an undisturbed run.

    disk_full.py SF_PROCESS        needs root, to mount a small tmpfs; skipped without"""
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading

import stores
import tables

NUMBERS = "signals", "signal_metrics_history", "births"


def write_signals(path, n=60000):
    with open(path, "w", encoding="utf-8") as f:
        for i in range(n):
            f.write(json.dumps({"platform": "reddit", "source_id": f"t3_{i:x}", "title": f"Story {i} of the day",
                                "body": "so it goes " * 8, "raw_score": i % 999, "ts": "2026-01-02T03:04:05Z",
                                "observed_at": f"2026-01-02T03:{i % 60:02}:05Z"}) + "\n")


def until(stream, pattern, lines):
    for line in stream:
        lines.append(line)
        if re.search(pattern, line):
            return True
    return False


class SmallSqlite:
    """A store on the small disk."""
    FULL, ROOM = "full.*trying again", 20

    def __init__(self, small, place):
        self.url = f"sqlite:{small}/store.db"

    def check(self):
        """Sound, and how much is there?"""
        db = sqlite3.connect(f"file:{self.url.partition(':')[2]}?mode=ro", uri=True)
        health, = db.execute("PRAGMA integrity_check").fetchone()
        n, = db.execute("SELECT count(*) FROM signals").fetchone()
        db.close()
        return health, n


class SmallPostgres:
    """A database whose tables and indexes lie on the small disk; its log, as it should, does not."""
    FULL, ROOM = "could not extend file.*trying again", 50

    def __init__(self, small, place):
        if place.user:
            shutil.chown(small, place.user["user"])
        place.sql("postgres", f"CREATE TABLESPACE small LOCATION '{small}'")
        place.sql("postgres", "CREATE DATABASE db_full OWNER tester TABLESPACE small")
        self.url = place.url("full")

    def check(self):
        db = tables.connect(self.url)
        n, = db.execute("SELECT count(*) FROM signals").fetchone()
        db.close()
        return "ok", n


def main():
    process, store = sys.argv[1], SmallPostgres if stores.wants_postgres() else SmallSqlite
    with stores.place() as place, tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder).chmod(0o755)
        small = pathlib.Path(folder) / "small"
        small.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={store.ROOM}m", "tmpfs", small], capture_output=True)
        if mounted.returncode != 0:
            print("cannot mount a small file system: skipped")
            sys.exit(77)
        try:
            sys.exit(scenario(process, pathlib.Path(folder), small, store(small, place)))
        finally:
            subprocess.run(["umount", "-l", small], check=False)


def scenario(process, folder, small, store):
    signals = folder / "signals"
    write_signals(signals)
    run = subprocess.Popen([process, str(signals), "--store", store.url], stderr=subprocess.PIPE, text=True)
    watchdog = threading.Timer(90, run.kill)
    watchdog.start()
    lines = []
    if not until(run.stderr, store.FULL, lines):
        return f"it did not say that the disk is full: {lines}"
    health, n = store.check()
    if health != "ok" or not 0 < n < 60000 or run.poll() is not None:
        return f"with a full disk: {health}, {n} rows, exit code {run.poll()}"
    subprocess.run(["mount", "-o", "remount,size=600m", small], check=True)
    if not until(run.stderr, "works again", lines) or not until(run.stderr, "60000 written", lines) or run.wait() != 0:
        return f"it did not go on: {lines}"
    watchdog.cancel()
    subprocess.run([process, "--quiet", str(signals), "--store", f"sqlite:{folder}/calm.db"], check=True)
    wrong = tables.difference(tables.snapshot(f"sqlite:{folder}/calm.db", NUMBERS), tables.snapshot(store.url, NUMBERS))
    if wrong:
        return wrong
    print(f"full after {n} rows, sound, went on to the end")
    return 0


if __name__ == "__main__":
    main()
