# SPDX-License-Identifier: MIT
"""A small store for the tests of questions: random rows, written by SQL, with everything that real ones have and worse."""
import json
import math
import pathlib
import random
import re
import sqlite3
import unicodedata

import tables

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PLATFORMS = ("reddit", "hackernews", "bluesky", "youtube")
BUCKET = 900_000
HOUR = 3_600_000
NOW = 1_767_225_600_000  # 2026-01-01
START = NOW - 48 * HOUR
HOSTILE = ["'; DROP TABLE signals; --", '" OR "1"="1', "x') OR 1=1 --", "%", "_", "\\", "*", "NEAR(a b)", "title:x", "a\"b", "日本",
           "{title}: x", "-x", "^x", "AND", "OR", "NOT", "?1", ":a", "\x1b[31m", "\u009b31m", "\u202e", "=1+1", "@x", "+1", "-1+1"]
TOPICS = ["quantum computing", "quantum", "computing", "ibm", "c++", "c", "東京", "café culture", "cafe culture", "🚀", "a\"b", "b\"", "rust",
          *HOSTILE[:4]]
WORDS = "new study shows the market for chips changing after surprise result from researchers in europe quantum computers ibm".split()
LABELS = ["nsfw", "spoiler", "pinned", "it's", "a\"b"]


def random_post(r, i):
    at = START + r.randrange(48 * 60) * 60_000  # whole minutes: some lie on the bounds that are asked for
    first = at + r.randrange(120) * 60_000 if r.random() < 0.9 else max(START, at - r.randrange(300_000))
    looks, seen, score, before = [], first, r.randrange(50), None
    for _ in range(r.randrange(1, 6)):
        has, has_comments = r.random() < 0.9, r.random() < 0.8
        value = score if has else None
        speed = None if not has or before is None else (score - before[1]) / max((seen - before[0]) / 1000, 60)
        looks.append({"observed_at": seen, "score": value, "comments": score // 3 if has_comments else None, "velocity": speed,
                      "comment_velocity": r.uniform(0, 1) if has_comments and r.random() < 0.7 else None,
                      "trending_score": r.choice([0.0, r.random()]) if has else None})
        before = (seen, score) if has else before
        score += r.randrange(200)
        seen += 1 + r.randrange(6 * HOUR)
    newest = {n: next((x[n] for x in reversed(looks) if x[has] is not None), None)
              for n, has in (("score", "score"), ("comments", "comments"), ("velocity", "score"), ("trending_score", "score"),
                             ("comment_velocity", "comments"))}
    gone = r.random() < 0.04
    words = [r.choice(WORDS) for _ in range(r.randrange(0, 9))]
    kind = r.choice(["post", "post", "comment", "refresh"])
    topics = [] if gone else r.sample(TOPICS, r.randrange(0, 4))
    compound = None if gone or r.random() < 0.1 else round(r.uniform(-1, 1), 4)
    observed = looks[-1]["observed_at"]
    trending = None if gone else newest["trending_score"]
    return {
        "id": i + 1, "platform": r.choice(PLATFORMS), "source_id": f"s{i}", "kind": "delete" if gone else kind, "parent_id": None,
        "channel": r.choice(["technology", "science", HOSTILE[0], None]),
        "title": "" if gone or kind == "comment" else " ".join(words) + r.choice(["", "", " " + r.choice(HOSTILE)]),
        "body": "" if gone else " ".join(r.choice(WORDS) for _ in range(r.randrange(0, 20))),
        "author": None if gone or r.random() < 0.1 else r.choice(["ann", "Ann", "bob", *HOSTILE]),
        "url": None, "lang": r.choice(["en", "de", None]),
        "labels": None if r.random() < 0.3 else json.dumps(r.sample(LABELS, r.randrange(0, 3)), ensure_ascii=False),
        "raw_score": newest["score"], "comments": newest["comments"], "ts": at, "observed_at": observed, "first_seen_at": first,
        "event_at": at, "deleted_at": observed if gone else None, "sentiment_neg": None, "sentiment_neu": None,
        "sentiment_pos": None, "sentiment_compound": compound,
        "sentiment_cover": None if compound is None else r.choice([0.2, 0.49, 0.5, 0.9]),
        "topics": None if gone else json.dumps(topics, ensure_ascii=False), "primary_topic": topics[0] if topics else None,
        "entities": None if gone else "[]", "keywords": None if gone else json.dumps(words[:3]), "velocity": newest["velocity"],
        "comment_velocity": newest["comment_velocity"], "normalised_score": r.random() if r.random() < 0.9 else None,
        "trending_score": trending,
        "hotness": None if trending is None else math.log2(max(trending, 1e-6)) + observed / 21_600_000,
        "rising": r.choice([0, 1, None]), "analysis": "test", "last_updated_at": observed, "text_rank": 0}, looks


def random_event(r, i):
    bucket = START // BUCKET * BUCKET + r.randrange(192) * BUCKET
    platforms = sorted(r.sample(PLATFORMS, r.randrange(2, 4)))
    p = r.choice([None, r.random()])
    return {"id": i + 1, "topic": f"{r.choice(TOPICS)}{i}" if i % 3 else TOPICS[i % len(TOPICS)] + str(i % 7), "bucket": bucket,
            "platforms": json.dumps(platforms), "leader": r.choice(platforms), "lead_seconds": float(r.randrange(5000)),
            "delta_score": r.choice([None, r.uniform(-1, 1)]), "support": r.randrange(2, 50), "p_value": p,
            "significant": None if p is None else int(p < 0.1), "ts": bucket + r.randrange(BUCKET)}


def random_trend(r, name, place):
    warm = place > 0 or r.random() < 0.5
    return {"topic": name, "as_of": NOW, "now": float(r.randrange(1, 50)), "authors": r.randrange(1, 40), "share": r.random(),
            "baseline": r.random() * 5 if warm else None, "ratio": r.random() * 9 if warm else None,
            "z": 10.0 - place if place else r.uniform(-3, 2) if warm else None, "first_seen": START, "new": r.randrange(2), "place": place}


def words(text):
    """As tools/stores/words.c cuts them, one after the other."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return re.findall(r"[^\W_]+", plain)


def vector(post):
    """The tsvector of a post, as text."""
    title = words(post["title"])
    out = [f"'{w}':{i}" for i, w in enumerate(title, 1)]
    out += [f"'{w}':{i}" for i, w in enumerate(words(post["body"]), len(title) + 2)]
    for topic in json.loads(post["topics"] or "[]"):
        out.append("'=" + topic.replace("\\", "\\\\").replace("'", "''") + "'")
    return " ".join(out)


class Sqlite:
    def __init__(self, url):
        self.db = sqlite3.connect(url.partition(":")[2])
        for step in sorted(ROOT.glob("sql/sqlite/0*.sql")):
            self.db.executescript(step.read_text("utf-8"))

    def insert(self, table, rows):
        names = list(rows[0])
        self.db.executemany(f"INSERT OR IGNORE INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
                            [[row[n] for n in names] for row in rows])

    def finish(self, posts):
        self.db.execute("INSERT INTO signals_text (signals_text) VALUES ('rebuild')")
        self.db.commit()
        self.db.execute("PRAGMA journal_mode = wal")
        self.db.execute("ANALYZE")
        self.db.close()


class Postgres:
    TIMES = {"ts", "score_at", "comments_at", "text_at", "observed_at", "first_seen_at", "event_at", "deleted_at", "last_updated_at",
             "bucket", "as_of", "first_seen"}
    FLAGS = {"rising", "significant", "new"}

    def __init__(self, url):
        self.db = tables.connect(url)
        for step in sorted(ROOT.glob("sql/postgres/0*.sql")):
            self.db.execute(step.read_text("utf-8"))

    def slot(self, name):
        """A place for a value, in the type of its column."""
        if name in self.TIMES:
            return "to_timestamp(%s::numeric / 1000)"
        return "%s::int::bool" if name in self.FLAGS else "%s"

    def insert(self, table, rows):
        names = list(rows[0])
        statement = (f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(map(self.slot, names))})"
                     " ON CONFLICT DO NOTHING")
        self.db.execute("BEGIN")
        for row in rows:
            self.db.execute(statement, [row[n] for n in names])
        self.db.execute("COMMIT")

    def finish(self, posts):
        self.db.execute("BEGIN")
        for post in posts:
            self.db.execute("INSERT INTO signals_text VALUES (%s, %s::tsvector)", [post["id"], vector(post)])
        self.db.execute("COMMIT")
        for table in ("signals", "cross_platform_events"):
            self.db.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")
        self.db.execute("ANALYZE")
        self.db.close()


def writer(url):
    """Makes the tables, and writes rows into them."""
    return Sqlite(url) if url.startswith("sqlite:") else Postgres(url)


def make(url, seed=1, posts=3000):
    """Writes the store. Returns its tables as lists of dicts."""
    r = random.Random(seed)
    db = writer(url)
    made = [random_post(r, i) for i in range(posts)]
    db.insert("signals", [post for post, _ in made])
    db.insert("signal_metrics_history", [{"platform": post["platform"], "source_id": post["source_id"], "ranks": 0, **look}
                                          for post, looks in made for look in looks])
    db.insert("cross_platform_events", [random_event(r, i) for i in range(400)])
    db.insert("topic_trends", [random_trend(r, name, i + 1 if i < 8 else 0) for i, name in enumerate(TOPICS)])
    db.insert("topic_timeseries", [
        {"bucket": START // BUCKET * BUCKET + k * BUCKET, "topic": topic, "platform": platform, "count": r.randrange(5),
         "authors": r.randrange(3), "active": 1, "avg_score": None, "avg_sentiment": None, "n_scored": 0, "avg_velocity": None,
         "score_gain": r.choice([None, float(r.randrange(100))])}
        for topic in TOPICS[:4] for platform in PLATFORMS for k in range(192) if r.random() < 0.3])
    db.finish([post for post, _ in made])
    return {t: list(tables.rows(url, t)) for t in ("signals", "signal_metrics_history", "cross_platform_events", "topic_trends",
                                                   "topic_timeseries")}
