#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What options do to all four live sources alike, against the simulator.

    options.py CASE SF-INGEST
"""
import collections
import json
import re
import subprocess
import sys

from day import SETTINGS, SOURCES
from harness import HOUR, MINUTE, ROOT, check, near, run_cases, time_of

sys.path.insert(0, str(ROOT / "tests/fake"))

PLATFORMS = ("reddit", "hackernews", "bluesky", "youtube")


def authors_are_kept_from_others(live):
    """hash: the same name is the same hash, over runs too, and each platform has its own; drop: none. No name stands anywhere, raw bytes
    and state included."""
    live.faults({"path": "item/", "fault": "bad-score", "share": 0.03})
    names = {n for n in live.control("truth/authors") if len(n) > 5}
    check(len(names) > 10, f"{names}")
    for mode in ("hash", "drop"):
        live.until(live.now() - live.start + 3 * HOUR)
        for _ in range(2):
            child = live.spawn("--authors", mode, "--state", live.folder / mode, "--dlq", live.folder / "letters")
            live.settle(child, live.control("clock")["limit"] - live.start)
            live.stop(child)
            live.until(live.now() - live.start + 2 * HOUR)
        records = live.records()
        posts = [r for r in records if r["kind"] in ("post", "comment")]
        by_name = collections.defaultdict(set)
        for r in posts:
            by_name[r["platform"]].add(r["author"])
        if mode == "hash":
            check(set(by_name) == set(PLATFORMS), f"{by_name.keys()}")
            check(all(re.fullmatch("h:[0-9a-f]{32}", a) for some in by_name.values() for a in some if a), f"{by_name}")
            check(2 < len(by_name["hackernews"]) < sum(r["platform"] == "hackernews" for r in posts), f"{by_name}")
            check(not by_name["hackernews"] & by_name["reddit"] - {None, ""}, "a name is the same on two platforms")
        else:
            check(all(not a for some in by_name.values() for a in some), f"{by_name}")
        letters = (live.folder / "letters").read_text()
        check(letters.count("many") > 1, "no letters: this test is blind")
        for path in live.folder.rglob("*"):
            if path.is_file() and path.name != "served.ndjson":
                text = path.read_bytes()
                for name in names:
                    found = re.search(rb'"(author|by|handle|authorDisplayName)\\*":\s*\\*"' + re.escape(name.encode()) + rb'\b', text)
                    check(not found, f"{path} has {found and found[0]}")
        live.out.unlink()
        (live.folder / "letters").unlink()


CASES = (authors_are_kept_from_others,)

if __name__ == "__main__":
    run_cases(CASES, ["--sample", "--crowd", "reddit=300,hackernews=300,bluesky=300,youtube=100"], platform="reddit",
              source=SOURCES[:3] + [s + "&comments=5" for s in SOURCES[3:]], **SETTINGS)
