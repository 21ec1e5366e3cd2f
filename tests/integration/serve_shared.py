#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Answers that instances of sf-serve share in Redis: what one has worked out the other gives, for as long as it is young, but not where the other was started so that
it would have answered something else. Without Redis each goes on by itself.

  serve_shared.py SF_SERVE SHARED"""
import os
import pathlib
import signal
import sqlite3
import sys
import tempfile
import time

import stores
from serve_server import Redis, Server, load_reference, until

PATH = "/api/v1/signals/?page_size=3"
FIELDS = {"Host": "signals.example"}  # links are made of it, and whoever asks by another name gets others


def check(what, true):
    if not true:
        raise AssertionError(what)


def ask(s, path=PATH):
    """As behind a proxy: all instances are called the same."""
    status, fields, body = s.ask("GET", path, {**FIELDS, "Authorization": f"Bearer {s.token()}"})
    check(f"{path}: {status}", status == 200)
    return fields, body


def change(store, score):
    with sqlite3.connect(store[7:]) as db:
        db.execute("UPDATE signals SET raw_score = ?", (score,))


def shared(a, b, other, store):
    change(store, 1.0)
    _, first = ask(a)
    change(store, 2.0)
    fields, second = ask(b)
    check("what one has made the other gives", first == second and b'"raw_score":1,' in second)
    check("and says how old it is", int(fields["age"]) <= 5)
    _, third = ask(other)
    check("not where it would be something else", b'"raw_score":2,' in third)
    check("keys are told from others'", all(k.startswith(b"signalflow:answer:") for k in keys_of(b.redis)))
    refused = a.ask("GET", PATH, FIELDS)
    check("nobody gets what is kept without a token", refused[0] == 401)


def keys_of(redis):
    return [line for line in redis.say("KEYS", "*").split(b"\r\n")[1:] if line and not line.startswith(b"$")]


def grows_old(a, b, store):
    """Counted from when it was made, wherever it was since."""
    path = PATH + "&x=old"
    change(store, 3.0)
    ask(a, path)
    time.sleep(3)
    _, kept = ask(b, path)
    change(store, 4.0)
    began = time.monotonic()
    until(lambda: ask(b, path)[1] != kept, 8)
    check(f"it is given no longer than 6 s: {3 + time.monotonic() - began:.1f}", time.monotonic() - began < 4)


def torn(a, b, redis, store):
    """What is no answer of ours is none."""
    path = PATH + "&x=torn"
    ask(a, path)
    for key in keys_of(redis):
        redis.say("SET", key.decode(), "SF1 200 1 5 5 text/html\nno answer")
    change(store, 5.0)
    check("it works it out itself", b'"raw_score":5,' in ask(b, path)[1])


def away(a, b, redis):
    redis.process.send_signal(signal.SIGKILL)
    redis.process.wait()
    for s in a, b:
        began = time.monotonic()
        ask(s, PATH + "&x=away")
        check("without Redis", time.monotonic() - began < 3)
        check("it is ready", s.ask("GET", "/ready/")[0] == 200)


def main():
    program, source = sys.argv[1], pathlib.Path(os.environ.setdefault("SF_SHARED", sys.argv[2]))
    if not (source / "tools/reference-django/seed.py").is_file():
        stores.skip(f"no reference below {source}")
    with tempfile.TemporaryDirectory() as folder, Redis() as redis:
        store = f"sqlite:{folder}/store.db"
        load_reference(program, store)
        options = ["--cache", redis.url + "/0", "--cache-ttl", "6s", "--allowed-host", "signals.example", "--login-rate", "off"]
        apart = ["--combine-except", "youtube"]
        with Server(program, *options, store=store) as a, Server(program, *options, store=store) as b, Server(program, *options, *apart, store=store) as other:
            b.redis = redis
            shared(a, b, other, store)
            grows_old(a, b, store)
            torn(a, b, redis, store)
            away(a, b, redis)


if __name__ == "__main__":
    main()
