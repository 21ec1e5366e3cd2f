#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A post's score goes from 45 to 1200, and then nearly stands still: from sf-ingest through sf-process and the store to a WebSocket. Each change comes, once, in
order, with what the score was before; the post is rising while it rises and not afterwards. The last change comes without words, as numbers alone do: whoever listens
to the post's topic hears of it nevertheless. With SF_TEST_KAFKA=1 a real cluster stands between sf-ingest and sf-process. bench/latency measures the change to 1200.

  serve_live.py SF_INGEST SF_PROCESS SF_SERVE [POSTS [CHANGES_A_SECOND]]"""
import base64
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time

import kafka_cluster
import stores
from serve_server import Redis, Server

START = 1_767_225_600_000  # 2026-01-01


def check(what, true):
    if not true:
        raise AssertionError(what)


def moment(ms):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1000)) + f".{ms % 1000:03d}Z"


def look(i, score, minutes):
    return json.dumps({"v": 1, "platform": "reddit", "source_id": f"t3_{i}", "kind": "post", "channel": "technology", "title": f"IBM shows quantum chip {i}",
                       "body": "A surprising result.", "author": f"author{i % 50}", "raw_score": score, "comments": score // 9, "ts": moment(START),
                       "observed_at": moment(START + minutes * 60_000)}) + "\n"


def refresh(i, score, minutes):
    """Numbers alone."""
    return json.dumps({"v": 1, "platform": "reddit", "source_id": f"t3_{i}", "kind": "refresh", "title": "", "body": "", "raw_score": score, "ts": moment(START),
                       "observed_at": moment(START + minutes * 60_000)}) + "\n"


class Listener(threading.Thread):
    """A socket that listens to a topic; keeps when which score of which post came."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.socket = server.connect()
        key = base64.b64encode(b"0123456789abcdef").decode()
        self.socket.sendall((f"GET /ws/signals/?topic=ibm HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                             f"Sec-WebSocket-Key: {key}\r\nAuthorization: Bearer {server.token()}\r\n\r\n").encode())
        self.rest = b""
        while b"\r\n\r\n" not in self.rest:
            self.rest += self.socket.recv(4096)
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        check(head, head.startswith(b"HTTP/1.1 101"))
        self.socket.settimeout(None)
        self.came, self.wrong = {}, []
        self.more = threading.Condition()

    def bytes(self, n):
        while len(self.rest) < n:
            part = self.socket.recv(1 << 20)
            if not part:
                raise EOFError
            self.rest += part
        out, self.rest = self.rest[:n], self.rest[n:]
        return out

    def run(self):
        with contextlib.suppress(EOFError, OSError):
            while True:
                first, length = self.bytes(2)
                length = int.from_bytes(self.bytes(2 if length == 126 else 8), "big") if length > 125 else length
                data, now = self.bytes(length), time.monotonic()
                if first & 15 == 9:  # a ping: its answer has an empty mask
                    self.socket.sendall(bytes((0x8A, 0x80 | length, 0, 0, 0, 0)) + data)
                elif first & 15 == 1:
                    self.take(json.loads(data), now)

    def take(self, m, now):
        with self.more:
            if m.get("type") != "signal":
                self.wrong.append(m)
                return
            seen = self.came.setdefault(m["source_id"], [])
            if seen and seen[-1][0] >= m["raw_score"]:
                self.wrong.append(("out of order", m))
            if "ibm" not in m["topics"]:
                self.wrong.append(("topics", m))
            seen.append((m["raw_score"], m["previous_score"], m["rising"], now))
            self.more.notify()

    def wait(self, posts, score):
        with self.more:
            check(f"{score} came for all", self.more.wait_for(
                lambda: len(self.came) == posts and all(c[-1][0] == score for c in self.came.values()), 120))


class Pipeline:
    """sf-ingest | sf-process, fed line by line; between the two a pipe, or a topic."""

    def __init__(self, ingest, process, store, *more, topic=None):
        self.topic = topic
        to, source = (["--to", topic], [topic]) if topic else ([], [])
        self.ingest = subprocess.Popen([ingest, "-", "--quiet", *to], stdin=subprocess.PIPE, stdout=None if topic else subprocess.PIPE)
        self.process = subprocess.Popen([process, "--quiet", *source, "--store", store, *more], stdin=self.ingest.stdout)
        if not topic:
            self.ingest.stdout.close()

    def put(self, line):
        self.ingest.stdin.write(line.encode())
        self.ingest.stdin.flush()

    def end(self):
        self.ingest.stdin.close()
        ended = self.ingest.wait(60)
        if self.topic:
            self.process.terminate()
        check("they end well", ended == 0 and self.process.wait(60) == 0)


def topic_of(stack, ingest):
    if os.environ.get("SF_TEST_KAFKA") != "1":
        return None
    cluster = stack.enter_context(kafka_cluster.Cluster())
    check("topics", subprocess.run([ingest, "--create-topics", "--quiet", "--to", cluster.url()]).returncode == 0)
    return cluster.url("signals.normalised")


def changes(ingest, process, serve, posts, rate):
    """Seconds from a change at sf-ingest's door to the socket, sorted."""
    with contextlib.ExitStack() as stack:
        store, live, publish = stack.enter_context(stores.place()).new("live"), [], []
        if stores.wants_postgres():
            redis = stack.enter_context(Redis())
            live, publish = ["--live", redis.url + "/2"], ["--publish", redis.url + "/2"]
        check("the store", subprocess.run([process, "--store", store, "--migrate", "--quiet"]).returncode == 0)
        s = Server(serve, *live, store=store)
        check("a user", s.run("user", "add", "demo", stdin="demo-pass-1\n").returncode == 0)
        stack.enter_context(s)
        listener = Listener(s)
        listener.start()
        pipeline = Pipeline(ingest, process, store, *publish, topic=topic_of(stack, ingest))
        for i in range(posts):
            pipeline.put(look(i, 45, 5))
        listener.wait(posts, 45)
        sent, began = {}, time.monotonic()
        for i in range(posts):
            time.sleep(max(0.0, began + i / rate - time.monotonic()))
            sent[f"t3_{i}"] = time.monotonic()
            pipeline.put(look(i, 1200, 10))
        listener.wait(posts, 1200)
        for i in range(posts):
            pipeline.put(refresh(i, 1201, 40))
        listener.wait(posts, 1201)
        pipeline.end()
        check(f"{listener.wrong[:3]}", not listener.wrong)
        for name, came in listener.came.items():
            check(f"{name}: {came}", [c[:3] for c in came] == [(45, None, came[0][2]), (1200, 45, True), (1201, 1200, False)])
        return sorted(came[1][3] - sent[name] for name, came in listener.came.items())


def main():
    posts, rate = int((sys.argv[4:5] or [60])[0]), float((sys.argv[5:6] or [100])[0])
    times = changes(*sys.argv[1:4], posts, rate)
    print(f"{len(times)} changes: p50 {times[len(times) // 2] * 1000:.1f} ms, p99 {times[len(times) * 99 // 100] * 1000:.1f} ms")


if __name__ == "__main__":
    main()
