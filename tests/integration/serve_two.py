#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Two instances of sf-serve behind a proxy, before a PostgreSQL primary with a replica: users and tokens are the same at both, and stay so while the replica
is behind, and while the primary is away.

  serve_two.py SF_SERVE SHARED"""
import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time

import stores
import tables
from serve_server import Redis, Server, load_reference, parse, until

CLUSTER = pathlib.Path(__file__).resolve().parent.parent.parent / "deploy/postgres/cluster"


def check(what, true):
    if not true:
        raise AssertionError(what)


class Proxy:
    """Hands connections to the instances in turn. With a request that it hands on it says whom it is from."""

    def __init__(self, ports):
        self.ports, self.turn = ports, 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.socket.accept()
                server = socket.create_connection(("127.0.0.1", self.ports[self.turn % len(self.ports)]))
                self.turn += 1
                first, _, rest = client.recv(65536).partition(b"\r\n")
                server.sendall(first + b"\r\nX-Forwarded-For: 10.9.8.7\r\n" + rest)
                for a, b in ((client, server), (server, client)):
                    threading.Thread(target=self.pump, args=(a, b), daemon=True).start()

    @staticmethod
    def pump(a, b):
        with contextlib.suppress(OSError):
            while data := a.recv(65536):
                b.sendall(data)
        with contextlib.suppress(OSError):
            b.shutdown(socket.SHUT_WR)


class Client:
    def __init__(self, port):
        self.port = port

    def ask(self, method, path, headers=None, body=None):
        fields = {"Host": "127.0.0.1", "Connection": "close", **(headers or {})}
        data = json.dumps(body).encode() if body is not None else b""
        if body is not None:
            fields.update({"Content-Type": "application/json", "Content-Length": str(len(data))})
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as c:
            c.sendall((f"{method} {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in fields.items()) + "\r\n").encode() + data)
            out = b""
            while part := c.recv(65536):
                out += part
        return parse(out)

    def post(self, path, **fields):
        status, headers, body = self.ask("POST", path, body=fields)
        return status, headers, json.loads(body)

    def login(self, name, password):
        return self.post("/api/token/", username=name, password=password)

    def enter(self, name="demo", password="demo-pass-1"):
        """The pair of one who gets in."""
        status, _, pair = self.login(name, password)
        check(f"{name} logs in: {status} {pair}", status == 200)
        return pair

    def get(self, access, path="/api/v1/signals/?page_size=1"):
        return self.ask("GET", path, {"Authorization": f"Bearer {access}"})

    def listen(self, access, status=101):
        """An open socket."""
        c = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        c.sendall(("GET /ws/signals/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                   f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer {access}\r\n\r\n").encode())
        check("a socket", c.recv(4096).startswith(b"HTTP/1.1 %d" % status))
        return c


def cluster(folder, what):
    done = subprocess.run([CLUSTER, what, folder], text=True, stdout=subprocess.PIPE, check=True)
    return done.stdout.split()


def primary(world):
    return pathlib.Path(world.folder, "primary").read_text().strip()


def as_one(world):
    """Behind the proxy every other request meets the other instance, and nobody can tell."""
    pair = world.client.enter()
    for _ in range(6):
        check("both let her in", world.client.get(pair["access"])[0] == 200)
    chain = [pair]
    for _ in range(5):
        status, _, pair = world.client.post("/api/token/refresh/", refresh=pair["refresh"])
        check("both renew", status == 200)
        chain.append(pair)
    for _ in range(2):
        check("used up at one, used up at the other", world.client.post("/api/token/refresh/", refresh=chain[2]["refresh"])[0] == 401)
    for _ in range(2):
        check("so its family has ended", world.client.post("/api/token/refresh/", refresh=chain[-1]["refresh"])[0] == 401)


def race(world):
    """Of many who use the same refresh token at once, at both, one gets a pair."""
    for _ in range(5):
        token, got = world.client.enter()["refresh"], []
        crowd = [threading.Thread(target=lambda: got.append(world.client.post("/api/token/refresh/", refresh=token)[0])) for _ in range(8)]
        [t.start() for t in crowd]
        [t.join() for t in crowd]
        check(f"one pair: {got}", sorted(got) == [200] + [401] * 7)


def disabled(world):
    """Who is disabled is out everywhere within 5 s, by request and by socket."""
    check("a user", world.user("add", "ann", stdin="ann's password\n") == 0)
    pair = world.client.enter("ann", "ann's password")
    sockets = [i.listen(pair["access"]) for i in world.each]
    check("she asks both", all(i.get(pair["access"])[0] == 200 for i in world.each))
    check("disabled", world.user("disable", "ann") == 0)
    started = time.monotonic()
    for instance, c in zip(world.each, sockets):
        let_in = began = 0
        while instance.get(pair["access"])[0] == 200:
            let_in, began = began, time.monotonic() - started
            check("she is let in still", began < 30)
        check(f"asked {let_in:.1f} s later she was let in", let_in < 5)
        while c.recv(4096):
            pass
        check("her socket", time.monotonic() - started < 10)


def hears(c, wanted):
    """Whether it comes, whatever came before and however it is cut."""
    got = b""
    while wanted not in got and (part := c.recv(4096)):
        got += part
    return wanted in got


def live(world):
    """What is published reaches sockets of all."""
    access = world.client.enter()["access"]
    sockets = [i.listen(access) for i in world.each]
    until(lambda: world.redis.publish('{"type":"signal","v":1,"platform":"reddit","source_id":"t3_x","kind":"post"}') == 2)
    check("all hear it", [hears(c, b'"source_id":"t3_x"') for c in sockets] == [True] * 2)


def unheard(world):
    """Without --live nobody is left to wait for what never comes."""
    with Server(world.program, "--login-rate", "off", store=world.url) as s:
        one = Client(s.port)
        access = one.enter()["access"]
        one.listen(access, 503)
        status, _, body = one.get(access, "/api/v1/stream/")
        check(f"{status} {body}", status == 503 and b"--live" in body)
        check("it is ready", one.ask("GET", "/ready/")[0] == 200)
    check("it said so", "no live feed" in s.said)


def behind(world):
    """A replica that is behind: who was made just now gets in nevertheless."""
    cluster(world.folder, "pause")
    check("a user", world.user("add", "eve", stdin="eve's password\n") == 0)
    pair = world.client.enter("eve", "eve's password")
    check("and asks", [world.client.get(pair["access"])[0] for _ in range(4)] == [200] * 4)
    check("another", world.user("add", "joe", stdin="joe's password\n") == 0)
    pair = world.client.enter("joe", "joe's password")
    world.stop_node(primary(world))
    got = [i.get(pair["access"])[0] for i in world.each]
    check(f"who is known to the primary alone, which is away, is not told that he is unknown: {got}", got == [503] * 2)
    cluster(world.folder, "start")
    cluster(world.folder, "resume")
    until(lambda: all(i.get(pair["access"])[0] == 200 for i in world.each), 30)


def away(world):
    """Without the primary, tokens go on, nobody logs in, and all says so. It comes by itself."""
    pair = world.client.enter()
    world.stop_node(primary(world))
    time.sleep(4)  # what is kept of rows is old by then
    check("access goes on", [world.client.get(pair["access"], f"/api/v1/signals/?page_size={n}")[0] for n in range(1, 5)] == [200] * 4)
    check("access tokens are verified", [world.client.post("/api/token/verify/", token=pair["access"])[0] for _ in range(2)] == [200] * 2)
    for what, (status, fields, _) in {
        "login": world.client.login("demo", "demo-pass-1"),
        "refresh": world.client.post("/api/token/refresh/", refresh=pair["refresh"]),
        "blacklist": world.client.post("/api/token/blacklist/", refresh=pair["refresh"]),
    }.items():
        check(f"{what}: {status}", status == 503 and int(fields["retry-after"]) > 0)
    until(lambda: [json.loads(i.ask("GET", "/ready/")[2])["logins"] for i in world.each] == [False] * 2, 20)
    got = [i.ask("GET", "/ready/") for i in world.each]
    check(f"but it is ready: {got}", [status for status, _, _ in got] == [200] * 2)
    cluster(world.folder, "start")
    until(lambda: all(json.loads(i.ask("GET", "/ready/")[2])["logins"] for i in world.each), 30)
    check("the token was not used up", world.client.post("/api/token/refresh/", refresh=pair["refresh"])[0] == 200)


def all_away(world):
    """Without the replica, too, what was answered before is given again, however old; the rest is 503. It comes by itself."""
    pair = world.client.enter()
    path = "/api/v1/signals/?page_size=%d"
    got = [i.get(pair["access"], path % 78) for i in world.each]
    check(f"both have it: {got}", [status for status, _, _ in got] == [200] * 2)
    for node in "ab":
        world.stop_node(node)
    time.sleep(5)  # older than answers are kept, and than rows of users are taken for new
    for i in world.each:
        status, fields, _ = i.get(pair["access"], path % 78)
        check(f"what was answered before: {status} {fields}", status == 200 and int(fields["age"]) >= 4)
        status, fields, _ = i.get(pair["access"], path % 79)
        check(f"what was not: {status}", status == 503 and int(fields["retry-after"]) > 0)
        status, _, body = i.ask("GET", "/ready/")
        check(f"it says which: {status} {body}", status == 503 and json.loads(body)["store"] is False)
        check("it is alive", i.ask("GET", "/health/")[0] == 200)
    cluster(world.folder, "start")
    until(lambda: all(i.ask("GET", "/ready/")[0] == 200 for i in world.each), 30)
    got = [i.get(pair["access"], path % 79) for i in world.each]
    check(f"it has come: {got}", [status for status, _, _ in got] == [200] * 2)


class World:
    def __init__(self, program, folder, url, redis, instances):
        self.program, self.folder, self.url, self.redis = program, folder, url, redis
        self.each = [Client(i.port) for i in instances]
        self.client = Client(Proxy([i.port for i in instances]).port)

    def user(self, *words, stdin=""):
        return subprocess.run([self.program, "user", *words, "--store", self.url], input=stdin, text=True).returncode

    def stop_node(self, node):
        """As a crash would."""
        as_postgres = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        subprocess.run([stores.programs() / "pg_ctl", "-D", f"{self.folder}/{node}", "-m", "immediate", "-w", "stop"], cwd="/", check=True,
                       stdout=subprocess.DEVNULL, **as_postgres)


def main():
    program, shared = sys.argv[1], pathlib.Path(os.environ.setdefault("SF_SHARED", sys.argv[2]))
    if stores.programs() is None or tables.psycopg2() is None:
        stores.skip("no PostgreSQL server")
    if not (shared / "tools/reference-django/seed.py").is_file():
        stores.skip(f"no reference below {shared}")
    with tempfile.TemporaryDirectory(prefix="sf-two-") as folder:
        os.chmod(folder, 0o755)
        where = folder + "/cluster"
        url, read_url = cluster(where, "start")
        try:
            load_reference(program, url)
            options = ["--login-rate", "off", "--cache-ttl", "2s", "--read-store", read_url, "--trusted-proxy", "127.0.0.1", "--live"]
            with Redis() as r, Server(program, *options, r.url, store=url) as a, Server(program, *options, r.url, store=url) as b:
                world = World(program, where, url, r, [a, b])
                for part in (as_one, race, disabled, live, unheard, behind, away, all_away):
                    part(world)
                    print(part.__name__, "ok", flush=True)
        finally:
            cluster(where, "down")


if __name__ == "__main__":
    main()
