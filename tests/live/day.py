#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A day of all four platforms at once, by one sf-ingest, on the simulated clock: no post is missed, no limit is broken, looks come in time;
and the same day with kill -9 on the way.

    day.py SF-INGEST [SCALE [HOURS [KILLS]]]     SCALE 1: 35,000 posts of Reddit, 2,000 of Hacker News, 12,000 of Bluesky, 1,000 of YouTube
    day.py SF-INGEST --busy [RATE [HOURS]]       Bluesky alone, RATE (55) posts a second
"""
import bisect
import collections
import sys
import tempfile
import time

from harness import HOUR, MINUTE, ROOT, Live, by_id, check, kill_often, near, time_of

sys.path.insert(0, str(ROOT / "tests/fake"))
import reddit  # noqa: E402
import youtube  # noqa: E402

POSTS = {"reddit": 35_000, "hackernews": 2_000, "bluesky": 12_000, "youtube": 1_000}
SOURCES = ["reddit:" + "+".join(reddit.SUBREDDITS), "hackernews:", "bluesky:", *(f"youtube:channel?id=UCchannel{i}" for i in range(3))]
SETTINGS = {"SF_REDDIT_CLIENT_ID": reddit.CLIENT, "SF_REDDIT_CLIENT_SECRET": reddit.SECRET, "SF_REDDIT_USER_AGENT": "linux:tests:v1 (by /u/x)",
            "SF_YOUTUBE_KEY": youtube.KEY, "SF_HACKERNEWS_RATE": "20", "SF_BLUESKY_RATE": "5"}
SOON = {"reddit": 5 * MINUTE, "hackernews": 10 * MINUTE, "bluesky": 10_000, "youtube": 20 * MINUTE}  # until a new post has come, at most
FIRST_LOOK = 5 * MINUTE


def most_within(times, ms):
    """The most of them that lie within so many ms."""
    return max((i + 1 - bisect.bisect_right(times, t - ms) for i, t in enumerate(times)), default=0)


def check_limits(served):
    """What each platform allows, at all times. Returns what was asked of each."""
    asked = collections.defaultdict(list)
    for e in served:
        check(not e.get("over"), f"a limit was broken: {e}")
        asked[e["path"].split("/")[1]].append(e["t"])
    near("requests in ten minutes to Reddit", most_within(asked["reddit"], 600_000), 1, 600 * 1.5 + 4)
    near("requests a second to Hacker News, over ten", most_within(asked["hackernews"], 10_000) / 10, 0, 22)
    near("requests in five minutes to Bluesky", most_within(asked["bluesky"], 300_000), 0, 3000)
    spent = collections.defaultdict(int)
    for e in served:
        if "spent" in e:
            spent[e["day"]] = max(spent[e["day"]], e["spent"])
    near("units of a day of YouTube's", max(spent.values()), 1, 10_000)
    return {name: len(times) for name, times in asked.items()} | {"units": max(spent.values())}


def missing_posts(live, platform, truth, records, end):
    """New posts that were there to be seen, and did not come, or not soon."""
    first = {}
    for r in records:
        first.setdefault(r["source_id"], time_of(r["observed_at"]))
    heard = live.start + 10_000 if platform == "bluesky" else live.start
    wanted, missing, late = 0, [], 0
    for t in truth:
        visible, soon = t["visible"], SOON[platform]
        if not heard < visible < live.start + end - soon - MINUTE or (t["gone"] and t["gone"] < visible + soon):
            continue
        if platform == "hackernews" and not t["listed"]:
            continue  # it comes up by its rank, some time
        wanted += 1
        at = first.get(str(t["id"]))
        if at is None:
            missing.append(t)
        else:
            late += at > visible + soon
    return wanted, missing, late, first


def first_looks(live, served, first, end):
    """Of posts that were asked for a second time: the share within a minute of when that was due, five minutes after the first."""
    looks = collections.defaultdict(list)
    for e in served:
        for seen in [e["id"]] if "id" in e and e["state"] != "null" else [p[0] for p in e.get("posts", [])]:
            looks[str(seen)].append(e["t"])
    due = good = 0
    for id_, at in first.items():
        if live.start < at < live.start + end - 10 * MINUTE and id_ in looks:
            after = [t for t in looks[id_] if at + 1000 < t <= at + FIRST_LOOK + MINUTE]
            due += 1
            good += bool(after)
    return good / max(due, 1), due


def judge(live, end, kills):
    """What came of the day, checked, as rows of a table."""
    records, served = by_platform(live.records(torn=kills)), live.served()
    asked = check_limits(served)
    print(f"{'':12s}{'posts':>8s}{'missed':>8s}{'records':>9s}{'requests':>10s}{'looks':>10s}{'late':>7s}{'given up':>10s}{'in time':>9s}"
          f"{'first looks':>13s}")
    for platform in POSTS:
        truth = live.control("truth/" + platform)
        wanted, missing, late, first = missing_posts(live, platform, truth, records[platform], end)
        check(not missing, f"{platform}: {len(missing)} of {wanted} posts are missing: {missing[:2]}")
        near(f"{platform}: posts that came soon", 1 - late / wanted, 0.99, 1)
        looks, slow, given_up, _ = live.looks(platform)
        share, due = first_looks(live, served, first, end) if platform != "bluesky" else (1, 0)
        print(f"{platform:12s}{wanted:8d}{len(missing):8d}{len(records[platform]):9d}{asked.get(platform, 0):10d}{looks:10d}{slow:7d}"
              f"{given_up:10d}{1 - slow / max(looks, 1):9.2%}{share:13.2%}")
        check(wanted > 20 and looks > 100, f"{platform}: {wanted} posts, {looks} looks: this test is blind")
        near(f"{platform}: looks in time", 1 - slow / looks, 0.99, 1)
        near(f"{platform}: first looks in time, of {due}", share, 0.99 if not kills else 0.97, 1)
        repeats = collections.Counter(r["source_id"] for r in records[platform] if r["kind"] in ("post", "comment"))
        again = sum(repeats.values()) - len(repeats)
        # Each start repeats what came in the 15 minutes before, and a batch or two; of few posts, by chance some more.
        share = kills * 20 * MINUTE / end
        near(f"{platform}: first sights that came again", again / len(repeats), 0, share + 3 * (share / len(repeats)) ** 0.5)
    watched = collections.defaultdict(float)
    for (source, _), (seconds, _, _) in live.coverage().items():
        watched[source] += seconds
    for platform in POSTS:
        near(f"{platform}: share of the time that it was watched", watched[platform] / (end / 1000), 0.97 if not kills else 0.9, 1)
    print(f"units of YouTube's day: {asked['units']}; watched: " +
          ", ".join(f"{k} {v / (end / 1000):.1%}" for k, v in sorted(watched.items())))


def by_platform(records):
    out = {p: [] for p in POSTS}
    for r in records:
        out[r["platform"]].append(r)
    return out


def live_a_day(program, scale, hours, kills):
    crowd = ",".join(f"{k}={max(int(n * scale), 50)}" for k, n in POSTS.items())
    with tempfile.TemporaryDirectory() as folder, Live(program, folder, "--sample", "--squeeze", "24", "--crowd", crowd,
                                                       platform="reddit", source=SOURCES, **SETTINGS) as live:
        live.patience = 7200
        began = time.monotonic()
        if kills:
            kill_often(live, hours, kills, "--overlap", "15m")
        else:
            live.run(hours * HOUR)
        print(f"\n{hours} hours at {scale:g} of the size, {kills} kills: {time.monotonic() - began:.0f} s")
        judge(live, hours * HOUR, kills)


def live_busily(program, rate, hours):
    """Bluesky with more posts than can be tracked."""
    with tempfile.TemporaryDirectory() as folder, Live(
            program, folder, "--sample", "--squeeze", str(hours), "--crowd", f"bluesky={int(rate * 3600 * hours)}", "--span", str(hours),
            platform="bluesky", source="bluesky:", **SETTINGS) as live:
        end = int(hours * HOUR)
        live.patience = 7200
        began = time.monotonic()
        live.run(end)
        records = live.records()
        wanted, missing, late, _ = missing_posts(live, "bluesky", list(live.truth.values()), records, end)
        check(not missing and not late, f"{len(missing)} of {wanted} posts are missing, {late} were late")
        looks, slow, given_up, let_go = live.looks("bluesky")
        check_limits_of_bluesky = most_within([e["t"] for e in live.served() if "/xrpc/" in e["path"]], 300_000)
        near("requests in five minutes", check_limits_of_bluesky, 0, 3000)
        print(f"\nBluesky, {rate:g} posts a second for {hours:g} hours: {time.monotonic() - began:.0f} s\n"
              f"{wanted} posts, none missed; {looks} looks, {slow} late ({1 - slow / looks:.2%} in time), {given_up} given up: "
              f"refresh coverage {looks / (looks + given_up):.2%}; {let_go} posts let go for want of room, "
              f"{1 - let_go / wanted:.2%} of all tracked to the end")
        near("looks in time", 1 - slow / looks, 0.99, 1)


def main():
    program, options = sys.argv[1], sys.argv[2:]
    if options[:1] == ["--busy"]:
        live_busily(program, *map(float, options[1:3] or (55, 1)))
        return
    scale, hours, kills = (float(options[0]) if options else 1, int(options[1]) if options[1:] else 24,
                           int(options[2]) if options[2:] else 20)
    live_a_day(program, scale, hours, 0)
    live_a_day(program, scale, hours, kills)


if __name__ == "__main__":
    main()
