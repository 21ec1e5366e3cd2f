#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""With a million posts in PostgreSQL, no statement of a question, a batch, a cycle or retention reads a table from its beginning to its end: the
server explains (auto_explain) all that the programs really ask, and each plan goes by indexes.

    plans.py SF_PROCESS SF_AGGREGATE SF_SERVE [POSTS]"""
import json
import os
import re
import subprocess
import sys
import time

import large_store
import stores
import tables

SETTINGS = """
session_preload_libraries = 'auto_explain'
auto_explain.log_min_duration = 0
auto_explain.log_format = json
auto_explain.log_analyze = on
auto_explain.log_timing = off
autovacuum = off
max_wal_size = 4GB
shared_buffers = 512MB
"""
FEW = 5000  # rows that may be read one after the other: small tables, and partitions of which all is asked
WHOLE = {"dirty_buckets", "topic_trends", "store_state", "schema_version", "source_offsets", "births", "coverage"}  # small by their nature
ALL = "HAVING count(*) >= 2"  # once an hour, topics of which two platforms speak are found in all buckets of four weeks
OFTEN = "topic1", "theme2"
QUESTIONS = {
    "newest posts": ["signals"],
    "of a platform": ["signals", "--platform", "hackernews"],
    "by an author": ["signals", "--author", "user77"],
    "in a channel": ["signals", "--channel", "channel7", "--platform", "reddit"],
    "about a topic": ["signals", "--topic", OFTEN[0]],
    "about a rare topic": ["signals", "--topic", "topic4444"],
    "with a word": ["signals", "--q", "word77"],
    "with a phrase": ["signals", "--q", '"about topic7"'],
    "that rise": ["signals", "--rising"],
    "deleted": ["signals", "--deleted"],
    "a post": ["signals", "--platform", "reddit", "--source-id", "s500000"],
    "old ones, far in": ["signals", "--order", "old", "--offset", "2000"],
    "a post's looks": ["history", "--platform", "reddit", "--source-id", "s500000"],
    "hottest": ["trending"],
    "hottest about a topic": ["trending", "--topic", OFTEN[0]],
    "hottest of a day ago": ["trending", "--as-of", "1d"],
    "topics": ["topics"],
    "pulse": ["pulse"],
    "pulse of a topic": ["pulse", "--topic", OFTEN[1]],
    "events": ["compare"],
    "platforms beside each other": ["compare", "--topic", OFTEN[0]],
    "who precedes whom": ["compare", "--by", "lead"],
}


class Log:
    """What the server wrote since it was last asked."""

    def __init__(self, path):
        self.path, self.at = path, 0

    def plans(self):
        with open(self.path, encoding="utf-8") as f:
            f.seek(self.at)
            text = f.read()
            self.at = f.tell()
        for part in text.split("plan:\n")[1:]:
            yield json.JSONDecoder().raw_decode(part.replace("\n\t", "\n").lstrip())[0]


def nodes(plan):
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def table_of(name):
    return re.sub(r"^signal_metrics_history_.*", "signal_metrics_history", name)


def rows_read(node):
    """Of a scan: those that came out and those that were left out, over all its loops."""
    return (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node.get("Actual Loops", 1)


def look(plans):
    """Indexes used, most rows first; and scans from beginning to end that read much."""
    used, bad, n = {}, [], 0
    for plan in plans:
        n += 1
        for node in nodes(plan["Plan"]):
            kind = node["Node Type"]
            if "Index" in kind and node.get("Index Name", "schema_version_pkey") != "schema_version_pkey":
                name = re.sub(r"^signal_metrics_history_\w+_(pkey|platform_observed_at_idx)", r"signal_metrics_history (\1)", node["Index Name"])
                used[name] = used.get(name, 0) + rows_read(node)
            elif kind == "Seq Scan" and ALL not in plan["Query Text"] and table_of(node["Relation Name"]) not in WHOLE and rows_read(node) > FEW:
                bad.append(f"{node['Relation Name']}: {rows_read(node)} rows: {plan['Query Text'][:300]}")
    if n == 0:
        bad.append("nothing was explained")
    return sorted(used, key=lambda n: -used[n]), bad


class Test:
    def __init__(self, server, url, programs):
        self.log, self.url = Log(server.folder / "log"), url
        self.process, self.aggregate, self.serve = programs
        self.faults = []

    def step(self, name, command, lines=None, check=True):
        list(self.log.plans())
        begun = time.monotonic()
        done = subprocess.run(command, input=lines, text=True, capture_output=True)
        if done.returncode != 0:
            sys.exit(f"{command}: {done.stderr}")
        took = time.monotonic() - begun
        time.sleep(0.1)
        used, bad = look(self.log.plans())
        print(f"| {name} | {', '.join(f'`{u}`' for u in used[:4])} | {1000 * took:.0f} ms |", flush=True)
        if check:
            self.faults += [f"{name}: {b}" for b in bad]

    def ask(self, name, question):
        self.step(name, [self.serve, "query", *question, "--store", self.url, "--format", "ndjson"])

    def cycle(self, name, *more, check=True):
        self.step(name, [self.aggregate, "--quiet", "--once", "--store", self.url, *more], check=check)

    def write(self, name, lines):
        self.step(name, [self.process, "--quiet", "--store", self.url, "--dlq", os.devnull], "".join(json.dumps(s) + "\n" for s in lines))


def signals(kind, ids, **more):
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    for i in ids:
        yield {"platform": "reddit", "source_id": f"s{i}", "kind": kind, "title": "", "body": "", "raw_score": 5, "ts": None, "observed_at": now, **more}


def main():
    programs, posts = sys.argv[1:4], int(sys.argv[4]) if len(sys.argv) > 4 else 1_000_000
    stores.SETTINGS += SETTINGS
    with stores.place() as server:
        url = server.new("large")
        subprocess.run([programs[0], "--quiet", "--migrate", "--store", url], check=True)
        db = tables.connect(url.replace("user=tester", "user=postgres"))
        begun = time.monotonic()
        db.execute("SET auto_explain.log_min_duration = -1")
        large_store.fill(db, posts)
        print(f"{posts} posts in {time.monotonic() - begun:.0f} s", flush=True)
        test = Test(server, url, programs)
        test.cycle("first cycle: all windows", check=False)  # of which there are few statements, over everything
        for table in "topic_timeseries", "topic_totals", "cross_platform_events", "lead_lag":
            db.execute(f"VACUUM ANALYZE {table}")
        for name, question in QUESTIONS.items():
            test.ask(name, question)
        test.write("1,000 new posts", signals("post", range(2 * posts, 2 * posts + 1000), title="NASA lands on Mars", author="ann"))
        test.write("1,000 refreshes", signals("refresh", range(posts - 10_000, posts, 10), raw_score=9))
        test.write("100 deletes", signals("delete", range(0, posts, posts // 100)))
        test.cycle("a cycle")
        test.cycle("retention", "--retention", "29d")
    if test.faults:
        sys.exit("\n".join(test.faults))


if __name__ == "__main__":
    main()
