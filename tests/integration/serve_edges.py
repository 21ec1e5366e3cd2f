#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What sf-serve does at its edges: secrets that change or are made, users of Django, names that nobody has, tokens that end while sockets are open, streams that go on, figures,
descriptors that run out, and one address that takes too many connections.

  serve_edges.py SF_SERVE SF_PROCESS SHARED"""
import base64
import hashlib
import json
import os
import pathlib
import resource
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

import stores
from serve_live import look
from serve_server import SECRET, Redis, Server, load_reference, until

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "hub"))
from clients import Client  # noqa: E402

OTHER = "another secret, which is just as long as it has to be"


def check(what, true):
    if not true:
        raise AssertionError(what)


def claims(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def asks(s, pair):
    return s.ask("GET", "/api/v1/signals/?page_size=1", {"Authorization": f"Bearer {pair['access']}"})[0]


class World:
    def __init__(self, serve, process, store):
        self.serve, self.process, self.store = serve, process, store

    def server(self, *options, **how):
        return Server(self.serve, "--login-rate", "off", *options, store=self.store, **how)


def secrets_change(w):
    """A new secret, with the former one beside it, logs nobody out; without that, all are."""
    with w.server() as s:
        before = s.login()[1]
        times = claims(before["access"])
        check("access ends after 60 minutes", times["exp"] - times["iat"] == 3600)
        check("refresh after a day", claims(before["refresh"])["exp"] - claims(before["refresh"])["iat"] == 86400)
    with w.server(env={"SF_JWT_SECRET": OTHER, "SF_JWT_FORMER_SECRET": SECRET}) as s:
        check("the old token is good still", asks(s, before) == 200)
        during = s.login()[1]
        head = json.loads(base64.urlsafe_b64decode(during["access"].split(".")[0] + "=="))
        check(f"new ones say who signed them: {head}", "kid" in head and head["alg"] == "HS256")
        check("the old refresh token too", s.post("/api/token/refresh/", refresh=before["refresh"])[0] == 200)
    with w.server(env={"SF_JWT_SECRET": OTHER}) as s:
        check("without the former secret it is none", asks(s, before) == 401)
        check("but who was signed with the new one is in", asks(s, during) == 200)


def secret_is_made(w):
    """With a store in a file the first run makes one, which only its owner can read, and keeps to it."""
    with tempfile.TemporaryDirectory() as home:
        env = {"SF_JWT_SECRET": None, "HOME": home, "XDG_STATE_HOME": None}
        with w.server(env=env) as s:
            pair = s.login()[1]
        path = pathlib.Path(home, ".local/state/signalflow/jwt-secret")
        check("only the owner reads it", path.stat().st_mode & 0o777 == 0o600 and len(path.read_text()) >= 32)
        check("nobody says it", path.read_text() not in s.said)
        with w.server(env=env) as s:
            check("the next run has the same", asks(s, pair) == 200)
    file = pathlib.Path(tempfile.mkdtemp(), "secret")
    file.write_text(SECRET + "\n")
    with w.server(env={"SF_JWT_SECRET": None, "SF_JWT_SECRET_FILE": str(file)}) as s:
        check("from a file", asks(s, s.login()[1]) == 200)


def users_of_django(w):
    """Rows as Django wrote them let their users in, and are then written anew."""
    salt, rounds = "c2FsdHlzYWx0", 1000
    digest = base64.b64encode(hashlib.pbkdf2_hmac("sha256", b"django's password", salt.encode(), rounds)).decode()
    path = w.store.partition(":")[2] + ".users"
    with sqlite3.connect(path) as db:
        db.execute("DELETE FROM users WHERE username = 'django'")
        db.execute("INSERT INTO users (username, password, is_active, date_joined) VALUES ('django', ?, 1, 0)", (f"pbkdf2_sha256${rounds}${salt}${digest}",))
    row = lambda: sqlite3.connect(path).execute("SELECT password FROM users WHERE username = 'django'").fetchone()[0]
    with w.server() as s:
        check("not with another password", s.login("django", "django's passwort")[0] == 401 and row().startswith("pbkdf2"))
        check("with hers", s.login("django", "django's password")[0] == 200)
        until(lambda: row().startswith("argon2$argon2id$"))
        check("and again", s.login("django", "django's password")[0] == 200)


def nobody_takes_as_long(w):
    """Names that nobody has cannot be told by the time that it takes."""
    def took(s, name):
        began = time.monotonic()
        check("no", s.login(name, "a wrong password")[0] == 401)
        return time.monotonic() - began
    with w.server() as s:
        took(s, "demo")
        times = [(took(s, "demo"), took(s, f"nobody{i}"), took(s, "off")) for i in range(15)]
    known, unknown, disabled = (statistics.median(t) for t in zip(*times))
    check(f"{known:.4f} {unknown:.4f} {disabled:.4f} s", 0.5 < known / unknown < 2 and 0.5 < known / disabled < 2 and unknown > 0.005)


def tokens_end(w):
    """With its token a socket ends (4401); the token is in no line that is written, wherever it stood."""
    with w.server("--access-lifetime", "3s", "--log-level", "debug", "--metrics", "127.0.0.1:0") as s:
        token = s.login()[1]["access"]
        c = Client(s.port, "", token=token)
        c.socket.settimeout(15)
        began = time.monotonic()
        for path in (f"/ws/signals/?token={token}", f"/api/v1/signals/?token={token}&page=x", f"/nothing/{token}"):
            s.ask("GET", path)
        check("it is closed", c.close_code() == 4401 and time.monotonic() - began < 6)
        check("and no new one opened", s.raw(f"GET /ws/signals/?token={token} HTTP/1.1\r\nHost: localhost\r\nOrigin: {s.base}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                                             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode())[0].startswith(b"HTTP/1.1 403"))
        check("nor asked with", asks(s, {"access": token}) == 401)
    check("it is nowhere written", token not in s.said and token.split(".")[2] not in s.said)


def events(s, last=None):
    """Opens a stream."""
    c = s.connect()
    more = f"Last-Event-ID: {last}\r\n" if last else ""
    c.sendall(f"GET /api/v1/stream/ HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {s.token()}\r\n{more}\r\n".encode())
    file = c.makefile("rb")
    status = int(file.readline().split()[1])
    while file.readline() not in (b"\r\n", b""):
        pass
    return c, file, status


def next_event(file):
    number, data = None, None
    for line in file:
        line = line.decode().rstrip("\n")
        number = line[4:] if line.startswith("id: ") else number
        data = json.loads(line[6:]) if line.startswith("data: ") else data
        if line == "" and data is not None:
            return number, data
    raise EOFError


def figure(port, name):
    text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10).read().decode()
    return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name) and line[len(name)] in " {")


def streams_go_on(w):
    """Server-sent events go on behind Last-Event-ID, through Redis; and all of it is counted."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        metrics = free.getsockname()[1]
    with Redis() as redis, w.server("--live", redis.url + "/2", "--metrics", f"127.0.0.1:{metrics}") as s:
        c, file, status = events(s)
        check(f"{status}", status == 200)
        time.sleep(0.5)  # until the hub has it
        until(lambda: redis.publish(look(0, 1, 0).strip()) == 1)
        first = next_event(file)
        c.close()
        for i in range(1, 4):
            redis.publish(look(i, 1, 0).strip())
        c, file, _ = events(s, first[0])
        check("what came since", [next_event(file)[1]["source_id"] for _ in range(3)] == [f"t3_{i}" for i in range(1, 4)])
        c.close()
        c, file, _ = events(s, "of-another-1")
        check("or a reset", next_event(file)[1]["type"] == "reset")
        s.ask("GET", "/api/v1/signals/")
        s.login("demo", "wrong password")
        check("messages", figure(metrics, "signalflow_live_messages_total") == 4)
        check("deliveries", figure(metrics, "signalflow_live_deliveries_total") >= 4)
        check("clients", figure(metrics, "signalflow_live_clients") >= 1)
        check("requests", figure(metrics, "signalflow_http_requests_total") >= 4)
        s.get("/api/v1/signals/?page_size=2"), s.get("/api/v1/signals/?page_size=2")
        check("answers that were kept", figure(metrics, "signalflow_http_kept_answers_total") >= 1)
        c.close()


def two_readers_of_one_channel(w):
    """--publish in both forms at once: as JSON for us, and as what channels_redis makes of group_send(), for servers of the first system."""
    with Redis() as redis, socket.create_connection(("127.0.0.1", redis.port)) as c, tempfile.TemporaryDirectory() as folder:
        c.settimeout(20)
        c.sendall(b"SUBSCRIBE asgi__group__posts_feed\r\n")
        c.recv(4096)
        url = f"redis://127.0.0.1:{redis.port}/2"
        subprocess.run([w.process, "--quiet", "--store", f"sqlite:{folder}/s.db", "--publish", url, "--publish", url + "?form=channels"], input=look(7, 45, 5), text=True, check=True)
        got = b""
        while b"t3_7" not in got:
            got += c.recv(65536)
        event = got[got.index(b"\x82"):]
        check(f"MessagePack of an event: {event[:60]}", event.startswith(b"\x82\xa4type\xadsignal.update\xa7payload") and b"\xa9source_id\xa4t3_7" in event)


def descriptors_run_out(w):
    """It lives, and serves again once others have gone."""
    def few():
        resource.setrlimit(resource.RLIMIT_NOFILE, (80, 80))
    with w.server(before=few) as s:
        check("it serves", s.ask("GET", "/health/")[0] == 200)
        crowd = []
        for _ in range(200):
            try:
                crowd.append(s.connect())
            except OSError:
                break
        time.sleep(0.5)
        check("it lives", s.process.poll() is None)
        for c in crowd:
            c.close()
        until(lambda: s.raw(f"GET /health/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())[0].startswith(b"HTTP/1.1 200"))


def own_address():
    """One that is not loopback; nothing is sent. None: there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as c:
        try:
            c.connect(("192.0.2.1", 9))
            return c.getsockname()[0]
        except OSError:
            return None


def one_address(w):
    """Has so many connections and no more; others are served."""
    address = own_address()
    if address is None or address.startswith("127."):
        print("no address but loopback: connections of one address were not tried")
        return
    with w.server("--connections-per-address", "5", "--allowed-host", "*", host="0.0.0.0") as s:
        crowd = [socket.create_connection((address, s.port), timeout=5) for _ in range(8)]
        gone = 0
        for c in crowd:
            try:
                c.sendall(b"GET /health/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
                gone += not c.recv(4096).startswith(b"HTTP/1.1 200")
            except OSError:
                gone += 1
        check(f"three too many: {gone}", gone == 3)
        check("others are served", s.ask("GET", "/health/")[0] == 200)
        for c in crowd:
            c.close()
        until(lambda: socket.create_connection((address, s.port), timeout=5).send(b"G") == 1)


def main():
    serve, process, source = sys.argv[1], sys.argv[2], pathlib.Path(os.environ.setdefault("SF_SHARED", sys.argv[3]))
    if not (source / "tools/reference-django/seed.py").is_file():
        stores.skip(f"no reference below {source}")
    with tempfile.TemporaryDirectory() as folder:
        w = World(serve, process, f"sqlite:{folder}/store.db")
        load_reference(serve, w.store)
        for part in (secrets_change, secret_is_made, users_of_django, nobody_takes_as_long, tokens_end, streams_go_on, two_readers_of_one_channel, descriptors_run_out, one_address):
            part(w)
            print(part.__name__, "ok", flush=True)


if __name__ == "__main__":
    main()
