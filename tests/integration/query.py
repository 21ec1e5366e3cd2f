#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Asks a small store many questions, with each filter alone and with several at once, and compares with what going through all
rows in Python finds. Every filter is also given what would break a statement that it got into.

    query.py SF_SERVE [SEED]"""
import json
import math
import os
import random
import re
import statistics
import subprocess
import sys

import query_store as store
import stores
import tables

POST_FIELDS = ["id", "event_at", "platform", "source_id", "kind", "channel", "title", "author", "lang", "labels", "raw_score",
               "comments", "velocity", "comment_velocity", "trending_score", "rising", "sentiment_compound", "topics",
               "observed_at", "first_seen_at", "deleted_at"]
ORDERS = {"new": "event_at", "old": "event_at", "hot": "hotness", "velocity": "velocity", "score": "raw_score",
          "comments": "comments"}


def stamp(ms):
    seconds, rest = divmod(ms, 1000)
    import datetime
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % rest


class Asker:
    def __init__(self, program, url):
        self.program, self.url, self.asked = program, url, 0
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("SF_")} | {"TZ": "UTC"}

    def run(self, ask, filters, form="json"):
        self.asked += 1
        options = [x for name, value in filters for x in (["--" + name] if value is True else [f"--{name}={value}"])]
        return subprocess.run([self.program, "query", ask, f"--store={self.url}", f"--format={form}", "--log-format=text",
                               *options], capture_output=True, env=self.env, timeout=60)

    def ask(self, ask, filters):
        done = self.run(ask, filters)
        if done.returncode:
            raise AssertionError(f"{ask} {filters}: exit {done.returncode}: {done.stderr.decode()}")
        return json.loads(done.stdout)


class Checker:
    def __init__(self, program, url, seed):
        self.tables = store.make(url, seed)
        self.asker = Asker(program, url)
        self.r = random.Random(seed)
        self.looks = {}
        for look in self.tables["signal_metrics_history"]:
            self.looks.setdefault((look["platform"], look["source_id"]), []).append(look)

    # ---- posts

    def as_then(self, post, as_of):
        """A row as it was."""
        looks = sorted((x for x in self.looks[post["platform"], post["source_id"]] if x["observed_at"] <= as_of),
                       key=lambda x: x["observed_at"])
        newest = lambda name, has: next((x[name] for x in reversed(looks) if x[has] is not None), None)
        out = dict(post, raw_score=newest("score", "score"), comments=newest("comments", "comments"),
                   velocity=newest("velocity", "score"), comment_velocity=newest("comment_velocity", "comments"),
                   trending_score=newest("trending_score", "score"), rising=None, normalised_score=None,
                   observed_at=looks[-1]["observed_at"] if looks else None)
        t = out["trending_score"]
        out["hotness"] = None if t is None else math.log2(max(t, 1e-6)) + out["observed_at"] / 21_600_000
        return out

    @staticmethod
    def tokens(text):
        """As the full text index cuts it: letters and digits, without case and accents."""
        import unicodedata
        plain = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
        return re.findall(r"[^\W_]+", plain)

    def has_term(self, post, term, phrase):
        """Is it in title or body? A phrase lies in one of them."""
        prefix = not phrase and len(term) > 1 and term.endswith("*")
        wanted = self.tokens(term)
        for text in (post["title"], post["body"]):
            have = self.tokens(text)
            for i in range(len(have) - len(wanted) + 1):
                here = have[i:i + len(wanted)]
                if here == wanted or (prefix and here[:-1] == wanted[:-1] and here[-1].startswith(wanted[-1])):
                    return True
        return False

    def has_text(self, post, q):
        terms = [(m[1], True) if m[1] is not None else (m[2], False) for m in re.finditer(r'"([^"]*)"?|([^\s"]+)', q)]
        return all(self.has_term(post, t, phrase) for t, phrase in terms if self.tokens(t))

    def fits(self, post, f):
        least = lambda name, key: key not in f or (post[name] is not None and post[name] >= f[key])
        labels = json.loads(post["labels"] or "[]")
        scored = post["sentiment_compound"] is not None and post["sentiment_cover"] >= 0.5
        return ((post["deleted_at"] is not None) == ("deleted" in f)
                and ("platform" not in f or post["platform"] in f["platform"].split(","))
                and ("topic" not in f or f["topic"].lower() in json.loads(post["topics"] or "[]"))
                and ("q" not in f or self.has_text(post, f["q"]))
                and post["event_at"] >= f.get("since", 0) and post["event_at"] < f.get("until", 1e18)
                and all(f[n] == post[n] for n in ("channel", "author", "lang", "kind") if n in f)
                and ("label" not in f or f["label"] in labels) and ("without-label" not in f or f["without-label"] not in labels)
                and least("velocity", "min-velocity") and least("raw_score", "min-score") and least("comments", "min-comments")
                and ("min-sentiment" not in f or (scored and post["sentiment_compound"] >= f["min-sentiment"]))
                and ("max-sentiment" not in f or (scored and post["sentiment_compound"] <= f["max-sentiment"]))
                and ("rising" not in f or post["rising"] == 1)
                and post["first_seen_at"] <= f.get("as-of", 1e18))

    def posts(self, f):
        for post in self.tables["signals"]:
            seen = self.as_then(post, f["as-of"]) if "as-of" in f else post
            if self.fits(seen, f):
                yield seen

    @staticmethod
    def options(f):
        return [(k, stamp(v) if k in ("since", "until", "as-of") else v) for k, v in f.items()]

    def check_posts(self, ask, f):
        f = dict(f)
        order = f.get("order", "hot" if ask == "trending" else "new")
        column = ORDERS[order]
        g = dict(f)
        if ask == "trending" and "since" not in f:
            g["since"] = f.get("until", f.get("as-of", 0)) - 24 * store.HOUR
        rows = [p for p in self.posts(g) if p[column] is not None]
        rows.sort(key=lambda p: (p[column], p["id"]), reverse=order != "old")
        total, first, n = len(rows), f.get("offset", 0), f.get("limit", 20)
        got = self.asker.ask(ask, [*self.options(f), ("total", True), ("fields", ",".join(POST_FIELDS))])
        wanted = rows[first:first + n]
        if [x["id"] for x in got["rows"]] != [x["id"] for x in wanted]:
            # hotness of then is worked out anew; equal ones may differ in the last bit
            near = [abs(a[column] - b) for a, b in zip(wanted, [self.key(x["id"], column, f) for x in got["rows"]])]
            assert column == "hotness" and len(got["rows"]) == len(wanted) and max(near) < 1e-9, \
                f"{ask} {f}: {[x['id'] for x in got['rows']]} instead of {[x['id'] for x in wanted]}"
        assert got["meta"]["total"] == total, f"{ask} {f}: total {got['meta']['total']} instead of {total}"
        assert got["meta"]["more"] == (total > first + n), f"{ask} {f}: more"
        by_id = {p["id"]: p for p in wanted}
        for row in got["rows"]:
            self.compare_row(ask, f, row, by_id.get(row["id"]))
        if not rows:
            assert any(x["code"] == "empty" for x in got["meta"]["notes"]), f"{ask} {f}: does not say why it is empty"
        return got

    def key(self, number, column, f):
        post = self.tables["signals"][number - 1]
        return (self.as_then(post, f["as-of"]) if "as-of" in f else post)[column]

    def compare_row(self, ask, f, row, post):
        if post is None:
            return
        for name in POST_FIELDS:
            want = post[name]
            if name in ("event_at", "observed_at", "first_seen_at", "deleted_at"):
                want = None if want is None else stamp(want)
            elif name in ("labels", "topics"):
                want = None if want is None else json.loads(want)
            elif name == "rising":
                want = None if want is None else bool(want)
            assert row[name] == want, f"{ask} {f}: {name} of {row['id']}: {row[name]!r} instead of {want!r}"

    def random_filter(self, past):
        r, now = self.r, store.NOW
        choices = {
            "platform": lambda: ",".join(r.sample(store.PLATFORMS, r.randrange(1, 4))),
            "topic": lambda: r.choice([*store.TOPICS, "Quantum Computing", "no such"]),
            "q": lambda: r.choice(["quantum", "Quantum computers", '"new study"', '"study new"', "quan*", "europe ibm result", "!!! ibm",
                                   '"surprise result" chi*', "nosuchword", "日本", "drop", *store.HOSTILE[:3], '"unclosed study']),
            "since": lambda: now - r.randrange(72) * store.HOUR, "until": lambda: now - r.randrange(40) * store.HOUR,
            "channel": lambda: r.choice(["technology", "Technology", store.HOSTILE[0]]),
            "author": lambda: r.choice(["ann", "Ann", *store.HOSTILE]), "lang": lambda: r.choice(["en", "de", "xx"]),
            "label": lambda: r.choice(store.LABELS), "without-label": lambda: r.choice(store.LABELS),
            "kind": lambda: r.choice(["post", "comment"]), "min-velocity": lambda: round(r.uniform(-0.1, 1), 3),
            "min-score": lambda: r.randrange(400), "min-comments": lambda: r.randrange(150),
            "min-sentiment": lambda: round(r.uniform(-1, 1), 2), "max-sentiment": lambda: round(r.uniform(-1, 1), 2),
            "rising": lambda: True, "deleted": lambda: True, "order": lambda: r.choice(list(ORDERS)),
            "limit": lambda: r.randrange(1, 200), "offset": lambda: r.randrange(100)}
        if past:
            del choices["rising"], choices["deleted"]
        return choices

    def tidy(self, ask, f):
        """Takes out what does not go together."""
        if f.get("since", 0) >= f.get("until", 1e18):
            del f["since"]
        if ask == "trending":
            f.pop("deleted", None)
            if "as-of" not in f and "until" not in f:
                f["since"] = f.get("since", store.NOW - 30 * store.HOUR)
        return f

    def check_filters(self):
        for ask in ("signals", "trending"):
            for past in (False, True):
                choices = self.random_filter(past)
                base = {"as-of": store.NOW - 17 * store.HOUR} if past else {}
                singles = [[n] for n in choices] * 2
                several = [self.r.sample(list(choices), self.r.randrange(2, 5)) for _ in range(40)]
                if not past:
                    self.check_posts(ask, {"since": store.NOW - 30 * store.HOUR, "limit": 5000})
                for names in [[], *singles, *several]:
                    self.check_posts(ask, self.tidy(ask, {**base, **{n: choices[n]() for n in names}}))

    def check_then(self):
        """What was hottest at many moments: found from the looks before them, few or many."""
        for i in range(20):
            choices = self.random_filter(True)
            for name in ("q", "order", "offset"):
                del choices[name]
            f = {"as-of": store.START + self.r.randrange(60 * 60) * 60_000 + self.r.randrange(2) * self.r.randrange(60_000), "order": "hot",
                 "limit": self.r.choice([1, 5, 20, 300]), "offset": self.r.choice([0, 0, 7])}
            for name in self.r.sample(list(choices), i % 3):
                f.setdefault(name, choices[name]())
            self.check_posts(self.r.choice(["signals", "trending"]), self.tidy("trending", f))

    def check_cursors(self):
        """Page by page gives the whole, each row once."""
        for f in ({"order": "new"}, {"order": "old"}, {"order": "hot"}, {"order": "velocity"}, {"order": "comments", "q": "quantum"},
                  {"order": "hot", "as-of": store.NOW - 9 * store.HOUR}, {"order": "score", "platform": "reddit"}):
            f = {"since": store.NOW - 20 * store.HOUR, **f}
            whole = [x["id"] for x in self.asker.ask("signals", [*self.options(f), ("limit", 100000), ("fields", "id")])["rows"]]
            pages, cursor = [], None
            while cursor is not False and len(pages) <= len(whole):
                more = [("cursor", cursor)] if cursor else []
                got = self.asker.ask("signals", [*self.options(f), ("limit", 97), ("fields", "id"), *more])
                pages += [x["id"] for x in got["rows"]]
                cursor = got["meta"]["next"] or False
            assert pages == whole and len(whole) > 200, f"{f}: pages differ from the whole"

    # ---- pulse and platforms

    def wanted_pulse(self, posts, topic, gains, scored_n=None):
        scored = [p["sentiment_compound"] for p in posts if p["sentiment_compound"] is not None and p["sentiment_cover"] >= 0.5]
        known = lambda name: [p[name] for p in posts if p[name] is not None]
        mean = lambda v: sum(v) / len(v) if v else None
        authors = [(p["platform"], p["author"]) for p in posts]
        return {"count": len(posts), "authors": len({a for a in authors if a[1]}) + sum(1 for a in authors if not a[1]),
                "avg_sentiment": mean(scored), "n_scored": len(scored), "avg_velocity": mean(known("velocity")),
                "n_velocity": len(known("velocity")), "avg_score": mean(known("raw_score")), "n_score": len(known("raw_score")),
                "score_gain": sum(gains) if gains else None}, scored

    def compare_figures(self, what, row, wanted, scored):
        for name, want in wanted.items():
            got = row[name]
            same = got == want if want is None or isinstance(want, int) else got is not None and math.isclose(got, want, abs_tol=1e-9)
            assert same, f"{what}: {name}: {got} instead of {want}"
        if len(scored) > 30:
            half = 1.96 * statistics.stdev(scored) / math.sqrt(len(scored))
            low = max(-1, statistics.mean(scored) - half)
            assert abs(row["sentiment_low"] - low) < 0.05 * half + 1e-9, f"{what}: low"
        assert (row["sentiment_low"] is None) == (len(scored) < 2), f"{what}: an interval of {len(scored)}"

    def compare_intervals(self, what, row, posts):
        """Each average lies in its interval, which is as wide as the numbers are apart."""
        for name, column in (("velocity", "velocity"), ("score", "raw_score")):
            v, ends = [p[column] for p in posts if p[column] is not None], (row[f"{name}_low"], row[f"{name}_high"])
            assert [e is None for e in ends] == [len(v) < 2] * 2, f"{what}: an interval of {len(v)} for {name}"
            half = 1.96 * statistics.stdev(v) / math.sqrt(len(v)) if len(v) > 30 else None
            for end, sign in zip(ends, (-1, 1)) if half is not None else ():
                want = statistics.mean(v) + sign * half
                assert abs(end - want) < 0.05 * half + 1e-9, f"{what}: {name}: {end} instead of {want}"

    def gains(self, f, since, until, platform):
        if set(f) - {"topic", "platform", "since", "until", "as-of", "step"} or "topic" not in f:
            return []
        return [x["score_gain"] for x in self.tables["topic_timeseries"]
                if x["topic"] == f["topic"].lower() and platform in (x["platform"], "all") and x["score_gain"] is not None
                and since - store.BUCKET < x["bucket"] < until
                and x["platform"] in f.get("platform", ",".join(store.PLATFORMS)).split(",")]

    def check_pulse(self, f):
        end = f.get("until", f["as-of"])
        back = 24 if "topic" in f or "q" in f else 6
        g = {"since": end - back * store.HOUR, **f, "until": end}
        posts = list(self.posts(g))
        got = self.asker.ask("pulse", self.options(f))
        names = f.get("platform", ",".join(store.PLATFORMS)).split(",")
        wanted_rows = [p for p in store.PLATFORMS if p in names] + (["all"] if len(names) > 1 else [])
        assert [x["platform"] for x in got["rows"]] == wanted_rows, f"pulse {f}: {[x['platform'] for x in got['rows']]}"
        for row in got["rows"]:
            mine = [p for p in posts if row["platform"] in (p["platform"], "all")]
            wanted, scored = self.wanted_pulse(mine, f.get("topic"), self.gains(f, g["since"], end, row["platform"]))
            self.compare_figures(f"pulse {f} {row['platform']}", row, wanted, scored)
            self.compare_intervals(f"pulse {f} {row['platform']}", row, mine)
            counts = {}
            for p in mine:
                for t in json.loads(p["topics"] or "[]"):
                    counts[t] = counts.get(t, 0) + (t != f.get("topic", "").lower())
            top = sorted(((-n, t.encode()) for t, n in counts.items() if n))[:5]
            assert [(-x["count"], x["topic"].encode()) for x in row["top"]] == top, f"pulse {f}: top {row['top']} not {top}"

    def check_steps(self):
        f = {"topic": "quantum computing", "as-of": store.NOW - 3 * store.HOUR, "since": store.NOW - 20 * store.HOUR, "step": "2h"}
        got = self.asker.ask("pulse", self.options(f))
        step = 2 * store.HOUR
        posts = list(self.posts({**f, "until": f["as-of"]}))
        assert len(got["rows"]) == 5 * math.ceil((f["as-of"] - f["since"] // step * step) / step)
        for row in got["rows"]:
            mine = [p for p in posts if row["platform"] in (p["platform"], "all") and stamp(p["event_at"] // step * step) == row["from"]]
            wanted, scored = self.wanted_pulse(mine, None, [])
            del wanted["score_gain"]
            self.compare_figures(f"step {row['from']} {row['platform']}", row, wanted, scored)
            self.compare_intervals(f"step {row['from']} {row['platform']}", row, mine)

    def check_pulses(self):
        late = store.NOW - 11 * store.HOUR
        choices = self.random_filter(True)
        for n in ("min-velocity", "min-score", "min-comments", "min-sentiment", "max-sentiment", "order", "limit", "offset"):
            del choices[n]
        for names in [[], *[[n] for n in choices], *[self.r.sample(list(choices), 2) for _ in range(15)], ["topic"], ["topic", "platform"]]:
            f = self.tidy("pulse", {"as-of": late, **{n: choices[n]() for n in names}})
            if f.get("since", 0) < f.get("until", f["as-of"]):
                self.check_pulse(f)
        self.check_steps()

    def check_platforms(self):
        for f in ({"topic": "ibm"}, {"topic": "quantum computing", "platform": "reddit,youtube"}, {"by": "platform"}, {"topic": "no such"}):
            f = {**f, "as-of": store.NOW - 5 * store.HOUR}
            g = {"since": f["as-of"] - 24 * store.HOUR, **f, "until": f["as-of"]}
            posts = list(self.posts(g))
            firsts = [p["event_at"] for p in posts]
            all_posts = [p for p in self.tables["signals"] if g["since"] <= p["event_at"] < g["until"]]
            for row in self.asker.ask("compare", self.options(f))["rows"]:
                mine = [p for p in posts if p["platform"] == row["platform"]]
                share = len(mine) / sum(1 for p in all_posts if p["platform"] == row["platform"])
                lag = (min(p["event_at"] for p in mine) - min(firsts)) / 1000 if mine else None
                assert row["count"] == len(mine) and math.isclose(row["share"], share) and row["lag_seconds"] == lag, f"{f}: {row}"

    # ---- events and topics

    def check_events(self):
        r, now = self.r, store.NOW
        choices = {"platform": lambda: ",".join(r.sample(store.PLATFORMS, r.randrange(1, 3))), "significant": lambda: True,
                   "topic": lambda: r.choice(self.tables["cross_platform_events"])["topic"],
                   "since": lambda: now - r.randrange(20, 48) * store.HOUR, "until": lambda: now - r.randrange(18) * store.HOUR,
                   "limit": lambda: r.randrange(1, 50), "offset": lambda: r.randrange(30)}
        for names in [[], *[[n] for n in choices] * 3, *[r.sample(list(choices), 3) for _ in range(15)]]:
            f = {"as-of": now - r.randrange(10) * store.HOUR, "by": "event", **{n: choices[n]() for n in names}}
            end = min(f.get("until", 1e18), f["as-of"] + 1)
            since = f.get("since", f.get("until", f["as-of"]) - 7 * 24 * store.HOUR)
            rows = [e for e in self.tables["cross_platform_events"]
                    if since <= e["ts"] < end and ("topic" not in f or e["topic"] == f["topic"].lower())
                    and set(f["platform"].split(",") if "platform" in f else []) <= set(json.loads(e["platforms"]))
                    and ("significant" not in f or e["significant"] == 1)]
            rows.sort(key=lambda e: (-e["bucket"], -e["ts"], e["topic"].encode()))
            got = self.asker.ask("compare", [*self.options(f), ("total", True)])
            first, n = f.get("offset", 0), f.get("limit", 20)
            assert [x["id"] for x in got["rows"]] == [x["id"] for x in rows[first:first + n]], f"compare {f}"
            assert got["meta"]["total"] == len(rows), f"compare {f}: total"

    def check_topics(self):
        for f in ({}, {"topic": "IBM"}, {"q": "quantum"}, {"q": "cul*"}, {"rising": True}, {"limit": 3}, {"limit": 3, "offset": 2}):
            rows = [t for t in self.tables["topic_trends"]
                    if ("topic" not in f or t["topic"] == f["topic"].lower())
                    and ("q" not in f or f["q"].rstrip("*") in t["topic"]) and ("rising" not in f or t["place"] > 0)]
            rows.sort(key=lambda t: (t["place"] == 0, t["place"], t["z"] is None, -(t["z"] or 0), -t["share"], t["topic"]))
            got = self.asker.ask("topics", [*self.options(f), ("total", True)])
            first = f.get("offset", 0)
            assert [x["topic"] for x in got["rows"]] == [x["topic"] for x in rows[first:first + f.get("limit", 20)]], f"topics {f}"
            assert got["meta"]["total"] == len(rows)

    def check_topics_then(self):
        """Of another moment: counts and shares of the period, by hand; what is compared with the past is the library's own matter."""
        as_of = store.NOW - 7 * store.HOUR + 120_000
        end = as_of // store.BUCKET * store.BUCKET + store.BUCKET
        for f in ({}, {"platform": "reddit"}, {"platform": "bluesky,youtube", "limit": 2}, {"topic": "Quantum"}, {"q": "comput"}):
            rows = [x for x in self.tables["topic_timeseries"]
                    if x["count"] and x["platform"] in f.get("platform", ",".join(store.PLATFORMS)).split(",")]
            now, first = {}, {}
            for x in rows:
                if end - store.HOUR <= x["bucket"] < end:
                    now[x["topic"]] = now.get(x["topic"], 0) + x["count"]
                if x["bucket"] < end:
                    first[x["topic"]] = min(x["bucket"], first.get(x["topic"], end))
            fit = {t: n for t, n in now.items() if f.get("topic", t).lower() == t and f.get("q", "") in t}
            got = self.asker.ask("topics", [*self.options({**f, "as-of": as_of}), ("total", True)])
            assert got["meta"]["total"] == len(fit) and len(got["rows"]) == min(len(fit), f.get("limit", 20)), f"topics {f}"
            for row in got["rows"]:
                wanted = (now[row["topic"]], stamp(first[row["topic"]]))
                assert (row["now"], row["first_seen"]) == wanted, f"topics {f}: {row} instead of {wanted}"
                assert math.isclose(row["share"], now[row["topic"]] / sum(now.values())), f"topics {f}: {row}"

    # ---- hostile

    def check_hostile(self):
        """Nothing gets into a statement: an answer or wrong use, and the store stays as it was."""
        before = tables.digest(self.asker.url)
        names = [*self.random_filter(False), "as-of", "step", "by", "cursor", "fields", "significant"]
        for ask in ("signals", "trending", "topics", "pulse", "compare"):
            for name in names:
                for text in self.r.sample(store.HOSTILE, 6):
                    done = self.asker.run(ask, [(name, text)])
                    assert done.returncode in (0, 2), f"{ask} --{name}={text!r}: exit {done.returncode}: {done.stderr}"
                    assert done.returncode == 0 or b"error" in done.stderr and b"SQL" not in done.stderr
                    if done.returncode == 0:
                        json.loads(done.stdout)
        assert tables.digest(self.asker.url) == before, "the store changed"

    def check_terminal(self):
        """No format lets a control character out of a title, but for CSV, which is for programs."""
        for form in ("table", "json", "ndjson"):
            out = self.asker.run("signals", [("limit", 3000), ("since", 0)], form).stdout.decode()
            bad = [c for c in out if (ord(c) < 32 and c != "\n") or 0x7f <= ord(c) <= 0x9f]
            assert not bad and len(out) > 100_000, f"{form}: {bad[:5]}"


def main():
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with stores.place() as place:
        checker = Checker(sys.argv[1], place.new("signals"), seed)
        checker.check_filters()
        checker.check_then()
        checker.check_cursors()
        checker.check_pulses()
        checker.check_platforms()
        checker.check_events()
        checker.check_topics()
        checker.check_topics_then()
        checker.check_hostile()
        checker.check_terminal()
    print(checker.asker.asked, "questions")


main()
