#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Small random data sets, each in several orders of arrival with cycles of sf-aggregate in between: the tables must be the same
to the last bit, and those that check_store.py works out.

    aggregate_orders.py SF_PROCESS SF_AGGREGATE [SETS [FIRST_SEED]]     12 sets; 200 with SF_TEST_LENGTH=full
"""
import json
import os
import random
import subprocess
import sys

import check_store
import stores
import tables

NAMES = ["Google", "NASA", "Tesla", "Microsoft", "Bitcoin"]
PLATFORMS = ["reddit", "hackernews", "bluesky", "youtube"]
BEGIN = 1769990400000  # 2 February 2026, a Monday
MINUTE, HOUR = 60_000, 3_600_000
DAY, WEEK = 24 * HOUR, 168 * HOUR


def moment(rng, weeks, bursts):
    """Few hours of the week, so that the same ones come again; some in between, so that episodes hang together; and bursts
    of a few minutes."""
    if rng.random() < 0.4:
        return rng.choice(bursts) + rng.randrange(5 * MINUTE)
    day = rng.choice([0, 0, 0, 1])
    hour = rng.choice([9, 9, 10, 10, 11, 14, 19, 23])
    return BEGIN + rng.randrange(weeks) * WEEK + day * DAY + hour * HOUR + rng.randrange(HOUR)


def text(rng):
    return " and ".join(rng.sample(NAMES, rng.choice([1, 1, 1, 2])))


def signal(rng, platform, source_id, kind, at, with_text):
    s = {"platform": platform, "source_id": source_id, "kind": kind, "title": "", "body": "", "ts": None, "observed_at": at,
         "raw_score": rng.choice([None, *[rng.randrange(500)] * 4])}
    if with_text:
        s["title" if kind == "post" else "body"] = text(rng) + rng.choice(["", " is great", " is awful"])
        s["author"] = rng.choice([None, "ann", "bob", "cleo"])
    return s


def made(rng, created, seen):
    """What is said of when a post was made: mostly the truth."""
    return rng.choice([*[created] * 12, None, None, seen, seen, created + HOUR, created - 40 * 365 * DAY])


def post(rng, i, weeks, bursts):
    platform = rng.choice(PLATFORMS[:rng.choice([2, 3, 4])])
    created = moment(rng, weeks, bursts)
    at, out = created + rng.choice([0, 1000, rng.randrange(20 * MINUTE)]), []
    kind = rng.choice(["post", "post", "comment"])
    ts = made(rng, created, at)
    for k in range(rng.choice([1, 1, 2, 3, 5])):
        fresh = k == 0 or rng.random() < 0.15
        s = signal(rng, platform, f"{platform[0]}{i}", kind if k == 0 else rng.choice([kind, "refresh"]), at, fresh)
        s["ts"] = rng.choice([None, ts])
        out.append(s)
        if rng.random() < 0.1:
            out.append(signal(rng, platform, s["source_id"], "refresh", at, False))  # the same moment, other numbers
        at += rng.choice([30_000, 5 * MINUTE, 15 * MINUTE, rng.randrange(2 * DAY), WEEK])
    if rng.random() < 0.08:
        out.append({"platform": platform, "source_id": f"{platform[0]}{i}", "kind": "delete", "observed_at": at})
    return out


def when(ms):
    return None if ms is None else f"{sqlite3_time(ms)}.{ms % 1000:03d}Z"


def sqlite3_time(ms):
    from datetime import datetime, timedelta
    return (datetime(1970, 1, 1) + timedelta(seconds=ms // 1000)).isoformat()


def data_set(rng):
    weeks = rng.choice([1, 3, 6, 6])
    bursts = [moment(rng, weeks, [BEGIN]) for _ in range(8)]
    signals = [s for i in range(rng.choice([15, 60, 200])) for s in post(rng, i, weeks, bursts)]
    signals.sort(key=lambda s: s["observed_at"])
    return [json.dumps({k: when(v) if k in ("ts", "observed_at") else v for k, v in s.items()}) for s in signals]


def run(program, *arguments, lines=()):
    done = subprocess.run([program, *arguments], input="\n".join([*lines, ""]), text=True, capture_output=True)
    if done.returncode != 0:
        sys.exit(f"{program} {arguments}: {done.stderr}")


def fill(process, aggregate, url, lines, rng):
    """Writes the lines in pieces, with a cycle after some of them, and at the end."""
    pieces = rng.choice([1, 3, 8])
    size = max(1, len(lines) // pieces)
    for i in range(0, len(lines), size):
        run(process, "--store", url, "--batch-size", rng.choice(["1", "7", "1000"]), "--threads", "1",
            "--dlq", os.devnull, lines=lines[i:i + size])
        if rng.random() < 0.6:
            run(aggregate, "--store", url, "--once")
    run(aggregate, "--store", url, "--once")


def tables_of(url):
    db = tables.connect(url)
    return (db.execute("SELECT * FROM topic_timeseries ORDER BY bucket, topic, platform").fetchall(),
            db.execute(f"SELECT topic, bucket, {', '.join(check_store.EVENT)} FROM cross_platform_events"
                       " ORDER BY topic, bucket").fetchall())


def first_difference(a, b):
    return next(((x, y) for s, t in zip(a, b) for x, y in zip([*s, None], [*t, None]) if x != y), "their lengths")


def seen(events):
    """How many events there are, how many of them judged, and how many significant."""
    p_value, significant = 2 + check_store.EVENT.index("p_value"), 2 + check_store.EVENT.index("significant")
    return len(events), sum(e[p_value] is not None for e in events), sum(e[significant] == 1 for e in events)


def check_set(process, aggregate, seed, place):
    rng = random.Random(seed)
    lines, first = data_set(rng), None
    # Older data than there were have all events judged anew, which hides what else should have had them judged anew: in half
    # of the sets the oldest comes first.
    oldest = [json.dumps({"platform": "reddit", "source_id": "oldest", "kind": "post", "title": "", "body": "", "raw_score": 1,
                          "ts": when(BEGIN - WEEK), "observed_at": when(BEGIN - WEEK)})][:seed % 2]
    for order in range(3):
        url = place.new(f"{seed}-{order}")
        if order == 1:
            rng.shuffle(lines)
        if order == 2:
            lines.sort(key=lambda line: json.loads(line)["observed_at"], reverse=True)
        fill(process, aggregate, url, oldest + lines, rng)
        wrong = check_store.differences(tables.connect(url))
        if wrong:
            return f"seed {seed}, order {order}: {len(wrong)} differences\n  " + "\n  ".join(wrong[:10]), (0, 0, 0)
        got = tables_of(url)
        if first is not None and got != first:
            return f"seed {seed}, order {order}: differs from order 0: {first_difference(first, got)}", (0, 0, 0)
        first = got
    return None, seen(got[1])


def main():
    process, aggregate = sys.argv[1:3]
    full = os.environ.get("SF_TEST_LENGTH") == "full"
    sets = 200 if full else int(sys.argv[3]) if len(sys.argv) > 3 else 12
    begin = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    total = 0, 0, 0
    with stores.place() as place:
        for seed in range(begin, begin + sets):
            wrong, n = check_set(process, aggregate, seed, place)
            if wrong:
                sys.exit(wrong)
            total = tuple(a + b for a, b in zip(total, n))
    print("%d data sets in 3 orders each: the same tables; %d events, %d judged, %d significant" % (sets, *total))
    return sets >= 12 and min(total) == 0  # blind


if __name__ == "__main__":
    sys.exit(main())
