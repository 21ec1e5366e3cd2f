#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Any order of arrival ends in the same tables: seeded random posts, whose observations are shuffled, repeated, cut into
batches of 1, 7 or 1000 and worked on by 1 to 8 threads. The tables must also be what rules.py makes of them.

    order.py SF_PROCESS SEEDS ARRIVALS"""
import datetime
import json
import pathlib
import random
import subprocess
import sys

import check_rows
import rules
import stores
import tables

START = 1767312245000  # 2026-01-02
NUMBERS = "signals", "signal_metrics_history", "births"


def time(ms):
    return datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc).isoformat(timespec="milliseconds")


def post_id(r, platform, n):
    number = r.randint(1000, 1000 + 3 * n)
    return {"reddit": "t3_%x" % number, "hackernews": str(number), "bluesky": "at://did/%d" % number,
            "youtube": "y%d" % number}[platform]


def look(r, post, at, kind):
    """An observation of a post; anything may be missing, two of the same moment may differ."""
    o = {**post, "kind": kind, "title": "", "body": "", "observed_at": time(at),
         "raw_score": r.choice([None, r.randint(0, 3000)]), "comments": r.choice([None, r.randint(0, 100)])}
    if r.random() < 0.2:
        o["ts"] = None
    if kind != "delete" and r.random() < 0.6:
        o["title"] = r.choice(["NASA lands on Mars", "I love Linux and IBM", "Google is bad", ""])
        o["body"] = r.choice(["", "so good!", "terrible news from Berlin"])
        o["author"], o["channel"] = r.choice(["ann", "bob", None]), r.choice(["one", "two"])
        o["url"], o["labels"] = "https://example.org/%d" % r.randint(0, 3), r.choice([[], ["nsfw"]])
    return o


def observations(r, posts):
    out = []
    for _ in range(posts):
        platform = r.choice(["reddit", "hackernews", "bluesky", "youtube"])
        first = START + r.randint(0, 3 * 10**7)
        ts = None if r.random() < 0.5 else time(first + r.choice([-10**7, -10**5, 10**4, 10**7]))
        post = {"platform": platform, "source_id": post_id(r, platform, posts), "ts": ts}
        for k in range(r.randint(1, 6)):
            kind = r.choice(["refresh", "refresh", "post", "comment"]) if k else r.choice(["post", "refresh"])
            kind = "delete" if r.random() < 0.06 else kind
            out.append(look(r, post, first + k * r.choice([0, 1000, 60000, 300000, 900000]), kind))
    return out


def process(program, lines, *options):
    text = "".join(json.dumps(o) + "\n" for o in lines)
    return subprocess.run([program, "--quiet", *options], input=text, text=True, check=True, stdout=subprocess.PIPE).stdout


def arrival(r, made, first):
    """The same observations as they may arrive: the first time in order, then in any, some of them twice."""
    lines = list(made)
    if not first:
        r.shuffle(lines)
        lines += r.sample(made, len(made) // 4)
    return lines, ("--batch-size", str(r.choice([1, 7, 1000])), "--threads", str(r.randint(1, 8)))


def run(program, seed, arrivals, place):
    """What is wrong, or None."""
    r = random.Random(seed)
    made = observations(r, 60)
    analysed = [rules.observation(json.loads(line)) for line in process(program, made).splitlines()]
    wanted = None
    for n in range(arrivals):
        store = place.new(f"{seed}-{n}")
        lines, options = arrival(r, made, n == 0)
        process(program, lines, "--store", store, *options)
        got = tables.snapshot(store, NUMBERS)
        wrong = next(check_rows.faults(store, analysed), None) if n == 0 else tables.difference(wanted, got)
        if wrong:
            return f"seed {seed}, arrival {n} ({' '.join(options)}): {wrong}"
        wanted = wanted or got
    return None


def main():
    program, seeds, arrivals = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with stores.place() as place:
        for seed in range(seeds):
            wrong = run(str(pathlib.Path(program).resolve()), seed, arrivals, place)
            if wrong:
                sys.exit(wrong)
    print(f"{seeds * arrivals} arrivals of {seeds} sets of observations: tables as expected")


if __name__ == "__main__":
    main()
