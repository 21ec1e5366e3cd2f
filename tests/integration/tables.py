# SPDX-License-Identifier: MIT
"""Reading a store's tables for tests, whatever store it is."""
import datetime
import hashlib
import importlib
import sqlite3
import sys

# What a run may differ in: when it was written, and in which order rows came.
RUN = {"id", "last_updated_at", "applied_at"}
KEYS = {
    "signals": "platform, source_id",
    "signal_metrics_history": "platform, source_id, observed_at",
    "births": "platform, number",
    "reddit_posts": "id",
    "reddit_nlp_features": "post_id",
    "topic_timeseries": "bucket, topic, platform",
    "cross_platform_events": "topic, bucket",
    "topic_trends": "topic",
    "lead_lag": "topic, leader, follower",
}


def psycopg2():
    """The module; None: there is none. Debian's serves other Pythons of its version too."""
    try:
        return importlib.import_module("psycopg2")
    except ImportError:
        sys.path.append("/usr/lib/python3/dist-packages")
    try:
        return importlib.import_module("psycopg2")
    except ImportError:
        return None


class Postgres:
    """A connection that gives what SQLite's would: times as milliseconds, booleans as 0 and 1, JSON as text, bytes as bytes."""

    def __init__(self, url):
        module = psycopg2()
        e = importlib.import_module("psycopg2.extensions")
        self.db = module.connect(url)
        self.db.autocommit = True

        def kind(name, oids, convert):
            e.register_type(e.new_type(oids, name, lambda text, cursor: None if text is None else convert(text)), self.db)

        kind("MS", (1184,), milliseconds)
        kind("FLAG", (16,), lambda text: int(text == "t"))
        kind("TEXT", (114,), str)
        kind("BYTES", (17,), lambda text: bytes.fromhex(text[2:]))
        self.execute("SET TimeZone = 'UTC'")

    def execute(self, statement, values=None):
        cursor = self.db.cursor()
        cursor.execute(statement, values)
        return cursor

    def close(self):
        self.db.close()


def milliseconds(text):
    at = datetime.datetime.fromisoformat(text.replace("+00", "+00:00"))
    return (at - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(milliseconds=1)


def connect(url):
    scheme, _, rest = url.partition(":")
    if scheme == "sqlite":
        return sqlite3.connect(rest)
    if scheme == "postgresql":
        return Postgres(url)
    raise SystemExit(f"{url}: no such store")


def rows(url, table):
    """Rows as dicts, by key."""
    db = connect(url)
    found = db.execute(f"SELECT * FROM {table} ORDER BY {KEYS[table]}")
    names = [d[0] for d in found.description]
    for row in found:
        yield dict(zip(names, row))
    db.close()


def snapshot(url, tables=tuple(KEYS)):
    """All that must be the same however the store came about."""
    return {t: [{k: v for k, v in row.items() if k not in RUN} for row in rows(url, t)] for t in tables}


def digest(url, tables=tuple(KEYS)):
    """How many rows each table has, and a hash of all that must be the same: for stores too large for a snapshot."""
    out = {}
    for table in tables:
        n, h = 0, hashlib.sha256()
        for row in rows(url, table):
            n += 1
            h.update(repr([v for k, v in row.items() if k not in RUN]).encode())
        out[table] = n, h.hexdigest()[:16]
    return out


def difference(a, b):
    """The first thing in which two snapshots differ, or None."""
    for table in a:
        if len(a[table]) != len(b[table]):
            return f"{table}: {len(a[table])} rows, {len(b[table])} rows"
        for x, y in zip(a[table], b[table]):
            for column in x:
                if x[column] != y[column]:
                    return f"{table}: {list(x.values())[:3]}: {column}: {x[column]!r}, {y[column]!r}"
    return None
