# SPDX-License-Identifier: MIT
"""Lobsters as its JSON pages show it, under /lobsters: newest, hottest, and each story with its comments. Its ids count to the base of 36."""
import bisect
import datetime
import json
import re

from server import Response
from stories import chance

HTML = b"<!DOCTYPE html><html><body>404</body></html>"
PAGE = 25
ZONE = datetime.timezone(datetime.timedelta(hours=-6))


def base36(n):
    out = ""
    while n:
        n, digit = divmod(n, 36)
        out = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + out
    return out


def stamp(ms):
    return datetime.datetime.fromtimestamp(ms / 1000, ZONE).isoformat(timespec="milliseconds")


class Post:
    def __init__(self, story):
        self.story = story
        self.id = base36(story.id).zfill(6)
        self.tag = ("practices", "linux", "c")[int(chance(story.id, "tag") * 3)]

    def state(self, now):
        s = self.story
        return "alive" if s.created <= now and (s.gone is None or now < s.gone) else "null"

    def data(self, now):
        score, comments = self.story.numbers(now)
        return {"short_id": self.id, "short_id_url": "https://lobste.rs/s/" + self.id, "created_at": stamp(self.story.created),
                "title": self.story.title, "url": self.story.url or "", "score": score, "flags": 0, "comment_count": comments,
                "description": "", "description_plain": "", "comments_url": "https://lobste.rs/s/" + self.id,
                "submitter_user": self.story.author, "user_is_author": False, "tags": [self.tag]}

    def page(self, now):
        comment = {"short_id": "c" + self.id[1:], "created_at": stamp(self.story.created + 1), "is_deleted": False,
                   "is_moderated": False, "score": 1, "flags": 0, "parent_comment": None, "comment": "<p>First &amp; last</p>",
                   "comment_plain": "First & last", "depth": 0, "commenting_user": "somebody"}
        return {**self.data(now), "comments": [comment] if self.story.numbers(now)[1] else []}


class Lobsters:
    name = "lobsters"

    def __init__(self, stories):
        self.posts = [Post(s) for s in stories]
        self.by_id = {p.id: p for p in self.posts}
        self.created = [s.created for s in stories]

    def truth(self):
        return [{"id": p.id, "created": p.story.created, "visible": p.story.created, "gone": p.story.gone, "end": p.story.end,
                 "listed": True, "times": p.story.times, "tag": p.tag} for p in self.posts]

    def note(self, posts, now):
        return {"posts": [[p.id, p.state(now), *p.story.numbers(now)] for p in posts]}

    def newest(self, request, page):
        i = bisect.bisect_right(self.created, request.now)
        alive = [p for p in reversed(self.posts[:i]) if p.state(request.now) == "alive"]
        return self.listed(alive, page, request.now)

    def hottest(self, request):
        i = bisect.bisect_right(self.created, request.now)
        alive = [p for p in self.posts[max(0, i - 200):i] if p.state(request.now) == "alive"]
        return self.listed(sorted(alive, key=lambda p: -p.story.numbers(request.now)[0]), 1, request.now)

    def listed(self, posts, page, now):
        posts = posts[(page - 1) * PAGE:page * PAGE]
        return Response(json.dumps([p.data(now) for p in posts]).encode(), note=self.note(posts, now))

    def story(self, request, id_):
        post = self.by_id.get(id_)
        if post is None or post.state(request.now) != "alive":
            return Response(HTML, 404, kind="text/html", note={"posts": [[id_, "null", None, None]]})
        return Response(json.dumps(post.page(request.now)).encode(), note=self.note([post], request.now))

    def respond(self, request):
        found = re.fullmatch(r"newest(?:/page/(\d+))?\.json", request.path)
        if found:
            return self.newest(request, int(found[1] or 1))
        if request.path == "hottest.json":
            return self.hottest(request)
        found = re.fullmatch(r"s/([0-9a-z]+)\.json", request.path)
        return self.story(request, found[1]) if found else Response(HTML, 404, kind="text/html")
