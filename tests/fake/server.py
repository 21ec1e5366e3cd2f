# SPDX-License-Identifier: MIT
"""The simulator's HTTP server: platforms by the first part of the path, faults on top of their answers, a log of all it served,
and /control for those who run it.

A platform is an object with a name and respond(request) -> Response; one whose answers are all 200 may have answer(path, now)
instead, and note() for the log (HackerNews is one). What it streams it does itself, in subscribe(connection, request).
"""
import asyncio
import dataclasses
import json
import random
import re
import socket
import struct
import urllib.parse

import websocket

REASONS = {101: "Switching Protocols", 200: "OK", 400: "Bad Request", 302: "Found", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests",
           500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable"}
HTML = b"<!DOCTYPE html><html><body><h1>Something went wrong</h1></body></html>"


@dataclasses.dataclass
class Request:
    """What a platform is asked: the path below its own, the query's values, the headers' names in small letters."""
    path: str
    query: dict
    now: int
    method: str = "GET"
    headers: dict = dataclasses.field(default_factory=dict)
    body: bytes = b""
    whole: str = ""  # path and query as they came

    @classmethod
    def read(cls, text, now, method="GET", headers=None, body=b""):
        path, _, query = text.partition("?")
        return cls(path, dict(urllib.parse.parse_qsl(query, keep_blank_values=True)), now, method, headers or {}, body, text)

    def items(self, key):
        """The values of a key that may come again, or hold several with commas between."""
        all_ = urllib.parse.parse_qs(self.whole.partition("?")[2]).get(key, [])
        return [v for text in all_ for v in text.split(",") if v]


@dataclasses.dataclass
class Response:
    body: bytes
    status: int = 200
    headers: dict = dataclasses.field(default_factory=dict)
    kind: str = "application/json; charset=utf-8"
    note: dict = dataclasses.field(default_factory=dict)  # for the log


class Fault:
    """A rule: which requests go wrong, how, and how often.

    path        regular expression that the path must contain
    fault       a status ("503", "429"), or html, truncated (closed before the end), cut (half a body that says it is whole), reset,
                slow, drip (a byte at a time), garbage, huge (100 MB), empty, wrong-id, null, bad-score (a post whose score is a text)
    share       of the requests; 1
    times       at most so many; no limit
    start, end  ms, by the simulator's clock
    after       Retry-After of a 429, any text
    delay       seconds of real time that slow takes
    """

    def __init__(self, path="", fault="500", share=1.0, times=None, start=None, end=None, after=None, delay=3600.0):
        self.path = re.compile(path)
        self.fault, self.share, self.left, self.after, self.delay = fault, share, times, after, delay
        self.start, self.end = start, end

    def strikes(self, path, now, dice):
        if self.left == 0 or not self.path.search(path):
            return False
        if (self.start is not None and now < self.start) or (self.end is not None and now >= self.end):
            return False
        if self.share < 1 and dice.random() >= self.share:
            return False
        if self.left is not None:
            self.left -= 1
        return True


class Simulator:
    def __init__(self, clock, platforms, log=None, seed=1):
        self.clock = clock
        self.platforms = {p.name: p for p in platforms}
        self.faults = []
        self.log = open(log, "a") if log else None
        self.dice = random.Random(seed)
        self.served = self.items = 0

    # ---- platforms

    def respond(self, method, path, headers, body):
        """(Response, fault) of a request."""
        now = self.clock.now()
        name, _, rest = path[1:].partition("/")
        platform = self.platforms.get(name)
        fault = next((f for f in self.faults if f.strikes(path, now, self.dice)), None)
        if platform is None:
            return Response(HTML, 404, kind="text/html"), None
        request = Request.read(rest, now, method, headers, body)
        if request.path == "api/v1/search_by_date":
            text, note = platform.search_by_date(request)
            response = Response(text, note=note)
        elif hasattr(platform, "respond"):
            response = platform.respond(request)
        else:
            where = request.path.removeprefix("v0/")
            wrong = fault and fault.fault == "wrong-id"
            body = platform.wrong(where, now) if wrong else platform.answer(where, now)
            response = Response(body, note=platform.note(where, now, body))
        self.note(path, response, fault, now)
        return response, fault

    def note(self, path, response, fault, now):
        self.served += 1
        self.items += "/item/" in path
        if self.log:
            entry = {"t": now, "path": path, "fault": fault.fault if fault else None}
            if response.status != 200:
                entry["status"] = response.status
            if fault is None or fault.fault in ("slow", "drip"):
                entry.update(response.note)
            self.log.write(json.dumps(entry) + "\n")
            if self.served % 500 == 0:
                self.log.flush()

    # ---- control

    def control(self, method, path, body):
        """What a test may ask and tell: JSON in, JSON out."""
        told = json.loads(body) if body else None
        if path == "/control/clock" and method == "POST":
            self.clock.set(**told)
        elif path == "/control/faults" and method == "POST":
            self.faults = [Fault(**rule) for rule in told]
        elif path == "/control/platform" and method == "POST":  # {"name", "call"} or {"name", "set": {}}
            platform = self.platforms[told["name"]]
            for k, v in told.get("set", {}).items():
                setattr(platform, k, v)
            if "call" in told:
                getattr(platform, told["call"])()
        elif path.startswith("/control/truth/"):
            name = path.split("/")[3]
            return sorted({s.author for s in self.platforms["hackernews"].stories}) if name == "authors" else self.platforms[name].truth()
        if self.log:
            self.log.flush()
        return {"now": self.clock.now(), "limit": self.clock.target, "served": self.served, "items": self.items}


def head(status, length, kind="application/json; charset=utf-8", more=""):
    return (f"HTTP/1.1 {status} {REASONS.get(status, 'Unknown')}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n"
            f"{more}\r\n").encode()


GOOD = head(200, "%d")


class Connection(asyncio.Protocol):
    def __init__(self, simulator):
        self.simulator = simulator
        self.buffer = b""
        self.stream = None  # the platform whose stream this is
        self.late_frames = []

    def connection_made(self, transport):
        self.transport = transport

    def connection_lost(self, _):
        if self.stream:
            self.stream.unsubscribe(self)

    def take_frames(self):
        while found := websocket.read_frame(self.buffer):
            opcode, payload, self.buffer = found
            if opcode == websocket.PING:
                self.transport.write(websocket.frame(payload, websocket.PONG))
            elif opcode == websocket.CLOSE:
                self.transport.write(websocket.frame(payload, websocket.CLOSE))
                self.transport.close()

    def data_received(self, data):
        self.buffer += data
        if self.stream:
            self.take_frames()
            return
        while b"\r\n\r\n" in self.buffer:
            top, _, rest = self.buffer.partition(b"\r\n\r\n")
            length = re.search(rb"\r\ncontent-length: *(\d+)", top, re.I)
            need = int(length[1]) if length else 0
            if len(rest) < need:
                return
            self.buffer = rest[need:]
            lines = top.decode("latin-1").split("\r\n")
            method, path, _ = lines[0].split(" ", 2)
            headers = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:])}
            self.serve(method, path, headers, rest[:need])

    def serve(self, method, path, headers, body):
        if path.startswith("/control"):
            try:
                text = json.dumps(self.simulator.control(method, path, body)).encode()
                self.transport.write(head(200, len(text)) + text)
            except (ValueError, KeyError, TypeError) as wrong:
                text = json.dumps({"error": str(wrong)}).encode()
                self.transport.write(head(400, len(text)) + text)
            return
        if headers.get("upgrade") == "websocket" and self.subscribe(path, headers):
            return
        response, fault = self.simulator.respond(method, path, headers, body)
        if fault is not None:
            self.fail(fault, response)
        elif response.status == 200 and not response.headers:
            self.transport.write(GOOD % len(response.body) + response.body)
        else:
            self.send(response)

    def subscribe(self, path, headers):
        """Makes a stream of the connection, unless that is to go wrong."""
        simulator, now = self.simulator, self.simulator.clock.now()
        name, _, rest = path[1:].partition("/")
        fault = next((f for f in simulator.faults if f.strikes(path, now, simulator.dice)), None)
        platform = simulator.platforms.get(name)
        simulator.note(path, Response(b""), fault, now)
        if fault or not platform:
            self.fail(fault or Fault(fault="404"), Response(b"{}"))
            return True
        more = platform.subscribe(self, Request.read(rest, now, headers=headers), simulator.clock)
        lines = "".join(f"{k}: {v}\r\n" for k, v in more.items())
        self.transport.write(f"HTTP/1.1 101 {REASONS[101]}\r\n{lines}\r\n".encode() + b"".join(self.late_frames))
        self.stream = platform
        return True

    def send(self, response):
        more = "".join(f"{k}: {v}\r\n" for k, v in response.headers.items())
        self.transport.write(head(response.status, len(response.body), response.kind, more) + response.body)

    def fail(self, fault, response):
        kind, body = fault.fault, response.body
        if kind.isdigit():
            more = f"Retry-After: {fault.after}\r\n" if fault.after is not None else ""
            more += "Location: /elsewhere\r\n" if kind == "302" else ""
            self.transport.write(head(int(kind), len(HTML), "text/html", more) + HTML)
        elif kind == "html":
            self.transport.write(head(200, len(HTML), "text/html") + HTML)
        elif kind == "truncated":
            self.transport.write(head(200, len(body)) + body[:len(body) // 2])
            self.transport.close()
        elif kind == "cut":
            self.transport.write(head(200, len(body) // 2) + body[:len(body) // 2])
        elif kind == "reset":
            raw = self.transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()
        elif kind == "slow":
            asyncio.get_running_loop().call_later(fault.delay, self.late, body)
        elif kind == "drip":
            self.transport.write(head(200, len(body)))
            self.drip(body, 0)
        elif kind == "huge":
            self.transport.write(head(200, 100_000_000) + b'["')
            self.pour(100_000_000 - 4)
        else:
            body = {"null": b"null", "empty": b"", "garbage": b"\x00\xff{]} no JSON"}.get(kind, body)
            body = body.replace(b'"score":', b'"score":"many","was":') if kind == "bad-score" else body
            self.transport.write(head(200, len(body)) + body)

    def drip(self, body, at):
        if not self.transport.is_closing() and at < len(body):
            self.transport.write(body[at:at + 1])
            asyncio.get_running_loop().call_later(0.02, self.drip, body, at + 1)

    def pour(self, left):
        if not self.transport.is_closing() and left > 0:
            if self.transport.get_write_buffer_size() < 1 << 20:
                self.transport.write(b"x" * min(left, 65536))
                left -= 65536
            asyncio.get_running_loop().call_soon(self.pour, left)

    def late(self, body):
        if not self.transport.is_closing():
            self.transport.write(head(200, len(body)) + body)


async def run(simulator, port, ready):
    """Serves for ever; writes the port it got to the file `ready`."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(simulator), "127.0.0.1", port)
    ready(server.sockets[0].getsockname()[1])
    async with server:
        await server.serve_forever()
