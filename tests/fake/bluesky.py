# SPDX-License-Identifier: MIT
"""Bluesky as Jetstream and AppView show it, under /bluesky: subscribe, getPosts, searchPosts, getFeed.

While someone listens, time goes no further than to the next event, so that nobody runs ahead of what was sent."""
import asyncio
import base64
import bisect
import functools
import json
import zlib

import websocket
import zstd
from server import Response
from stories import chance

STEP_MS = 5000  # events may come so late
PING_MS = 30_000
LOOKBACK_MS = 36 * 3_600_000
WINDOW_MS, WINDOW_REQUESTS = 300_000, 3000
NAME, PASSWORD, TOKEN_MS = "someone.bsky.social", 'app "pass" word-1', 2 * 3_600_000
SHARE = 4  # of a story's points and comments are likes and replies here: one in so many
TID = "234567abcdefghijklmnopqrstuvwxyz"


def tid(us):
    n, text = us << 10 | 21, ""
    for _ in range(13):
        n, digit = divmod(n, 32)
        text = TID[digit] + text
    return text


def did(id_):
    return "did:plc:" + base64.b32encode(zlib.crc32(str(id_).encode()).to_bytes(4, "big") * 4)[:24].decode().lower()


def cid(text):
    return "bafyrei" + base64.b32encode(zlib.crc32(text.encode()).to_bytes(4, "big") * 9).decode().lower().rstrip("=")[:52]


OTHER = {"uri": f"at://{did(-1)}/app.bsky.feed.post/{tid(1)}", "cid": cid("other")}


def stamp(ms):
    import datetime
    return datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03}Z"


class Post:
    last = 1 << 62  # nothing happens to any later: what a test will not see need not be made

    def __init__(self, story):
        self.story, self.did, self.key = story, did(story.id), tid(story.created * 1000)
        self.uri = f"at://{self.did}/app.bsky.feed.post/{self.key}"
        self.lang = "en" if chance(story.id, "lang") < 0.6 else "de"
        self.likes, self.replies = self.grow(story.scores), self.grow(story.comments)
        self.reposts = [t + 700 for t in self.likes[::5]]
        self.thread_key = tid(story.created * 1000 + 1_000_000)  # its author goes on, elsewhere; told of those who will go

    def grow(self, numbers):
        """When each of them came, spread between two observations."""
        out, had, before = [], 0, self.story.created
        for t, n in zip(self.story.times, numbers):
            more = n // SHARE - had
            out += [before + (t - before) * (i + 1) // more for i in range(max(more, 0))]
            had, before = max(had, n // SHARE), t
            if t > self.last:
                break
        return out[:bisect.bisect_right(out, self.last)]

    def state(self, now):
        if now < self.story.created:
            return "null"
        return self.story.end if self.story.gone is not None and now >= self.story.gone else "alive"

    def numbers(self, now):
        return bisect.bisect_right(self.likes, now), bisect.bisect_right(self.replies, now)

    def record(self):
        out = {"$type": "app.bsky.feed.post", "text": self.story.title, "createdAt": stamp(self.story.created), "langs": [self.lang]}
        if self.story.url:
            out["embed"] = {"$type": "app.bsky.embed.external",
                            "external": {"uri": self.story.url, "title": self.story.title, "description": ""}}
        return out

    def view(self, now):
        likes, replies = self.numbers(now)
        return {"uri": self.uri, "cid": cid(self.uri), "record": self.record(),
                "author": {"did": self.did, "handle": f"u{self.story.id}.bsky.social"}, "replyCount": replies, "repostCount": bisect.bisect_right(self.reposts, now),
                "likeCount": likes, "quoteCount": 0, "indexedAt": stamp(self.story.created), "labels": []}


def commit(who, ms, collection, key, record, operation="create"):
    inner = {"rev": tid(ms * 1000), "operation": operation, "collection": collection, "rkey": key}
    if record is not None:
        inner |= {"record": record, "cid": cid(who + key)}
    return {"did": who, "time_us": ms * 1000, "kind": "commit", "commit": inner, "cursor": ms - 1_600_000_000_000}  # as v2 has it


@functools.cache
def dictionary():
    """That of packed streams; the same in every process."""
    events = [commit(did(i), 1_700_000_000_000 + i * 977, f"app.bsky.feed.{what}", tid(i * 977_000), {
        "$type": f"app.bsky.feed.{what}", "createdAt": stamp(1_700_000_000_000 + i * 977), **more})
        for i in range(1000) for what, more in (
            ("like", {"subject": {"uri": f"at://{did(i + 1)}/app.bsky.feed.post/{tid(i)}", "cid": cid(str(i))}}),
            ("post", {"text": f"{chance(i, 'text')} of it", "langs": ["en"]}))]
    return zstd.train([json.dumps(e).encode() for e in events])


class Bluesky:
    name = "bluesky"

    def __init__(self, stories):
        self.posts = [Post(s) for s in stories]
        self.by_uri = {p.uri: p for p in self.posts}
        self.created = [s.created for s in stories]
        self.events = []  # (ms, collection, bytes); made when someone listens
        self.listeners = {}  # connection: collections, and how an event becomes a frame
        self.packed = 0  # events that went out compressed
        self.window, self.used = 0, 0
        self.lookback = LOOKBACK_MS
        self.sent = 0
        self.private = 0  # 1: without a session nothing is told
        self.sessions, self.renewals = {}, {}  # tokens, to when they end
        self.logins = 0
        self.at, self.clock = 0, None

    def truth(self):
        return [{"id": p.uri, "created": p.story.created, "visible": p.story.created, "gone": p.story.gone, "end": p.story.end,
                 "listed": True, "times": p.story.times, "likes": p.likes, "replies": p.replies, "lang": p.lang,
                 "title": p.story.title, "thread": p.uri.replace(p.key, p.thread_key), "burst": p is getattr(self, "burst_of", None)} for p in self.posts]

    # ---- the stream

    def make_events(self):
        for p in self.posts:
            s, gone = p.story, p.story.gone or 1 << 60
            self.add(s.created, "app.bsky.feed.post", commit(p.did, s.created, "app.bsky.feed.post", p.key, p.record()))
            ref = {"uri": p.uri, "cid": cid(p.uri)}
            for what, times in (("like", p.likes), ("repost", p.reposts)):
                for i, t in enumerate(x for x in times if x < gone):
                    self.react(p, what, i, t)
            for i, t in enumerate(x for x in p.replies if x < gone):
                self.add(t, "app.bsky.feed.post", commit(did(f"{s.id}+{i}"), t, "app.bsky.feed.post", tid(t * 1000 + i % 1000), {
                    "$type": "app.bsky.feed.post", "createdAt": stamp(t), "text": f"Reply {i}", "langs": [p.lang],
                    "reply": {"root": ref, "parent": ref}}))
            if s.gone is not None and s.end == "deleted":
                self.add(s.gone, "app.bsky.feed.post", commit(p.did, s.gone, "app.bsky.feed.post", p.key, None, "delete"))
            elif s.gone is not None and s.end == "dead":
                self.add(s.created + 1000, "app.bsky.feed.post", commit(p.did, s.created + 1000, "app.bsky.feed.post", p.thread_key, {
                    "$type": "app.bsky.feed.post", "createdAt": stamp(s.created + 1000), "text": "And another thing", "langs": [p.lang],
                    "reply": {"root": OTHER, "parent": OTHER}}))
                self.add(s.gone, None, {"did": p.did, "time_us": s.gone * 1000, "kind": "account", "account": {
                    "active": False, "did": p.did, "seq": 1, "status": "takendown", "time": stamp(s.gone)}})
            self.add(s.created + 60_000, None, {"did": p.did, "time_us": s.created * 1000 + 60_000_000, "kind": "identity",
                                                "identity": {"did": p.did, "handle": "x.bsky.social", "seq": 1}})
        self.sort()

    def sort(self):
        self.events.sort(key=lambda e: e[0])
        self.times = [e[0] for e in self.events]

    def react(self, post, what, i, ms):
        """The post's like or repost number i."""
        self.add(ms, f"app.bsky.feed.{what}", commit(did(f"{post.story.id}-{i}"), ms, f"app.bsky.feed.{what}", tid(ms * 1000 + i % 1000), {
            "$type": f"app.bsky.feed.{what}", "createdAt": stamp(ms), "subject": {"uri": post.uri, "cid": cid(post.uri)}}))

    def burst(self):
        """An old post that nobody cared for any more gets 20 reposts in a minute from now, and then a like."""
        now = self.clock.now()
        self.burst_of = next(p for p in self.posts if 20 * 3_600_000 < now - p.story.created < 21.9 * 3_600_000 and p.state(now + 3_600_000) == "alive"
                             and not any(now - 7_200_000 < t < now + 3_600_000 for t in p.likes + p.reposts + p.replies))
        self.burst_at = now + STEP_MS
        for i in range(20):
            self.react(self.burst_of, "repost", 1000 + i, self.burst_at + i * 3000)
        self.react(self.burst_of, "like", 2000, self.burst_at + 61_000)
        bisect.insort(self.burst_of.likes, self.burst_at + 61_000)
        self.sort()

    def add(self, ms, collection, event):
        self.events.append((ms, collection, json.dumps(event).encode()))

    def subscribe(self, connection, request, clock):
        """Takes a connection over. Returns the handshake's answer."""
        if not self.events:
            self.make_events()
        if self.clock is None:
            self.at = bisect.bisect_right(self.times, request.now)
        wanted = set(request.items("wantedCollections"))
        frame = self.pack if request.query.get("compress") == "true" else websocket.frame
        self.listeners[connection] = wanted, frame
        cursor = request.query.get("cursor")
        if cursor:
            start = max(int(cursor) // 1000, request.now - self.lookback)
            for ms, collection, text in self.events[bisect.bisect_left(self.times, start):self.at]:
                if collection is None or collection in wanted:
                    connection.late_frames.append(frame(text))
        self.clock = clock
        clock.hold(request.now + STEP_MS)
        if not hasattr(self, "pump_task"):
            self.pump_task = asyncio.get_running_loop().create_task(self.pump())
        return {"Upgrade": "websocket", "Connection": "Upgrade",
                "Sec-WebSocket-Accept": websocket.proof(request.headers["sec-websocket-key"])}

    def pack(self, text):
        self.packed += 1
        return websocket.frame(self.packer.pack(text), websocket.BINARY)

    @functools.cached_property
    def packer(self):
        return zstd.Packer(dictionary())

    def unsubscribe(self, connection):
        self.listeners.pop(connection, None)
        if not self.listeners:
            self.clock.hold(None)

    def drop(self):
        """Ends all streams in the middle."""
        for connection in list(self.listeners):
            connection.transport.abort()

    def send_until(self, now):
        end = bisect.bisect_right(self.times, now)
        for ms, collection, text in self.events[self.at:end]:
            for connection, (wanted, frame) in self.listeners.items():
                if (collection is None or collection in wanted) and not connection.transport.is_closing():
                    connection.transport.write(frame(text))
                    self.sent += 1
        self.at = end

    async def pump(self):
        pinged = 0
        while True:
            now = self.clock.now()
            self.send_until(now)
            if self.listeners:
                if now >= pinged + PING_MS or now < pinged:
                    pinged = now
                    for connection in self.listeners:
                        if not connection.transport.is_closing():
                            connection.transport.write(websocket.frame(b"", websocket.PING))
                following = self.times[self.at] if self.at < len(self.times) else 1 << 60
                self.clock.hold(max(min(following, pinged + PING_MS), now + STEP_MS))
            await asyncio.sleep(0.001)

    # ---- answers

    def search(self, request):
        q, start = request.query.get("q", "").lower(), int(request.query.get("cursor") or 0)
        limit = min(int(request.query.get("limit", 25)), 100)
        i = bisect.bisect_right(self.created, request.now)
        found = [p for p in reversed(self.posts[:i]) if p.state(request.now) == "alive" and q in p.story.title.lower()]
        page = found[start:start + limit]
        out = {"posts": [p.view(request.now) for p in page], "hitsTotal": len(found)}
        if start + limit < len(found):
            out["cursor"] = str(start + limit)
        return Response(json.dumps(out).encode(), note=self.note(page, request.now))

    def note(self, posts, now):
        return {"posts": [[p.uri, p.state(now), *p.numbers(now)] for p in posts]}

    def get_posts(self, request):
        uris = request.items("uris")
        if len(uris) > 25:
            return Response(b'{"error":"InvalidRequest","message":"Error: uris must not have more than 25 elements"}', 400)
        there = [p for u in uris if (p := self.by_uri.get(u)) and p.state(request.now) == "alive"]
        note = self.note(there, request.now)
        note["posts"] += [[u, "null", None, None] for u in uris if self.by_uri.get(u) not in there]
        return Response(json.dumps({"posts": [p.view(request.now) for p in there]}).encode(), note=note)

    def feed(self, request):
        i = bisect.bisect_right(self.created, request.now)
        page = [p for p in reversed(self.posts[max(0, i - 100):i]) if p.state(request.now) == "alive"]
        return Response(json.dumps({"feed": [{"post": p.view(request.now)} for p in page]}).encode(),
                        note=self.note(page, request.now))

    def open_session(self, request):
        n = len(self.sessions)
        token, renewal = f"access-{n}-secret", f"refresh-{n}-secret"
        self.sessions[token], self.renewals[renewal] = request.now + TOKEN_MS, request.now + 60 * 86_400_000
        return Response(json.dumps({"accessJwt": token, "refreshJwt": renewal, "handle": NAME, "did": did(0), "active": True}).encode(),
                        note={"session": request.path.rpartition(".")[2]})

    def log_in(self, request):
        if request.path.endswith("refreshSession"):
            renewal = request.headers.get("authorization", "").removeprefix("Bearer ")
            if self.renewals.pop(renewal, 0) <= request.now:
                return Response(b'{"error":"ExpiredToken","message":"Token has expired"}', 400)
            return self.open_session(request)
        told = json.loads(request.body)
        if (told.get("identifier"), told.get("password")) != (NAME, PASSWORD):
            return Response(b'{"error":"AuthenticationRequired","message":"Invalid identifier or password"}', 401)
        return self.open_session(request)

    def stranger(self, request):
        """What somebody without a session that holds is told; None."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not self.private or self.sessions.get(token, 0) > request.now:
            return None
        known = token in self.sessions
        return Response(b'{"error":"ExpiredToken","message":"Token has expired"}' if known else b'{"error":"AuthMissing"}', 400 if known else 401)

    def respond(self, request):
        if request.method == "POST" and request.path.startswith("xrpc/com.atproto.server."):
            return self.log_in(request)
        refusal = self.stranger(request)
        if refusal:
            return refusal
        window = request.now // WINDOW_MS
        if window != self.window:
            self.window, self.used = window, 0
        self.used += 1
        limit = {"ratelimit-limit": WINDOW_REQUESTS, "ratelimit-remaining": max(WINDOW_REQUESTS - self.used, 0),
                 "ratelimit-reset": (window + 1) * WINDOW_MS // 1000, "ratelimit-policy": "3000;w=300"}
        if self.used > WINDOW_REQUESTS:
            return Response(b'{"error":"RateLimitExceeded","message":"Rate Limit Exceeded"}', 429, limit, note={"over": True})
        calls = {"getPosts": self.get_posts, "searchPosts": self.search, "getFeed": self.feed}
        call = calls.get(request.path.removeprefix("xrpc/app.bsky.feed."))
        response = call(request) if call else Response(b'{"error":"MethodNotImplemented","message":"Method Not Implemented"}', 501)
        response.headers |= limit
        return response
