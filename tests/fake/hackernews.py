# SPDX-License-Identifier: MIT
"""Hacker News as its Firebase API shows it, under /hackernews/v0/: lists, items, updates, and comments in between."""
import bisect
import json
import re


MINUTE = 60_000
ITEM = re.compile(r"item/(\d+)\.json")


class HackerNews:
    name = "hackernews"

    def __init__(self, stories):
        self.stories = stories
        self.by_id = {s.id: s for s in stories}
        self.created = [s.created for s in stories]
        self.new = [s for s in stories if s.listed]
        self.new_created = [s.created for s in self.new]
        self.highest = []  # of all ids up to story i
        for s in stories:
            self.highest.append(max(s.id, self.highest[-1] if self.highest else 0))
        changes = [(t, s.id) for s in stories for t in s.times] + [(s.gone, s.id) for s in stories if s.gone is not None]
        self.changes = sorted(changes)
        self.ranked = (None, b"[]")

    def truth(self):
        """What a test needs to know of each story."""
        return [{"id": s.id, "created": s.created, "visible": s.visible, "gone": s.gone, "end": s.end, "listed": s.listed,
                 "times": s.times}
                for s in self.stories]

    # ---- lists

    def newstories(self, now):
        i = bisect.bisect_right(self.new_created, now)
        alive = [str(s.id) for s in reversed(self.new[max(0, i - 700):i]) if s.gone is None or now < s.gone]
        return b"[%s]" % ",".join(alive[:500]).encode()

    def _rank(self, now, hours, key):
        i, j = bisect.bisect_left(self.created, now - hours * 60 * MINUTE), bisect.bisect_right(self.created, now)
        alive = [s for s in self.stories[i:j] if s.state(now) == "alive"]
        alive.sort(key=lambda s: key(s, s.numbers(now)[0]), reverse=True)
        return b"[%s]" % ",".join(str(s.id) for s in alive[:500]).encode()

    def topstories(self, now):
        if self.ranked[0] != now // MINUTE:
            def gravity(s, score):
                return max(score - 1, 0) ** 0.8 / ((now - s.created) / (60 * MINUTE) + 2) ** 1.8
            self.ranked = (now // MINUTE, self._rank(now, 36, gravity))
        return self.ranked[1]

    def beststories(self, now):
        return self._rank(now, 72, lambda s, score: score)

    def updates(self, now):
        i, j = bisect.bisect_left(self.changes, (now - 90_000, 0)), bisect.bisect_right(self.changes, (now, 1 << 60))
        ids = sorted({id_ for _, id_ in self.changes[i:j]})
        return json.dumps({"items": ids, "profiles": ["nobody"]}).encode()

    def _titled(self, now, word):
        i = bisect.bisect_right(self.created, now)
        found = [str(s.id) for s in reversed(self.stories[:i]) if word in s.tail and s.state(now) == "alive"]
        return b"[%s]" % ",".join(found[:200]).encode()

    def maxitem(self, now):
        i = bisect.bisect_right(self.created, now)
        return b"%d" % (self.highest[i - 1] if i else 1)

    # ---- items

    def comment(self, id_, now):
        """Ids that are no story's are comments, but for some that never show."""
        if id_ > int(self.maxitem(now)) or id_ % 97 == 0:
            return b"null"
        i = bisect.bisect_right(self.created, now)
        parent = self.stories[id_ % i].id if i else 1
        return (b'{"by":"nobody","id":%d,"parent":%d,"text":"Comment <i>%d</i> it&#x27;s","time":%d,"type":"comment"}'
                % (id_, parent, id_, now // 1000))

    def item(self, id_, now):
        story = self.by_id.get(id_)
        if story is not None:
            return story.item(now) if story.created <= now else b"null"
        return self.comment(id_, now)

    def answer(self, path, now):
        """The body of a path below /hackernews/v0/, or None."""
        found = ITEM.fullmatch(path)
        if found:
            return self.item(int(found[1]), now)
        lists = {"newstories.json": self.newstories, "topstories.json": self.topstories, "updates.json": self.updates,
                 "beststories.json": self.beststories, "maxitem.json": self.maxitem,
                 "askstories.json": lambda n: self._titled(n, b"Ask HN"),
                 "showstories.json": lambda n: self._titled(n, b"Show HN"), "jobstories.json": lambda n: b"[]"}
        return lists[path](now) if path in lists else b"null"

    def wrong(self, path, now):
        """Another item than the one that was asked for."""
        found = ITEM.fullmatch(path)
        other = self.stories[int(found[1]) % len(self.stories)] if found else None
        if other is None or other.id == int(found[1]):
            return self.answer(path, now)
        return other.item(max(now, other.visible))

    def search_by_date(self, request):
        """Algolia's search: stories of a time, the latest first."""
        low, high = (int(text.rpartition("created_at_i")[2].lstrip("<>=")) * 1000
                     for text in request.query["numericFilters"].split(","))
        n = int(request.query["hitsPerPage"])
        found = [s for s in reversed(self.stories[:bisect.bisect_right(self.created, request.now)])
                 if low <= s.created // 1000 * 1000 < high and s.state(request.now) == "alive"][:min(n, 1000)]
        hits, posts = [], []
        for s in found:
            score, comments = s.numbers(request.now)
            hits.append({"objectID": str(s.id), "title": s.title, "author": s.author, "url": s.url, "points": score,
                         "num_comments": comments, "created_at_i": s.created // 1000, "_tags": ["story"], "story_text": None})
            posts.append([s.id, "alive", score, comments])
        return json.dumps({"hits": hits, "nbHits": len(hits), "page": 0, "hitsPerPage": n}).encode(), {"posts": posts}

    def note(self, path, now, body):
        """What the log tells beside the path."""
        found = ITEM.fullmatch(path)
        story = self.by_id.get(int(found[1])) if found else None
        if not found:
            return {}
        if story is None:
            return {"id": int(found[1]), "state": "null" if body == b"null" else "comment"}
        state = story.state(now) if story.created <= now else "null"
        out = {"id": story.id, "state": state}
        if state == "alive":
            out["score"], out["comments"] = story.numbers(now)
        return out
