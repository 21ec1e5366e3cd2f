#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""bluesky: against the simulator, over simulated days that take seconds.

    bluesky.py CASE SF-INGEST
"""
import bisect
import collections
import json
import pathlib
import subprocess
import sys

from harness import HOUR, MINUTE, ROOT, by_id, check, check_complete, check_true, kill_often, near, run_cases, time_of, unvouched_server

sys.path.insert(0, str(ROOT / "tests/fake"))
import bluesky as fake  # noqa: E402

LATE = 6000  # events come so late at most


def posts_of(records, live):
    """Those of the truth; replies are nobody's there. What was made before anyone listened is not to be had."""
    heard = next(e["t"] for e in live.served() if "subscribe" in e["path"] and not e["fault"])
    live.truth = {k: t for k, t in live.truth.items() if t["created"] > heard + LATE}
    return [r for r in records if r["source_id"] in live.truth]


def check_numbers(live, records):
    """Each number was the true one a moment before."""
    wrong = 0
    for r in records:
        if r["kind"] != "refresh":
            continue
        at, truth = time_of(r["observed_at"]), live.truth[r["source_id"]]
        for name, got in (("likes", r["raw_score"]), ("replies", r["comments"])):
            low, high = (bisect.bisect_right(truth[name], at - ms) for ms in (2 * LATE, 0))
            good = got is not None and low <= got <= high
            wrong += not good
            check(good or wrong < 1, f"{r}: {name} {low} to {high}")


def every_post_comes(live):
    """Each post soon; numbers that are counted from the stream are the true ones; each delete once, of whole accounts too."""
    live.run(30 * HOUR)
    records, served = live.records(), live.served()
    mine = posts_of(records, live)
    check_complete(live, mine, 30 * HOUR - MINUTE)
    check_numbers(live, mine)
    deletes = collections.Counter()
    for id_, rs in by_id(mine).items():
        truth, kinds = live.truth[id_], collections.Counter(r["kind"] for r in rs)
        check(kinds["post"] == 1 and kinds["delete"] <= 1 and rs[0]["body"] and rs[0]["lang"] == truth["lang"], f"{id_}: {rs[0]}")
        if truth["created"] > live.start:
            near(f"first sight of {id_}", time_of(rs[0]["observed_at"]) - truth["created"], 0, LATE)
        check(not kinds["delete"] or rs[-1]["kind"] == "delete", f"{rs[-1]}")
        deletes[truth["end"]] += kinds["delete"]
        late = truth["end"] == "null" and truth["gone"] and 2 * (truth["gone"] - truth["created"]) + 8 * HOUR
        if truth["gone"] and truth["gone"] < live.start + 30 * HOUR - MINUTE and truth["created"] + late < live.start + 30 * HOUR:
            check(kinds["delete"], f"{truth['end']} of {id_} was not told")
    check(min(deletes[k] for k in ("deleted", "dead", "null")) >= 3, f"{deletes}: this test is blind")
    replies = [r for r in records if r["source_id"] not in live.truth]
    check(len(replies) > 50 and all(r["kind"] in ("comment", "delete") for r in replies), f"{len(replies)} replies")
    threads = [t["thread"] for t in live.truth.values() if t["end"] == "dead" and t["gone"] and t["gone"] < live.start + 29 * HOUR]
    told = collections.Counter(r["source_id"] for r in replies if r["kind"] == "delete")
    check(len(threads) > 3 and all(told[t] == 1 for t in threads), f"{told}: deletes of comments of accounts that went; wanted {threads}")
    looks = sum(len(e["posts"]) for e in served if "getPosts" in e["path"])
    refreshes = sum(r["kind"] == "refresh" for r in mine)
    near("posts that were asked for, a refresh", looks / refreshes, 0.01, 0.8)
    check(all(len(e["posts"]) <= 25 for e in served if "getPosts" in e["path"]), "more than 25 a request")


def drops_lose_nothing(live):
    """The stream ends again and again, and answers go wrong: it goes on where it was; nothing is counted twice."""
    live.faults({"path": "/subscribe", "fault": "503", "share": 0.3}, {"path": "/subscribe", "fault": "302", "share": 0.1},
                {"path": "/subscribe", "fault": "reset", "share": 0.1}, {"path": "/subscribe", "fault": "html", "share": 0.1},
                {"path": "getPosts", "fault": "500", "share": 0.1}, {"path": "getPosts", "fault": "truncated", "share": 0.1},
                {"path": "getPosts", "fault": "429", "share": 0.05, "after": "20"}, {"path": "getPosts", "fault": "html", "share": 0.1})
    live.until(HOUR)
    child = live.spawn()
    for hour in range(2, 13):
        live.settle(child, (hour - 1) * HOUR)
        live.control("platform", {"name": "bluesky", "call": "drop"})
        live.until(hour * HOUR)
    live.settle(child, 12 * HOUR)
    live.stop(child)
    mine = posts_of(live.records(), live)
    check_complete(live, mine, 12 * HOUR - MINUTE)
    check_numbers(live, mine)
    posts = collections.Counter(r["source_id"] for r in live.records() if r["kind"] in ("post", "comment"))
    check(max(posts.values()) == 1, f"first sights repeat: {posts.most_common(3)}")
    wrong = collections.Counter(e["fault"] for e in live.served() if "subscribe" in e["path"])
    check(len(wrong) >= 4 and "connecting again" in live.stderr(), f"too few faults: {wrong}")


def bursts_are_told_soon(live):
    """Where much happens to a post of a sudden, that is told at once, not at its next time. What the stream told of likes is the score then;
    reposts have only hastened it, and an answer says the same afterwards."""
    live.until(22 * HOUR)
    child = live.spawn()
    live.settle(child, 22 * HOUR)
    live.control("platform", {"name": "bluesky", "call": "burst"})
    live.until(22 * HOUR + 20 * MINUTE)
    live.settle(child, 22 * HOUR + 20 * MINUTE)
    live.stop(child)
    truth = next(t for t in live.control("truth/bluesky") if t["burst"])
    live.truth[truth["id"]] = truth  # with the like that came
    told = [(time_of(r["observed_at"]) - live.start - 22 * HOUR, r["kind"], r["raw_score"]) for r in live.records() if r["source_id"] == truth["id"]]
    likes = bisect.bisect_right(truth["likes"], live.now())
    soon = [score for at, kind, score in told if kind == "refresh" and 0 < at < 10 * MINUTE]
    check(soon and 0 < min(at for at, kind, _ in told if kind == "refresh" and at > 0) < 6 * MINUTE, f"{told[-3:]}")
    check(soon[-1] == likes, f"{likes} likes and 20 reposts more are {soon}")
    live.run(30 * HOUR)  # a start asks
    check_numbers(live, [r for r in live.records() if r["source_id"] == truth["id"]])


def silence_is_waited_out(live):
    """A stream with little to say, and one that is away for an hour: each look is one, numbers are asked for meanwhile, and time goes on."""
    live.until(12 * HOUR)
    child = live.spawn("--overlap", "0")
    live.settle(child, 12 * HOUR)
    live.faults({"path": "/subscribe", "fault": "503"})
    live.control("platform", {"name": "bluesky", "call": "drop"})
    live.until(13 * HOUR)
    live.settle(child, 13 * HOUR)
    live.faults()
    live.until(30 * HOUR)
    live.settle(child, 30 * HOUR)
    live.stop(child)
    mine = posts_of(live.records(), live)
    check_complete(live, mine, 30 * HOUR - MINUTE)
    check_numbers(live, mine)
    said = collections.Counter((r["source_id"], r["observed_at"]) for r in mine)
    check(len(mine) > 100 and max(said.values()) == 1, f"said again and again: {said.most_common(2)}")
    asked = sum("getPosts" in e["path"] and 12 * HOUR < e["t"] - live.start < 13 * HOUR for e in live.served())
    near("requests while the stream was away", asked, 5, 400)


def packed_streams_are_read(live):
    """With the stream's dictionary it comes packed, to the same end; with another one, or broken frames, it goes on as it is."""
    dictionary, other = live.folder / "dictionary", live.folder / "other"
    dictionary.write_bytes(fake.dictionary())
    other.write_bytes(fake.zstd.train([json.dumps({"n": i, "of": str(i * i)}).encode() for i in range(3000)], 4000))
    live.run(3 * HOUR, "--jetstream-dict", dictionary, "--overlap", "0")
    check("asked for unpacked" not in live.stderr() and "connecting again" not in live.stderr(), live.stderr())
    asked = [e["path"] for e in live.served() if "subscribe" in e["path"]]
    check(len(asked) == 1 and "compress=true" in asked[0], f"{asked}")
    live.run(6 * HOUR, "--jetstream-dict", other, "--overlap", "0")
    check("packed with dictionary" in live.stderr() and "asked for unpacked" in live.stderr(), live.stderr())
    asked = [e["path"] for e in live.served() if "subscribe" in e["path"]]
    check(len(asked) == 3 and "compress" in asked[1] and "compress" not in asked[2], f"{asked}")
    mine = posts_of(live.records(), live)
    check_complete(live, mine, 6 * HOUR - MINUTE)
    check_numbers(live, mine)
    posts = collections.Counter(r["source_id"] for r in mine if r["kind"] == "post")
    check(max(posts.values()) == 1, f"first sights repeat: {posts.most_common(3)}")


def a_gap_is_told(live):
    """What the server has forgotten is a gap; numbers are asked for anew after it, and a stop in between loses nothing that it still has."""
    live.run(2 * HOUR, "--overlap", "0")
    live.control("clock", {"advance": 6 * HOUR})
    live.run(9 * HOUR, "--overlap", "0")
    check("a gap of" not in live.stderr(), "a gap where there was none")
    check_complete(live, posts_of(live.records(), live), 9 * HOUR - MINUTE)
    live.control("platform", {"name": "bluesky", "set": {"lookback": 2 * HOUR}})
    live.control("clock", {"advance": 6 * HOUR})
    live.run(16 * HOUR, "--overlap", "0")
    check("a gap of" in live.stderr() and "1 gaps of" in live.stderr(), live.stderr())
    check_numbers(live, posts_of(live.records(), live))


def kills_lose_nothing(live):
    """kill -9, fifteen times: no post is missing, and what repeats is bounded."""
    hours, kills = 20, 15
    kill_often(live, hours, kills, "--overlap", "15m")
    records = posts_of(live.records(torn=kills), live)
    check_complete(live, records, hours * HOUR - MINUTE)
    posts = collections.Counter(r["source_id"] for r in records if r["kind"] == "post")
    repeated = sum(posts.values()) - len(posts)
    print(f"{len(records)} records, {repeated} first sights repeated by {kills} kills")
    near("first sights repeated", repeated, 0, kills * 12)


def more_posts_than_room(live):
    """Those are tracked that gain most; each is given once nevertheless; deletes of others are told too; no look is late."""
    live.run(30 * HOUR, "--bluesky-track", "40", "--bluesky-rate", "0.01")
    records = live.records()
    mine = posts_of(records, live)
    check_complete(live, mine, 30 * HOUR - MINUTE)
    check_numbers(live, mine)
    looks, late, given_up, let_go = live.looks("bluesky")
    check(looks > 1000 and let_go > 100, f"{looks} looks, {let_go} let go: this test is blind")
    near("share of looks in time", 1 - late / looks, 0.99, 1)
    seen = [(len(live.truth[id_]["likes"]), len(rs)) for id_, rs in by_id(mine).items()
            if live.truth[id_]["created"] < live.start + 20 * HOUR]
    seen.sort()
    few, many = (sum(n for _, n in part) / len(part) for part in (seen[:len(seen) // 3], seen[-len(seen) // 3:]))
    check(many > 1.5 * few, f"{many} records of posts with many likes, {few} of others")
    told = {r["source_id"] for r in mine if r["kind"] == "delete"}
    for end in ("deleted", "dead"):
        gone = {k for k, t in live.truth.items() if t["end"] == end and t["gone"] and t["gone"] < live.start + 29 * HOUR}
        check(len(gone) > 10 and gone <= told, f"{len(gone - told)} deletes of {len(gone)} that are {end} are missing")


def filters(live):
    """Languages, words and a sample: what they say and no more; the same posts for the same sample."""
    live.run(6 * HOUR, source="bluesky:jetstream?langs=de-AT,de&collections=app.bsky.feed.post")
    records = live.records()
    check(len(records) > 20 and all(r["lang"] == "de" for r in records if r["kind"] in ("post", "comment")), "another language")
    check(all("wantedCollections=app.bsky.feed.post" in e["path"] and "like" not in e["path"] for e in live.served()
              if "subscribe" in e["path"]), "other collections")
    word = max((w for t in live.truth.values() for w in t["title"].split() if w.isalpha() and len(w) > 5), key=len)
    live.out.unlink()
    live.run(30 * HOUR, "--state", live.folder / "second", source=f"bluesky:jetstream?keywords=xyzxyz,{word.upper()}")
    got = [r for r in live.records() if r["kind"] == "post"]
    check(got and all(word.lower() in r["body"].lower() for r in got), f"{word}: {got}")
    live.out.unlink()
    live.run(40 * HOUR, "--state", live.folder / "third", source="bluesky:jetstream?sample=0.3")
    share = len(posts_of([r for r in live.records() if r["kind"] == "post"], live)) / sum(
        live.start + 30 * HOUR < t["created"] <= live.start + 40 * HOUR for t in live.truth.values())
    near("share of posts", share, 0.15, 0.45)


def searches(live):
    """A search is read down to known ground; its posts are looked at again; one that is refused is left alone."""
    live.run(4 * HOUR, source=["bluesky:search?q=a", "bluesky:feed?uri=at://did:plc:x/app.bsky.feed.generator/y"])
    live.control("clock", {"advance": 24 * HOUR})
    live.run(29 * HOUR, source="bluesky:search?q=a")
    records, served = live.records(), live.served()
    wanted = [t for t in live.truth.values() if t["created"] < live.start + 29 * HOUR - 2 * MINUTE and t["created"] > live.start
              and "a" in t["title"].lower() and (t["gone"] is None or t["gone"] > live.start + 29 * HOUR)]
    got = by_id(records)
    missing = [t for t in wanted if t["id"] not in got]
    check(len(wanted) > 30 and not missing, f"{len(missing)} of {len(wanted)} are missing: {missing[:1]}")
    check_true(live, records, served)
    check(any("cursor=" in e["path"] for e in served), "no further page: this test is blind")
    live.faults({"path": "searchPosts", "fault": "403"})
    live.until(31 * HOUR)
    child = live.spawn(source="bluesky:search?q=a")
    live.settle(child, 31 * HOUR)
    live.stop(child)
    check("403; left alone for an hour" in live.stderr(), live.stderr())


def logins(live):
    """An app password opens a session, which is renewed when it ends, and made anew when that fails; who is refused is told."""
    account = {"SF_BLUESKY_IDENTIFIER": fake.NAME, "SF_BLUESKY_PASSWORD": fake.PASSWORD, "SF_BLUESKY_LOGIN_ENDPOINT": live.url("bluesky")}
    live.control("platform", {"name": "bluesky", "set": {"private": 1}})
    live.until(12 * HOUR)
    child = live.spawn(source="bluesky:search?q=a", SF_BLUESKY_ENDPOINT="http://127.0.0.1:1", **account)
    live.settle(child, 12 * HOUR)
    live.control("platform", {"name": "bluesky", "set": {"renewals": {}}})
    live.until(16 * HOUR)
    live.settle(child, 16 * HOUR)
    live.stop(child)
    records, served = live.records(), live.served()
    wanted = [t for t in live.truth.values() if live.start < t["created"] < live.start + 15 * HOUR and "a" in t["title"].lower() and not t["gone"]]
    got = by_id(records)
    check(len(wanted) > 20 and all(t["id"] in got for t in wanted), "posts are missing")
    check_true(live, records, served)
    sessions = collections.Counter(e["session"] for e in served if "session" in e)
    check(sessions["createSession"] == 2 and 5 <= sessions["refreshSession"] <= 7, f"{sessions}")
    live.until(17 * HOUR)
    child = live.spawn(source="bluesky:search?q=a", **account | {"SF_BLUESKY_PASSWORD": "wrong"})
    check(child.wait(timeout=20) == 1 and "the login was refused: 401" in live.stderr(), live.stderr())
    live.control("platform", {"name": "bluesky", "set": {"sessions": {}}})
    live.faults({"path": "searchPosts", "fault": "401"})
    child = live.spawn(source="bluesky:search?q=a", **account)
    check(child.wait(timeout=20) == 1 and "401, and with a new token again" in live.stderr(), live.stderr())
    for path in pathlib.Path(live.folder).rglob("*"):
        text = path.read_bytes() if path.is_file() and path.name != "served.ndjson" else b""
        check(not any(s in text for s in (b"pass\" word", b'pass" word', b"access-0-secret", b"refresh-0-secret")), f"{path} holds a secret")


def certificates_are_checked(live):
    """A stream that nobody vouches for is not listened to."""
    port = unvouched_server(live.folder)
    live.until(HOUR)
    child = live.spawn(SF_BLUESKY_JETSTREAM=f"wss://localhost:{port}/subscribe", no_proxy="localhost")
    live.wait_for(lambda: "certificate" in live.stderr(), "it does not complain")
    live.stop(child)


def wrong_use(live):
    empty = live.folder / "empty"
    empty.write_bytes(b"")
    for source, more, text in (("bluesky:", {"SF_JETSTREAM_DICT": str(empty)}, "is no dictionary of zstd"),
                               ("bluesky:firehose", {}, '"firehose" is none of jetstream search feed'),
                               ("bluesky:jetstream?x=1", {}, '"x" is nothing it knows'),
                               ("bluesky:jetstream?sample=2", {}, "no share between 0 and 1"),
                               ("bluesky:jetstream?collections=posts", {}, '"posts" is none of post like repost'),
                               ("bluesky:search", {}, "needs ?q="), ("bluesky:feed", {}, "needs ?uri="),
                               ("bluesky:", {"SF_BLUESKY_JETSTREAM": "http://x"}, "neither ws:// nor wss://")):
        done = subprocess.run([live.program, source, "--to", live.out, "--log-format", "text"], env=live.environment() | more,
                              text=True, capture_output=True, timeout=20, stdin=subprocess.DEVNULL)
        check(done.returncode == 2 and text in done.stderr, f"{source}: {done.returncode}, {done.stderr}")


CASES = (every_post_comes, drops_lose_nothing, bursts_are_told_soon, silence_is_waited_out, packed_streams_are_read, a_gap_is_told, kills_lose_nothing, more_posts_than_room, filters, searches, logins, certificates_are_checked, wrong_use)

if __name__ == "__main__":
    crowd = "60" if sys.argv[1] == "silence-is-waited-out" else "400"
    run_cases(CASES, ["--sample", "--gone", "0.5", "--crowd", crowd], platform="bluesky")
