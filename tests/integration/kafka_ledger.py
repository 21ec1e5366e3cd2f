#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Nothing lost, nothing doubled, whatever happens: recorded signals go through Kafka into a store while brokers are killed, the
programs are killed, frozen, added and removed, and the store is held up, all by a seed. At the end the store's tables are
what rules.py makes of the signals in plain Python, and those of an undisturbed run, those of Reddit's raw records (--legacy) those of an undisturbed reading of the raw
topics, in which every record is; and the dead letters are the bad records that were put in, and no others.

    kafka_ledger.py SF_INGEST SF_PROCESS SHARED [RECORDS [SECONDS [SEED]]]

The programs must be built with -Dfaults=true. What is expected is written down and synced before anything is sent. By default
RECORDS is 30,000 over 60 s, and with SF_TEST_LENGTH=full 250,000 over 420 s."""
import itertools
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time

import check_rows
import kafka_cluster
import rules
import shared
import stores
import tables

LENGTHS = {"full": (250_000, 420)}
NUMBERS = "signals", "signal_metrics_history", "births"
REDDIT = "reddit_posts", "reddit_nlp_features"
LEGACY = "reddit.posts.raw,reddit.posts.refresh"
TOPICS = {"signals.normalised": 6, "reddit.posts.raw": 3, "reddit.posts.refresh": 3}  # what is read, and its partitions
POISONED = "signals.normalised", "reddit.posts.raw"
CHUNK = 1000
REPLICAS = 3
FAULTS = "store", "write", "flush", "commit"  # places where sf-process is killed
RAW = {"reddit": ("reddit.posts.raw", "reddit.posts.refresh"), "hackernews": ("hackernews.stories.raw",) * 2,
       "bluesky": ("bluesky.posts.raw",) * 2, "youtube": ("youtube.comments.raw",) * 2}


class Ledger:
    """What is to come out, written down first."""

    def __init__(self, ingest, folder, files, records):
        self.folder = folder
        self.signals = folder / "expected.ndjson"
        # Beginning, middle and end of each file's moments: posts and histories of all platforms.
        made = subprocess.run([ingest, "--quiet", "--observed-at", "2026-01-01T00:00:00Z", *("replay:" + f for f in files)],
                              stdout=subprocess.PIPE, check=True).stdout.splitlines(keepends=True)
        step = max(1, len(made) // records)
        self.lines = made[::step][:records] if step > 1 else made[:records]
        with open(self.signals, "wb") as out:
            out.writelines(self.lines)
            out.flush()
            os.fsync(out.fileno())
        self.parts = [self.lines[i:i + CHUNK] for i in range(0, len(self.lines), CHUNK)]
        self.bad = [self.spoil(n, part) for n, part in enumerate(self.parts)]
        self.poison = {line: topic for bad in self.bad for line, topic in bad}

    @staticmethod
    def spoil(n, lines):
        """Bad records for a chunk, and the topic each goes to: far less than the share at which the programs would stop."""
        raw = sum(b'"platform":"reddit"' in x and b'"kind":"refresh"' not in x for x in lines)
        of = {"signals.normalised": max(1, len(lines) // 500), "reddit.posts.raw": min(1, raw // 100)}
        return [(f'{{"v":1,"poison":"{topic} {n} {i}"', topic) for topic, k in of.items() for i in range(k)]

    def chunks(self):
        for n, lines in enumerate(self.parts):
            path = self.folder / f"chunk-{n}.ndjson"
            path.write_bytes(b"".join(lines))
            yield path, self.bad[n]


class Run:
    def __init__(self, ingest, process, cluster, place, folder, seconds, seed):
        self.ingest, self.process, self.cluster, self.folder = ingest, process, cluster, folder
        self.seconds, self.random = seconds, random.Random(seed)
        self.place, self.store = place, place.new("wild")
        self.replicas, self.frozen, self.asked, self.done = [], {}, set(), threading.Event()  # asked: to stop
        self.counts, self.failures = {}, []
        self.log = open(folder / "programs.log", "ab")

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    # ---- sending ----

    def ingest_chunk(self, path, fault):
        """Until it says that all of it is acknowledged."""
        env = dict(os.environ)
        for _ in range(50):
            if fault:
                env["SF_FAULT"] = fault
            p = subprocess.Popen([self.ingest, path, "--to", self.cluster.url(), "--batch-size", "200", "--log-level", "error"],
                                 env=env, stderr=self.log)
            if p.wait() == 0:
                return
            if p.returncode == -signal.SIGKILL and fault:
                self.count("sf-ingest killed")
            fault, _ = None, env.pop("SF_FAULT", None)
        raise SystemExit("sf-ingest does not end")

    def send(self, ledger):
        chunks, rng = list(ledger.chunks()), random.Random(self.random.random())
        pause = self.seconds * 0.8 / len(chunks)
        for path, bad in chunks:
            begun = time.monotonic()
            # produce: between a record's raw and unified message; delivery: after so many acknowledgements.
            fault = rng.choice(("produce", "delivery", "flush", None, None))
            self.ingest_chunk(path, f"{fault}:{rng.randrange(1, CHUNK // 200 if fault == 'flush' else 2 * CHUNK)}" if fault else None)
            for topic in POISONED:
                share = [line for line, of in bad if of == topic]
                if share:
                    self.cluster.produce(topic, ((f"p{x}", x) for x in share))
            time.sleep(max(0, pause - (time.monotonic() - begun)))

    # ---- disturbing ----

    def add_replica(self):
        env = dict(os.environ)
        if self.random.random() < 0.5:  # it will die at a place of note
            env["SF_FAULT"] = f"{self.random.choice(FAULTS)}:{self.random.randrange(1, 40)}"
        p = subprocess.Popen([self.process, self.cluster.url("signals.normalised"), "--store", self.store,
                              "--legacy", self.cluster.url(LEGACY), "--threads", "1", "--batch-size", "500", "--log-level", "warn", "--log-format", "text"],
                             stderr=self.log, env=env)
        self.replicas.append(p)

    def tend(self):
        """Replicas that have ended are replaced, as a supervisor would."""
        for p in list(self.replicas):
            if p.poll() is not None:
                self.replicas.remove(p)
                if p.returncode == -signal.SIGKILL:
                    self.count("sf-process killed")
                elif p not in self.asked:
                    self.failures.append(f"sf-process {p.pid} ended by itself with {p.returncode}")
                elif p.returncode == 1:  # something was away for too long
                    self.count("sf-process stopped without a commit")
                elif p.returncode not in (0, -signal.SIGTERM):  # a stop can come before it listens
                    self.failures.append(f"sf-process {p.pid} was asked to stop and ended with {p.returncode}")
        while len(self.replicas) < REPLICAS:
            self.add_replica()
        for p, until in list(self.frozen.items()):
            if time.monotonic() > until:
                p.send_signal(signal.SIGCONT)
                del self.frozen[p]

    def kill_brokers(self, rng, n):
        nodes = rng.sample((1, 2, 3), n)
        for node in nodes:
            self.cluster.kill(node)
        self.count(f"{n} brokers killed")
        time.sleep(rng.uniform(1, 4))
        for node in nodes:
            self.cluster.node(node)

    def hold_store(self):
        if self.place.hold(self.store, self.random.uniform(3, 7)):
            self.count("store held up")

    def disturb(self):
        p = self.random.choice(self.replicas)
        what = self.random.choice(("kill", "kill", "remove", "freeze", "store", "add"))
        if what == "kill":
            p.kill()
        elif what == "remove":
            p.terminate()
            self.asked.add(p)
            self.count("sf-process removed")
        elif what == "add" and len(self.replicas) < REPLICAS + 1:
            self.add_replica()
            self.count("sf-process added")
        elif what == "freeze" and p not in self.frozen:
            p.send_signal(signal.SIGSTOP)
            self.frozen[p] = time.monotonic() + self.random.uniform(5, 18)  # a session lasts 10 s
            self.count("sf-process frozen")
        elif what == "store":
            self.hold_store()

    def start_disturbing(self):
        def run(disturb):
            try:
                disturb()
            except Exception as e:  # one that ends early is a test of less
                self.failures.append(f"{disturb.__name__}: {e}")

        threads = [threading.Thread(target=run, args=(d,)) for d in (self.disturb_programs, self.disturb_brokers)]
        for t in threads:
            t.start()
        return threads

    def disturb_programs(self):
        while not self.done.is_set():
            self.tend()
            self.disturb()
            self.done.wait(self.random.uniform(0.5, 3))

    def disturb_brokers(self):
        rng = random.Random(self.random.random())
        while not self.done.wait(rng.uniform(1, 6)):
            self.kill_brokers(rng, rng.choice((1, 1, 2)))

    def settle(self):
        """The disturbances end; one more process reads whatever is left."""
        for p in self.replicas:
            p.send_signal(signal.SIGCONT)
            p.terminate()
        for p in self.replicas:
            try:
                p.wait(30)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()
        for _ in range(3):
            last = subprocess.run([self.process, self.cluster.url("signals.normalised", until="end"), "--legacy",
                                   self.cluster.url(LEGACY, until="end"), "--store", self.store, "--log-level",
                                   "warn"], stderr=self.log, check=False)
            if last.returncode == 0:
                return
        raise SystemExit("the last run failed")

    def close(self):
        self.done.set()
        for p in self.replicas:
            p.kill()
        self.log.close()


def check_letters(cluster, ledger):
    for topic in TOPICS:
        wanted = {(r["partition"], r["offset"], r["value"]) for r in cluster.consume(topic) if r["value"] in ledger.poison}
        found = {(int(r["headers"]["partition"]), int(r["headers"]["offset"]), r["value"]) for r in cluster.consume(topic + ".dlq")}
        if found != wanted:
            yield (f"dead letters of {topic}: {len(wanted - found)} are missing, {len(found - wanted)} are no poison: "
                   f"{sorted(found - wanted)[:3]}")
        if {value for _, _, value in wanted} != {x for x, t in ledger.poison.items() if t == topic}:
            yield f"{topic} does not hold the bad records that were put in"


def check_raw(cluster, ledger):
    """Each signal's raw record is there too."""
    wanted = {}
    for line in ledger.lines:
        s = json.loads(line)
        topic = RAW[s["platform"]][s["kind"] in ("refresh", "delete")]
        wanted.setdefault(topic, set()).add((s["source_id"], s["observed_at"]))
    for topic, pairs in wanted.items():
        found = {(r["key"], r["headers"].get("observed_at")) for r in cluster.consume(topic) if r["value"] not in ledger.poison}
        if found != pairs:
            yield f"{topic}: {len(pairs - found)} records are missing, {len(found - pairs)} are strange"


def check_offsets(cluster, store):
    db = tables.connect(store)
    held = {(t, p): n for t, p, n in db.execute("SELECT topic, partition, next_offset FROM source_offsets")}
    db.close()
    ends = {(t, p): end for t, n in TOPICS.items() for p, end in enumerate(cluster.ends(t, n)) if end > 0}
    if held != ends:
        yield f"the store is at {held}, the topics end at {ends}"


def faults(run, ledger, cluster, process, folder):
    calm, enriched = run.place.new("calm"), folder / "enriched.ndjson"
    subprocess.run([process, "--quiet", ledger.signals, "--store", calm], check=True)
    subprocess.run([process, "--quiet", ledger.signals, "--to", enriched], check=True)
    with open(enriched, encoding="utf-8") as f:
        observations = [rules.observation(json.loads(line)) for line in f]
    yield from itertools.islice(check_rows.faults(run.store, observations), 5)
    del observations
    wrong = tables.difference(tables.snapshot(calm, NUMBERS), tables.snapshot(run.store, NUMBERS))
    if wrong:
        yield wrong
    subprocess.run([process, "--quiet", "--store", calm, "--legacy", cluster.url(LEGACY, until="end", group="calm"),
                    "--dlq", folder / "calm.dlq"], check=True, stdin=subprocess.DEVNULL)
    once = tables.snapshot(calm, REDDIT)
    wrong = tables.difference(once, tables.snapshot(run.store, REDDIT))
    if wrong or not once["reddit_posts"]:
        yield wrong or "reddit_posts is empty"
    yield from check_letters(cluster, ledger)
    yield from check_raw(cluster, ledger)
    yield from check_offsets(cluster, run.store)


def main():
    ingest, process, files = sys.argv[1], sys.argv[2], shared.posts(sys.argv[3])
    records, seconds = LENGTHS.get(os.environ.get("SF_TEST_LENGTH"), (30_000, 60))
    records = int(sys.argv[4]) if len(sys.argv) > 4 else records
    seconds = float(sys.argv[5]) if len(sys.argv) > 5 else seconds
    seed = int(sys.argv[6]) if len(sys.argv) > 6 else 20260102
    with kafka_cluster.Cluster() as cluster, stores.place() as place, tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        ledger = Ledger(ingest, folder, files, records)
        run = Run(ingest, process, cluster, place, folder, seconds, seed)
        subprocess.run([ingest, "--quiet", "--create-topics", "--to", cluster.url()], check=True)
        try:
            for _ in range(REPLICAS):
                run.add_replica()
            while not place.exists(run.store):
                time.sleep(0.1)
            disturbers = run.start_disturbing()
            begun = time.monotonic()
            run.send(ledger)
            run.done.set()
            for t in disturbers:
                t.join()
            run.settle()
            took = time.monotonic() - begun
            found = run.failures + list(faults(run, ledger, cluster, process, folder))
        finally:
            run.close()
        print(f"{len(ledger.lines)} signals, {len(ledger.poison)} bad records, {took:.0f} s, seed {seed};",
              ", ".join(f"{k}: {v}" for k, v in sorted(run.counts.items())))
        if found:
            print((folder / "programs.log").read_text(errors="replace")[-6000:])
            sys.exit("\n".join(found))
    print("0 lost, 0 doubled")


if __name__ == "__main__":
    main()
