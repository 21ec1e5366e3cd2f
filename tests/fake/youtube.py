# SPDX-License-Identifier: MIT
"""YouTube as its Data API v3 shows it, under /youtube: videos, search, playlistItems, commentThreads, and the day's units."""
import base64
import bisect
import json
import zlib

from bluesky import stamp
from server import Response
from stories import chance

KEY = "yt-key-1"
COSTS = {"videos": 1, "search": 100, "playlistItems": 1, "commentThreads": 1}
DAY_MS, WINTER_MS = 86_400_000, 8 * 3_600_000  # the day ends at midnight in California; it is winter there


def refusal(code, reason, message="Sorry"):
    return Response(json.dumps({"error": {"code": code, "message": message, "errors": [
        {"message": message, "domain": "youtube", "reason": reason}]}}).encode(), code)


class Video:
    def __init__(self, story):
        self.story = story
        self.id = base64.urlsafe_b64encode(zlib.crc32(str(story.id).encode()).to_bytes(4, "big") * 2)[:11].decode()
        self.channel = "UC" + "channel"[:7] + str(int(chance(story.id, "channel") * 3))
        self.disabled = chance(story.id, "comments") < 0.2

    def state(self, now):
        if now < self.story.created:
            return "null"
        return "null" if self.story.gone is not None and now >= self.story.gone else "alive"

    def numbers(self, now):
        score, comments = self.story.numbers(now)
        return score, None if self.disabled else comments

    def snippet(self):
        return {"publishedAt": stamp(self.story.created), "channelId": self.channel, "title": self.story.title,
                "description": "About " + self.story.title, "channelTitle": "A channel", "categoryId": "20",
                "thumbnails": {}, "liveBroadcastContent": "none"}

    def resource(self, now):
        score, comments = self.numbers(now)
        statistics = {"viewCount": str(score * 50), "likeCount": str(score), "favoriteCount": "0"}
        if comments is not None:
            statistics["commentCount"] = str(comments)
        return {"kind": "youtube#video", "etag": "e", "id": self.id, "snippet": self.snippet(), "statistics": statistics}


class YouTube:
    name = "youtube"

    def __init__(self, stories):
        self.videos = [Video(s) for s in stories]
        self.by_id = {v.id: v for v in self.videos}
        self.created = [s.created for s in stories]
        self.quota, self.day, self.spent = 10_000, 0, 0

    def truth(self):
        return [{"id": v.id, "created": v.story.created, "visible": v.story.created, "gone": v.story.gone, "end": v.story.end,
                 "listed": True, "times": v.story.times, "channel": v.channel, "disabled": v.disabled} for v in self.videos]

    def alive(self, now, most=None):
        i = bisect.bisect_right(self.created, now)
        return [v for v in reversed(self.videos[max(0, i - (most or i)):i]) if v.state(now) == "alive"]

    def page(self, kind, items, request, make):
        start, size = int(request.query.get("pageToken") or 0), min(int(request.query.get("maxResults", 5)), 50)
        out = {"kind": f"youtube#{kind}ListResponse", "etag": "e", "items": [make(v) for v in items[start:start + size]],
               "pageInfo": {"totalResults": len(items), "resultsPerPage": size}}
        if start + size < len(items):
            out["nextPageToken"] = str(start + size)
        return json.dumps(out).encode(), items[start:start + size]

    def list_videos(self, request):
        now = request.now
        if "id" in request.query:
            ids = request.items("id")
            if len(ids) > 50:
                return refusal(400, "invalidFilters")
            found = [v for i in ids if (v := self.by_id.get(i)) and v.state(now) == "alive"]
            body = json.dumps({"kind": "youtube#videoListResponse", "items": [v.resource(now) for v in found]}).encode()
            gone = [[i, "null", None, None] for i in ids if self.by_id.get(i) not in found]
        else:
            best = sorted(self.alive(now, 400), key=lambda v: v.numbers(now)[0], reverse=True)[:200]
            body, found = self.page("video", best, request, lambda v: v.resource(now))
            gone = []
        return Response(body, note={"posts": [[v.id, "alive", *v.numbers(now)] for v in found] + gone})

    def search(self, request):
        q = request.query.get("q", "").lower()
        found = [v for v in self.alive(request.now) if q in v.story.title.lower()]
        return Response(self.page("search", found, request, lambda v: {
            "kind": "youtube#searchResult", "id": {"kind": "youtube#video", "videoId": v.id}, "snippet": v.snippet()})[0])

    def playlist_items(self, request):
        channel = request.query["playlistId"].replace("UU", "UC", 1)
        found = [v for v in self.alive(request.now) if v.channel == channel]
        return Response(self.page("playlistItem", found, request, lambda v: {
            "kind": "youtube#playlistItem", "id": "x", "contentDetails": {"videoId": v.id}})[0])

    def comment_threads(self, request):
        video = self.by_id.get(request.query["videoId"])
        if not video or video.state(request.now) != "alive":
            return refusal(404, "videoNotFound")
        if video.disabled:
            return refusal(403, "commentsDisabled")
        n = video.numbers(request.now)[1]
        items = []
        for i in range(n - 1, max(n - 1 - int(request.query.get("maxResults", 20)), -1), -1):
            snippet = {"videoId": video.id, "textDisplay": f"Comment {i}", "textOriginal": f"Comment {i}",
                       "authorDisplayName": "someone", "likeCount": i % 5, "publishedAt": stamp(video.story.created + i)}
            items.append({"kind": "youtube#commentThread", "id": f"Ug{video.id}{i}", "snippet": {
                "videoId": video.id, "totalReplyCount": 0, "topLevelComment": {
                    "kind": "youtube#comment", "id": f"Ug{video.id}{i}", "snippet": snippet}}})
        return Response(json.dumps({"kind": "youtube#commentThreadListResponse", "items": items}).encode(),
                        note={"comments_of": video.id})

    def respond(self, request):
        call = request.path.removeprefix("youtube/v3/")
        if request.headers.get("x-goog-api-key", request.query.get("key")) != KEY:
            return refusal(400, "keyInvalid", "Bad Request")
        if call not in COSTS:
            return refusal(404, "notFound")
        day = (request.now - WINTER_MS) // DAY_MS
        if day != self.day:
            self.day, self.spent = day, 0
        if self.spent + COSTS[call] > self.quota:
            response = refusal(403, "quotaExceeded")
            response.note = {"over": True}
            return response
        self.spent += COSTS[call]
        calls = {"videos": self.list_videos, "search": self.search, "playlistItems": self.playlist_items,
                 "commentThreads": self.comment_threads}
        response = calls[call](request)
        response.note |= {"day": day, "spent": self.spent}
        return response
