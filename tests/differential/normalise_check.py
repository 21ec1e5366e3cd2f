#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What sf_normalise() should make of every recorded answer in $SF_SHARED/data/api, worked out here once more from the JSON
with Python's own means, and compared: counts, ids, kinds, scores, comments, times, authors, channels, parents, labels,
addresses, and of Reddit's Markdown the words of the HTML that Reddit itself made of it.

    normalise_check.py NORMALISE_DUMP
"""
import datetime
import html.parser
import json
import math
import os
import pathlib
import re
import subprocess
import sys

OBSERVED = 1_800_000_000_000
SKIP, ERROR = "skip", "error"


def ms(text):
    """RFC 3339 to milliseconds, cut towards the past."""
    t = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    t = t if t.tzinfo else t.replace(tzinfo=datetime.timezone.utc)
    return math.floor((t - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) / datetime.timedelta(microseconds=1) / 1000)


def signal(**fields):
    base = dict(kind="post", channel=None, author=None, url=None, raw_score=None, comments=None, ts=None, lang=None,
                labels=[], parent_id=None, observed_at=OBSERVED)
    base.update(fields)
    return base


# ---- Reddit ----

def reddit_thing(thing):
    kind, data = thing.get("kind"), thing.get("data")
    if kind == "Listing":
        for child in data["children"]:
            yield from reddit_thing(child)
        return
    if kind not in ("t1", "t3"):
        yield SKIP
        return
    gone = data.get("removed_by_category") or {data.get("selftext"), data.get("body")} & {"[deleted]", "[removed]"}
    common = dict(source_id=data["name"], channel=data["subreddit"], ts=math.floor(data["created_utc"] * 1000),
                  parent_id=data.get("parent_id") or data.get("crosspost_parent"))
    if gone:
        yield signal(kind="delete", **common)
    else:
        url = data.get("url") or data.get("permalink")
        post = kind == "t3"
        yield signal(
            kind="post" if post else "comment", author=None if data["author"] == "[deleted]" else data["author"],
            url="https://www.reddit.com" + url if url and url[0] == "/" else url,
            raw_score=None if data.get("score_hidden") else data["score"],
            comments=data["num_comments"] if post else None,
            labels=[l for m, l in (("over_18", "nsfw"), ("spoiler", "spoiler"), ("crosspost_parent", "crosspost"),
                                    ("stickied", "stickied")) if data.get(m)],
            html=data.get("selftext_html") if post else data.get("body_html"), **common)
    if isinstance(data.get("replies"), dict):
        yield from reddit_thing(data["replies"])


def reddit(answer):
    things = answer if isinstance(answer, list) else [answer]
    if not all(isinstance(t, dict) and isinstance(t.get("kind"), str) for t in things):
        return ERROR
    return [s for t in things for s in reddit_thing(t)]


# ---- Hacker News ----

def hackernews_item(item):
    if not isinstance(item, dict):
        yield SKIP
        return
    types = {item.get("type")} | set(item.get("_tags") or [])
    comment = bool(types & {"comment", "pollopt"})
    time = item.get("time") or item.get("created_at_i")
    parent = item.get("parent") or item.get("parent_id")
    common = dict(source_id=str(item.get("id") or item["objectID"]), ts=time * 1000, parent_id=parent and str(parent))
    if item.get("deleted") or item.get("dead"):
        yield signal(kind="delete", **common)
    elif item.get("children") is not None and not (item.get("author") or item.get("text") or item.get("title")):
        yield SKIP
    else:
        score = item["score"] if "score" in item else item.get("points")
        comments = item["descendants"] if "descendants" in item else item.get("num_comments")
        yield signal(kind="comment" if comment else "post", author=item.get("by") or item.get("author"), raw_score=score,
                     comments=None if comment else comments, url=None if comment else item.get("url") or None,
                     labels=sorted(types & {"job", "poll", "pollopt"}), **common)
    for child in item.get("children") or []:
        yield from hackernews_item(child)


def hackernews(answer):
    if isinstance(answer, list):
        return [s for item in answer for s in hackernews_item(item)]
    if isinstance(answer, dict) and "hits" in answer:
        return [s for item in answer["hits"] for s in hackernews_item(item)]
    if isinstance(answer, dict) and "items" in answer:
        return [SKIP]
    if isinstance(answer, dict) and "type" not in answer:
        return ERROR
    return list(hackernews_item(answer))


# ---- Bluesky ----

def key_ms(key):
    if not re.fullmatch("[2-7a-j][2-7a-z]{12}", key):
        return None
    value = 0
    for c in key:
        value = value * 32 + "234567abcdefghijklmnopqrstuvwxyz".index(c)
    made = (value % 2**63 >> 10) // 1000
    return made if made >= 1_640_995_200_000 else None


def bluesky_record(uri, record, author, observed, labels=(), **numbers):
    made, ts = key_ms(uri.split("/")[-1]), ms(record["createdAt"])
    ts = max(ts, made - 300_000) if made and made <= observed + 300_000 else ts
    embed = record.get("embed") or {}
    card = embed.get("external") or (embed.get("media") or {}).get("external") or {}
    values = [l["val"] for l in (record.get("labels") or {}).get("values", [])] + [l["val"] for l in labels if not l.get("neg")]
    adult = {"porn", "sexual", "nudity", "graphic-media", "gore", "nsfl", "nsfw"}
    text = record["text"]
    return signal(source_id=uri, kind="comment" if record.get("reply") else "post", author=author, url=card.get("uri"),
                  parent_id=record["reply"]["parent"]["uri"] if record.get("reply") else None,
                  ts=min(ts, observed + 300_000), lang=(record.get("langs") or [None])[0], observed_at=observed,
                  labels=list(dict.fromkeys("nsfw" if v in adult else v for v in values)),
                  body=text if text.isascii() and not re.search(r"[\x00-\x09\x0b-\x1f\x7f]|\s\n|\n\n\n|^\s|\s$", text) else None,
                  **numbers)


def bluesky_view(view):
    record = view.get("record") or view.get("value")
    if not record or "/app.bsky.feed.post/" not in view["uri"]:
        return SKIP
    author = view.get("author", {}).get("handle") or view["uri"].split("/")[2]
    author = view["uri"].split("/")[2] if author == "handle.invalid" else author
    return bluesky_record(view["uri"], record, author, OBSERVED, view.get("labels") or (),
                          raw_score=view.get("likeCount"), comments=view.get("replyCount"))


def bluesky_thread(thread):
    yield bluesky_view(thread.get("post") or thread)
    if "parent" in thread:
        yield from bluesky_thread(thread["parent"])
    for reply in thread.get("replies") or []:
        yield from bluesky_thread(reply)


def bluesky(answer):
    if "error" in answer:
        return ERROR
    commit = answer.get("commit")
    if "did" in answer and isinstance(commit, dict):
        if commit["collection"] != "app.bsky.feed.post":
            return [SKIP]
        uri, observed = f"at://{answer['did']}/{commit['collection']}/{commit['rkey']}", answer["time_us"] // 1000
        if commit["operation"] == "delete":
            return [signal(source_id=uri, kind="delete", observed_at=observed)]
        return [bluesky_record(uri, commit["record"], answer["did"], observed)]
    for name in ("posts", "feed", "records", "postRecords"):
        if isinstance(answer.get(name), list):
            return [bluesky_view(entry.get("post", entry)) for entry in answer[name]]
    if "thread" in answer:
        return list(bluesky_thread(answer["thread"]))
    return [bluesky_view(answer)] if "uri" in answer and ("record" in answer or "value" in answer) else [SKIP]


# ---- YouTube ----

def number(value):
    return None if value is None else int(value)


def youtube_comment(comment, thread):
    snippet = comment["snippet"]
    video = snippet.get("videoId") or thread.get("videoId")
    return signal(source_id=comment["id"], kind="comment", channel=video or snippet.get("channelId") or thread.get("channelId"),
                  author=snippet["authorDisplayName"], raw_score=number(snippet.get("likeCount")), ts=ms(snippet["publishedAt"]),
                  comments=thread.get("totalReplyCount"), parent_id=snippet.get("parentId") or video,
                  body=snippet.get("textOriginal") if (snippet.get("textOriginal") or "").isalnum() else None)


def youtube_item(item):
    kind, snippet = item["kind"], item.get("snippet", {})
    if kind == "youtube#commentThread":
        yield youtube_comment(snippet["topLevelComment"], snippet)
        for reply in item.get("replies", {}).get("comments", []):
            yield youtube_comment(reply, {})
    elif kind == "youtube#comment":
        yield youtube_comment(item, {})
    elif kind == "youtube#video" or (kind == "youtube#searchResult" and "videoId" in item["id"]):
        numbers = item.get("statistics", {})
        yield signal(source_id=item["id"] if kind == "youtube#video" else item["id"]["videoId"], channel=snippet["channelId"],
                     author=snippet["channelTitle"], ts=ms(snippet["publishedAt"]), raw_score=number(numbers.get("likeCount")),
                     comments=number(numbers.get("commentCount")),
                     lang=snippet.get("defaultLanguage") or snippet.get("defaultAudioLanguage"))
    else:
        yield SKIP


def youtube(answer):
    if "error" in answer:
        return ERROR
    return [s for item in answer["items"] for s in youtube_item(item)]


# ---- comparing ----

class Words(html.parser.HTMLParser):
    """The words of HTML as a browser shows them."""
    BLOCKS = {"p", "li", "br", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "td", "th", "tr", "hr", "div"}

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.parts = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.parts += " " if tag in self.BLOCKS else ""

    handle_endtag = lambda self, tag: self.handle_starttag(tag, None)

    def handle_data(self, data):
        self.parts.append(data)

    def words(self):
        return words("".join(self.parts))


def words(text):
    """Without what only one of the two shows: list numbers, bars between cells, bullets that old Reddit left standing."""
    return [w for w in re.sub("[\u200b\u00ad\ufeff]", "", text).split() if not re.fullmatch(r"\d+[.)]|\||-|\*|\+", w)]


def differences(expected, got):
    for name, value in expected.items():
        if name == "html":
            if value and Words(value).words() != words(got["body"]):
                yield f"words of {got['body']!r} are not those of {value!r}"
        elif name in ("ts", "observed_at"):
            is_ = None if got[name] is None else ms(got[name])
            if is_ != value:
                yield f"{name} is {is_}, not {value}"
        elif (name, value) != ("body", None) and got.get(name) != value:
            yield f"{name} is {got.get(name)!r}, not {value!r}"


def check(where, platform, raw, got):
    try:
        answer = json.loads(raw)
        expected = globals()[platform](answer)
    except ValueError:
        expected = ERROR
    if expected == ERROR or got["status"] < 0:
        return [] if (expected == ERROR) == (got["status"] < 0) and got["message"] != "" else [f"{where}: {got['status']} {got['message']}"]
    faults = []
    kinds = [SKIP if c[3] == -6 else ERROR if c[3] < 0 else got["signals"][c[2]]["kind"] for c in got["children"]]
    if kinds != [e if isinstance(e, str) else e["kind"] for e in expected]:
        return [f"{where}: children are {kinds}"]
    for child, want in zip(got["children"], expected):
        part = json.loads(raw[child[0]:child[0] + child[1]])  # the child's bytes are a value
        if isinstance(want, dict):
            s = got["signals"][child[2]]
            faults += [f"{where}: {s['source_id']}: {d}" for d in differences(want, s)]
            if not json.dumps(part).count(json.dumps(s["source_id"].split("/")[-1])[1:-1]):
                faults.append(f"{where}: {s['source_id']} is not in its child's bytes")
    return faults


def main():
    root = pathlib.Path(os.environ.get("SF_SHARED") or pathlib.Path(__file__).resolve().parents[3] / "shared") / "data" / "api"
    if not root.is_dir():
        print(f"{root} is missing: skipped")
        return 1 if os.environ.get("SF_REQUIRE_SHARED") == "1" else 77
    faults, signals, answers = [], 0, 0
    for platform in ("reddit", "hackernews", "bluesky", "youtube"):
        files = sorted(f for f in (root / platform).iterdir() if f.name != "manifest.ndjson")
        out = subprocess.run([sys.argv[1], platform, str(OBSERVED), *map(str, files)], stdout=subprocess.PIPE, check=True).stdout
        lines = iter(out.splitlines())
        for f in files:
            raw = f.read_bytes()
            for i, one in enumerate(raw.splitlines() if f.suffix == ".ndjson" else [raw]):
                got = json.loads(next(lines))
                faults += check(f"{platform}/{f.name}:{i + 1}", platform, one, got)
                signals += len(got["signals"])
                answers += 1
    print(*faults[:40], sep="\n")
    print(f"{answers} answers, {signals} signals, {len(faults)} differences")
    return 1 if faults or signals < 1000 else 0


sys.exit(main())
