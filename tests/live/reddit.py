#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""reddit: against the simulator, over simulated days that take seconds.

    reddit.py CASE SF-INGEST
"""
import collections
import json
import pathlib
import subprocess
import sys

from harness import HOUR, MINUTE, ROOT, by_id, check, check_complete, check_true, kill_often, near, run_cases, time_of

sys.path.insert(0, str(ROOT / "tests/fake"))
import reddit as fake  # noqa: E402

APP = {"SF_REDDIT_CLIENT_ID": fake.CLIENT, "SF_REDDIT_CLIENT_SECRET": fake.SECRET,
       "SF_REDDIT_USER_AGENT": "linux:tests:v1 (by /u/someone)"}
SCRIPT = {"SF_REDDIT_CLIENT_ID": fake.CLIENT, "SF_REDDIT_CLIENT_SECRET": fake.SECRET, "SF_REDDIT_USERNAME": fake.USER,
          "SF_REDDIT_PASSWORD": fake.PASSWORD}
ALL = "reddit:" + "+".join(fake.SUBREDDITS)
SECRETS = (fake.SECRET, fake.PASSWORD, "pass%20word", "token-0-secret")


def check_secrets(live):
    """No secret stands in anything that was written."""
    for path in pathlib.Path(live.folder).rglob("*"):
        if path.is_file() and path.name not in ("served.ndjson", "secret"):
            text = path.read_bytes()
            for secret in SECRETS:
                check(secret.encode() not in text, f"{path} holds a secret")


def every_post_comes(live):
    """Each post once and soon, with numbers that were served; labels; each delete once; within the limit at all times."""
    live.run(30 * HOUR)
    records, served = live.records(), live.served()
    check_complete(live, records, 30 * HOUR - 5 * MINUTE)
    check_true(live, records, served)
    deletes = 0
    for id_, rs in by_id(records).items():
        truth, kinds = live.truth[id_], collections.Counter(r["kind"] for r in rs)
        check(kinds["post"] == 1 and kinds["delete"] <= 1, f"{id_}: {kinds}")
        check(rs[0]["channel"] == truth["subreddit"] and rs[0]["title"], f"{rs[0]}")
        check(("nsfw" in rs[0]["labels"]) == truth["nsfw"] and ("crosspost" in rs[0]["labels"]) == truth["crosspost"]
              and bool(rs[0]["parent_id"]) == truth["crosspost"], f"{rs[0]}, {truth}")
        if truth["created"] > live.start:
            near(f"first sight of {id_}", time_of(rs[0]["observed_at"]) - truth["created"], 0, 125_000)
        gone = truth["gone"] is not None and truth["gone"] < live.start + 24 * HOUR
        check(not gone or kinds["delete"], f"{truth} was not deleted")
        check(kinds["delete"] == 0 or rs[-1]["kind"] == "delete" and not rs[-1]["title"], f"{rs[-1]}")
        deletes += kinds["delete"]
    check(deletes >= 5, f"only {deletes} went: this test is blind")
    check(not [e for e in served if e.get("over")], "the limit was not kept")
    logins = [e for e in served if "login" in e]
    near("logins", len(logins), 30, 33)
    check(all(e["login"] == "client_credentials" for e in logins), f"{logins[0]}")
    infos = [len(e["posts"]) for e in served if "/api/info" in e["path"]]
    check(max(infos) > 5 and max(infos) <= 100, f"posts a refresh: {max(infos)}")
    check_secrets(live)


def faults_lose_nothing(live):
    """A fifth of all answers go wrong, in all ways; no post is missing and no record is wrong."""
    kinds = ("500", "503", "html", "truncated", "cut", "reset", "429", "empty")
    live.faults(*[{"path": "/(new|info)", "fault": k, "share": 0.03, "after": "20"} for k in kinds],
                {"path": "/(new|info)", "fault": "slow", "share": 0.002, "times": 3, "delay": 60},
                {"path": "/new", "fault": "huge", "share": 0.01, "times": 2}, {"path": "/(new|info)", "fault": "drip", "times": 2},
                {"path": "/access_token", "fault": "503", "share": 0.5})
    # Real time, which is short on a busy machine: what is not meant to be slow has to be in time.
    live.run(12 * HOUR, "--http-timeout", "3s", source=["reddit:" + s for s in fake.SUBREDDITS])
    records, served = live.records(), live.served()
    wrong = collections.Counter(e["fault"] for e in served)
    check(all(wrong[k] > 20 for k in kinds), f"too few faults: {wrong}")
    check_complete(live, records, 11 * HOUR)
    check_true(live, records, served)
    posts = collections.Counter(r["source_id"] for r in records if r["kind"] == "post")
    check(max(posts.values()) == 1, f"first sights repeat: {posts.most_common(3)}")


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
    near("first sights repeated", repeated, 0, kills * 8)
    deletes = {r["source_id"] for r in records if r["kind"] == "delete"}
    for t in live.truth.values():
        if t["gone"] and live.start + HOUR < t["gone"] < live.start + (hours - 3) * HOUR and posts[t["id"]]:
            check(t["id"] in deletes, f"the delete of {t} is missing")


def a_gap_is_paged_over(live):
    """While nothing ran hundreds of posts came: the next start pages on until known ground."""
    live.run(2 * HOUR, "--overlap", "0")
    live.control("clock", {"advance": 12 * HOUR})
    live.run(15 * HOUR, "--overlap", "0")
    pages = [e for e in live.served() if "after=" in e["path"]]
    check(len(pages) >= 2, f"only {len(pages)} further pages: this test is blind")
    away = (live.start + 2 * HOUR, live.start + 14 * HOUR + 5 * MINUTE)
    live.truth = {k: t for k, t in live.truth.items() if t["gone"] is None or not away[0] < t["gone"] < away[1]}
    check_complete(live, live.records(), 15 * HOUR - 5 * MINUTE)
    check("some may be missing" not in live.stderr(), live.stderr())


def logins(live):
    """A script app logs in as its account; files hold secrets as well; who is refused is told, with 200 or not; a lost token is renewed once."""
    live.run(HOUR, **SCRIPT)
    check({e["login"] for e in live.served() if "login" in e} == {"password"}, "another grant")
    secret = live.folder / "secret"
    secret.write_text(fake.SECRET + "\n")
    live.run(2 * HOUR, SF_REDDIT_CLIENT_SECRET="", SF_REDDIT_CLIENT_SECRET_FILE=str(secret))
    for more, text in (({"SF_REDDIT_PASSWORD": "wrong"}, "the login was refused: invalid_grant"),
                       ({"SF_REDDIT_CLIENT_SECRET": "wrong"}, "the login was refused: 401")):
        live.until(3 * HOUR)
        child = live.spawn(**SCRIPT | more)
        check(child.wait(timeout=20) == 1 and text in live.stderr(), f"{more}: {live.stderr()}")
    live.faults({"path": "/new", "fault": "401", "times": 1})
    live.run(4 * HOUR)
    live.faults({"path": "/new", "fault": "401"})
    live.until(5 * HOUR)
    child = live.spawn()
    check(child.wait(timeout=20) == 1 and "401, and with a new token again" in live.stderr(), live.stderr())
    check_secrets(live)


def one_source_does_not_disturb_another(live):
    """Listings that are private or not there are left alone; a login that is refused ends reddit: only, and the exit code says so."""
    live.run(2 * HOUR, source=["reddit:private", "reddit:nosuch", "reddit:science"])
    check("private: 403; left alone for an hour" in live.stderr() and "nosuch: 302, a redirect; polled no more" in live.stderr(), live.stderr())
    asked = collections.Counter(e["path"].split("?")[0] for e in live.served())
    check(asked["/reddit/r/private/new"] <= 3 and asked["/reddit/r/nosuch/new"] == 1 and asked["/reddit/r/science/new"] > 30,
          f"{asked}")
    live.until(6 * HOUR)
    child = live.spawn(source=["hackernews:", "reddit:science"], SF_REDDIT_CLIENT_SECRET="wrong")
    live.settle(child, 6 * HOUR)
    live.stop(child, code=1)
    check("the other sources go on" in live.stderr(), live.stderr())
    records = live.records()
    check(sum(r["platform"] == "hackernews" for r in records) > 20, "Hacker News was not read")
    check({r["channel"] for r in records if r["platform"] == "reddit" and r["kind"] == "post"} == {"science"}, "another channel")


def wrong_use(live):
    for arguments, source, more, text in (
            ((), "reddit:", {}, "names no subreddit"),
            ((), "reddit:a b", {}, "names no subreddit"),
            ((), "reddit:x?y=1", {}, '"y" is nothing it knows'),
            ((), ALL, {"SF_REDDIT_CLIENT_ID": ""}, "needs an app's id and secret"),
            ((), ALL, {"SF_REDDIT_USERNAME": "me"}, "go together"),
            ((), ALL, {"SF_REDDIT_USER_AGENT": ""}, "needs reddit-user-agent"),
            ((), ALL, {"SF_REDDIT_USER_AGENT": "Mozilla/5.0"}, "is not as"),
            (("--reddit-client-secret", "x"), ALL, {}, "all can see a secret in an argument"),
            (("--reddit-endpoint", "reddit"), ALL, {}, "neither http:// nor https://")):
        done = subprocess.run([live.program, source, "--to", live.out, "--log-format", "text", *arguments],
                              env=live.environment() | more, text=True, capture_output=True, timeout=20, stdin=subprocess.DEVNULL)
        check(done.returncode == 2 and text in done.stderr, f"{source}, {more}: {done.returncode}, {done.stderr}")


def what_cannot_be_read_is_kept(live):
    """A post with a broken field is a dead letter, once, though each page has it again; the others come as ever."""
    live.faults({"path": "/new", "fault": "bad-score", "share": 0.05})
    live.run(10 * HOUR, "--dlq", live.folder / "letters")
    letters = [json.loads(line) for line in (live.folder / "letters").read_text().splitlines()]
    check(len(letters) >= 2, f"only {len(letters)} letters: this test is blind")
    names = collections.Counter(json.loads(x["raw"])["data"]["name"] for x in letters)
    check(max(names.values()) == 1 and all("score: " in x["error"]["message"] for x in letters), f"{names}")
    records = live.records()
    check_complete(live, records + [{"platform": "reddit", "kind": "post", "source_id": n} for n in names], 10 * HOUR - 5 * MINUTE)


CASES = (every_post_comes, faults_lose_nothing, kills_lose_nothing, a_gap_is_paged_over, logins, one_source_does_not_disturb_another,
         wrong_use, what_cannot_be_read_is_kept)

if __name__ == "__main__":
    run_cases(CASES, ["--sample", "--gone", "0.5", "--crowd", "900"], platform="reddit", source=ALL, **APP)
