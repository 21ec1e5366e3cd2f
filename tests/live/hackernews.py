#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""hackernews: against the simulator, over simulated days that take seconds.

    hackernews.py CASE SF-INGEST
"""
import collections
import datetime
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile

from harness import HOUR, MINUTE, ROOT, Live, by_id, check, check_complete, check_true, fail, kill_often, near, time_of, unvouched_server


def every_story_comes(live):
    """Each visible post once, soon, with numbers that were served; each delete once."""
    live.run(30 * HOUR)
    records, served = live.records(), live.served()
    check_complete(live, records, 30 * HOUR - 15 * MINUTE)
    check_true(live, records, served)
    posts = collections.Counter(r["source_id"] for r in records if r["kind"] == "post")
    check(posts and max(posts.values()) == 1, f"first sights repeat: {posts.most_common(3)}")
    for id_, rs in by_id(records).items():
        s = live.truth[id_]
        if rs[0]["kind"] == "post" and s["listed"] and s["created"] > live.start:
            # A list is polled every 30 s; a null is asked for again after 15 s, 30 s, 60 s ...
            near(f"first sight of {id_} after it was visible", time_of(rs[0]["observed_at"]) - s["visible"], 0,
                 (s["visible"] - s["created"]) + MINUTE)
        check(all(r["title"] == "" and r["body"] == "" for r in rs if r["kind"] in ("refresh", "delete")),
              "a refresh repeats the text")
        deletes = [r for r in rs if r["kind"] == "delete"]
        check(len(deletes) <= 1, f"{id_} was deleted {len(deletes)} times")
        check(not deletes or rs[-1] is deletes[0], f"{id_} comes back after its delete")
    gone = [s for s in live.truth.values() if s["gone"] is not None and live.start < s["gone"] < live.start + 28 * HOUR
            and s["created"] < s["gone"] and by_id(records)[s["id"]]]
    check(len(gone) >= 3, f"only {len(gone)} went: this test is blind")
    for s in gone:  # a quiet one may not be looked at for two hours; /updates names it
        deletes = [r for r in by_id(records)[s["id"]] if r["kind"] == "delete"]
        check(deletes, f"{s} was not deleted")
    nulls = {e["id"] for e in served if e.get("state") == "null"}
    check(len(nulls) >= 10, "no nulls were served: this test is blind")


def refreshes_keep_their_times(live):
    """Each look at a story comes when the schedule says: recomputed here from what was served."""
    live.run(30 * HOUR, source="hackernews:new")
    records, served = live.records(), live.served()
    check_complete(live, records, 29 * HOUR, lists_new_only=True)
    looks = collections.defaultdict(list)
    for e in served:
        if e.get("state") == "alive":
            looks[e["id"]].append(e)
    steps = ((HOUR, 5 * MINUTE), (6 * HOUR, 15 * MINUTE), (24 * HOUR, HOUR), (72 * HOUR, 6 * HOUR))
    n = 0
    for id_, es in looks.items():
        first, quiet = es[0]["t"], 0
        emitted = [time_of(r["observed_at"]) for r in by_id(records)[id_] if r["kind"] != "delete"]
        want, unsaid = [first], 0
        due = first + 5 * MINUTE
        for before, e in zip(es, es[1:]):
            near(f"look at {id_}, age {(e['t'] - first) / MINUTE:.1f} min", e["t"] - due, 0, 2000)
            n += 1
            news = (e["score"], e["comments"]) != (before["score"], before["comments"])
            gained = e["score"] - before["score"]
            fast = gained > 0 and gained / max((e["t"] - before["t"]) / 1000, 60) >= 3.6 * 0.0028
            quiet = 0 if news else quiet + 1
            every = next((step for until, step in steps if e["t"] - first < until), None)
            due = e["t"] + (max(every // 2, 5 * MINUTE) if fast else every * 2 if quiet >= 2 else every)
            unsaid += 1
            if news or unsaid >= 6:
                want.append(e["t"])
                unsaid = 0
        check(emitted == want, f"{id_}: records at {emitted}, wanted {want}")
        end = live.start + 30 * HOUR
        gone = live.truth[id_]["gone"]
        check(due > end - MINUTE or (gone and gone < due), f"{id_} was not looked at again at {due}")
    check(n > 500, f"only {n} looks: this test is blind")


def updates_hasten(live):
    """A story that /updates names is looked at within a poll, and no more than once a minute."""
    live.run(15 * HOUR)
    looks = collections.defaultdict(list)
    for e in live.served():
        if e.get("state") == "alive":
            looks[e["id"]].append(e["t"])
    n = 0
    for id_, ts in looks.items():
        check(all(b - a >= MINUTE for a, b in zip(ts, ts[1:])), f"{id_} was looked at twice in a minute: {ts}")
        s = live.truth[id_]
        for t in s["times"]:
            if ts[0] + HOUR < t < min(live.start + 15 * HOUR, s["gone"] or t + 1) - 5 * MINUTE:
                n += 1
                check(any(t <= at <= t + 95_000 for at in ts), f"{id_} changed at {t} and was not looked at soon: {ts}")
    check(n >= 50, f"only {n} changes: this test is blind")


def faults_lose_nothing(live):
    """A fifth of all answers go wrong, in all ways; no story is missing and no record is wrong."""
    kinds = ("500", "503", "html", "truncated", "cut", "reset", "wrong-id", "429")
    live.faults(*[{"path": "/v0/", "fault": k, "share": 0.03, "after": "20"} for k in kinds],
                {"path": "/v0/", "fault": "slow", "share": 0.002, "times": 3, "delay": 60})
    # Real time, which is short on a busy machine: what is not meant to be slow has to be in time.
    live.run(12 * HOUR, "--http-timeout", "3s")
    records, served = live.records(), live.served()
    wrong = collections.Counter(e["fault"] for e in served)
    check(all(wrong[k] > 20 for k in kinds), f"too few faults: {wrong}")
    check_complete(live, records, 11 * HOUR)
    check_true(live, records, served)
    posts = collections.Counter(r["source_id"] for r in records if r["kind"] == "post")
    check(max(posts.values()) == 1, f"first sights repeat: {posts.most_common(3)}")
    at = 0  # of the last 429; what was on its way then comes at the same time or a moment later
    for e in served:
        check(e["t"] < at + 1000 or e["t"] >= at + 20_000, f"{e['t'] - at} ms after a 429 that said 20 s: {e}")
        at = e["t"] if e["fault"] == "429" else at


def an_outage_is_waited_for(live):
    """The server is away for hours: few requests go out, it is said, and afterwards nothing is missing."""
    live.faults({"path": "/v0/", "fault": "503", "start": live.start + 4 * HOUR, "end": live.start + 7 * HOUR},
                {"path": "/v0/", "fault": "429", "after": "600", "start": live.start + 9 * HOUR,
                 "end": live.start + 9 * HOUR + 5 * MINUTE})
    live.run(14 * HOUR)
    served = live.served()
    away = [e for e in served if e["fault"] == "503"]
    near("requests while it was away", len(away), 10, 80)
    slowed = [e for e in served if e["fault"] == "429"]
    near("requests that were told to slow down", len(slowed), 1, 8)
    check(any(e["t"] >= slowed[-1]["t"] + 600_000 for e in served), "it did not come back after the 429")
    check(not [e for e in served if slowed[-1]["t"] < e["t"] < slowed[-1]["t"] + 600_000], "a 429 was not obeyed")
    check("hackernews: 503; paused for " in live.stderr(), "the log does not say that it is away")
    check("works again" in live.stderr(), "the log does not say that it works again")
    records = live.records()
    check_complete(live, records, 13 * HOUR)
    check_true(live, records, served)


def kills_lose_nothing(live):
    """kill -9, twenty times: no post is missing, no delete, and what repeats is bounded."""
    hours, kills = 24, 20
    kill_often(live, hours, kills, "--overlap", "15m")
    records, served = live.records(torn=kills), live.served()
    check_complete(live, records, hours * HOUR - 15 * MINUTE)
    check_true(live, sorted(records, key=lambda r: r["observed_at"]), served)
    posts = collections.Counter(r["source_id"] for r in records if r["kind"] == "post")
    repeated = sum(posts.values()) - len(posts)
    print(f"{len(records)} records, {repeated} first sights repeated by {kills} kills")
    # Each start repeats what was first seen in the 15 minutes before, a story or two here, and two batches at most.
    near("first sights repeated", repeated, 0, kills * 8)
    deletes = collections.Counter(r["source_id"] for r in records if r["kind"] == "delete")
    check(not deletes or max(deletes.values()) <= 1 + kills, f"deletes repeat: {deletes.most_common(3)}")
    for s in live.truth.values():
        if s["gone"] and live.start + HOUR < s["gone"] < live.start + (hours - 3) * HOUR and posts[str(s["id"])]:
            check(deletes[str(s["id"])] >= 1, f"the delete of {s} is missing")


def a_store_gets_every_story(live):
    """Both ends in one process, no overlap, kill -9 ten times: the store holds every story and every delete, and each observation once."""
    hours = 20
    store = live.folder / "signals.db"
    kill_often(live, hours, 10, "--overlap", "0", "--store", f"sqlite:{store}")
    db = sqlite3.connect(store)
    rows = {int(id_): (title, deleted) for id_, title, deleted in db.execute(
        "select source_id, title, deleted_at from signals where platform = 'hackernews'")}
    kinds = [{"source_id": str(id_), "kind": "delete" if deleted else "post"} for id_, (_, deleted) in rows.items()]
    check_complete(live, kinds, hours * HOUR - 15 * MINUTE)
    for id_, (title, deleted) in rows.items():
        s = live.truth[id_]
        gone_by = s["gone"] is not None and s["gone"] < live.start + (hours - 3) * HOUR
        check(deleted or title, f"{s} has no text")
        check(not gone_by or deleted, f"{s} is not deleted")
        check(not deleted or not title, f"{s} is deleted and still has its text")
    alive = {e["id"]: (e["score"], e["comments"]) for e in live.served() if e.get("state") == "alive"}
    for id_, score, comments in db.execute("select source_id, raw_score, comments from signals where deleted_at is null"):
        check(alive[int(id_)] == (score, comments), f"{id_}: {score}, {comments}; served last: {alive[int(id_)]}")


def state_survives_a_stop(live):
    """A stop with SIGTERM in the midst of it, and a start, are as if there had been none."""
    for hour in (3, 6, 9, 12):
        live.run(hour * HOUR, "--overlap", "0")
    records, served = live.records(), live.served()
    check_complete(live, records, 12 * HOUR - 15 * MINUTE)
    check_true(live, records, served)
    posts = collections.Counter(r["source_id"] for r in records if r["kind"] == "post")
    check(max(posts.values()) == 1, f"first sights repeat: {posts.most_common(3)}")
    before = len(records)
    live.run(12 * HOUR, "--overlap", "6h")  # what was observed in the last six hours comes again
    again = live.records()[before:]
    recent = {r["source_id"] for r in records if time_of(r["observed_at"]) >= live.start + 6 * HOUR + MINUTE}
    check(recent <= {r["source_id"] for r in again}, "the overlap does not hold all that was observed in it")
    posts = {r["source_id"] for r in records
             if r["kind"] == "post" and time_of(r["observed_at"]) >= live.start + 6 * HOUR + MINUTE}
    gone = {r["source_id"] for r in again if r["kind"] == "delete"}
    check(posts - gone <= {r["source_id"] for r in again if r["kind"] == "post"}, "posts come again as something else")
    check(all(r["title"] for r in again if r["kind"] == "post"), "without their text")


def what_gains_least_goes_without(live):
    """More posts than may be asked for: looks that take place are in time, the others are counted, and are those that find least."""
    live.run(30 * HOUR, "--hackernews-rate", "0.15", source="hackernews:new")
    looks, late, given_up, _ = live.looks("hackernews")
    check(looks > 2000 and given_up > 1000, f"{looks} looks, {given_up} given up: this test is blind")
    near("share of looks in time", 1 - late / looks, 0.99, 1)
    near("requests a second", len(live.served()) / (30 * 3600), 0.1, 0.151)
    records = by_id(live.records())
    seen = [rs for rs in records.values() if len(rs) > 3 and time_of(rs[0]["observed_at"]) < live.start + 20 * HOUR]
    seen.sort(key=lambda rs: max(r["raw_score"] or 0 for r in rs))
    low, high = seen[:len(seen) // 3], seen[-len(seen) // 3:]
    few, many = (sum(map(len, part)) / len(part) for part in (low, high))
    check(many > 1.3 * few, f"{many} records of posts that gain much, {few} of others")


def what_is_watched_is_told(live):
    """Coverage: whole windows while all is well, over a stop and a kill too; none while it is away, and what went wrong."""
    live.run(127 * MINUTE)
    live.faults({"path": "/v0/", "fault": "503", "start": live.start + 4 * HOUR, "end": live.start + 5 * HOUR})
    live.until(7 * HOUR + 10 * MINUTE)
    child = live.spawn()
    live.wait_for(lambda: live.now() >= live.start + 3 * HOUR, "time does not pass")
    child.kill()
    child.wait()
    live.run(7 * HOUR + 10 * MINUTE)
    told = {start: row for (source, start), row in live.coverage().items() if source == "hackernews"}
    check(all(start % (15 * MINUTE) == 0 and 0 <= s <= 900 for start, (s, _, _) in told.items()), f"{told}")
    def window(ms):
        return (live.start + ms) // (15 * MINUTE) * 15 * MINUTE
    near("windows", len(told), 26, 30)
    near("seconds of a window", told[window(90 * MINUTE)][0], 895, 900)
    near("seconds of the one with the stop", told[window(127 * MINUTE)][0], 800, 900)
    check(told[window(90 * MINUTE)][1:] == (0, 0), f"{told}")
    near("seconds while it was away", told[window(4 * HOUR + 31 * MINUTE)][0], 0, 0)
    check(told[window(4 * HOUR + 1 * MINUTE)][1] >= 3, f"nothing went wrong: {told}")
    near("seconds after it", told[window(6 * HOUR)][0], 895, 900)
    near("seconds of all", sum(s for s, _, _ in told.values()), 5.5 * 3600, 6.2 * 3600)
    with open(live.out) as lines:  # it goes through a pipe into a store, and answers tell it
        subprocess.run([os.environ["SF_PROCESS"], "--store", f"sqlite:{live.folder}/signals.db"], stdin=lines, check=True)
    db = sqlite3.connect(live.folder / "signals.db")
    kept = {start: tuple(row) for start, *row in db.execute(
        "select bucket, observed_seconds, failures, gaps from coverage where source = 'hackernews'")}
    check(kept == told, f"kept {kept}, told {told}")


def one_process_at_a_time(live):
    """A second one on the same state says so and ends with 1; a stop in mid-run ends with 0."""
    live.until(HOUR)
    child = live.spawn()
    live.wait_for(lambda: (live.folder / "state/hackernews.state").exists(), "no state")
    second = live.spawn("--to", live.folder / "second.ndjson")
    check(second.wait(timeout=20) == 1, "the second one does not fail")
    check(re.search(rf"hackernews\.state: process {child.pid} is at work with it", live.stderr()), live.stderr())
    live.stop(child)
    live.until(2 * HOUR)
    third = live.spawn("hackernews:best", source="hackernews:ask")  # two URLs, one source
    live.settle(third, 2 * HOUR)
    live.stop(third)
    asked = {e["path"].rpartition("/")[2] for e in live.served() if e["t"] > live.start + HOUR}
    check({"askstories.json", "beststories.json"} <= asked and "newstories.json" not in asked, f"asked for {asked}")


def recorded_answers(live):
    """The recorded answers of the API, as they were."""
    paths = live.control("truth/recorded")
    live.run(10 * MINUTE, source="hackernews:new,top,best,ask,show,job",
             SF_HACKERNEWS_ENDPOINT=f"http://127.0.0.1:{live.port}/recorded")
    got = {int(r["source_id"]) for r in live.records()}
    items = {int(m[1]) for p in paths if (m := re.fullmatch(r"item/(\d+)\.json", p))}
    listed = set()
    for e in live.served():
        if m := re.search(r"item/(\d+)\.json", e["path"]):
            listed.add(int(m[1]))
    check(len(listed) > 500, f"only {len(listed)} ids were asked for")
    check(got == items & listed and got, f"got {got}, wanted {items & listed}")
    check("no list" not in live.stderr(), live.stderr())


def comments_come_too(live):
    """hackernews:comments walks over every item: comments once each, nulls given up, a kill loses none."""
    live.run(30 * MINUTE, "--overlap", "0", source="hackernews:comments")
    live.until(3 * HOUR)
    child = live.spawn("--overlap", "0", source="hackernews:comments")
    live.wait_for(lambda: live.now() > live.start + 90 * MINUTE, "time does not pass")
    child.kill()
    child.wait()
    live.run(3 * HOUR, "--overlap", "0", source="hackernews:comments")
    got = collections.Counter(int(r["source_id"]) for r in live.records(torn=1) if r["kind"] in ("post", "comment"))
    low = min(got)
    asked = {e["id"] for e in live.served() if "id" in e and e["state"] != "null"}
    check(len(got) > 20, f"only {len(got)} items")
    check(asked <= set(got), f"{len(asked - set(got))} were served and not written")
    missing = [i for i in range(low, max(got)) if i not in got and i % 97 != 0 and i not in live.truth]
    check(not missing, f"{len(missing)} are missing, {missing[:5]}")


def wrong_use(live):
    for arguments, source, text in (((), "hackernews:newest", '"newest" is none of new top updates'),
                                    ((), "hackernews:new?x=1", '"x" is nothing it knows'),
                                    ((), "hackernews:search?since=then", "needs ?since="),
                                    (("--hackernews-endpoint", "hn.example"), "hackernews:", "neither http:// nor https://")):
        done = subprocess.run([live.program, source, "--to", live.out, "--log-format", "text", *arguments], env=live.environment(), text=True,
                              capture_output=True, timeout=20, stdin=subprocess.DEVNULL)
        check(done.returncode == 2 and text in done.stderr, f"{source}: {done.returncode}, {done.stderr}")
    live.faults({"path": "newstories", "fault": "404"}, {"path": "topstories", "fault": "410"})
    live.until(HOUR)
    child = live.spawn(source="hackernews:new,top")
    check(child.wait(timeout=30) == 1, "it goes on without a list")
    check("newstories: 404; polled no more" in live.stderr() and "no list is left" in live.stderr(), live.stderr())


def what_cannot_be_read_is_kept(live):
    """An item with a broken field is a dead letter with its bytes; the others come as ever."""
    live.faults({"path": "item/", "fault": "bad-score", "share": 0.02})
    live.run(16 * HOUR, "--dlq", live.folder / "letters")
    letters = [json.loads(line) for line in (live.folder / "letters").read_text().splitlines()]
    check(len(letters) >= 3, f"only {len(letters)} letters: this test is blind")
    for letter in letters:
        check(letter["error"]["message"].startswith("score: ") and '"score":"many"' in letter["raw"], f"{letter}")
    records = live.records()
    check_complete(live, records + [json.loads(x["raw"]) | {"kind": "post", "source_id": json.loads(x["raw"])["id"]}
                                    for x in letters], 16 * HOUR - 15 * MINUTE)
    check_true(live, records, live.served())


def time_never_runs_backwards(live):
    """The machine's clock is set back by an hour: observations stand still until it is where it was."""
    live.run(10 * HOUR)
    live.control("clock", {"advance": -HOUR})
    live.run(16 * HOUR)
    records = live.records()
    times = [time_of(r["observed_at"]) for r in records]
    check(times == sorted(times), "time runs backwards")
    asked = [e["t"] for e in live.served()]
    check(asked != sorted(asked), "nothing was asked while it was set back: this test is blind")
    check_complete(live, records, 16 * HOUR - 15 * MINUTE)


def certificates_are_checked(live):
    """A server that nobody vouches for is not spoken to."""
    port = unvouched_server(live.folder)
    live.until(HOUR)
    child = live.spawn("--hackernews-endpoint", f"https://localhost:{port}", no_proxy="localhost")
    live.wait_for(lambda: "certificate" in live.stderr(), "it does not complain")
    live.stop(child)
    check(not live.out.exists() or live.out.stat().st_size == 0, "it has read something")


def a_search_fills_in_what_was_before(live):
    """All stories since a time, whatever their number, then the end; a kill in between loses none; young ones are tracked."""
    live.control("clock", {"advance": 40 * HOUR})
    live.until(40 * HOUR)
    since = datetime.datetime.fromtimestamp(live.start / 1000 + 3600, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    live.faults({"path": "search_by_date", "fault": "html", "times": 2}, {"path": "search_by_date", "fault": "503", "times": 1})
    live.until(60 * HOUR)
    child = live.spawn("--overlap", "0", source="hackernews:search?since=" + since, SF_FAULT="commit:2")
    child.wait(timeout=60)
    child = live.spawn("--overlap", "0", source="hackernews:search?since=" + since)
    check(child.wait(timeout=60) == 0, live.stderr())
    records = live.records(torn=1)
    wanted = {s["id"] for s in live.truth.values() if live.start + HOUR + 1000 <= s["created"] < live.start + 40 * HOUR
              and s["visible"] <= live.start + 40 * HOUR and (s["gone"] is None or s["gone"] > live.start + 60 * HOUR)}
    got = {int(r["source_id"]) for r in records}
    check(len(wanted) > 1200 and wanted <= got, f"{len(wanted - got)} of {len(wanted)} are missing")
    check_true(live, records, live.served())
    asked = sum("search_by_date" in e["path"] for e in live.served())
    near("searches", asked, 5, 14)
    again = live.spawn("--overlap", "0", source="hackernews:search?since=" + since)
    check(again.wait(timeout=60) == 0 and len(live.records(torn=1)) == len(records), "it is done, and starts anew")


def a_search_goes_on_after_redirects(live):
    """Redirects, and being refused for a while, neither end it nor move it: it goes on where it was."""
    live.control("clock", {"advance": 40 * HOUR})
    live.until(60 * HOUR)
    since = datetime.datetime.fromtimestamp(live.start / 1000 + 3600, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    live.faults({"path": "search_by_date", "fault": "302", "times": 7})
    child = live.spawn("--overlap", "0", source="hackernews:search?since=" + since)
    check(child.wait(timeout=60) == 0 and "302, a redirect" in live.stderr(), live.stderr())
    asked = [e for e in live.served() if "search_by_date" in e["path"]]
    wrong = [e for e in asked if e["fault"] == "302"]
    check(len(wrong) == 7 and len({e["path"] for e in wrong}) == 1 and wrong[0]["path"] == asked[len(wrong)]["path"], f"the question has changed: {asked}")
    waits = [b["t"] - a["t"] for a, b in zip(wrong[3:], wrong[4:])]
    check(wrong[-1]["t"] - wrong[0]["t"] > MINUTE and max(waits) > 15_000, f"asked again at once: {waits}")
    live.faults({"path": "search_by_date", "fault": "403", "times": 1})
    (live.folder / "stderr").write_text("")
    child = live.spawn("--overlap", "0", source="hackernews:search?since=2000-01-01T00:00:00Z")
    check(child.wait(timeout=60) == 0 and "left alone for an hour" in live.stderr(), live.stderr())
    first, second = [e for e in live.served() if "search_by_date" in e["path"]][len(asked):][:2]
    check(first["path"] == second["path"] and second["t"] - first["t"] >= HOUR, f"{first}, {second}")
    wanted = {s["id"] for s in live.truth.values() if s["created"] < live.start + 40 * HOUR and s["visible"] <= live.start + 40 * HOUR
              and (s["gone"] is None or s["gone"] > live.start + 60 * HOUR)}
    got = {int(r["source_id"]) for r in live.records()}
    check(len(wanted) > 1200 and wanted <= got, f"{len(wanted - got)} of {len(wanted)} are missing")


CASES = {f.__name__.replace("_", "-"): f for f in (
    every_story_comes, refreshes_keep_their_times, updates_hasten, faults_lose_nothing, an_outage_is_waited_for,
    kills_lose_nothing, state_survives_a_stop, one_process_at_a_time, recorded_answers, comments_come_too, wrong_use,
    what_cannot_be_read_is_kept, time_never_runs_backwards, certificates_are_checked, a_store_gets_every_story,
    a_search_fills_in_what_was_before, a_search_goes_on_after_redirects, what_is_watched_is_told, what_gains_least_goes_without)}


def need_recorded():
    """Skips the case where there is no recorded data."""
    folder = pathlib.Path(os.environ.get("SF_SHARED", ROOT.parent / "shared")) / "data"
    if not (folder / "api/hackernews/manifest.ndjson").exists():
        print(f"skipped: no {folder}")
        sys.exit(1 if os.environ.get("SF_REQUIRE_SHARED") == "1" else 77)


def main():
    name, program = sys.argv[1:3]
    if name not in CASES:
        fail(f"no case {name}: {' '.join(CASES)}")
    if "--start" in sys.argv or name == "recorded-answers":
        need_recorded()
    options = sys.argv[3:] or ["--sample", "--gone", "0.5"] + (["--crowd", "3000"] if name in ("a-search-fills-in-what-was-before", "a-search-goes-on-after-redirects", "what-gains-least-goes-without") else [])
    with tempfile.TemporaryDirectory() as folder, Live(program, folder, *options) as live:
        CASES[name](live)


if __name__ == "__main__":
    main()
