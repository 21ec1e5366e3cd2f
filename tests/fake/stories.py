# SPDX-License-Identifier: MIT
"""Hacker News stories with a life of their own: recorded ones with their trajectories, or those of the bundled sample.

What the recordings do not hold is made up, the same way each time, from the id: when a story was made, whether it is visible at once,
whether and how it goes away.
"""
import bisect
import gzip
import json
import pathlib
import zlib
from dataclasses import dataclass

HOUR = 3_600_000


def chance(id_, what):
    """A number in [0, 1) that is this story's own."""
    return zlib.crc32(f"{what}{id_}".encode()) / 2**32


@dataclass(slots=True)
class Story:
    id: int
    created: int  # ms, as all times
    visible: int  # its item is null before
    gone: int | None  # and how:
    end: str | None  # "deleted", "dead" or "null"
    listed: bool  # in the list of new ones; the others come up by rank alone
    times: list
    scores: list
    comments: list
    head: bytes = b""
    middle: bytes = b""
    tail: bytes = b""
    title: str = ""
    author: str = ""
    url: str | None = None
    gone_share: float = 0

    def numbers(self, now):
        """(score, comments) at a moment: what was observed last; before the first observation they grow towards it."""
        i = bisect.bisect_right(self.times, now) - 1
        if i >= 0:
            return self.scores[i], self.comments[i]
        part = (now - self.created) / max(self.times[0] - self.created, 1)
        return 1 + int((self.scores[0] - 1) * part), int(self.comments[0] * part)

    def state(self, now):
        if now < self.visible:
            return "null"
        return self.end if self.gone is not None and now >= self.gone else "alive"

    def item(self, now):
        """The item as the API writes it."""
        state = self.state(now)
        if state == "null":
            return b"null"
        if state == "deleted":
            return b'{"deleted":true,"id":%d,"time":%d,"type":"story"}' % (self.id, self.created // 1000)
        score, comments = self.numbers(now)
        dead = b'"dead":true,' if state == "dead" else b""
        return b"%s%d%s%s%d%s" % (self.head, comments, self.middle % dead, b'"score":', score, self.tail)


def make(id_, title, author, url, times, scores, comments, created=None, gone_share=0.06):
    """One story; `times` in ms."""
    if created is None:  # its trajectory starts when the front page first showed it
        created = times[0] - int((0.2 + chance(id_, "age")) * HOUR)
    visible = created + (int(chance(id_, "hidden") * 270_000) if chance(id_, "null") < 1 / 3 else 0)
    end = gone = None
    if chance(id_, "end") < gone_share:
        end = ("deleted", "dead", "null")[int(chance(id_, "how") * 3)]
        gone = visible + int(chance(id_, "when") ** 3 * 48 * HOUR)
    story = Story(id_, created, visible, gone, end, chance(id_, "listed") < 0.9, times, scores,
                  [c or 0 for c in comments], title=title, author=author or "nobody", url=url, gone_share=gone_share)
    story.head = b'{"by":%s,"descendants":' % json.dumps(author or "nobody").encode()
    story.middle = b',%%s"id":%d,' % id_
    story.tail = (b',"time":%d,"title":%s,"type":"story"' % (created // 1000, json.dumps(title).encode())
                  + (b',"url":%s}' % json.dumps(url).encode() if url else b"}"))
    return story


def lines(path):
    with gzip.open(path, "rt") if path.suffix == ".gz" else open(path) as f:
        for line in f:
            yield json.loads(line)


def load(posts, trajectories, start=None, end=None, gone_share=0.06):
    """The stories whose trajectory starts between two times (ms), by time of creation."""
    texts = {p["source_id"]: p for p in lines(pathlib.Path(posts)) if p["platform"] == "hackernews"}
    out = []
    for t in lines(pathlib.Path(trajectories)):
        first = t["t"][0] * 1000
        post = texts.get(t["source_id"])
        if post and (start is None or first >= start) and (end is None or first < end):
            out.append(make(int(t["source_id"]), post["title"], post["author"], post["url"], [s * 1000 for s in t["t"]],
                            t["score"], t["comments"], gone_share=gone_share))
    return sorted(out, key=lambda s: (s.created, s.id))


def squeeze(stories, start, span):
    """Moves each story so that they all are made within `span` ms: a site as busy as one likes."""
    for i, s in enumerate(stories):
        by = start + span * i // len(stories) - s.created
        s.created += by
        s.visible += by
        s.gone = s.gone + by if s.gone is not None else None
        s.times = [t + by for t in s.times]
        s.tail = s.tail.replace(b'"time":%d' % ((s.created - by) // 1000), b'"time":%d' % (s.created // 1000), 1)
    return sorted(stories, key=lambda s: (s.created, s.id))


def crowd(stories, n, late=0):
    """n stories, copies of these with ids of their own, spread over the time in which these were made."""
    first, last = stories[0].created, stories[-1].created
    out = []
    for i in range(n):
        like, created = stories[i % len(stories)], first + (last - first) * i // n
        by = created - like.created
        out.append(make(10_000_000 + i, like.title, like.author, like.url, [t + by for t in like.times], like.scores,
                        like.comments, created, like.gone_share))
        if chance(out[-1].id, "late") < late:
            out[-1].gone = created + int((74 + 20 * chance(out[-1].id, "when")) * HOUR)
        out[-1].end = ("deleted", "dead", "null")[i % 3] if out[-1].gone is not None else None
    return out
