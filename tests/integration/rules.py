# SPDX-License-Identifier: MIT
"""The store's rules in plain Python, brute force: from all observations, in any order, to the rows of signals and
signal_metrics_history. Written from docs/store.md and docs/trending.md; shares nothing with the programs."""
import collections
import datetime
import math

BASELINES = {  # v0, s50, half life, rising_at: data/lexicons/baselines.tsv
    "reddit": (0.228, 4948.0, 21600.0, 3.0),
    "hackernews": (0.0028, 84.0, 172800.0, 3.85),
    "bluesky": (0.0028, 84.0, 43200.0, 3.85),
    "youtube": (0.0028, 84.0, 43200.0, 3.85),
}
TEXT = ("title", "body", "author", "url", "channel", "parent_id", "labels")
DERIVED = ("lang", "sentiment", "sentiment_cover", "topics", "entities", "keywords", "analysis")


def milliseconds(text):
    if text is None:
        return None
    t = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (t - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(milliseconds=1)


def id_number(platform, source_id):
    """Ids that rise with time, as numbers; None elsewhere."""
    text, base = source_id, 36
    if platform == "reddit" and source_id.startswith("t3_") and len(source_id) > 3:
        text = source_id[3:]
    elif platform == "hackernews":
        base = 10
    else:
        return None
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"[:base]
    return int(text, base) if 0 < len(text) <= 12 and all(c in digits for c in text) and int(text, base) else None


def births(observations):
    """For each platform: numbers, rising, and the earliest time at which that number or a higher one was seen."""
    seen = collections.defaultdict(dict)
    for o in observations:
        number = id_number(o["platform"], o["source_id"])
        if number is not None and o["ts"] is None and o["kind"] != "delete":
            first = seen[o["platform"]]
            first[number] = min(first.get(number, o["observed_at"]), o["observed_at"])
    out = {}
    for platform, first in seen.items():
        bound = math.inf
        out[platform] = {}
        for number in sorted(first, reverse=True):
            bound = min(bound, first[number])
            out[platform][number] = bound
    return out


class Trend:
    """docs/trending.md, "The smoothed rate"."""

    def __init__(self, platform):
        self.v0, self.s50, self.half_life, self.rising_at = BASELINES[platform]
        self.n = self.w = self.top = 0.0
        self.at, self.rising = None, False

    def look(self, score, at, created):
        """(trending score, rising) after a look."""
        before = self.n / self.w if self.w else None
        points = max(score, 0.0)
        if self.at is None:
            age = 1500.0 if created is None else max((at - created) / 1000, 900.0)
            rate = min(points / age, 8 * self.v0) if created is None else points / age
            self.n, self.w = 3 * self.v0 * 600, 600.0
            self.add(rate, age, 0.25)
            self.top, self.at = points, at
        elif at - self.at >= 60000:
            seconds = (at - self.at) / 1000
            self.add(max(points - self.top, 0.0) / seconds, seconds, 1.0)
            self.top, self.at = max(self.top, points), at
        rate = self.n / self.w
        x = rate / self.v0
        recency = 0.0 if created is None else 2.0 ** (-max((at - created) / 1000, 0.0) / self.half_life)
        g = min(1.0, math.log1p(x) / math.log(10001))
        fast = rate >= (0.8 if self.rising else 1.0) * self.rising_at * self.v0
        slowed = before is not None and rate < (0.9 if self.rising else 1.0) * before
        self.rising = fast and not slowed
        return g * (0.70 + 0.10 * self.normalised(score) + 0.20 * recency), int(self.rising)

    def add(self, rate, seconds, share):
        q = math.exp(-seconds / 1500)
        k = share * 1500 * (1 - q)
        self.n, self.w = self.n * q + rate * k, self.w * q + k

    def normalised(self, score):
        return min(1.0, math.log1p(max(score, 0.0) / self.s50) / math.log(101))


def velocity(before, after, at):
    return None if before is None or after is None else (after - before[0]) / max((at - before[1]) / 1000, 60.0)


def history(platform, looks, created):
    """Rows of the history, and what the row of the post takes from it."""
    trend, score, comments, rows = Trend(platform), None, None, []
    last = dict.fromkeys(("velocity", "comment_velocity", "trending_score", "rising"))
    for at in sorted(looks):
        look = looks[at]
        row = {"observed_at": at, "score": look["score"], "comments": look["comments"],
               "velocity": velocity(score, look["score"], at),
               "comment_velocity": velocity(comments, look["comments"], at), "trending_score": None}
        if look["score"] is not None:
            row["trending_score"], last["rising"] = trend.look(look["score"], at, created)
            score = (look["score"], at)
            last["velocity"], last["trending_score"] = row["velocity"], row["trending_score"]
        if look["comments"] is not None:
            comments = (look["comments"], at)
            last["comment_velocity"] = row["comment_velocity"]
        rows.append(row)
    last["raw_score"], last["comments"] = score and score[0], comments and comments[0]
    last["normalised_score"] = None if score is None else trend.normalised(score[0])
    return rows, last


def best(observations, name):
    """The value of one moment: known before unknown, a refresh before a post, the larger."""
    known = [(o["kind"] == "refresh", o[name]) for o in observations if o[name] is not None]
    return max(known)[1] if known else None


def text_rank(o):
    """None without anything; with words first, then the newest, then a refresh."""
    words = bool(o["title"] or o["body"])
    anything = words or any(o.get(k) for k in TEXT)
    return (words, o["observed_at"], o["kind"] == "refresh") if anything else None


def event_time(ts, first_seen):
    plausible = ts is not None and ts >= 1104537600000 and ts - 300000 <= first_seen
    return ts if plausible else first_seen


def row_of(platform, source_id, observations, born):
    """(row, history rows) of one post. Where several texts of the same rank differ, row["texts"] has them all."""
    ts = min((o["ts"] for o in observations if o["ts"] is not None), default=None)
    number = id_number(platform, source_id)
    created = ts if ts is not None else born.get(platform, {}).get(number)
    looks = collections.defaultdict(list)
    for o in observations:
        if o["kind"] != "delete":
            looks[o["observed_at"]].append(o)
    looks = {at: {"score": best(os, "raw_score"), "comments": best(os, "comments")} for at, os in looks.items()}
    rows, last = history(platform, looks, created)
    kinds = {o["kind"] for o in observations}
    first_seen = min(o["observed_at"] for o in observations)
    row = {"platform": platform, "source_id": source_id, "ts": ts, "first_seen_at": first_seen,
           "observed_at": max(o["observed_at"] for o in observations), "event_at": event_time(ts, first_seen),
           "deleted_at": min((o["observed_at"] for o in observations if o["kind"] == "delete"), default=None),
           "kind": next(k for k in ("delete", "comment", "post", "refresh") if k in kinds), **last}
    ranked = [(text_rank(o), o) for o in observations if text_rank(o) is not None]
    top = max((r for r, _ in ranked), default=None)
    row["texts"] = [o for r, o in ranked if r == top] if row["deleted_at"] is None else []
    trending = row["trending_score"]
    row["hotness"] = (None if trending is None or row["deleted_at"] is not None
                      else math.log2(max(trending, 1e-6)) + row["observed_at"] / 21600000)
    return row, rows


def observation(record):
    """What the rules look at of a signal's JSON, times as milliseconds."""
    o = {k: record.get(k) for k in ("platform", "source_id", "raw_score", "comments", *TEXT, *DERIVED)}
    o["kind"] = record.get("kind", "post")
    o["ts"], o["observed_at"] = milliseconds(record.get("ts")), milliseconds(record["observed_at"])
    return o


def expected(observations):
    """Yields (row, history rows) of all posts, in order of their keys."""
    posts = collections.defaultdict(list)
    born = births(observations)
    for o in observations:
        posts[o["platform"], o["source_id"]].append(o)
    for platform, source_id in sorted(posts):
        yield row_of(platform, source_id, posts[platform, source_id], born)
