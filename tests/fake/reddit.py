# SPDX-License-Identifier: MIT
"""Reddit as its OAuth API shows it, under /reddit: tokens, /r/NAME/new, /api/info, its limit and its refusals."""
import base64
import bisect
import json
import re
import urllib.parse

from server import HTML, Response
from stories import chance

CLIENT, SECRET, USER, PASSWORD = "app-id", "app-secret-x1", "someone", "pass word&1"
SUBREDDITS = ("technology", "science", "worldnews", "programming")
WINDOW_MS, WINDOW_REQUESTS = 600_000, 1000
TOKEN_S = 3600
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def base36(n):
    text = ""
    while n:
        n, digit = divmod(n, 36)
        text = DIGITS[digit] + text
    return text


def refusal(status, message, **more):
    return Response(json.dumps({"message": message, "error": status} | more).encode(), status)


class Post:
    """A story as a post of a subreddit."""

    def __init__(self, story, i):
        self.story, self.id = story, base36(0x50000000 + i * 41)
        self.name = "t3_" + self.id
        self.subreddit = SUBREDDITS[int(chance(story.id, "subreddit") * len(SUBREDDITS))]
        self.nsfw = chance(story.id, "nsfw") < 0.05
        self.crosspost = chance(story.id, "crosspost") < 0.1

    def state(self, now):
        if now < self.story.created:
            return "null"
        if self.story.gone is None or now < self.story.gone:
            return "alive"
        return {"dead": "removed"}.get(self.story.end, self.story.end)

    def data(self, now):
        state = self.state(now)
        score, comments = self.story.numbers(now)
        s = self.story
        out = {"id": self.id, "name": self.name, "subreddit": self.subreddit, "subreddit_id": "t5_2qh16",
               "subreddit_name_prefixed": "r/" + self.subreddit, "title": s.title, "author": s.author,
               "author_fullname": "t2_abc", "selftext": "" if s.url else f"A text *of {s.id}* & more", "selftext_html": None,
               "is_self": not s.url, "url": s.url or f"https://www.reddit.com/r/{self.subreddit}/comments/{self.id}/x/",
               "permalink": f"/r/{self.subreddit}/comments/{self.id}/x/", "score": score, "ups": score, "downs": 0,
               "upvote_ratio": 0.9, "num_comments": comments, "created": s.created / 1000, "created_utc": s.created // 1000 * 1.0,
               "over_18": self.nsfw, "spoiler": False, "stickied": False, "hidden": False, "edited": False,
               "removed_by_category": None, "domain": "example.com", "num_crossposts": 0, "link_flair_text": None}
        if self.crosspost:
            out["crosspost_parent"] = "t3_" + base36(0x40000000 + s.id)
            out["crosspost_parent_list"] = [{"id": base36(0x40000000 + s.id), "title": s.title, "score": 12345}]
        if state == "deleted":
            out.update(author="[deleted]", selftext="[deleted]", removed_by_category="deleted")
        elif state == "removed":
            out.update(selftext="[removed]", removed_by_category="moderator")
        return out


class Reddit:
    name = "reddit"

    def __init__(self, stories):
        self.posts = [Post(s, i) for i, s in enumerate(stories)]
        self.by_name = {p.name: p for p in self.posts}
        self.created = [s.created for s in stories]
        self.tokens = {}  # to when they end
        self.window, self.used = 0, 0
        self.most_used = 0
        self.refuse_tokens = 0

    def truth(self):
        return [{"id": p.name, "created": p.story.created, "visible": p.story.created, "gone": p.story.gone, "end": p.story.end,
                 "listed": True, "times": p.story.times, "subreddit": p.subreddit, "nsfw": p.nsfw, "crosspost": p.crosspost}
                for p in self.posts]

    # ---- tokens

    def login(self, request):
        given = request.headers.get("authorization", "").removeprefix("Basic ")
        if base64.b64decode(given).decode() != f"{CLIENT}:{SECRET}":
            return refusal(401, "Unauthorized")
        form = dict(urllib.parse.parse_qsl(request.body.decode()))
        if form.get("grant_type") == "password":
            if (form.get("username"), form.get("password")) != (USER, PASSWORD):
                return Response(b'{"error": "invalid_grant"}')
        elif form.get("grant_type") != "client_credentials":
            return Response(b'{"error": "unsupported_grant_type"}')
        token = f"token-{len(self.tokens)}-secret"
        self.tokens[token] = request.now + TOKEN_S * 1000
        return Response(json.dumps({"access_token": token, "token_type": "bearer", "expires_in": TOKEN_S, "scope": "*"}).encode(),
                        note={"login": form["grant_type"]})

    def is_known(self, request):
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        return kind.lower() == "bearer" and self.tokens.get(token, 0) > request.now

    # ---- the limit

    def count(self, request):
        """The headers that tell of it; None if there is nothing left."""
        window = request.now // WINDOW_MS
        if window != self.window:
            self.window, self.used = window, 0
        self.used += 1
        self.most_used = max(self.most_used, self.used)
        reset = (window + 1) * WINDOW_MS - request.now
        headers = {"x-ratelimit-used": self.used, "x-ratelimit-remaining": f"{max(WINDOW_REQUESTS - self.used, 0)}.0",
                   "x-ratelimit-reset": reset // 1000}
        return headers, self.used <= WINDOW_REQUESTS

    # ---- answers

    def listing(self, posts, now, after=None):
        children = [{"kind": "t3", "data": p.data(now)} for p in posts]
        note = [[p.name, p.state(now), *p.story.numbers(now)] for p in posts]
        body = json.dumps({"kind": "Listing", "data": {"after": after, "before": None, "dist": len(children), "modhash": None,
                                                       "geo_filter": "", "children": children}}).encode()
        return Response(body, note={"posts": note})

    def new(self, names, request):
        wanted = set(names.lower().split("+"))
        if "nosuch" in wanted:
            return Response(HTML, 302, {"Location": "/subreddits/search?q=nosuch"}, "text/html")
        if "private" in wanted:
            return refusal(403, "Forbidden", reason="private")
        i = bisect.bisect_right(self.created, request.now)
        limit = min(int(request.query.get("limit", 25)), 100)
        after, found, deep = request.query.get("after"), [], 0
        passed = not after
        while i > 0 and len(found) <= limit and deep < 1000:
            i -= 1
            post = self.posts[i]
            if post.subreddit in wanted and post.state(request.now) == "alive":
                deep += 1
                if passed:
                    found.append(post)
            passed = passed or post.name == after
        more = len(found) > limit
        return self.listing(found[:limit], request.now, found[limit - 1].name if more else None)

    def info(self, request):
        names = request.items("id")
        if len(names) > 100:
            return refusal(400, "too many ids")
        posts = [self.by_name.get(n) for n in names]
        seen = [p for p in posts if p and p.state(request.now) != "null"]
        response = self.listing(seen, request.now)
        response.note["posts"] += [[n, "null", None, None] for n, p in zip(names, posts) if p not in seen]
        return response

    def respond(self, request):
        if "/u/" not in request.headers.get("user-agent", ""):
            return Response(HTML, 429, {"retry-after": 60}, "text/html")
        if request.path == "api/v1/access_token" and request.method == "POST":
            return self.login(request)
        if not self.is_known(request):
            return Response(b'{"message": "Unauthorized", "error": 401}', 401,
                            {"www-authenticate": 'Bearer realm="reddit", error="invalid_token"'})
        limit, left = self.count(request)
        if not left:
            return Response(HTML, 429, limit | {"retry-after": 4}, "text/html", {"over": True})
        found = re.fullmatch(r"r/([\w+-]+)/new/?", request.path)
        response = self.new(found[1], request) if found else self.info(request) if request.path.rstrip("/") == "api/info" \
            else refusal(404, "Not Found")
        response.headers |= limit
        return response
