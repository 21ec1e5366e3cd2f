#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""sf-serve held against what others know: schemathesis (PyPI) reads its OpenAPI file and asks what that allows and what it does not; the framing cases of $SF_SHARED/tools/wsbench know
what RFC 6455 wants. Without pip the first is skipped.

  serve_peers.py FOLDER SF_SERVE SHARED"""
import os
import pathlib
import re
import subprocess
import sys

import stores
from serve_server import Redis, Server

SCHEMATHESIS = "schemathesis==4.32.5"


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


def schema(s, folder):
    python = folder / "bin/python"
    if not (folder / "complete").exists():
        done = subprocess.run([sys.executable, "-m", "venv", folder]).returncode or subprocess.run([python, "-m", "pip", "install", "--quiet", SCHEMATHESIS]).returncode
        if done != 0:
            print("no schemathesis: skipped", flush=True)
            return
        (folder / "complete").touch()
    done = subprocess.run([folder / "bin/schemathesis", "run", s.base + "/api/openapi.json", "--header", f"Authorization: Bearer {s.token()}", "--checks", "all", "--exclude-checks",
                           "ignored_auth", "--max-examples", "30", "--seed", "1", "--request-timeout", "20", "--exclude-path", "/api/v1/stream/", "--no-color"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=1500, cwd=folder)
    check(done.stdout[-6000:], done.returncode == 0)
    print(done.stdout.strip().splitlines()[-1], flush=True)


def main():
    folder, program, shared = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(os.environ.setdefault("SF_SHARED", sys.argv[3]))
    if not (shared / "tools/wsbench/wsproto_cases.py").is_file():
        stores.skip(f"no framing cases below {shared}")
    with Redis() as redis, Server(program, "--login-rate", "off", "--live", redis.url + "/2") as s:
        framing(s, shared)
        schema(s, folder)


if __name__ == "__main__":
    main()
