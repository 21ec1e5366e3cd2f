#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The programs on a real cluster: topics, partitions that other clients agree on, dead letters and feeding them back, records of
which none can be read, order whatever the order of arrival, stopping under load and with brokers down.

    kafka.py SF_INGEST SF_PROCESS SHARED [TEST...]"""
import asyncio
import gzip
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

import kafka_cluster
import shared
import tables
from kafka_cluster import signal as line

AIOKAFKA = "aiokafka==0.14.0"
NUMBERS = "signals", "signal_metrics_history", "births"
REDDIT = "reddit_posts", "reddit_nlp_features"
RAW = "reddit.posts.raw,reddit.posts.refresh"
JAVA = """
import java.io.*;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
class Partitions {
    public static void main(String[] a) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        for (String s; (s = in.readLine()) != null; ) {
            byte[] k = s.getBytes("UTF-8");
            System.out.println(BuiltInPartitioner.partitionForKey(k, 3) + " " + BuiltInPartitioner.partitionForKey(k, 6));
        }
    }
}
"""


def check(good, *what):
    if not good:
        raise AssertionError(" ".join(str(w) for w in what))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get(port, path):
    """What it answers, and the status behind it; nothing where nobody listens."""
    return subprocess.run(["curl", "-s", "-w", "%{http_code}", f"http://127.0.0.1:{port}{path}"], stdout=subprocess.PIPE,
                          text=True, check=False).stdout


def await_that(test, *what):
    end = time.monotonic() + 60
    while not test():
        check(time.monotonic() < end, "never:", *what)
        time.sleep(0.1)


def is_left_out(what):
    """What cannot be had is not compared with; where everything is to be there, that is a failure."""
    check(os.environ.get("SF_REQUIRE_SHARED") != "1", what, "cannot be had")
    print(f"    ({what} cannot be had, nothing compared with it)")
    return False


def other_client(folder):
    """Brings aiokafka in; whether it is there."""
    packages = pathlib.Path(os.environ.get("SF_PYTHON_PACKAGES", folder / "packages"))
    if not (packages / "aiokafka").exists():
        subprocess.run([sys.executable, "-m", "pip", "-q", "install", "--target", packages, AIOKAFKA], check=False)
    if str(packages) not in sys.path:
        sys.path.append(str(packages))
    try:
        import aiokafka
    except ImportError:
        return is_left_out("aiokafka")
    return aiokafka is not None


def make_topics(brokers, topics):
    """Makes topics with another client: name -> (partitions, settings)."""
    from aiokafka.admin import AIOKafkaAdminClient, NewTopic

    async def make():
        admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
        await admin.start()
        try:
            await admin.create_topics([NewTopic(name, n, 3, topic_configs=more) for name, (n, more) in topics.items()])
        finally:
            await admin.close()
    asyncio.run(make())


def with_group(brokers, group, topic, partitions, then):
    """What `then` makes of a consumer of another client and its partitions; the group must have no members."""
    from aiokafka import AIOKafkaConsumer, TopicPartition

    async def run():
        consumer = AIOKafkaConsumer(bootstrap_servers=brokers, group_id=group, enable_auto_commit=False)
        await consumer.start()
        try:
            places = [TopicPartition(topic, p) for p in range(partitions)]
            consumer.assign(places)
            return await then(consumer, places)
        finally:
            await consumer.stop()
    return asyncio.run(run())


async def set_back(consumer, places):
    await consumer.commit({p: 0 for p in places})


async def committed(consumer, places):
    return [await consumer.committed(p) or 0 for p in places]


class Tests:
    def __init__(self, ingest, process, folder, cluster, files):
        self.ingest, self.process, self.folder, self.cluster, self.files = ingest, process, folder, cluster, files
        self.prefix = ""

    # ---- helpers ----

    def begin(self, name):
        """Topics of a test's own."""
        self.prefix = name + "."
        self.run(self.ingest, "--create-topics", "--to", self.url())

    def url(self, topics="", **query):
        return self.cluster.url(topics, prefix=self.prefix, **query)

    def topic(self, name):
        return self.prefix + name

    def run(self, *command, code=0, **more):
        p = subprocess.run([*command, "--log-level", "warn"], stderr=subprocess.PIPE, text=True, **more)
        check(p.returncode == code, command, "ended with", p.returncode, p.stderr)
        return p.stderr

    def start(self, *command):
        return subprocess.Popen([*command, "--log-level", "warn"], stderr=subprocess.PIPE, text=True)

    def file(self, name, lines):
        path = self.folder / (self.prefix + name)
        path.write_text("".join(x + "\n" for x in lines), encoding="utf-8")
        return str(path)

    def store(self, name):
        return f"sqlite:{self.folder / (self.prefix + name)}.db"

    def offsets(self, store):
        db = sqlite3.connect(store.partition(":")[2])
        found = dict(db.execute("SELECT partition, next_offset FROM source_offsets"))
        db.close()
        return found

    # ---- tests ----

    def topics_are_made_once_and_checked(self):
        self.begin("topics")
        said = self.run(self.ingest, "--create-topics", "--to", self.url())
        check(said == "", said)
        bad = self.cluster.url(prefix="bad.")
        self.run(self.ingest, "--create-topics", "--to", bad)
        wrong = "wrong.signals.normalised"
        subprocess.run([self.ingest, "--create-topics", "--to", self.cluster.url(prefix="no/such.")], stderr=subprocess.DEVNULL,
                       check=False)
        said = self.run(self.process, self.cluster.url(wrong), code=1, stdin=subprocess.DEVNULL)
        check("there is no topic " + wrong in said, said)
        self.foreign_topics_are_looked_at()

    def foreign_topics_are_looked_at(self):
        """Topics that somebody else made."""
        if not other_client(self.folder):
            return
        make_topics(self.cluster.brokers, {"five.signals.normalised": (5, {}),
                                           "weak.signals.normalised": (6, {"min.insync.replicas": "1", "retention.ms": "-1"}),
                                           "weak.signals.normalised.dlq": (1, {"retention.ms": "604800000"})})
        for command in ((self.process, self.cluster.url("signals.normalised", prefix="five.")),
                        (self.ingest, "--create-topics", "--to", self.cluster.url(prefix="five.")),
                        (self.ingest, os.devnull, "--to", self.cluster.url("signals.normalised", prefix="five."))):
            said = self.run(*command, code=1, stdin=subprocess.DEVNULL)
            check("topic five.signals.normalised has 5 partitions, not 6\"" in said and "keys would change places" in said, said)
        said = self.run(self.ingest, "--create-topics", "--to", self.cluster.url(prefix="weak."))
        check("weak.signals.normalised has min.insync.replicas=1, not 2: what is acknowledged can be lost" in said, said)
        check("weak.signals.normalised.dlq has retention.ms=604800000, not 2592000000: records are removed sooner" in said, said)
        check(said.count("weak.") == 2, "for ever is no less than a week:", said)
        said = self.run(self.process, self.cluster.url("signals.normalised", prefix="weak.", until="end"), "--to", os.devnull)
        check("has min.insync.replicas=1, not 2" in said, said)

    def partitions_are_what_other_clients_make_of_them(self):
        self.begin("partitions")
        ids = []
        for f in self.files:
            with gzip.open(f, "rt", encoding="utf-8") as lines:
                for x in lines:
                    i = json.loads(x).get("source_id")
                    if i and "reddit" in f:
                        ids.append(i)
        ids = random.Random(5).sample(sorted(set(ids)), 10000)
        signals = self.file("signals", [line(0, source_id=i) for i in ids] +
                            [line(0, source_id=i, kind="refresh", observed_at="2026-01-02T04:09:05Z") for i in ids])
        self.run(self.ingest, signals, "--to", self.url())
        ours = {}
        for name in "reddit.posts.raw", "reddit.posts.refresh", "signals.normalised":
            found = self.cluster.consume(self.topic(name))
            check(len(found) == (20000 if "signals" in name else 10000), name, len(found))
            ours[name] = {r["key"]: r["partition"] for r in found}
        check(ours["reddit.posts.raw"] == ours["reddit.posts.refresh"], "raw and refresh lie apart")
        if shutil.which("javac") or is_left_out("javac"):
            self.compare_with_java(ids, ours)
        self.compare_with_python(ids, ours)

    def compare_with_java(self, ids, ours):
        source = self.folder / "Partitions.java"
        source.write_text(JAVA, encoding="utf-8")
        said = subprocess.run(["java", "-cp", os.environ["SF_KAFKA_JARS"] + "/*", source], input="\n".join(ids) + "\n",
                              stdout=subprocess.PIPE, text=True, check=True).stdout
        for i, both in zip(ids, said.split("\n")):
            three, six = (int(x) for x in both.split())
            check(ours["reddit.posts.raw"][i] == three and ours["signals.normalised"][i] == six, i, "Java:", both)

    def compare_with_python(self, ids, ours):
        if not other_client(self.folder):
            return
        from aiokafka.partitioner import DefaultPartitioner
        place = DefaultPartitioner()
        for i in ids:
            three, six = (place(i.encode(), list(range(n)), list(range(n))) for n in (3, 6))
            check(ours["reddit.posts.raw"][i] == three and ours["signals.normalised"][i] == six, i, "aiokafka:", three, six)

    def bad_records_become_dead_letters_and_come_back(self):
        self.begin("letters")
        source, store = self.topic("signals.normalised"), self.store("letters")
        self.cluster.produce(source, [(f"t3_{i}", line(i) if i % 50 else f'{{"v":1,"bad":{i}') for i in range(400)])
        self.run(self.process, self.url("signals.normalised", until="end"), "--store", store)
        letters = self.cluster.consume(source + ".dlq")
        check(len(letters) == 8, letters)
        for r in letters:
            h = r["headers"]
            check(h["topic"] == source and h["attempts"] == "1" and h["error"] and h["time"] and h["version"], h)
            check(r["value"].startswith('{"v":1,"bad":') and int(h["offset"]) >= 0, r)
        check(sum(self.offsets(store).values()) == 400, "bad records count as read", self.offsets(store))
        # Fed back by a version that is no wiser: they go back, counted.
        self.run(self.process, "--redrive", self.url("signals.normalised.dlq"), "--store", store)
        again = self.cluster.consume(source + ".dlq")[8:]
        check([r["headers"]["attempts"] for r in again] == ["2"] * 8, again)
        places = lambda rs: sorted((r["headers"]["partition"], r["headers"]["offset"], r["value"]) for r in rs)
        check(places(again) == places(letters), "other places")
        # What can be read now goes in.
        self.cluster.produce(source + ".dlq", [("t3_9999", line(9999))])
        self.run(self.process, "--redrive", self.url("signals.normalised.dlq"), "--store", store)
        check(any(r["source_id"] == "t3_9999" for r in tables.rows(store, "signals")), "it is not in")

    def nothing_but_bad_records_stops_it(self):
        self.begin("brake")
        source = self.topic("signals.normalised")
        self.cluster.produce(source, [(f"k{i}", f"no JSON {i}") for i in range(3000)])
        store = self.store("brake")
        for _ in range(2):  # a supervisor starts it again
            said = self.run(self.process, self.url("signals.normalised", until="end"), "--store", store, code=1)
            check("more than 5 % of records failed" in said, said)
        letters = self.cluster.consume(source + ".dlq")
        check(len(letters) <= 60, len(letters), "dead letters")
        read = sum(self.offsets(store).values())
        check(read <= len(letters), read, "offsets are past the dead letters", len(letters))
        if other_client(self.folder):
            read = sum(with_group(self.cluster.brokers, "signal-processor", source, 6, committed))
            check(read <= len(letters), read, "is committed, past the dead letters", len(letters))
        # In small batches some come before there is a share to speak of; those are in the store's offsets, and no more.
        small = self.store("small")
        said = self.run(self.process, self.url("signals.normalised", until="end", group="small"), "--store", small,
                        "--batch-size", "10", code=1)
        more = len(self.cluster.consume(source + ".dlq")) - len(letters)
        check("more than 5 % of records failed" in said and 0 < more <= 60, more, "dead letters", said)
        check(sum(self.offsets(small).values()) == more, self.offsets(small), more)
        print(f"    (of 3000 bad records {len(letters)} became dead letters, {more} in small batches)")

    def order_of_arrival_does_not_matter(self):
        self.begin("order")
        rng, posts = random.Random(7), []
        for i in range(400):
            for n in range(rng.randrange(1, 6)):
                minute = rng.randrange(0, 60) if n else 0
                posts.append(line(i, kind="refresh" if n else "post", title="" if n else f"Post {i} is great",
                                  raw_score=rng.randrange(1000), observed_at=f"2026-01-02T04:{minute:02}:05.000Z"))
        calm, wild = self.store("calm"), self.store("wild")
        self.run(self.process, self.file("calm", posts), "--store", calm)
        shuffled = posts[:]
        rng.shuffle(shuffled)  # refreshes before their posts
        half = len(posts) // 2
        one, two = self.file("one", shuffled[:half]), self.file("two", shuffled[half:])
        both = [self.start(self.ingest, f, "--to", self.url()) for f in (one, two)]
        check([p.wait() for p in both] == [0, 0], "two producers at once")
        self.run(self.ingest, one, "--to", self.url())  # and once more
        self.run(self.process, self.url("signals.normalised", until="end"), "--store", wild)
        # Offsets are set back: the store has all of it already, and is read into again.
        self.run(self.process, self.url("signals.normalised", until="end", group="anew"), "--store", wild)
        db = sqlite3.connect(wild.partition(":")[2])
        db.execute("UPDATE source_offsets SET next_offset = 0 WHERE consumer = 'anew' AND partition IN (0, 3)")
        db.commit()
        db.close()
        self.run(self.process, self.url("signals.normalised", until="end", group="anew"), "--store", wild)
        wrong = tables.difference(tables.snapshot(calm, NUMBERS), tables.snapshot(wild, NUMBERS))
        check(wrong is None, wrong)
        self.the_groups_offsets_are_set_back(calm, wild, len(posts) + half)

    def the_groups_offsets_are_set_back(self, calm, wild, records):
        """As an operator does it, with another client: all is read once more, and the store moves to the end again."""
        if not other_client(self.folder):
            return
        before = self.offsets(wild)
        with_group(self.cluster.brokers, "anew", self.topic("signals.normalised"), 6, set_back)
        said = subprocess.run([self.process, self.url("signals.normalised", until="end", group="anew"), "--store", wild],
                              stderr=subprocess.PIPE, text=True, check=False)
        check(said.returncode == 0 and f"{records} read" in said.stderr, said.stderr)
        wrong = tables.difference(tables.snapshot(calm, NUMBERS), tables.snapshot(wild, NUMBERS))
        check(wrong is None and self.offsets(wild) == before, wrong, before, self.offsets(wild))

    def tls_and_passwords_pass_through(self):
        secrets = pathlib.Path(self.cluster.folder) / "secure"
        where = f"kafka://{(secrets / 'bootstrap').read_text().strip()}"
        wrong = self.folder / "wrong-password"
        wrong.write_text("guessed\n")

        def options(password=secrets / "password", authority=secrets / "ca.pem"):
            pairs = {"security.protocol": "sasl_ssl", "sasl.mechanism": "PLAIN", "sasl.username": "signalflow",
                     "sasl.password": f"@{password}", "ssl.ca.location": authority}
            return [x for k, v in pairs.items() for x in ("--kafka-opt", f"{k}={v}")]

        self.run(self.ingest, "--create-topics", "--to", where + "?prefix=tls.", *options())
        self.run(self.ingest, self.file("tls", map(line, range(100))), "--to", where + "?prefix=tls.", *options())
        store, source = self.store("tls"), where + "/signals.normalised?until=end&prefix=tls."
        self.run(self.process, source, "--store", store, *options())
        check(len(list(tables.rows(store, "signals"))) == 100, "rows")
        begun = time.monotonic()
        said = self.run(self.process, source, "--store", store, *options(password=wrong), code=1)
        check("uthentication" in said and "guessed" not in said, said)
        check(time.monotonic() - begun < 30, "refused, and yet it tried on")
        # Somebody else's certificate: nothing is sent to them.
        other = self.folder / "other.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=other", "-keyout",
                        self.folder / "other.key", "-out", other], check=True, stderr=subprocess.DEVNULL)
        said = self.run(self.ingest, "--create-topics", "--to", where, *options(authority=other), code=1)
        check("certificate verify failed" in said, said)

    def both_paths_fill_their_tables(self):
        """Raw records and signals, sent by two producers at once, out of order and twice, read by two processes."""
        self.begin("paths")
        rng, posts = random.Random(11), []
        for i in range(300):
            for n in range(rng.randrange(1, 5)):
                posts.append(line(i, kind="refresh" if n else "post", title="" if n else f"Post {i} is great",
                                  raw_score=rng.randrange(1000), observed_at=f"2026-01-02T04:{rng.randrange(60):02}:0{n}.000Z"))
            if i % 30 == 0:
                posts.append(line(i, kind="delete", title="", author=None, raw_score=None, comments=None,
                                  observed_at=f"2026-01-02T04:{rng.randrange(60):02}:05.000Z"))
        found = []
        for name in "calm", "wild":
            self.begin("paths-" + name)
            lines = posts[:]
            if name == "wild":
                rng.shuffle(lines)
                lines += lines[:200]
            half = len(lines) // 2
            both = [self.start(self.ingest, self.file(f"part{k}", part), "--to", self.url())
                    for k, part in enumerate((lines[:half], lines[half:]))]
            for p in both:
                check(p.wait() == 0, "two producers at once:", p.stderr.read())
            store = self.store("paths")
            readers = [self.start(self.process, self.url("signals.normalised", until="end"), "--store", store,
                                  "--legacy", self.url(RAW, until="end")) for _ in range(1 if name == "calm" else 2)]
            for p in readers:
                check(p.wait() == 0, p.stderr.read())
            found.append(tables.snapshot(store, NUMBERS + REDDIT))
        check(tables.difference(*found) is None, tables.difference(*found))
        rows = {r["id"]: r for r in tables.rows(store, "reddit_posts")}
        features = {r["post_id"]: r for r in found[1]["reddit_nlp_features"]}
        check(len(rows) == 300 and len(features) == 290, len(rows), len(features))
        for s in found[1]["signals"]:
            r = rows[s["source_id"]]
            check((r["score"], r["observed_at"], r["deleted_at"]) == (s["raw_score"], s["observed_at"], s["deleted_at"]), s, r)
            check(r["title"] == s["title"] and (s["deleted_at"] is None) == (r["id"] in features), s, r)
            if r["id"] in features:
                check(features[r["id"]]["sentiment_compound"] == s["sentiment_compound"], s, r)  # there is no body

    def bad_raw_records_are_dead_letters_of_their_topic(self):
        self.begin("rawletters")
        raw, store = self.topic("reddit.posts.raw"), self.store("rawletters")
        thing = '{"kind":"t3","data":{"id":"%d","name":"t3_%d","title":"A fine day","score":1}}'
        self.cluster.produce(raw, [(f"t3_{i}", thing % (i, i) if i % 50 else '{"kind":"t3","da') for i in range(200)])
        self.run(self.process, "--store", store, "--legacy", self.url(RAW, until="end"), stdin=subprocess.DEVNULL)
        check(len(list(tables.rows(store, "reddit_posts"))) == 196, "rows")
        letters = self.cluster.consume(raw + ".dlq")
        check([r["headers"]["topic"] for r in letters] == [raw] * 4, letters)
        self.cluster.produce(raw + ".dlq", [("t3_0", thing % (0, 0))])
        self.run(self.process, "--redrive", self.url("reddit.posts.raw.dlq"), "--store", store)
        again = self.cluster.consume(raw + ".dlq")
        check([r["headers"].get("attempts") for r in again] == ["1"] * 4 + [None] + ["2"] * 4, again)
        check(len(list(tables.rows(store, "reddit_posts"))) == 197, "it is in")

    def a_path_that_fails_leaves_the_other_alone(self):
        """Once for each: its table refuses every row, so that its brake comes on; the other path gets on, and this one stands
        still until it is started anew, without a loss."""
        n = 4000
        for table, mine, other, count in (("signals", "signals.normalised", "reddit.posts.raw", "reddit_posts"),
                                          ("reddit_posts", "reddit.posts.raw", "signals.normalised", "signals")):
            self.begin("alone-" + table)
            store, metrics = self.store("alone"), free_port()
            command = (self.process, self.url("signals.normalised"), "--store", store, "--legacy", self.url(RAW),
                       "--batch-size", "200", "--metrics", f":{metrics}")
            self.run(self.process, "--store", store, stdin=subprocess.DEVNULL)
            db = sqlite3.connect(store.partition(":")[2], timeout=30)
            db.executescript(f"CREATE TRIGGER no BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'not today'); END")
            first, second = self.file("first", map(line, range(n))), self.file("second", map(line, range(n, 2 * n)))
            self.run(self.ingest, first, "--to", self.url())
            p = self.start(*command)
            rows = lambda: db.execute(f"SELECT count(*) FROM {count}").fetchone()[0]
            await_that(lambda: rows() == n and get(metrics, "/ready").endswith("503"), "the other path got on, this one stopped")
            joins = self.start(*command[:-2])  # the group shares out anew, and waits for none that has stopped
            self.run(self.ingest, second, "--to", self.url())
            await_that(lambda: rows() == 2 * n, "the other path goes on")
            check("5 % of records failed" in get(metrics, "/ready"), get(metrics, "/ready"))
            check(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 0, "nothing in", table)
            for x in p, joins:
                x.terminate()
            check(p.wait() == 1, "it tells of the path that failed")
            joins.wait()
            letters = len(self.cluster.consume(self.topic(mine) + ".dlq"))
            check(letters <= 60, letters, "dead letters")
            check(not self.cluster.consume(self.topic(other) + ".dlq"), "the other path has dead letters")
            db.executescript("DROP TRIGGER no")
            self.run(self.process, self.url("signals.normalised", until="end"), "--store", store, "--legacy",
                     self.url(RAW, until="end"))
            self.run(self.process, "--redrive", self.url(mine + ".dlq"), "--store", store)
            for t in "signals", "reddit_posts":
                found = db.execute(f"SELECT count(*) FROM {t}").fetchone()[0]
                check(found == 2 * n, t, "is not complete:", found, letters)
            db.close()

    def figures_tell_how_it_stands(self):
        self.begin("figures")
        store, port = self.store("figures"), free_port()
        ask = lambda path: get(port, path)
        p = self.start(self.process, self.url("signals.normalised"), "--store", store, "--metrics", f":{port}")
        self.cluster.produce(self.topic("signals.normalised"), ((f"t3_{i}", line(i)) for i in range(5000)))
        await_that(lambda: "signalflow_records_written_total 5000\n" in ask("/metrics"), "all written")
        await_that(lambda: ask("/metrics").count("signalflow_lag_records{") == 6, "lag of six partitions")
        check(ask("/ready") == "ready\n200", ask("/ready"))
        db = sqlite3.connect(store.partition(":")[2], timeout=30)
        db.execute("BEGIN EXCLUSIVE")
        self.cluster.produce(self.topic("signals.normalised"), ((f"t3_{i}", line(i)) for i in range(5000, 20000)))
        await_that(lambda: ask("/ready").endswith("503"), "not ready")
        check("sqlite:" in ask("/ready") and ask("/health").endswith("200"), ask("/ready"))
        time.sleep(2)  # it is idle, and keeps its place in the group
        db.rollback()
        db.close()
        await_that(lambda: "signalflow_records_written_total 20000\n" in ask("/metrics"), "the rest written")
        await_that(lambda: ask("/ready") == "ready\n200", "ready again")
        told = ask("/metrics")
        check("signalflow_rebalances_total 1\n" in told and "reddit_processor_dlq_messages_total 0\n" in told, told)
        check("signalflow_retries_total 0\n" not in told, told)
        for name in "batch_records_bucket", "flush_seconds_bucket", "store_seconds_bucket", "stored_age_seconds_bucket", "build_info":
            check("signalflow_" + name + "{" in told, name, told)
        check(re.search(r"^process_resident_memory_bytes [1-9]", told, re.M), told)
        other = self.start(self.process, self.url("signals.normalised"), "--store", store)
        await_that(lambda: ask("/metrics").count("signalflow_lag_records{") == 3, "lag of the three that are left")
        other.terminate()
        check(other.wait() == 0, other.stderr.read())
        await_that(lambda: ask("/metrics").count("signalflow_lag_records{") == 6, "lag of all six again")
        p.terminate()
        check(p.wait() == 0, p.stderr.read())

    def a_stop_under_load_leaves_nothing_to_repeat(self):
        self.begin("stop")
        records = 60000
        self.cluster.produce(self.topic("signals.normalised"), ((f"t3_{i}", line(i)) for i in range(records)))
        out, where = str(self.folder / "stop.ndjson"), self.url("signals.normalised")
        p = self.start(self.process, where, "--to", out)
        while not pathlib.Path(out).exists() or pathlib.Path(out).stat().st_size < 1_000_000:
            time.sleep(0.05)
        begun = time.monotonic()
        p.send_signal(signal.SIGTERM)
        check(p.wait() == 0, p.stderr.read())
        check(time.monotonic() - begun < 10, "it took", time.monotonic() - begun, "s")
        first = sum(1 for _ in open(out, encoding="utf-8"))
        check(0 < first < records, first)
        self.run(self.process, self.url("signals.normalised", until="end"), "--to", out)
        with open(out, encoding="utf-8") as f:
            ids = [json.loads(x)["source_id"] for x in f]
        check(len(ids) == records and len(set(ids)) == records, len(ids), len(set(ids)))
        # A dry run reads all of it as often as it likes.
        for _ in range(2):
            said = subprocess.run([self.process, self.url("signals.normalised", until="end", group="dry"), "--dry-run",
                                   "--batch-size", "100"], stderr=subprocess.PIPE, text=True, check=False).stderr
            check(f"{records} read" in said, said)

    def with_brokers_down_a_stop_says_what_comes_again(self):
        """The last test: it breaks the cluster."""
        self.begin("down")
        self.cluster.produce(self.topic("signals.normalised"), ((f"t3_{i}", line(i)) for i in range(100000)))
        out = self.start(self.process, self.url("signals.normalised"), "--to", self.url("signals.normalised.dlq"),
                         "--batch-size", "10")
        time.sleep(3)
        for node in 1, 2, 3:
            self.cluster.kill(node)
        time.sleep(2)
        begun = time.monotonic()
        out.send_signal(signal.SIGTERM)
        code = out.wait()
        said = out.stderr.read()
        took = time.monotonic() - begun
        check(code == 1 and "to be read again from" in said, code, said)
        check(took < 12, "it took", took, "s")
        print(f"    (stopped within {took:.1f} s)")


TESTS = (Tests.topics_are_made_once_and_checked, Tests.partitions_are_what_other_clients_make_of_them,
         Tests.bad_records_become_dead_letters_and_come_back, Tests.nothing_but_bad_records_stops_it,
         Tests.order_of_arrival_does_not_matter, Tests.both_paths_fill_their_tables,
         Tests.tls_and_passwords_pass_through, Tests.bad_raw_records_are_dead_letters_of_their_topic, Tests.a_path_that_fails_leaves_the_other_alone, Tests.figures_tell_how_it_stands, Tests.a_stop_under_load_leaves_nothing_to_repeat,
         Tests.with_brokers_down_a_stop_says_what_comes_again)


def main():
    ingest, process, files = sys.argv[1], sys.argv[2], shared.posts(sys.argv[3])
    wanted, failed = sys.argv[4:], 0
    with kafka_cluster.Cluster(secure=True) as cluster, tempfile.TemporaryDirectory() as folder:
        tests = Tests(ingest, process, pathlib.Path(folder), cluster, files)
        for function in TESTS:
            name = function.__name__
            if wanted and name not in wanted:
                continue
            begun = time.monotonic()
            try:
                function(tests)
                print(f"ok      {name} ({time.monotonic() - begun:.1f} s)", flush=True)
            except AssertionError as e:
                failed += 1
                print(f"FAILED  {name}: {e}", flush=True)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
