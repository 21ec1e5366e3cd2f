#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""lobsters: against the simulator, over simulated days that take seconds.

    lobsters.py CASE SF-INGEST
"""
import collections
import subprocess

from harness import HOUR, MINUTE, by_id, check, check_complete, check_true, kill_often, near, run_cases, time_of


def every_story_comes(live):
    """Each story once and soon, with numbers that were served; each delete once; comments stay where they are."""
    live.run(30 * HOUR, source="lobsters:newest,hottest")
    records = live.records()
    check_complete(live, records, 30 * HOUR - 5 * MINUTE)
    check_true(live, records, live.served())
    deletes = 0
    for id_, rs in by_id(records).items():
        truth, kinds = live.truth[id_], collections.Counter(r["kind"] for r in rs)
        check(kinds["post"] == 1 and kinds["delete"] <= 1 and kinds["comment"] == 0, f"{id_}: {kinds}")
        check(rs[0]["channel"] == truth["tag"] and rs[0]["title"] and rs[0]["author"], f"{rs[0]}")
        if truth["created"] > live.start:
            near(f"first sight of {id_}", time_of(rs[0]["observed_at"]) - truth["created"], 0, 125_000)
        gone = truth["gone"] is not None and truth["gone"] < live.start + 20 * HOUR
        check(not gone or kinds["delete"], f"{truth} was not deleted")
        deletes += kinds["delete"]
    check(deletes >= 3, f"only {deletes} went: this test is blind")
    check(any(r["kind"] == "refresh" for r in records), "no look was told")


def a_gap_is_paged_over(live):
    """While nothing ran dozens of stories came: the next start goes from page to page until it knows one."""
    live.run(2 * HOUR, "--overlap", "0")
    first = [e for e in live.served() if "/page/" in e["path"]]
    check(not first, f"a first start goes through pages: {first[:2]}")
    live.control("clock", {"advance": 12 * HOUR})
    live.run(15 * HOUR, "--overlap", "0")
    check(len([e for e in live.served() if "/page/" in e["path"]]) >= 2, "few pages: this test is blind")
    away = (live.start + 2 * HOUR, live.start + 14 * HOUR + 5 * MINUTE)
    live.truth = {k: t for k, t in live.truth.items() if t["gone"] is None or not away[0] < t["gone"] < away[1]}
    live.truth = {k: t for k, t in live.truth.items() if t["created"] > live.start}
    check_complete(live, live.records(), 15 * HOUR - 5 * MINUTE)
    check("some may be missing" not in live.stderr(), live.stderr())


def faults_lose_nothing(live):
    kinds = ("500", "503", "html", "truncated", "cut", "reset", "429", "empty")
    live.faults(*[{"path": "json", "fault": k, "share": 0.03, "after": "20"} for k in kinds])
    live.run(12 * HOUR, "--http-timeout", "300ms")
    check_complete(live, live.records(), 11 * HOUR)
    check_true(live, live.records(), live.served())
    posts = collections.Counter(r["source_id"] for r in live.records() if r["kind"] == "post")
    check(max(posts.values()) == 1, f"first sights repeat: {posts.most_common(3)}")


def kills_lose_nothing(live):
    kill_often(live, 20, 10, "--overlap", "15m")
    records = live.records(torn=10)
    check_complete(live, records, 20 * HOUR - 15 * MINUTE)
    check_true(live, sorted(records, key=lambda r: r["observed_at"]), live.served())


def wrong_use(live):
    for source, text in (("lobsters:best", '"best" is none of newest hottest'), ("lobsters:?x=1", '"x" is nothing it knows')):
        done = subprocess.run([live.program, source, "--to", live.out, "--log-format", "text"], env=live.environment(), text=True,
                              capture_output=True, timeout=20, stdin=subprocess.DEVNULL)
        check(done.returncode == 2 and text in done.stderr, f"{source}: {done.returncode}, {done.stderr}")
    done = subprocess.run([live.program, "lobsters:", "--dry-run", "--log-format", "text"], env=live.environment(), text=True,
                          capture_output=True, timeout=20, stdin=subprocess.DEVNULL)
    check(done.returncode == 0 and "newest" in done.stdout + done.stderr, f"{done}")


CASES = (every_story_comes, a_gap_is_paged_over, faults_lose_nothing, kills_lose_nothing, wrong_use)

if __name__ == "__main__":
    run_cases(CASES, ["--sample", "--gone", "0.7", "--crowd", "600"], platform="lobsters", SF_LOBSTERS_RATE="0")
