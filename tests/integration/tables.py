# SPDX-License-Identifier: MIT
"""Reading a store's tables for tests, whatever store it is."""
import hashlib
import sqlite3

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
}


def connect(url):
    scheme, _, rest = url.partition(":")
    if scheme != "sqlite":
        raise SystemExit(f"{url}: no such store")
    return sqlite3.connect(rest)


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
