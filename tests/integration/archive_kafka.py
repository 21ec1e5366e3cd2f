#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""sf-archive behind three real brokers: killed while it puts files, between the last of them and the commit, and at any moment, then
started with other roll times, alone and as one of two. At the end every record is in the archive exactly once, by its
coordinates, no file is torn, and raw records are the bytes that were sent.

    archive_kafka.py SF_INGEST SF_ARCHIVE [SEED]       the programs must be built with -Dfaults=true"""
import collections
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

import kafka_cluster
from kafka_cluster import signal as line

RECORDS = 30_000
FAULTS = "archive-plan:1", "archive-plan:4", "archive-put:2", "archive-put:7", "archive-rolled:1", "commit:9", "write:5"


def check(good, *what):
    if not good:
        raise AssertionError(" ".join(str(w) for w in what))


def lines(n):
    rng = random.Random(5)
    platforms = "reddit", "hackernews", "bluesky"
    return [(f"t3_{i}", line(i, rng.choice(platforms), observed_at=f"2026-01-0{1 + rng.randrange(3)}T00:00:00.000Z"))
            for i in range(n)]


class Archive:
    def __init__(self, program, cluster, to, log):
        self.program, self.url, self.to, self.log = program, cluster.url, to, log

    def start(self, roll, fault=None, **query):
        env = {**os.environ, **({"SF_FAULT": fault} if fault else {})}
        return subprocess.Popen([self.program, self.url("signals.normalised", **query), "--to", self.to, "--roll-every", roll,
                                 "--batch-size", "400", "--log-level", "warn", "--kafka-opt", "session.timeout.ms=6000"],
                                env=env, stderr=self.log)

    def finish(self):
        p = self.start("1h", until="end")
        check(p.wait(180) == 0, "the last run failed")


def read_back(ingest, to):
    done = subprocess.run([ingest, "--quiet", f"replay:{to}"], stdout=subprocess.PIPE, check=False)
    check(done.returncode == 0, "the archive cannot be read")
    return [json.loads(x)["source_id"] for x in done.stdout.splitlines()]


def look(ingest, to, want):
    got = collections.Counter(read_back(ingest, to))
    twice = [k for k, n in got.items() if n > 1]
    lost = want - set(got)
    check(not twice and not lost, f"{len(twice)} twice, as {twice[:3]}; {len(lost)} lost, as {sorted(lost)[:3]}")


def killed_one_by_one(archive, ingest, want):
    """Each fault in turn; after each the run goes on with another roll time."""
    for n, fault in enumerate(FAULTS):
        p = archive.start("400ms" if n % 2 else "900ms", fault)
        code = None
        try:
            code = p.wait(25)
        except subprocess.TimeoutExpired:  # nothing was left for it to die of
            p.terminate()
            p.wait(20)
        print(fault, "killed it" if code == -signal.SIGKILL else "was not met", flush=True)
    archive.finish()
    look(ingest, archive.to, want)


def killed_at_random(archive, ingest, want, rng):
    """Two members, one of them killed or ended now and then."""
    end, members = time.monotonic() + 40, []
    while time.monotonic() < end:
        members = [p for p in members if p.poll() is None]
        while len(members) < 2:
            members.append(archive.start(rng.choice(["300ms", "700ms", "2s"]),
                                         rng.choice([None, None, f"archive-put:{rng.randrange(1, 20)}"])))
        time.sleep(rng.uniform(1, 5))
        rng.choice(members).send_signal(rng.choice([signal.SIGKILL, signal.SIGTERM]))
    for p in members:
        p.terminate()
    for p in members:
        p.wait(30)
    archive.finish()
    look(ingest, archive.to, want)


def main():
    ingest, program = sys.argv[1:3]
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 3)
    with kafka_cluster.Cluster() as cluster, tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        subprocess.run([ingest, "--create-topics", "--to", cluster.url()], check=True, stderr=subprocess.DEVNULL)
        all_lines = lines(RECORDS)
        cluster.produce("signals.normalised", all_lines)
        want = {k for k, _ in all_lines}
        with open(folder / "log", "ab") as log:
            killed_one_by_one(Archive(program, cluster, folder / "one", log), ingest, want)
            random_run = Archive(program, cluster, folder / "two", log)
            random_run.url = lambda topics, **query: cluster.url(topics, group="two", **query)
            killed_at_random(random_run, ingest, want, rng)
        raw_bytes(ingest, program, cluster, folder)


def raw_bytes(ingest, program, cluster, folder):
    """--raw keeps what was sent; replay reads it as the platform's answers."""
    story = '{"by":"a","id":%d,"score":5,"time":1735787045,"title":"Ask: %d","type":"story"}'
    cluster.produce("hackernews.stories.raw", [(str(i), story % (i, i)) for i in range(500)])
    subprocess.run([program, cluster.url("hackernews.stories.raw", until="end"), "--raw", "--to", folder / "raw", "--log-level",
                    "warn"], check=True)
    check(sorted(read_back(ingest, folder / "raw")) == sorted(str(i) for i in range(500)), "raw records came back otherwise")


main()
