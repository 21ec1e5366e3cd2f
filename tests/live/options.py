#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What options do to all four live sources alike, against the simulator.

    options.py CASE SF-INGEST
"""
import collections
import json
import re
import socket
import subprocess
import sys
import time
import urllib.request

from day import SETTINGS, SOURCES
from harness import HOUR, MINUTE, ROOT, check, near, run_cases, time_of

sys.path.insert(0, str(ROOT / "tests/fake"))
import bluesky  # noqa: E402
import reddit  # noqa: E402
import youtube  # noqa: E402

PLATFORMS = ("reddit", "hackernews", "bluesky", "youtube")


def authors_are_kept_from_others(live):
    """hash: the same name is the same hash, over runs too, and each platform has its own; drop: none. No name stands anywhere, raw bytes
    and state included."""
    live.faults({"path": "item/", "fault": "bad-score", "share": 0.03})
    names = {n for n in live.control("truth/authors") if len(n) > 5}
    check(len(names) > 10, f"{names}")
    for mode in ("hash", "drop"):
        live.until(live.now() - live.start + 3 * HOUR)
        for _ in range(2):
            child = live.spawn("--authors", mode, "--state", live.folder / mode, "--dlq", live.folder / "letters")
            live.settle(child, live.control("clock")["limit"] - live.start)
            live.stop(child)
            live.until(live.now() - live.start + 2 * HOUR)
        records = live.records()
        posts = [r for r in records if r["kind"] in ("post", "comment")]
        by_name = collections.defaultdict(set)
        for r in posts:
            by_name[r["platform"]].add(r["author"])
        if mode == "hash":
            check(set(by_name) == set(PLATFORMS), f"{by_name.keys()}")
            check(all(re.fullmatch("h:[0-9a-f]{32}", a) for some in by_name.values() for a in some if a), f"{by_name}")
            check(2 < len(by_name["hackernews"]) < sum(r["platform"] == "hackernews" for r in posts), f"{by_name}")
            check(not by_name["hackernews"] & by_name["reddit"] - {None, ""}, "a name is the same on two platforms")
        else:
            check(all(not a for some in by_name.values() for a in some), f"{by_name}")
        letters = (live.folder / "letters").read_text()
        check(letters.count("many") > 1, "no letters: this test is blind")
        for path in live.folder.rglob("*"):
            if path.is_file() and path.name != "served.ndjson":
                text = path.read_bytes()
                for name in names:
                    found = re.search(rb'"(author|by|handle|authorDisplayName)\\*":\s*\\*"' + re.escape(name.encode()) + rb'\b', text)
                    check(not found, f"{path} has {found and found[0]}")
        live.out.unlink()
        (live.folder / "letters").unlink()


def ended(live, *arguments, **more):
    """Runs until it ends by itself; the records that came."""
    before = len(live.records()) if live.out.exists() else 0
    live.until(live.now() - live.start + 3 * HOUR)
    child = live.spawn(*arguments, **more)
    live.wait_for(lambda: child.poll() is not None, "it does not end")
    check(child.returncode == 0, live.stderr())
    return live.records()[before:]


def once_does_what_is_due(live):
    """Ends when all that is due is done, for each platform; the next run goes on from there, and a stream is read up to now."""
    live.control("clock", {"advance": 5 * HOUR})
    began = live.now()
    first = ended(live, "--once", "--overlap", "0")
    near("ms that it took", live.now() - began, 0, 20 * MINUTE)
    live.control("clock", {"advance": 4 * HOUR})
    now = live.now()
    second = ended(live, "--once", "--overlap", "0")
    for platform in PLATFORMS:
        truth = live.control("truth/" + platform)
        seen = {r["source_id"] for r in first + second if r["platform"] == platform and r["kind"] == "post"}
        new = [t for t in truth if began + 20 * MINUTE < t["visible"] < now - MINUTE and (not t["gone"] or t["gone"] > now + HOUR)
               and t["listed"]]
        missing = [t for t in new if str(t["id"]) not in seen]
        check(len(new) > 5 and not missing, f"{platform}: {len(missing)} of {len(new)} are missing")
        if platform != "bluesky":  # its stream starts with what comes
            looked = {r["source_id"] for r in second if r["platform"] == platform and r["kind"] == "refresh"}
            check(len(looked) > 3, f"{platform}: {len(looked)} were looked at again")


def limit_ends_it(live):
    """--limit: no more than a batch beyond it, and what was not given comes the next time."""
    live.control("clock", {"advance": 5 * HOUR})
    some = ended(live, "--limit", "5", "--overlap", "0", source="reddit:technology+science+worldnews+programming")
    near("records", len(some), 5, 104)
    one = ended(live, "--limit", "1", "--overlap", "0", source="hackernews:")
    near("records", len(one), 1, 8)
    rest = ended(live, "--limit", "3", "--overlap", "0", source="hackernews:")
    check(not {r["source_id"] for r in one} & {r["source_id"] for r in rest if r["kind"] == "post"}, "it comes twice")


def backfill_fills_in(live):
    """--backfill: all that was posted since then and that the platform still shows, where nothing is remembered yet."""
    live.control("clock", {"advance": 20 * HOUR})
    since = live.start + 6 * HOUR
    text = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(since / 1000))
    now = live.now()
    records = ended(live, "--once", "--backfill", text)
    for platform in PLATFORMS:
        seen = {r["source_id"] for r in records if r["platform"] == platform and r["kind"] in ("post", "delete")}
        wanted = [t for t in live.control("truth/" + platform) if since + 10_000 < t["created"] and t["visible"] < now - 10_000
                  and (not t["gone"] or t["gone"] > now + HOUR) and (platform != "youtube" or not t["gone"])]
        missing = [t for t in wanted if str(t["id"]) not in seen]
        check(len(wanted) > 20 and not missing, f"{platform}: {len(missing)} of {len(wanted)} are missing, {missing[:1]}")


def rechecks_find_deletes(live):
    """Posts that go after the 72 h in which they are looked at often are found out within a day."""
    source = "reddit:technology+science+worldnews+programming"
    live.patience = 900
    live.run(130 * HOUR, source=source)
    told = {r["source_id"]: time_of(r["observed_at"]) for r in live.records() if r["kind"] == "delete"}
    late = [t for t in live.truth.values() if t["gone"] and t["created"] > live.start and
            t["created"] + 73 * HOUR < t["gone"] < live.start + 105 * HOUR]
    check(len(late) > 5, f"{len(late)} went late: this test is blind")
    for t in late:
        check(t["id"] in told, f"{t} was not told")
        near("hours until it was told", (told[t["id"]] - t["gone"]) / HOUR, 0, 24.1)
    old = [e for e in live.served() if "/api/info" in e["path"]]
    looks = collections.Counter(p[0] for e in old for p in e["posts"])
    near("looks at a post, at most", max(looks.values()), 20, 70)


def figures_are_told(live, port):
    """The page of figures, once the program listens."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(200):
        try:
            with opener.open(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            time.sleep(0.05)
    check(False, "no figures: " + live.stderr())


def secrets_stay_secret(live):
    """No credential stands in anything that is written or told, whatever goes wrong: log, records, letters, state, figures, command line."""
    secrets = [reddit.SECRET, reddit.PASSWORD, "pass%20word", "token-0-secret", youtube.KEY, bluesky.PASSWORD, json.dumps(bluesky.PASSWORD)[1:-1],
               *(f"{kind}-{n}-secret" for kind in ("access", "refresh") for n in range(3))]
    script = {"SF_REDDIT_USERNAME": reddit.USER, "SF_REDDIT_PASSWORD": reddit.PASSWORD, "SF_BLUESKY_IDENTIFIER": bluesky.NAME,
              "SF_BLUESKY_PASSWORD": bluesky.PASSWORD, "SF_BLUESKY_LOGIN_ENDPOINT": live.url("bluesky")}
    live.faults({"path": "/reddit/r/", "fault": "401", "times": 1}, {"path": "info", "fault": "403", "times": 2}, {"path": "youtube", "fault": "500", "share": 0.3}, {"path": "newstories", "fault": "429", "times": 1, "after": "20"},
                {"path": "access_token", "fault": "503", "times": 2}, {"path": "item/", "fault": "bad-score", "share": 0.02},
                {"path": "createSession", "fault": "500", "times": 1}, {"path": "getPosts", "fault": "401", "times": 1})
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    live.until(4 * HOUR)
    child = live.spawn("--log-level", "debug", "--dlq", live.folder / "letters", "--metrics", f"127.0.0.1:{port}", **script)
    live.settle(child, 4 * HOUR)
    told = figures_are_told(live, port)
    line = open(f"/proc/{child.pid}/cmdline").read()
    live.stop(child)
    live.faults()
    for endpoint in ("SF_REDDIT_ENDPOINT", "SF_REDDIT_TOKEN_ENDPOINT", "SF_YOUTUBE_ENDPOINT"):  # nobody listens there: messages name what was asked
        live.until(live.now() - live.start + HOUR)
        child = live.spawn("--log-level", "debug", **script, **{endpoint: f"http://127.0.0.1:{port}"})
        live.settle(child, live.control("clock")["limit"] - live.start)
        live.stop(child)
    refused = subprocess.run([live.program, live.source[0], "--reddit-client-secret", reddit.SECRET], env=live.environment(), text=True, capture_output=True,
                             timeout=20, stdin=subprocess.DEVNULL)
    check(refused.returncode == 2, f"a secret on the command line is taken: {refused}")
    texts = {str(path): path.read_bytes().decode(errors="replace") for path in live.folder.rglob("*")
             if path.is_file() and path.name != "served.ndjson"}
    texts |= {"figures": told, "command line": line, "refusal": refused.stderr}
    check(len(texts) > 8 and "reddit: 401" in texts[str(live.folder / "stderr")], f"{texts.keys()}: this test is blind")
    for name, text in texts.items():
        for secret in secrets:
            check(secret not in text, f"{name} holds a secret")
    for wanted in ('signalflow_requests_total{source="reddit",status="200"}', 'signalflow_requests_total{source="youtube",status="500"}',
                   'signalflow_budget{source="reddit"}', 'signalflow_budget{source="youtube"}', 'signalflow_seen_ids{source="hackernews"}',
                   'signalflow_tracked_posts{source="bluesky"}', 'signalflow_looks_total{source="reddit"}', 'signalflow_source_up{source="bluesky"} 1',
                   'signalflow_stalls_total{stall="hackernews: slowed down"} ', 'signalflow_gaps_total{source="bluesky"} 0',
                   'signalflow_look_lateness_seconds_bucket{le="60"} '):
        check(wanted in told, f"no {wanted}: {told}")


def a_dry_run_asks_nothing(live):
    """It says what it would ask for and how often, opens no connection, and leaves no state behind."""
    done = subprocess.run([live.program, *live.source, "hackernews:search?since=2026-01-01T00:00:00Z", "--dry-run", "--log-format", "text"],
                          env=live.environment(), text=True, capture_output=True, timeout=20, stdin=subprocess.DEVNULL)
    check(done.returncode == 0, f"{done}")
    for wanted in ("reddit: /r/technology+science+worldnews+programming/new, 100 posts a page every 30 s, 2880 a day",
                   "reddit: 0 posts are looked at again, 100 a request; all together at most 129600 a day",
                   "hackernews: newstories every 30 s, 2880 a day", "hackernews: search, 1,000 stories a request",
                   "bluesky: the stream of posts, likes, reposts, one connection", "youtube: 10000 units a day, 288 of them for lists; 0 are spent today"):
        check(wanted in done.stdout, f"no {wanted}: {done.stdout}")
    check(not live.served(), "it has asked")
    check(not (live.folder / "state/reddit.state").exists() or b"t3" not in (live.folder / "state/reddit.state").read_bytes(), "it has kept something")


CASES = (a_dry_run_asks_nothing, secrets_stay_secret, authors_are_kept_from_others, once_does_what_is_due, limit_ends_it, backfill_fills_in, rechecks_find_deletes)

if __name__ == "__main__":
    late = ["--late", "0.2"] if sys.argv[1:2] == ["rechecks-find-deletes"] else []
    run_cases(CASES, ["--sample", "--crowd", "reddit=300,hackernews=300,bluesky=300,youtube=100", *late], platform="reddit",
              source=SOURCES[:3] + [s + "&comments=5" for s in SOURCES[3:]], **SETTINGS)
