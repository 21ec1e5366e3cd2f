#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Reddit's two tables come out the same in any order of arrival, from several processes at once, and in every store.

    legacy.py SF_PROCESS"""
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import stores
import tables

REDDIT = "reddit_posts", "reddit_nlp_features"
tables.KEYS.update({"reddit_posts": "id", "reddit_nlp_features": "post_id"})
TITLES = ["IBM announces a great quantum breakthrough", "NASA lands on Europa", "Terrible news from Berlin", "it's so-so", ""]


def raw(r, number):
    """A post as Reddit's API gives it; some are gone, some have no title."""
    data = {"id": number, "name": "t3_" + number, "subreddit": r.choice(["technology", "space"]), "selftext": "",
            "score": r.randrange(500), "created_utc": 1767323045 - r.choice([0, 0, 0, 60])}
    if r.random() < 0.8:
        data |= {"title": r.choice(TITLES), "author": r.choice(["ann", "bob"]), "url": "https://example.org/" + number}
    if r.random() < 0.5:
        data["num_comments"] = r.randrange(90)
    if r.random() < 0.05:
        data["selftext"] = "[deleted]"
    return json.dumps({"kind": "t3", "data": data})


def start(process, url, part):
    lines, minute = part
    return subprocess.Popen([process, "--quiet", "--store", url, "--dlq", "/dev/null", "--observed-at",
                             f"2026-01-02T04:{minute:02}:00Z", "--batch-size", "40", "--legacy", str(lines)], stdin=subprocess.DEVNULL)


def finish(runs):
    if any([run.wait() for run in runs]):
        sys.exit("sf-process failed")


def fill(process, url, parts, at_once):
    """Each part is what was seen in a minute."""
    if at_once:
        finish([start(process, url, part) for part in parts])
    else:
        for part in parts:
            finish([start(process, url, part)])
    return tables.snapshot(url, REDDIT)


def main():
    process, r = str(pathlib.Path(sys.argv[1]).resolve()), random.Random(3)
    with tempfile.TemporaryDirectory() as name, stores.place() as place:
        folder, parts = pathlib.Path(name), []
        for minute in range(5):
            lines = folder / f"raw-{minute}.ndjson"
            lines.write_text("".join(raw(r, "%x" % r.randrange(4000, 4120)) + "\n" for _ in range(300)), encoding="utf-8")
            parts.append((lines, minute))
        wanted = fill(process, stores.Sqlite(folder).new("first"), parts, False)
        for n in range(4):
            wrong = tables.difference(wanted, fill(process, place.new(f"s{n}"), parts, n == 3))
            if wrong:
                sys.exit(f"order {n}: {wrong}")
            r.shuffle(parts)
    if not all(wanted.values()):
        sys.exit("no rows")
    print(f"{len(wanted['reddit_posts'])} posts in 4 orders: the same tables")


if __name__ == "__main__":
    main()
