# SPDX-License-Identifier: MIT
"""The simulator's HTTP server: platforms by the first part of the path, faults on top of their answers, a log of all it served,
and /control for those who run it."""
import asyncio
import json
import random
import re
import socket
import struct

REASONS = {200: "OK", 302: "Found", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests",
           500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable"}
HTML = b"<!DOCTYPE html><html><body><h1>Something went wrong</h1></body></html>"


class Fault:
    """A rule: which requests go wrong, how, and how often.

    path        regular expression that the path must contain
    fault       a status ("503", "429"), or html, truncated (closed before the end), cut (half a body that says it is whole), reset,
                slow, wrong-id, null, bad-score (an item whose score is a text)
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

    def answer(self, path):
        """(body, platform, rest of the path, fault, now) of a GET."""
        now = self.clock.now()
        name, _, rest = path[1:].partition("/v0/")
        platform = self.platforms.get(name)
        if platform is None:
            return None, None, rest, Fault(fault="404"), now
        rest = rest.partition("?")[0]
        fault = next((f for f in self.faults if f.strikes(path, now, self.dice)), None)
        body = platform.wrong(rest, now) if fault and fault.fault == "wrong-id" else platform.answer(rest, now)
        return body, platform, rest, fault, now

    def note(self, path, platform, rest, fault, now, body):
        self.served += 1
        self.items += rest.startswith("item/")
        if self.log:
            entry = {"t": now, "path": path, "fault": fault.fault if fault else None}
            if platform and (fault is None or fault.fault == "slow"):
                entry.update(platform.note(rest, now, body))
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
        elif path.startswith("/control/truth/"):
            return self.platforms[path.split("/")[3]].truth()
        if self.log:
            self.log.flush()
        return {"now": self.clock.now(), "limit": self.clock.limit(), "served": self.served, "items": self.items}


def head(status, length, kind="application/json; charset=utf-8", more=""):
    return (f"HTTP/1.1 {status} {REASONS.get(status, 'Unknown')}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n"
            f"{more}\r\n").encode()


GOOD = head(200, "%d")


class Connection(asyncio.Protocol):
    def __init__(self, simulator):
        self.simulator = simulator
        self.buffer = b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            top, _, rest = self.buffer.partition(b"\r\n\r\n")
            length = re.search(rb"\r\ncontent-length: *(\d+)", top, re.I)
            need = int(length[1]) if length else 0
            if len(rest) < need:
                return
            self.buffer = rest[need:]
            method, path, _ = top.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
            self.serve(method, path, rest[:need])

    def serve(self, method, path, body):
        if path.startswith("/control"):
            try:
                text = json.dumps(self.simulator.control(method, path, body)).encode()
                self.transport.write(head(200, len(text)) + text)
            except (ValueError, KeyError, TypeError) as wrong:
                text = json.dumps({"error": str(wrong)}).encode()
                self.transport.write(head(400, len(text)) + text)
            return
        found = self.simulator.answer(path)
        self.simulator.note(path, found[1], found[2], found[3], found[4], found[0])
        if found[3] is None:
            self.transport.write(GOOD % len(found[0]) + found[0])
        else:
            self.fail(found[3], found[0])

    def fail(self, fault, body):
        kind = fault.fault
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
        else:
            body = b"null" if kind == "null" else body
            body = body.replace(b'"score":', b'"score":"many","was":') if kind == "bad-score" else body
            self.transport.write(head(200, len(body)) + body)

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
