# SPDX-License-Identifier: MIT
"""A running sf-serve for tests: a store with the reference's rows, a port of its own, raw exchanges."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import stores

HERE = pathlib.Path(__file__).resolve().parent
SECRET = "reference-secret-not-for-production-0123456789"


def load_reference(program, store):
    """Puts the reference's rows and users into an empty store."""
    subprocess.run([sys.executable, str(HERE / "load_reference.py"), "--store", store, "--programs", str(pathlib.Path(program).parent)],
                   check=True)


class Redis:
    """with Redis() as r: r.url, r.publish(...)"""

    def __enter__(self):
        if shutil.which("redis-server") is None:
            stores.skip("no redis-server")
        with socket.create_server(("127.0.0.1", 0)) as s:
            self.port = s.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""], stdout=subprocess.DEVNULL)
        until(lambda: self.answers())
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def answers(self):
        try:
            return self.say("PING") == b"+PONG\r\n"
        except OSError:
            return False

    def say(self, *words):
        parts = [w.encode() for w in words]
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as s:
            s.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))
            return s.recv(4096)

    def publish(self, message):
        """To how many?"""
        return int(self.say("PUBLISH", "asgi:group:posts_feed", message)[1:])


class Server:
    """with Server(PROGRAM) as s: s.get("/health/")"""

    def __init__(self, program, *options, store=None, load=False, tls=None, env=None, before=None, host="127.0.0.1"):
        """tls: what clients trust, an ssl.SSLContext, where the options say that it is spoken. env: more of the environment, None takes a name away. before: called in the new
        process. host: where it listens."""
        self.program, self.options, self.tls, self.env, self.before, self.host = program, options, tls, env or {}, before, host
        self.folder = tempfile.TemporaryDirectory()
        self.store = store or f"sqlite:{self.folder.name}/store.db"
        if store is None or load:
            load_reference(program, self.store)

    def __enter__(self):
        env = {k: v for k, v in os.environ.items() if not k.startswith("SF_")}
        env.update(SF_JWT_SECRET=SECRET, HOME=self.folder.name)
        env.update(self.env)
        self.process = subprocess.Popen([self.program, "--store", self.store, "--listen", f"{self.host}:0", *self.options], text=True, stderr=subprocess.PIPE,
                                        env={k: v for k, v in env.items() if v is not None}, preexec_fn=self.before)
        self.said = ""
        for line in self.process.stderr:
            self.said += line
            found = re.search(r"listening on port (\d+)", line)
            if found:
                self.port = int(found[1])
                break
        else:
            raise SystemExit(f"sf-serve did not start: {self.said}")
        self.base = f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"
        self._token = None
        return self

    def __exit__(self, *failure):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.said += self.process.stderr.read()
        code = self.process.wait(20)
        self.folder.cleanup()
        if code != 0 and not failure[0]:
            raise SystemExit(f"sf-serve ended with {code}: {self.said}")

    def run(self, *arguments, stdin=""):
        return subprocess.run([self.program, *arguments, "--store", self.store], input=stdin, text=True, capture_output=True)

    def connect(self):
        c = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        return self.tls.wrap_socket(c, server_hostname="127.0.0.1") if self.tls else c

    def raw(self, data):
        """Sends bytes; what comes until the other end closes, or says nothing for a second."""
        with self.connect() as s:
            s.settimeout(1)
            s.sendall(data)
            out = b""
            try:
                while part := s.recv(65536):
                    out += part
                return out, True
            except (TimeoutError, ConnectionResetError):
                return out, False

    def ask(self, method, path, headers=None, body=None):
        """(status, headers in lower case, body)"""
        fields = {"Host": f"127.0.0.1:{self.port}", "Connection": "close", **(headers or {})}
        if body is not None:
            fields["Content-Length"] = str(len(body))
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in fields.items()) + "\r\n"
        with self.connect() as s:
            s.sendall(head.encode("latin-1") + (body or b""))
            out = b""
            while part := s.recv(65536):
                out += part
        return parse(out)

    def get(self, path, **headers):
        """As the user demo."""
        fields = {"Authorization": f"Bearer {self.token()}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        status, fields, body = self.ask("GET", path, fields)
        return status, fields, body

    def json(self, path):
        status, _, body = self.get(path)
        if status != 200:
            raise AssertionError(f"{path}: {status} {body[:200]}")
        return json.loads(body)

    def post(self, path, **fields):
        status, headers, body = self.ask("POST", path, {"Content-Type": "application/json"}, json.dumps(fields).encode())
        return status, json.loads(body) if body else None

    def login(self, name="demo", password="demo-pass-1"):
        return self.post("/api/token/", username=name, password=password)

    def token(self):
        if self._token is None:
            self._token = self.login()[1]["access"]
        return self._token


def parse(out):
    head, _, body = out.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    fields = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        fields[name.lower()] = value.strip()
    if fields.get("transfer-encoding") == "chunked":
        rest, body = body, b""
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            n = int(size, 16)
            if n == 0:
                break
            body += rest[:n]
            rest = rest[n + 2:]
        else:
            raise AssertionError("the body was cut off")
    return int(lines[0].split()[1]) if lines[0].startswith("HTTP/") else None, fields, body


def until(what, seconds=10):
    """Waits until something is true."""
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            raise AssertionError("it did not come about")
        time.sleep(0.05)
