#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""youtube: against the simulator, over simulated days that take seconds.

    youtube.py CASE SF-INGEST
"""
import collections
import pathlib
import subprocess
import sys

from harness import HOUR, MINUTE, ROOT, by_id, check, check_complete, check_true, kill_often, near, run_cases, time_of

sys.path.insert(0, str(ROOT / "tests/fake"))
import youtube as fake  # noqa: E402


def videos_of(records, live):
    return [r for r in records if r["source_id"] in live.truth]


def check_quota(live, most):
    """No day took more units than it may."""
    spent = collections.defaultdict(int)
    for e in live.served():
        check(not e.get("over"), f"more was asked for than a day's units: {e}")
        if "spent" in e:
            spent[e["day"]] = max(spent[e["day"]], e["spent"])
    check(spent and max(spent.values()) <= most, f"{dict(spent)}")
    return spent


def every_video_comes(live):
    """Each video of some channels once and soon, with its numbers; comments once, none of videos that have them off; no key in anything."""
    live.run(30 * HOUR, source=["youtube:channel?id=UCchannel0&comments=5", "youtube:channel?id=UCchannel1",
                                "youtube:channel?id=UCchannel2"])
    records, served = live.records(), live.served()
    videos = videos_of(records, live)
    # A channel's list has 50 videos: older ones were never named.
    live.truth = {k: t for k, t in live.truth.items() if t["created"] > live.start}
    videos = [r for r in videos if r["source_id"] in live.truth]
    live.truth = {k: t for k, t in live.truth.items() if t["gone"] is None or t["gone"] > t["created"] + 17 * MINUTE}
    videos = [r for r in videos if r["source_id"] in live.truth]
    check_complete(live, videos, 30 * HOUR - 17 * MINUTE)
    check_true(live, videos, served)
    deletes = 0
    for id_, rs in by_id(videos).items():
        kinds = collections.Counter(r["kind"] for r in rs)
        check(kinds["post"] == 1 and kinds["delete"] <= 1 and rs[0]["channel"] == live.truth[id_]["channel"], f"{rs[0]}, {kinds}")
        near(f"first sight of {id_}", time_of(rs[0]["observed_at"]) - live.truth[id_]["created"], 0, 16 * MINUTE)
        deletes += kinds["delete"]
    check(deletes >= 3, f"only {deletes} went: this test is blind")
    comments = [r for r in records if r["kind"] == "comment"]
    check(len(comments) > 100 and max(collections.Counter(r["source_id"] for r in comments).values()) == 1, f"{len(comments)}")
    asked = collections.Counter(e["path"].rpartition("videoId=")[2] for e in served if "commentThreads" in e["path"])
    check(all(asked[k] <= 1 for k, t in live.truth.items() if t["disabled"]), "comments are asked for again where there are none")
    check_quota(live, 10_000)
    for path in pathlib.Path(live.folder).rglob("*"):
        check(not path.is_file() or fake.KEY.encode() not in path.read_bytes(), f"{path} holds the key")


def units_are_kept(live):
    """Few units a day, kills in between: no day takes more, lists go on all day, looks are spread; a new day goes on."""
    most = 600
    live.control("platform", {"name": "youtube", "set": {"quota": most}})
    kill_often(live, 50, 10, "--youtube-quota", most, "--overlap", "0")
    spent = check_quota(live, most)
    check(len(spent) >= 2 and max(spent.values()) > most * 0.5, f"{dict(spent)}: this test is blind")
    lists = [e["t"] for e in live.served() if "chart=" in e["path"]]
    check(max(b - a for a, b in zip(lists, lists[1:])) < 5 * HOUR, "lists are not polled all day")


def spent_units_are_waited_for(live):
    """Another program has spent them: it sleeps until midnight in California, and nothing is lost."""
    live.control("platform", {"name": "youtube", "set": {"quota": 300}})
    live.run(40 * HOUR)
    over = [e["t"] for e in live.served() if e.get("over")]
    near("requests that were refused", len(over), 1, 16)
    after = min(e["t"] for e in live.served() if e["t"] > over[0] + MINUTE)
    near("the time there", (after - 8 * HOUR) % (24 * HOUR), 0, 20 * MINUTE)
    check("the day's units are spent; paused for" in live.stderr(), live.stderr())


def faults_lose_nothing(live):
    kinds = ("500", "503", "html", "truncated", "cut", "reset", "empty")
    live.faults(*[{"path": "/v3/", "fault": k, "share": 0.05} for k in kinds])
    live.run(20 * HOUR, source=["youtube:channel?id=UCchannel0", "youtube:channel?id=UCchannel1", "youtube:channel?id=UCchannel2"])
    videos = videos_of(live.records(), live)
    live.truth = {k: t for k, t in live.truth.items() if t["created"] > live.start and not t["gone"]}
    check_complete(live, [r for r in videos if r["source_id"] in live.truth], 19 * HOUR)
    check_true(live, videos, live.served())
    check_quota(live, 10_000)


def wrong_use(live):
    for source, more, text in (("youtube:trending", {}, '"trending" is none of popular search channel videos'),
                               ("youtube:search", {}, "needs ?q="), ("youtube:popular?x=1", {}, '"x" is nothing it knows'),
                               ("youtube:popular?comments=many", {}, "no number from 0 to 100"),
                               ("youtube:popular", {"SF_YOUTUBE_KEY": ""}, "needs an API key")):
        done = subprocess.run([live.program, source, "--to", live.out, "--log-format", "text"], env=live.environment() | more,
                              text=True, capture_output=True, timeout=20, stdin=subprocess.DEVNULL)
        check(done.returncode == 2 and text in done.stderr, f"{source}: {done.returncode}, {done.stderr}")
    plain = subprocess.run([live.program, "youtube:?comments=5", "--dry-run"], env=live.environment(), text=True, capture_output=True, timeout=20,
                           stdin=subprocess.DEVNULL)
    check(plain.returncode == 0 and "chart=mostPopular&maxResults=50&regionCode=US" in plain.stdout, f"{plain}")
    live.until(HOUR)
    child = live.spawn(SF_YOUTUBE_KEY="another")
    check(child.wait(timeout=20) == 1 and "the key was refused: keyInvalid" in live.stderr(), live.stderr())


CASES = (every_video_comes, units_are_kept, spent_units_are_waited_for, faults_lose_nothing, wrong_use)

if __name__ == "__main__":
    run_cases(CASES, ["--sample", "--gone", "0.5", "--crowd", "400"], platform="youtube", source="youtube:popular",
              SF_YOUTUBE_KEY=fake.KEY)
