#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""sf-serve held against what others know: schemathesis (PyPI) reads its OpenAPI file and asks what that allows and what it does not; the framing cases of $SF_SHARED/tools/wsbench know
what RFC 6455 wants; h11 (PyPI) is another strict reader of HTTP/1.1: on the same bytes, most of them wrong, ours never sees a request that h11 does not see, and where it sees fewer it says
so. Without pip those from there are skipped.

  serve_peers.py FOLDER SF_SERVE SHARED"""
import os
import pathlib
import random
import re
import socket
import subprocess
import sys

import stores
from serve_server import Redis, Server

PACKAGES = ["schemathesis==4.32.5", "h11==0.16.0"]


def check(what, true):
    if not true:
        raise AssertionError(what)


def is_met(want, got):
    """"close 1002 or 1009" by "close 1009, EOF"; "pong" by "pong b'', open"."""
    got = got.replace("b'", "").replace("'", "")
    for choice in want.split(" (")[0].split(" or "):
        parts = [p.strip() for p in choice.split(",")]
        parts = [p if p in ("open", "EOF", "pong", "close") or p.startswith(("close", "pong")) else "close " + p for p in parts]
        heard = [p.strip() for p in got.split(",")]
        if all(any(h == p or (p in ("pong", "close") and h.startswith(p)) for h in heard) for p in parts):
            return True
    return False


def framing(s, shared):
    text = subprocess.run([sys.executable, shared / "tools/wsbench/wsproto_cases.py", str(s.port), f"/ws/signals/?token={s.token()}"], stdout=subprocess.PIPE, text=True,
                          check=True, timeout=300).stdout
    cases = re.findall(r"^(.+?)\s+want (.+?)\s+got (.+)$", text, flags=re.M)
    wrong = [c for c in cases if not is_met(c[1], c[2])]
    check(f"{wrong}", len(cases) == 24 and not wrong)
    print(f"{len(cases)} framing cases", flush=True)


def has_packages(folder):
    if not (folder / "complete").exists():
        done = subprocess.run([sys.executable, "-m", "venv", folder]).returncode or subprocess.run([folder / "bin/python", "-m", "pip", "install", "--quiet", *PACKAGES]).returncode
        if done != 0:
            return False
        (folder / "complete").touch()
    return True


# ---- beside h11: in its Python ---------------------------------------------------------------------------------------------

PIECES = [b"\r", b"\n", b"\r\n", b" ", b"\t", b":", b",", b";", b"0", b"1", b"5", b"-", b"+", b"0x", b"\0", b"\x7f", b"\xff", b"\"", b"#", b"?", b"%", b"/", b"chunked", b"identity",
          b"Content-Length: 5\r\n", b"Content-Length: 0\r\n", b"Transfer-Encoding: chunked\r\n", b"Host: localhost\r\n", b"X: y\r\n", b"HTTP/1.1", b"HTTP/1.0", b"GET ", b"0\r\n\r\n",
          b"5;a=b\r\nhello\r\n0\r\n\r\n"]
BASES = [b"GET /health/ HTTP/1.1\r\nHost: localhost\r\nX: 1\r\n\r\n", b"POST /api/token/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello",
         b"POST /api/token/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
         b"POST /api/token/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\nX: y\r\n\r\n"]
LAST = b"GET /health/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def changed(r, base):
    out = bytearray(base)
    for _ in range(r.randrange(1, 4)):
        at, kind = r.randrange(len(out) + 1), r.randrange(4)
        if kind == 0:
            out[at:at] = r.choice(PIECES)
        elif kind == 1:
            del out[at:at + r.randrange(1, 4)]
        elif kind == 2:
            out[at:at + 1] = r.choice(PIECES)
        else:  # a line twice, or one less
            lines = bytes(out).split(b"\r\n")
            i = r.randrange(len(lines))
            lines[i:i + 1] = [lines[i]] * r.choice([0, 2])
            out = bytearray(b"\r\n".join(lines))
    return bytes(out)


def next_of_h11(data):
    """What lies behind the first request; None: it is none, or not whole, or the last."""
    import h11
    c = h11.Connection(h11.SERVER)
    c.receive_data(data)
    c.receive_data(b"")
    try:
        while not isinstance(event := c.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA or isinstance(event, h11.ConnectionClosed):
                return 0, None
        c.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
        c.send(h11.EndOfMessage())
        return 1, c.trailing_data[0] if c.our_state is h11.DONE else None
    except h11.RemoteProtocolError:
        return 0, None


def seen_by_h11(data):
    """How many whole requests. Empty lines before one are to be passed over (RFC 9112, 2.2), which h11 does not."""
    n = 0
    while data:
        while data.startswith(b"\r\n"):
            data = data[2:]
        one, data = next_of_h11(data)
        n += one
    return n


def seen_by_us(port, data):
    """The statuses of what was answered."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as c:
        c.sendall(data)
        c.shutdown(socket.SHUT_WR)
        out = b""
        try:
            while part := c.recv(65536):
                out += part
        except ConnectionResetError:
            pass
    statuses = []
    while out.startswith(b"HTTP/1.1 "):
        head, _, rest = out.partition(b"\r\n\r\n")
        statuses.append(int(head[9:12]))
        out = rest[int(re.search(rb"(?i)content-length: (\d+)", head)[1]):]
    return statuses


def beside_h11(port, n):
    r, more, fewer, same = random.Random(11), [], 0, 0
    for i in range(n):
        data = changed(r, r.choice(BASES)) + LAST
        wanted = seen_by_h11(data)
        statuses = seen_by_us(port, data)
        # A request that was read is 415 (a body without a type), 404, 405, 301, 200: 400 and the like are refusals, after which it closes.
        got = sum(1 for s in statuses if s not in (400, 413, 414, 431, 501, 505))
        told = len(statuses) > got
        if got > wanted:
            more.append((data, wanted, statuses))
        fewer += got < wanted
        same += got == wanted
        check(f"{data}: h11 sees {wanted}, {statuses} and not a word", got >= wanted or told)
    check(f"{len(more)} of {n}: {more[:5]}", not more)
    print(f"{n} requests beside h11: {same} read alike, {fewer} refused that h11 takes", flush=True)


def schema(s, folder):
    done = subprocess.run([folder / "bin/schemathesis", "run", s.base + "/api/openapi.json", "--header", f"Authorization: Bearer {s.token()}", "--checks", "all", "--exclude-checks",
                           "ignored_auth", "--max-examples", "30", "--seed", "1", "--request-timeout", "20", "--no-color"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=1500, cwd=folder)
    check(done.stdout[-6000:], done.returncode == 0)
    print(done.stdout.strip().splitlines()[-1], flush=True)


def main():
    if sys.argv[1] == "beside-h11":
        return beside_h11(int(sys.argv[2]), 20000)
    folder, program, shared = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(os.environ.setdefault("SF_SHARED", sys.argv[3]))
    if not (shared / "tools/wsbench/wsproto_cases.py").is_file():
        stores.skip(f"no framing cases below {shared}")
    with Redis() as redis, Server(program, "--login-rate", "off", "--live", redis.url + "/2") as s:
        framing(s, shared)
        if has_packages(folder):
            subprocess.run([folder / "bin/python", __file__, "beside-h11", str(s.port)], check=True)
            schema(s, folder)
        else:
            print("no packages from PyPI: skipped", flush=True)


if __name__ == "__main__":
    main()
