#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The failover drill under load: sf-process writes from Kafka to a primary whose replica gets no WAL for a while; then the primary crashes and
that replica takes over. It lacks what came meanwhile, offsets included, so sf-process reads that again: at the end no look is missing, none is there
twice, and the tables are those of an undisturbed run. Then the old primary comes back as the replica of the new one.

    failover.py SF_INGEST SF_PROCESS [POSTS [SECONDS]]    SECONDS without WAL: 20"""
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
import time

import kafka_cluster
import order
import proxy
import replica
import tables

TOPIC, PARTITIONS = "signals.normalised", 6
BEFORE, AFTER = 8, 6  # seconds of load around the cut


class Node:
    """One of the two servers."""

    def __init__(self, folder, name):
        self.port = int((folder / f"{name}.port").read_text())
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/signals"

    def ask(self, statement):
        db = tables.connect(self.url)
        try:
            return db.execute(statement).fetchone()[0]
        finally:
            db.close()

    def run(self, *statements):
        db = tables.connect(self.url)
        for s in statements:
            db.execute(s)
        db.close()

    def looks(self):
        return self.ask("SELECT count(*) FROM signal_metrics_history")


def send(kafka, made, seconds, done):
    """All of it, evenly."""
    parts = max(1, seconds * 2)
    size = -(-len(made) // parts)
    for i in range(0, len(made), size):
        begun = time.monotonic()
        kafka.produce(TOPIC, ((o["source_id"], json.dumps(o)) for o in made[i:i + size]))
        time.sleep(max(0, 0.5 - (time.monotonic() - begun)))
    done.set()


def until(what, why, seconds=120):
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            sys.exit(f"waited in vain: {why}")
        time.sleep(0.2)


def through_wire(b, wire):
    """The replica gets its WAL through the proxy."""
    b.run(f"ALTER SYSTEM SET primary_conninfo = 'host=127.0.0.1 port={wire.port} user=replicator'", "SELECT pg_reload_conf()")
    until(lambda: wire.pairs, "WAL through the proxy")


def all_read(b, ends):
    db = tables.connect(b.url)
    try:
        found = dict(db.execute(f"SELECT partition, next_offset FROM source_offsets WHERE topic = '{TOPIC}'").fetchall())
    finally:
        db.close()
    return [found.get(p, 0) for p in range(PARTITIONS)] == ends


def drill(process, kafka, folder, write, made, seconds):
    """Returns (looks the primary had more when it crashed, the new primary)."""
    a, b = Node(folder, "a"), Node(folder, "b")
    wire, done = proxy.Proxy(("127.0.0.1", a.port)), threading.Event()
    through_wire(b, wire)
    run = subprocess.Popen([process, kafka.url(TOPIC), "--store", write, "--threads", "1", "--batch-size", "200", "--log-level", "error"],
                           stderr=subprocess.PIPE, text=True)
    try:
        threading.Thread(target=send, args=(kafka, made, BEFORE + seconds + AFTER, done), daemon=True).start()
        until(lambda: b.ask("SELECT to_regclass('signal_metrics_history') IS NOT NULL") and b.looks() > 0, "looks on the replica")
        time.sleep(BEFORE)
        wire.shut()
        time.sleep(seconds)
        ahead = a.looks() - b.looks()
        subprocess.run([replica.CLUSTER, "failover", folder], check=True)
        if not done.wait(300):
            sys.exit("not all was sent")
        ends = kafka.ends(TOPIC, PARTITIONS)
        until(lambda: run.poll() is not None or all_read(b, ends), "all read on the new primary")
    finally:
        run.terminate()
    errors = run.communicate()[1]
    if run.returncode != 0:
        sys.exit(f"exit {run.returncode}: {errors}")
    return ahead, b


def main():
    ingest, process = sys.argv[1:3]
    posts, seconds = [int(a) for a in sys.argv[3:]] + [8000, 20][len(sys.argv) - 3:]
    made = order.observations(random.Random(7), posts)
    with replica.cluster() as (folder, write, _, _), kafka_cluster.Cluster() as kafka, tempfile.TemporaryDirectory() as name:
        subprocess.run([ingest, "--create-topics", "--to", kafka.url()], check=True, stderr=subprocess.DEVNULL)
        lines, calm = pathlib.Path(name) / "lines", f"sqlite:{name}/calm.db"
        lines.write_text("".join(json.dumps(o) + "\n" for o in made), encoding="utf-8")
        subprocess.run([process, "--log-level", "error", str(lines), "--store", calm], check=True)
        ahead, b = drill(process, kafka, folder, write, made, seconds)
        wrong = tables.difference(tables.snapshot(calm, order.NUMBERS), tables.snapshot(b.url, order.NUMBERS))
        if wrong:
            sys.exit(f"after the failover: {wrong}")
        if ahead <= 0:
            sys.exit("the replica lacked nothing: that shows nothing")
        subprocess.run([replica.CLUSTER, "rejoin", folder], check=True)
        a = Node(folder, "a")
        until(lambda: a.ask("SELECT pg_is_in_recovery()") and a.looks() == b.looks(), "the old primary as a replica")
    print(f"{len(made)} observations; the replica lacked {ahead} looks after {seconds} s without WAL: 0 lost, 0 doubled; the old primary"
          " came back as a replica")


if __name__ == "__main__":
    main()
