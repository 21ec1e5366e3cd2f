#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Connections that were opened and left half way, as many as one address can have: a head that does not end, one that comes a byte at a time, a body that does not come, a WebSocket
that says nothing. Others are served meanwhile, memory stays within bounds, and all that hang about are let go in time.

  serve_crowd.py SF_SERVE [CONNECTIONS]"""
import contextlib
import pathlib
import resource
import select
import sys
import time

import query_store
import stores
from serve_server import Server

KINDS = [b"", b"GET /health/ HTTP/1.1\r\nX: ", b"G", b"POST /api/token/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\n{"]


def check(what, true):
    if not true:
        raise AssertionError(what)


def kilobytes(s):
    for line in pathlib.Path(f"/proc/{s.process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def is_served(s, least):
    began = time.monotonic()
    status = s.ask("GET", "/health/")[0]
    took = time.monotonic() - began
    check(f"others are served: {status} after {took:.2f} s", status == 200 and took < least)
    return took


def sockets(s, n, token):
    """Open WebSockets that never say anything again."""
    head = (f"GET /ws/signals/ HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").encode()
    out = []
    for _ in range(n):
        c = s.connect()
        c.sendall(head)
        out.append(c)
    for c in out:
        check("101", c.recv(4096).startswith(b"HTTP/1.1 101"))
    return out


def main():
    n = int((sys.argv[2:3] or [10000])[0])
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(3 * n + 200, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
    with stores.place() as place:
        url = place.new("store")
        s = Server(sys.argv[1], "--login-rate", "off", store=url)
        query_store.make(url, posts=60)
        check("a user", s.run("user", "add", "demo", stdin="demo-pass-1\n").returncode == 0)
        with s:
            token, before = s.token(), kilobytes(s)
            quiet = sockets(s, n // 10, token)
            began = time.monotonic()
            crowd = [s.connect() for _ in range(n)]
            for i, c in enumerate(crowd):
                c.sendall(KINDS[i % len(KINDS)])
            opened, took = time.monotonic() - began, is_served(s, 5)
            grown = kilobytes(s) - before
            poll, left, slowest = select.poll(), {c.fileno(): c for c in crowd}, 0.0
            dripping = {c.fileno() for c in crowd[2::len(KINDS)]}
            for c in crowd:
                poll.register(c, select.POLLIN)
            while left and time.monotonic() - began < 60 + opened:
                for fd, _ in poll.poll(500):
                    c = left[fd]
                    got = c.recv(4096)
                    if not got or got.startswith(b"HTTP/1.1 408"):
                        poll.unregister(fd)
                        left.pop(fd).close()
                for fd in list(dripping & left.keys()):  # a byte now and then is no way out
                    with contextlib.suppress(OSError):
                        left[fd].send(b"E")
                slowest = max(slowest, is_served(s, 5))
            gone = time.monotonic() - began - opened
            check(f"{len(left)} hang about still", not left)
            check("open sockets stay", all(not select.select([c], [], [], 0)[0] or c.recv(100)[:1] == b"\x89" for c in quiet[:200]))
            check(f"{grown} KB for {n} half open and {len(quiet)} sockets", grown < 4 * n + 4096)
            print(f"{n} half-open connections and {len(quiet)} silent sockets: {grown / 1024:.1f} MB, others served within {max(took, slowest) * 1000:.0f} ms, all let go {gone:.0f} s later")


if __name__ == "__main__":
    main()
