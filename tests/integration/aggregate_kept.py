#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What sf-aggregate keeps in memory between cycles changes nothing. Random data come in steps over six weeks, into two stores: on one of them a
process goes on from step to step, on the other a new one starts for each. After every step their tables must be the same to the last
bit, trends included. In some sets the process that goes on takes a few windows a pass, the recent ones first. Among the steps: data that are hours, days or weeks late, texts that change, deletes, turns of the hour and the day, retention, another
sf-aggregate that works on the store in between, and the process starting anew.

    aggregate_kept.py PASSES SF_PROCESS SF_AGGREGATE [SETS [FIRST_SEED]]     6 sets; 100 with SF_TEST_LENGTH=full
"""
import json
import os
import random
import subprocess
import sys

import check_store
import stores
import tables
from aggregate_orders import DAY, HOUR, MINUTE, NAMES, WEEK, run, when

BEGIN = 1769990400000  # 2 February 2026, a Monday
PLATFORMS = ["reddit", "hackernews", "bluesky", "youtube"]
TABLES = ("topic_timeseries", "cross_platform_events", "topic_trends")
LATE = [*[0] * 12, 20 * MINUTE, 3 * HOUR, DAY, WEEK, 2 * WEEK, 4 * WEEK]


class Process:
    """The program that goes on, pass by pass."""

    def __init__(self, program, url, *looks):
        self.process = subprocess.Popen([program, url, *looks], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def tell(self, line):
        """Passes until nothing is left to do: windows that are kept, and passes that left something."""
        short = 0
        while True:
            print(line, file=self.process.stdin, flush=True)
            answer = self.process.stdout.readline().split()
            if not answer:
                sys.exit("a pass failed")
            if int(answer[2]) == 0:
                return int(answer[1]), short
            short += 1
            line = "pass"

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def post(rng, i, now):
    """A post, made just now or long ago but seen just now; names are spoken of at every hour, so that episodes go on."""
    platform = rng.choice(PLATFORMS[:rng.choice([2, 3, 4])])
    created = max(BEGIN - DAY, now - rng.choice(LATE) - rng.randrange(20 * MINUTE))
    seen = rng.choice([created + rng.randrange(MINUTE), now])
    title = " and ".join(rng.sample(NAMES, rng.choice([1, 1, 2]))) + rng.choice(["", " is great", " is awful"])
    return {"platform": platform, "source_id": f"{platform[0]}{i}", "kind": "post", "title": title, "body": "", "author": rng.choice([None, "ann", "bob", "cleo", "dan"]),
            "raw_score": rng.randrange(500), "ts": when(created), "observed_at": when(max(seen, created))}


def later(rng, known, now):
    """What becomes of a post that is known: numbers, another text, or its end."""
    s = dict(rng.choice(known[-40:] if rng.random() < 0.8 else known), observed_at=when(now - rng.randrange(10 * MINUTE)))
    what = rng.random()
    if what < 0.15:
        return {k: s[k] for k in ("platform", "source_id", "observed_at")} | {"kind": "delete"}
    if what < 0.3:
        return s | {"title": rng.choice(NAMES), "author": rng.choice([None, "ann", "eve"])}
    return s | {"kind": "refresh", "title": "", "raw_score": rng.randrange(500)}


def steps(rng):
    """(moment, lines): steps of minutes, an hour or a day, a week now and then; or twelve days without a pause, so that episodes do not end."""
    now, known, made = BEGIN, [], 0
    n, lengths, most = rng.choice([(15, [2 * MINUTE, 10 * MINUTE, HOUR, 7 * HOUR, DAY, WEEK], [1, 4, 12]),
                                   (40, [2 * MINUTE, 2 * MINUTE, 15 * MINUTE, HOUR, 5 * HOUR, 7 * HOUR, DAY, WEEK], [1, 4, 12]),
                                   (90, [15 * MINUTE, 4 * HOUR, 5 * HOUR], [8, 12])])
    for _ in range(n):
        now += rng.choice(lengths)
        lines = []
        for _ in range(rng.choice(most)):
            made += 1
            if known and rng.random() < 0.35:
                lines.append(later(rng, known, now))
            else:
                known.append(post(rng, made, now))
                lines.append(known[-1])
        yield now, [json.dumps(s) for s in lines]


def oldest():
    """Weeks before all else: so that events are judged from the start, and not all of them anew when older data come."""
    return [json.dumps({"platform": p, "source_id": "oldest", "kind": "post", "title": "", "body": "", "raw_score": 1, "ts": when(BEGIN - 5 * WEEK),
                        "observed_at": when(BEGIN - 5 * WEEK)}) for p in PLATFORMS]


def check_set(programs, seed, place):
    passes, process, aggregate = programs
    rng, retains = random.Random(seed), seed % 3 == 0
    few = ["3"] if seed % 3 == 1 else []  # looks of older windows a pass; before retention all of them, else it decides what they are worked out from
    kept, fresh = place.new(f"{seed}-kept"), place.new(f"{seed}-fresh")
    for url in kept, fresh:
        run(process, "--store", url, "--dlq", os.devnull, lines=oldest())
    going, held, short = Process(passes, kept, *few), 0, 0
    for at, (now, lines) in enumerate(steps(rng)):
        for url in kept, fresh:
            run(process, "--store", url, "--dlq", os.devnull, lines=lines)
        what = f"retain {now}" if retains and rng.random() < 0.3 else "pass"
        if rng.random() < 0.1:
            run(aggregate, "--store", kept, "--once")
        if rng.random() < 0.1:
            going.end()
            going = Process(passes, kept, *few)
        windows, left = going.tell(what)
        held, short = max(held, windows), short + left
        new = Process(passes, fresh, "0")
        new.tell(what)
        new.end()
        wrong = tables.difference(tables.snapshot(fresh, TABLES), tables.snapshot(kept, TABLES))
        if wrong:
            sys.exit(f"seed {seed}, step {at}: {wrong}")
    going.end()
    wrong = [] if retains else check_store.differences(tables.connect(kept))
    if wrong:
        sys.exit(f"seed {seed}: {len(wrong)} differences from plain Python\n  " + "\n  ".join(wrong[:10]))
    return held, short


def main():
    programs = sys.argv[1:4]
    full = os.environ.get("SF_TEST_LENGTH") == "full"
    sets = 100 if full else int(sys.argv[4]) if len(sys.argv) > 4 else 6
    begin = int(sys.argv[5]) if len(sys.argv) > 5 else 1
    with stores.place() as place:
        held, short = zip(*(check_set(programs, seed, place) for seed in range(begin, begin + sets)))
    print(f"{sets} sets: the same tables with {max(held)} windows kept in memory and without; {sum(short)} passes left something to the next")
    return max(held) == 0 or sum(short) == 0  # blind


if __name__ == "__main__":
    sys.exit(main())
