#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes a large store for bench/query: posts, their histories and what sf-aggregate would make of them.

    query_store.py FILE [--rows N] [--days D] [--until TIME_MS] [--looks N] [--seed N] [--copies N]

Words and topics follow Zipf's law, posts come evenly over the days (topics in bursts would only help), and each is looked at
--looks times within two days. Of 100 posts one is in German, of 40 one has a label. The same arguments give the same store. With --copies the same posts come again in the days before, and in those before them, without
their histories: 10 million rows within minutes."""
import argparse
import bisect
import json
import itertools
import math
import pathlib
import random
import sqlite3

SCHEMA = pathlib.Path(__file__).resolve().parent.parent / "sql" / "sqlite"
PLATFORMS = ("reddit", "hackernews", "bluesky", "youtube")
BUCKET = 900_000


class Zipf:
    """Draws 0..n-1, i with a weight of 1 / (i + 2)."""

    def __init__(self, n):
        self.sums = list(itertools.accumulate(1 / (i + 2) for i in range(n)))

    def __call__(self, r):
        return bisect.bisect(self.sums, r.random() * self.sums[-1])


def word(i):
    """A word for a number: consonants and vowels in turn."""
    out = ""
    i += 20
    while i:
        i, c = divmod(i, 20)
        i, v = divmod(i, 5)
        out += "bcdfghjklmnpqrstvwxz"[c] + "aeiou"[v]
    return out


class Maker:
    def __init__(self, args):
        self.a = args
        self.r = random.Random(args.seed)
        self.words, self.word = [word(i) for i in range(30_000)], Zipf(30_000)
        self.topics, self.topic = [word(7 * i) + (" " + word(i) if i % 3 == 0 else "") for i in range(5_000)], Zipf(5_000)
        self.author = Zipf(200_000)
        self.start = args.until - args.days * 86_400_000
        self.counts = {}

    def text(self, least, most):
        return " ".join(self.words[self.word(self.r)] for _ in range(self.r.randint(least, most)))

    def looks(self, at):
        """(observed_at, score, comments, velocity, trending) of a post."""
        r, score, out = self.r, r_score(self.r), []
        seen, before = at + 60_000, None
        for i in range(self.a.looks):
            now = round(score * (1 - math.exp(-(seen - at) / 14_400_000)))
            speed = None if before is None else (now - before[1]) / max((seen - before[0]) / 1000, 60)
            trending = min(1.0, math.log1p(max(0, speed or 0) * 600) / 9) * r.uniform(0.6, 1)
            out.append((seen, now, now // 7, speed, None if speed is None else speed / 7, trending))
            before = (seen, now)
            seen += round(300_000 * 3 ** i * r.uniform(0.8, 1.2))
            if seen > self.a.until:
                break
        return out

    def row(self, i):
        r = self.r
        at = self.start + (self.a.until - self.start - 60_000) * i // self.a.rows
        platform = PLATFORMS[r.choices((0, 1, 2, 3), (40, 5, 40, 15))[0]]
        names = []
        for _ in range(r.choices((0, 1, 2, 3, 4), (20, 35, 25, 15, 5))[0]):
            name = self.topics[self.topic(r)]
            if name not in names:
                names.append(name)
        looks = self.looks(at)
        last, compound, cover = looks[-1], round(r.uniform(-1, 1), 4), r.choice((0.9, 0.8, 0.7, 0.2))
        title = "" if platform in ("bluesky", "youtube") else self.text(5, 14)
        body = self.text(0, 30) if title else self.text(8, 50)
        kind = "comment" if platform == "youtube" else "post"
        for name in names:
            key = (at // BUCKET * BUCKET, name, platform)
            c = self.counts.setdefault(key, [0, 0.0, 0, 0.0])
            c[0] += 1
            c[1] += compound if cover >= 0.5 else 0
            c[2] += cover >= 0.5
            c[3] += last[1]
        return ((platform, "s%07d" % i, kind, "channel%d" % (i % 50), title, body + " " + " ".join(names),
                 "user%d" % self.author(r), "https://example.org/%d" % i, "de" if i % 100 == 99 else "en", '["nsfw"]' if i % 40 == 7 else None, last[1], last[2], at, last[0], at + 60_000, at,
                 0.1, 0.7, 0.2, compound, cover, json.dumps(names), names[0] if names else None, "[]",
                 json.dumps([self.words[self.word(r)] for _ in range(3)]), last[3], last[4], min(1, last[1] / 5000), last[5],
                 math.log2(max(last[5], 1e-6)) + last[0] / 21_600_000, int(last[5] > 0.6), last[0], last[0], last[0], at + 60_000, 2),
                [(platform, "s%07d" % i, *look, 0) for look in looks])


def r_score(r):
    return min(50_000, r.paretovariate(0.7))


COLUMNS = """platform, source_id, kind, channel, title, body, author, url, lang, labels, raw_score, comments, ts, observed_at, first_seen_at,
    event_at, sentiment_neg, sentiment_neu, sentiment_pos, sentiment_compound, sentiment_cover, topics, primary_topic, entities,
    keywords, velocity, comment_velocity, normalised_score, trending_score, hotness, rising, last_updated_at, score_at, comments_at,
    text_at, text_rank"""
TIMES = ("ts", "observed_at", "first_seen_at", "event_at", "last_updated_at", "score_at", "comments_at", "text_at")


def add_copy(db, k, args):
    """The k-th copy: so many times the days earlier, its ids before those that are there."""
    back = k * args.days * 86_400_000
    columns = [c.strip() for c in COLUMNS.split(",")]
    values = [f"source_id || '-{k}'" if c == "source_id" else f"{c} - {back}" if c in TIMES else f"hotness - {back / 21_600_000}" if c == "hotness" else c for c in columns]
    first = (args.copies - 1) * args.rows
    with db:
        db.execute(f"INSERT INTO signals (id, {COLUMNS}) SELECT id - {k * args.rows}, {', '.join(values)} FROM signals WHERE id > {first} ORDER BY id")
        db.execute("INSERT OR IGNORE INTO topic_timeseries (bucket, topic, platform, count, authors, active, avg_score, avg_sentiment, n_scored, score_gain)"
                   f" SELECT bucket - {back}, topic, platform, count, authors, active, avg_score, avg_sentiment, n_scored, score_gain FROM topic_timeseries"
                   f" WHERE bucket >= {(args.until - args.days * 86_400_000) // BUCKET * BUCKET}")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("file")
    p.add_argument("--rows", type=int, default=1_000_000)
    p.add_argument("--days", type=int, default=30)
    p.add_argument("--until", type=int, default=1_767_225_600_000)
    p.add_argument("--looks", type=int, default=5)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--copies", type=int, default=1)
    args = p.parse_args()
    pathlib.Path(args.file).unlink(missing_ok=True)
    db = sqlite3.connect(args.file)
    for step in sorted(SCHEMA.glob("0*.sql")):
        db.executescript(step.read_text("utf-8"))
    db.executescript("PRAGMA journal_mode = wal; PRAGMA synchronous = off; PRAGMA cache_size = -400000")
    maker = Maker(args)
    insert = "INSERT INTO signals (id, %s) VALUES (%s)" % (COLUMNS, ", ".join("?" * (1 + len(COLUMNS.split(",")))))
    before = (args.copies - 1) * args.rows
    for first in range(0, args.rows, 20_000):
        made = [maker.row(i) for i in range(first, min(first + 20_000, args.rows))]
        with db:
            db.executemany(insert, [(before + first + i + 1, *row) for i, (row, _) in enumerate(made)])
            db.executemany("INSERT INTO signal_metrics_history VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                           [look for _, looks in made for look in looks])
    with db:
        db.executemany("INSERT INTO topic_timeseries (bucket, topic, platform, count, authors, active, avg_score, avg_sentiment,"
                       " n_scored, score_gain) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                       [(*key, n, n, n, gain / n, s / scored if scored else None, scored, gain)
                        for key, (n, s, scored, gain) in sorted(maker.counts.items())])
        hour = {}
        for (bucket, topic, _), (n, *_rest) in maker.counts.items():
            if bucket > args.until - 3_600_000:
                hour[topic] = hour.get(topic, 0) + n
        db.executemany("INSERT INTO topic_trends VALUES (?, ?, ?, ?, 0.001, 1, ?, ?, ?, 0, ?)",
                       [(topic, args.until, n, n, n, n - 5, maker.start, i + 1 if i < 20 else 0)
                        for i, (topic, n) in enumerate(sorted(hour.items(), key=lambda x: -x[1]))])
        events = {}
        for (bucket, topic, platform), (n, *_rest) in maker.counts.items():
            events.setdefault((topic, bucket), []).append((platform, n))
        db.executemany("INSERT INTO cross_platform_events (topic, bucket, platforms, leader, lead_seconds, delta_score, support,"
                       " p_value, significant, ts) VALUES (?, ?, ?, ?, 60, 0.1, ?, ?, ?, ?)",
                       [(topic, bucket, json.dumps(sorted(x for x, _ in found)), found[0][0], sum(n for _, n in found),
                         maker.r.random(), int(maker.r.random() < 0.1), bucket + 60_000)
                        for (topic, bucket), found in sorted(events.items()) if len(found) > 1])
    for k in range(1, args.copies):
        add_copy(db, k, args)
    with db:
        db.execute("INSERT INTO signals_text (signals_text) VALUES ('rebuild')")
    db.execute("PRAGMA wal_checkpoint(truncate)")
    print({t: db.execute("SELECT count(*) FROM " + t).fetchone()[0]
           for t in ("signals", "signal_metrics_history", "topic_timeseries", "cross_platform_events")})


main()
