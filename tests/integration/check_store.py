#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Works out topic_timeseries and cross_platform_events of a store from its signals and signal_metrics_history, the slow and
plain way of docs/aggregate.md, and compares every column.

    check_store.py URL       a store; all of its windows must be done (dirty_buckets empty)

Prints what differs and exits with 1 if anything does. What retention took away cannot be checked: it is for stores that it
never ran on. As a module: differences(connection) gives the list.
"""
import bisect
import collections
import functools
import json
import math
import pathlib
import statistics
import sys

import tables

MINUTE = 60_000
WINDOW = 15 * MINUTE
HOUR = 60 * MINUTE
WEEK = 168 * HOUR
FLOOR, LEAST_AUTHORS, COVER, GAP, Q = 0.01, 3, 0.5, 6 * HOUR, 0.05
FIRST_PLAUSIBLE = 1104537600000  # 2005
ORDER = ["reddit", "hackernews", "bluesky", "youtube"]  # as the library numbers them: ties go to the first
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def baselines():
    rows = (line.split("\t") for line in (ROOT / "data/lexicons/baselines.tsv").read_text().splitlines())
    return {r[0]: float(r[2]) for r in rows if not r[0].startswith("#")}


def window_of(t):
    return t // WINDOW * WINDOW


def event_time(ts, first_seen):
    plausible = ts is not None and abs(ts) < 1 << 53 and ts >= FIRST_PLAUSIBLE and ts <= first_seen + 5 * MINUTE
    return ts if plausible else first_seen


def mean(values):
    known = [v for v in values if v is not None]
    return math.fsum(known) / len(known) if known else None


# ---- posts ------------------------------------------------------------------------------------------------------------


class Post:
    __slots__ = ("platform", "source_id", "author", "compound", "cover", "ts", "first_seen", "event_at", "topics", "looks", "event")  # there may be millions

    def __init__(self, row, looks):
        (self.platform, self.source_id, self.author, topics, self.compound, self.cover, self.ts, self.first_seen,
         self.event_at) = row
        self.topics = sorted(set(json.loads(topics)) - {""}) if topics else []
        self.looks = looks  # (observed_at, score, velocity), by time
        self.event = event_time(self.ts, self.first_seen)

    def activity(self):
        """(window, last score, last velocity, gain) of each window it was looked at in."""
        by_window = collections.defaultdict(list)
        for look in self.looks:
            by_window[window_of(look[0])].append(look)
        before = None
        for start in sorted(by_window):
            scores = [s for _, s, _ in by_window[start] if s is not None]
            velocities = [v for _, _, v in by_window[start] if v is not None]
            gain = None
            if scores:
                if before is not None:
                    gain = scores[-1] - before
                elif self.ts == self.event and window_of(self.event) == start:
                    gain = scores[-1]
                elif len(scores) > 1:
                    gain = scores[-1] - scores[0]
                before = scores[-1]
            yield start, scores[-1] if scores else None, velocities[-1] if velocities else None, gain


def read_posts(db):
    looks = collections.defaultdict(list)
    for platform, source_id, *look in db.execute("SELECT platform, source_id, observed_at, score, velocity"
                                                 " FROM signal_metrics_history ORDER BY observed_at"):
        looks[platform, source_id].append(tuple(look))
    return [Post(row, looks[row[0], row[1]]) for row in db.execute(
        "SELECT platform, source_id, author, topics, sentiment_compound, sentiment_cover, ts, first_seen_at, event_at"
        " FROM signals WHERE deleted_at IS NULL")]


# ---- buckets ----------------------------------------------------------------------------------------------------------


class Bucket:
    __slots__ = ("created", "active")

    def __init__(self):
        self.created, self.active = [], []

    def authors(self):
        authors = [p.author for p in self.created]
        return len({a for a in authors if a}) + sum(not a for a in authors)

    def row(self):
        counts = [p.compound for p in self.created
                  if p.compound is not None and p.cover is not None and p.cover >= COVER]
        gains = [g for _, _, g in self.active if g is not None]
        return {
            "count": len(self.created),
            "authors": self.authors(),
            "active": len(self.active),
            "avg_score": mean(s for s, _, _ in self.active),
            "avg_sentiment": mean(counts),
            "n_scored": len(counts),
            "avg_velocity": mean(v for _, v, _ in self.active),
            "score_gain": math.fsum(gains) if gains else None,
            "first_at": min((p.event for p in self.created), default=None),
        }


def make_buckets(posts):
    buckets = collections.defaultdict(Bucket)
    for post in posts:
        for topic in post.topics:
            buckets[window_of(post.event), topic, post.platform].created.append(post)
            for start, *figures in post.activity():
                buckets[start, topic, post.platform].active.append(figures)
    return buckets


# ---- events -----------------------------------------------------------------------------------------------------------


def poisson_tail(x, mean_count):
    """P(X >= x)."""
    if x == 0:
        return 1.0
    term = math.exp(x * math.log(mean_count) - mean_count - math.lgamma(x + 1))
    if x <= mean_count:  # most of it lies above: take the rest off
        below, k = 0.0, x
        while k > 0:
            term *= k / mean_count
            k -= 1
            below += term
        return 1.0 - below
    total, k = 0.0, x
    while term > total * 1e-17:
        total += term
        k += 1
        term *= mean_count / k
    return total


class Topic:
    """When a topic was created: {platform: {window: (count, authors, first)}}."""

    def __init__(self):
        self.on, self.sorted, self.episodes = collections.defaultdict(dict), {}, None

    def authors(self, platform, start, windows):
        """In so many windows, `start` the last one."""
        return sum(self.on[platform].get(start - k * WINDOW, (0, 0))[1] for k in range(windows))

    def usual(self, platform, start, since):
        authors = windows = 0
        for week in range(1, 5):
            hour = start // HOUR * HOUR - week * WEEK
            for w in range(hour - HOUR, hour + 2 * HOUR, WINDOW):
                if w >= since:
                    windows += 1
                    authors += self.on[platform].get(w, (0, 0))[1]
        return max(authors / windows, FLOOR)

    def chance(self, platforms, start, since):
        """The p-value: two platforms are busier than usual, in the window or in the hour that ends with it."""
        if sum(self.authors(p, start, 4) for p in platforms) < LEAST_AUTHORS:
            return 1.0
        return min(sorted(poisson_tail(self.authors(p, start, n), n * self.usual(p, start, since)) for p in platforms)[1]
                   for n in (1, 4))

    def episode_start(self, start):
        """The first window of the run that `start` belongs to."""
        if self.episodes is None:
            windows = sorted({w for counts in self.on.values() for w in counts})
            self.episodes = [w for before, w in zip([-GAP * 2, *windows], windows) if w - before > GAP]
        return self.episodes[bisect.bisect_right(self.episodes, start) - 1]

    def first_in(self, platform, episode):
        """The first post that the platform has in an episode, of which it has one."""
        if platform not in self.sorted:
            self.sorted[platform] = sorted(self.on[platform])
        windows = self.sorted[platform]
        return self.on[platform][windows[bisect.bisect_left(windows, episode)]][2]


@functools.cache
def student(degrees):
    """The quantile at 0.975 of Student's t, by halving."""
    n = degrees
    scale = math.exp(math.lgamma((n + 1) / 2) - math.lgamma(n / 2)) / math.sqrt(n * math.pi)

    def inside(t):  # by Simpson's rule, from the middle on
        step = t / 2000
        return scale * step / 3 * sum((1 if i in (0, 2000) else 4 if i % 2 else 2) * (1 + (i * step) ** 2 / n) ** (-(n + 1) / 2) for i in range(2001))

    low, high = 0.0, 13.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if inside(middle) < 0.475 else (low, middle)
    return low


def delta_pair(levels, scores):
    """The scores of the two platforms that differ most; of several with the same mean, of the one with the most scores, then the first."""
    known = [i for i, level in enumerate(levels) if level is not None]
    low = min(known, key=lambda i: (levels[i], -len(scores[i])))
    known.remove(low)
    return [scores[low], scores[min(known, key=lambda i: (-levels[i], -len(scores[i])))]]


def delta_interval(delta, pair):
    """Welch's interval of the difference of two platforms' scores. Fractions of few degrees count as none, as in libsignalflow/interval.c."""
    if min(map(len, pair)) < 2:
        return None, None
    parts = [statistics.variance(of) / len(of) for of in pair]
    if sum(parts) < 1e-15:
        return delta, delta
    degrees = sum(parts) ** 2 / sum(v * v / (len(of) - 1) for v, of in zip(parts, pair))
    finer = round(degrees, 2 if degrees < 20 else 1 if degrees < 100 else 0)  # than what is compared, and few different ones
    half = student(math.floor(degrees + 1e-6) if degrees + 1e-6 < 10 else finer) * math.sqrt(sum(parts))  # whole but for the last digits: whole
    return max(-1.0, delta - half), min(1.0, delta + half)


def make_event(topic, start, platforms, buckets, name, since, s50):
    counts = [topic.on[p][start] for p in platforms]
    episode = topic.episode_start(start)
    firsts = [topic.first_in(p, episode) for p in platforms]
    leader = min(range(len(platforms)), key=lambda i: firsts[i])
    scores = [[min(1.0, math.log1p(max(s, 0) / s50[p]) / math.log(101)) for s, _, _ in buckets[start, name, p].active if s is not None] for p in platforms]
    levels = [mean(of) for of in scores]
    known = [v for v in levels if v is not None]
    delta = low = high = None
    if len(known) >= 2:
        delta = max(known) - min(known)
        if len(platforms) == 2:
            delta = levels[leader] - levels[1 - leader]
        low, high = delta_interval(delta, delta_pair(levels, scores))
    p_value = None
    if since <= start - WEEK:
        p_value = topic.chance(platforms, start, since)
    return {
        "platforms": platforms,
        "leader": platforms[leader],
        "lead_seconds": (sorted(firsts)[1] - min(firsts)) / 1000,
        "delta_score": delta,
        "delta_low": low,
        "delta_high": high,
        "support": sum(c for c, _, _ in counts),
        "p_value": p_value,
        "significant": None,
        "ts": sorted(first for _, _, first in counts)[1],
    }


def judge(events, tests):
    """Benjamini-Hochberg over one window; `near` marks what the last digits decide."""
    known = sorted(e["p_value"] for e in events if e["p_value"] is not None)
    passing = [p for i, p in enumerate(known, 1) if p <= Q * i / tests]
    near = any(abs(p - Q * i / tests) < 1e-12 for i, p in enumerate(known, 1))
    for e in events:
        if e["p_value"] is not None:
            e["significant"] = int(bool(passing) and e["p_value"] <= max(passing))
            e["near"] = near


def make_events(buckets, since):
    topics, windows, s50 = collections.defaultdict(Topic), collections.defaultdict(lambda: collections.defaultdict(set)), baselines()
    for (start, name, platform), bucket in buckets.items():
        if bucket.created:
            topics[name].on[platform][start] = (len(bucket.created), bucket.authors(), min(p.event for p in bucket.created))
            windows[start][name].add(platform)
    events = {}
    for start, names in windows.items():
        here = {}
        for name, platforms in names.items():
            if len(platforms) >= 2:
                here[start, name] = make_event(topics[name], start, sorted(platforms, key=ORDER.index), buckets, name, since, s50)
        judge(here.values(), len(names))
        events.update(here)
    return events


# ---- comparing --------------------------------------------------------------------------------------------------------


def same(a, b):
    if isinstance(a, float) and isinstance(b, (int, float)) or isinstance(b, float) and isinstance(a, (int, float)):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
    return a == b


def compare(what, wanted, got, row_of=lambda row: row):
    """The rows that were got, one by one, against those that should be there, of each of which row_of() makes what it should be."""
    left = set(wanted)
    for key, row in got:
        if key not in wanted:
            yield f"{what} {key}: should not be there: {row}"
            continue
        left.discard(key)
        like = row_of(wanted[key])
        for column, value in row.items():
            near = column in ("delta_low", "delta_high") and None not in (value, like[column]) and abs(value - like[column]) < 1e-3
            if not same(like[column], value) and not near and not (column == "significant" and like.get("near")):
                yield f"{what} {key}: {column} is {value}, should be {like[column]}"
    for key in sorted(left):
        yield f"{what} {key}: missing; should be {row_of(wanted[key])}"


BUCKET = "count authors active avg_score avg_sentiment n_scored avg_velocity score_gain first_at".split()
EVENT = "platforms leader lead_seconds delta_score delta_low delta_high support p_value significant ts".split()


def stored_buckets(db):
    for r in db.execute(f"SELECT bucket, topic, platform, {', '.join(BUCKET)} FROM topic_timeseries"):
        yield tuple(r[:3]), dict(zip(BUCKET, r[3:]))


def stored_events(db):
    for r in db.execute(f"SELECT bucket, topic, {', '.join(EVENT)} FROM cross_platform_events"):
        yield tuple(r[:2]), dict(zip(EVENT, [json.loads(r[2]), *r[3:]]))


def stored_totals(db):
    for r in db.execute("SELECT bucket, platform, count, authors FROM topic_totals"):
        yield (r[0], r[1]), {"count": r[2], "authors": r[3]}


def totals(buckets):
    sums = collections.defaultdict(lambda: {"count": 0, "authors": 0})
    for (start, _, platform), bucket in buckets.items():
        if bucket.created:
            sums[start, platform]["count"] += len(bucket.created)
            sums[start, platform]["authors"] += bucket.authors()
    return dict(sums)


def differences(db):
    marks = db.execute("SELECT count(*) FROM dirty_buckets").fetchone()[0]
    if marks:
        return [f"{marks} marks are left: sf-aggregate has not run"]
    posts = read_posts(db)
    out = [f"{p.platform} {p.source_id}: event_at is {p.event_at}, should be {p.event}" for p in posts
           if p.event != p.event_at]
    since = db.execute("SELECT min(observed_at) FROM signal_metrics_history").fetchone()[0]
    buckets = dict(make_buckets(posts))
    out += compare("bucket", buckets, stored_buckets(db), Bucket.row)
    out += compare("total", totals(buckets), stored_totals(db))
    return out + list(compare("event", make_events(buckets, since), stored_events(db)))


def main():
    db = tables.connect(sys.argv[1])
    wrong = differences(db)
    for line in wrong[:50]:
        print(line)
    buckets, events = (db.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("topic_timeseries", "cross_platform_events"))
    print(f"{buckets} buckets, {events} events: {len(wrong)} differences")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
