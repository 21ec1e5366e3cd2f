#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Four weeks of posts in which one platform repeats another on one topic, and not on the next: lead_lag says so, `sf-serve query` and the API
say the same, and a second cycle changes nothing.

    leads.py SF_PROCESS SF_AGGREGATE SF_SERVE"""
import datetime
import json
import math
import random
import sqlite3
import subprocess
import sys

import serve_server
import stores
import tables

DAY = 86_400_000
WINDOW = 900_000
END = 1_767_225_600_000  # 2026-01-01
LAG = 3 * WINDOW


def post(platform, number, at, topic):
    moment = datetime.datetime.fromtimestamp(at / 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"v": 1, "platform": platform, "source_id": f"{platform}{number}", "kind": "post", "channel": None, "title": f"{topic} again",
            "body": "", "author": f"author{number}", "url": None, "raw_score": 1, "comments": 0, "ts": moment, "observed_at": moment,
            "lang": "en", "labels": [], "parent_id": None}


def posts(rng):
    said = []
    for _ in range(90):  # Bluesky first, Hacker News 45 minutes later
        at = END - 27 * DAY + rng.randrange(26 * DAY)
        said += [("bluesky", at, "IBM"), ("hackernews", at + LAG, "IBM")]
        said += [(p, END - 27 * DAY + rng.randrange(26 * DAY), "Google") for p in ("bluesky", "hackernews")]
    said.append(("reddit", END - 40 * DAY, "IBM"))
    said += [(p, END - 29 * DAY, "Intel") for p in ("bluesky", "hackernews")]
    said.sort(key=lambda s: s[1])
    return [post(platform, i, at, topic) for i, (platform, at, topic) in enumerate(said)]


def check(rows, what):
    found = {r["topic"]: r for r in rows}
    if set(found) != {"ibm", "google"}:
        sys.exit(f"{what}: {rows}")
    ibm, google = found["ibm"], found["google"]
    told = ibm["leader"], ibm["follower"], ibm["lag_seconds"], ibm["significant"]
    if told != ("bluesky", "hackernews", LAG / 1000, True):
        sys.exit(f"{what}: {ibm}")
    if not (ibm["p"] < 0.01 and 0.5 < ibm["correlation"] <= 1.0 and 60 <= ibm["n"] <= 90 and not google["significant"]):
        sys.exit(f"{what}: {rows}")
    if rows[0] is not ibm or list(ibm) != ["topic", "leader", "follower", "lag_seconds", "correlation", "correlation_low", "correlation_high", "p", "significant", "n"]:
        sys.exit(f"{what}: {rows}")
    for r in rows:
        z, half = math.atanh(r["correlation"]), 1.959964 / math.sqrt(r["n"] - 3)
        if not (math.isclose(r["correlation_low"], math.tanh(z - half), abs_tol=1e-6) and math.isclose(r["correlation_high"], math.tanh(z + half), abs_tol=1e-6)):
            sys.exit(f"{what}: the interval of {r}")


def query(serve, url, *options):
    done = subprocess.run([serve, "query", "compare", "--by", "lead", "--format", "ndjson", "--store", url, *options], check=True,
                          text=True, stdout=subprocess.PIPE)
    return [json.loads(line) for line in done.stdout.splitlines()]


def check_api(serve, url, rows):
    with serve_server.Server(serve, store=url) as server:
        server.run("user", "add", "demo", stdin="demo-pass-1")
        for path, expected in (("", rows), ("topic=ibm&by=platform", rows[:1]), ("significant=true&page_size=1", rows[:1]),
                               ("platform=reddit", []), ("platform=bluesky&platform=hackernews&topic=google", rows[1:])):
            told = server.json("/api/v1/compare/?include=lead_lag&" + path)
            if told.get("lead_lag") != expected:
                sys.exit(f"/api/v1/compare/{path}: {told}")


def mark_all(url):
    db = tables.connect(url)
    db.execute("INSERT INTO dirty_buckets (bucket) SELECT bucket FROM topic_timeseries")
    if isinstance(db, sqlite3.Connection):
        db.commit()
    db.close()


def main():
    process, aggregate, serve = sys.argv[1:]
    with stores.place() as place:
        url = place.new("leads")
        lines = "".join(json.dumps(p) + "\n" for p in posts(random.Random(1)))
        subprocess.run([process, "--quiet", "--store", url], check=True, text=True, input=lines)
        for _ in range(2):
            subprocess.run([aggregate, "--quiet", "--once", "--store", url], check=True)
            rows = query(serve, url)
            check(rows, "query")
        if query(serve, url, "--platform", "reddit") or query(serve, url, "--as-of", "2025-12-01T00:00:00Z"):
            sys.exit("filters of query are not met")
        check_api(serve, url, rows)
        # Marked again and worked out again: the same rows.
        before = tables.digest(url)
        mark_all(url)
        subprocess.run([aggregate, "--quiet", "--once", "--store", url], check=True)
        if tables.digest(url) != before:
            sys.exit("another cycle changed something")
    print(f"{len(rows)} pairs as expected: {rows[0]}")


if __name__ == "__main__":
    main()
