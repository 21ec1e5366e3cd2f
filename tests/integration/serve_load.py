#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""sf-serve while many ask at once: questions of all kinds, logins, renewals, exports, streams and sockets, some of which never read, while sf-process writes and publishes; then
SIGTERM. Every request that was begun is answered as a whole, every socket is told why it ends. Run with the sanitizers' builds this finds what they find.

  serve_load.py SF_PROCESS SF_SERVE SHARED [SECONDS [CLIENTS]]"""
import contextlib
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import threading
import time

import stores
from serve_live import look
from serve_server import Redis, Server

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "hub"))
from clients import Client  # noqa: E402

QUESTIONS = ["signals/?page_size=50", "signals/?platform=reddit&page={}", "signals/?q=market&x={}", "signals/?topic=rust&cursor=", "signals/?lang=en&min_score={}",
             "trending/?page={}", "trending/topics/?x={}", "pulse/?include=entities&x={}", "pulse/?since=1d&topic=rust", "compare/?include=lead_lag&x={}",
             "compare/?by=platform&topic=rust&x={}", "signals/export/?platform=reddit&fields=id&x={}", "signals/export/?format=csv&fields=id,title&page={}",
             "signals/?since=nonsense", "signals/?page=0", "pipeline/", "signals/reddit/t3_{}/", "nothing/"]


def check(what, true):
    if not true:
        raise AssertionError(what)


class Crowd:
    """Threads that go on until they are told to stop, or the server listens no more."""

    def __init__(self, server):
        self.server, self.stop, self.threads, self.lock = server, threading.Event(), [], threading.Lock()
        self.wrong, self.answers, self.messages, self.ends = [], {}, 0, []

    def add(self, what, *arguments):
        thread = threading.Thread(target=what, args=arguments, daemon=True)
        self.threads.append(thread)
        thread.start()

    def join(self):
        self.stop.set()
        for thread in self.threads:
            thread.join(60)
            check("a client waits still", not thread.is_alive())

    def count(self, status, why=None):
        with self.lock:
            self.answers[status] = self.answers.get(status, 0) + 1
            if why:
                self.wrong.append(why)

    # ---- requests

    def exchange(self, c, head, body=b""):
        """The status of an answer that came as a whole. None: the server said that it goes, and did; or took no more requests before this one came."""
        try:
            c.sendall(head + body)
            got = b""
            while b"\r\n\r\n" not in got:
                part = c.recv(65536)
                if not part:
                    return (None, True) if not got else (self.count("cut", f"{head[:80]}: {got[:80]}"), True)
                got += part
            fields, _, rest = got.partition(b"\r\n\r\n")
            return self.rest_of(c, fields.lower(), rest)
        except (ConnectionResetError, BrokenPipeError):
            return None, True
        except (OSError, IndexError, ValueError) as e:
            self.count("failed", f"{head[:80]}: {e!r}")
            return None, True

    def rest_of(self, c, fields, rest):
        status, closes = int(fields.split()[1]), b"connection: close" in fields
        if b"transfer-encoding: chunked" in fields:
            while not rest.endswith(b"\r\n0\r\n\r\n") and rest != b"0\r\n\r\n":
                part = c.recv(65536)
                if not part:
                    raise ValueError("cut off")
                rest += part
        else:
            n = int(fields.split(b"content-length: ")[1].split(b"\r\n")[0]) if status != 304 else 0
            while len(rest) < n:
                part = c.recv(65536)
                if not part:
                    raise ValueError("cut off")
                rest += part
        return status, closes

    def ask_on(self, seed):
        r, c = random.Random(seed), None
        while not self.stop.is_set():
            path = r.choice(QUESTIONS).format(r.randrange(1, 30))
            more = r.choice(["", "Accept-Encoding: gzip\r\n", "If-None-Match: *\r\n", "Accept: application/problem+json\r\n"])
            try:
                c = c or self.server.connect()
                c.settimeout(60)
            except OSError:
                return
            status, closes = self.exchange(c, f"GET /api/v1/{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.server.token()}\r\n{more}\r\n".encode())
            if status is not None:
                self.count(status, f"{path}: {status}" if status not in (200, 304, 400, 404, 503) else None)
            if closes:
                c.close()
                c = None

    def log_in_on(self):
        while not self.stop.is_set():
            refresh = None
            for path in ("", "refresh/", "verify/", "blacklist/"):
                body = json.dumps({"username": "demo", "password": "demo-pass-1"} if path == "" else {"refresh": refresh, "token": refresh}).encode()
                try:
                    with self.server.connect() as c:
                        c.settimeout(60)
                        head = (f"POST /api/token/{path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n"
                                f"Content-Length: {len(body)}\r\n\r\n").encode()
                        c.sendall(head + body)
                        out = b""
                        while part := c.recv(65536):
                            out += part
                except OSError:
                    return
                if not out:
                    return  # it listens no more
                status = int(out.split()[1])
                self.count(status, f"token/{path}: {out[:100]}" if status not in (200, 503) else None)
                refresh = json.loads(out.partition(b"\r\n\r\n")[2]).get("refresh", refresh) if status == 200 else refresh

    # ---- sockets

    def listen_on(self, seed):
        r = random.Random(seed)
        while not self.stop.is_set():
            try:
                c = Client(self.server.port, r.choice(["", "topic=ibm", "min_score=3"]), r.choice([None, 4096]), self.server.token())
                c.socket.settimeout(60)
                self.read_on(c, r)
            except (OSError, EOFError, AssertionError):
                pass
            if not self.stop.is_set():
                time.sleep(0.05)

    def read_on(self, c, r):
        leave = r.randrange(20, 2000)
        while True:
            opcode, data = c.frame()
            with self.lock:
                self.messages += opcode == 1
            if opcode == 8:
                with self.lock:
                    self.ends.append(int.from_bytes(data[:2], "big"))
                return
            leave -= 1
            if leave % 50 == 1:
                c.say({"type": "subscribe", "topic": r.choice(["ibm", "rust", ""]), "min_score": r.randrange(5)})
            if leave == 0:
                c.send(8, b"\x03\xe8")
                leave = 1000

    def stall(self):
        """Listens, and never reads."""
        try:
            c = Client(self.server.port, "", 4096, self.server.token())
        except (OSError, AssertionError):
            return
        self.stop.wait()
        c.socket.close()

    def stream_on(self):
        with contextlib.suppress(OSError):
            with self.server.connect() as c:
                c.settimeout(60)
                c.sendall(f"GET /api/v1/stream/ HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.server.token()}\r\n\r\n".encode())
                while c.recv(65536):
                    pass


def write_on(process, store, redis, stop):
    """What comes in meanwhile."""
    more = ["--publish", redis.url + "/2"] if redis else []
    p = subprocess.Popen([process, "--quiet", "--store", store, *more], stdin=subprocess.PIPE, text=True)
    i = 0
    while not stop.is_set():
        p.stdin.write(look(i % 40, i, i))
        p.stdin.flush()
        i += 1
        time.sleep(0.005)
    p.stdin.close()
    check("sf-process ended well", p.wait(60) == 0)


def load(programs, seconds, clients, redis):
    process, serve = programs
    live = ["--live", redis.url + "/2", "--cache", redis.url + "/1"] if redis else []
    s = Server(serve, *live, "--login-rate", "off", "--cache-ttl", "1s", "--workers", "3")
    with s:
        crowd, stop = Crowd(s), threading.Event()
        s.token()
        writer = threading.Thread(target=write_on, args=(process, s.store, redis, stop))
        writer.start()
        for i in range(clients):
            crowd.add(crowd.ask_on, i)
            crowd.add(crowd.listen_on, i)
        for _ in range(max(1, clients // 4)):
            crowd.add(crowd.stall)
            crowd.add(crowd.log_in_on)
            crowd.add(crowd.stream_on)
        time.sleep(seconds)
        s.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        code = s.process.wait(60)
        took = time.monotonic() - began
        crowd.join()
        stop.set()
        writer.join()
    told = sum(1 for e in crowd.ends if e == 1001)
    print(f"{sum(crowd.answers.values())} answers {crowd.answers}, {crowd.messages} messages, {told} sockets told, ended in {took:.1f} s", flush=True)
    check(f"it ends well: {code} {s.said[-3000:]}", code == 0)
    check(f"nothing is found: {s.said[-3000:]}", "Sanitizer" not in s.said and "runtime error" not in s.said)
    check(f"{len(crowd.wrong)} lost: {crowd.wrong[:3]}", not crowd.wrong)
    check("it was asked", crowd.answers.get(200, 0) > clients and crowd.messages > 0 and told > 0)
    check(f"in time: {took:.1f} s", took < 12)


def main():
    programs, source = sys.argv[1:3], pathlib.Path(os.environ.setdefault("SF_SHARED", sys.argv[3]))
    seconds, clients = float((sys.argv[4:5] or [2.5])[0]), int((sys.argv[5:6] or [6])[0])
    if not (source / "tools/reference-django/seed.py").is_file():
        stores.skip(f"no reference below {source}")
    load(programs, seconds, clients, None)
    with Redis() as redis:
        load(programs, seconds, clients, redis)


if __name__ == "__main__":
    main()
