#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""grafana/provisioning/ without Grafana: the files are what Grafana's own types allow; each panel's SQL, macros expanded, runs on a real
replica as a user who may only read, over recorded posts moved to now, and gives exactly the rows that plain Python makes of the tables; each
PromQL runs on a real Prometheus that scraped a real sf-process. That Grafana draws them is not shown.

    grafana.py FOLDER SF_INGEST SF_PROCESS SF_AGGREGATE SHARED    FOLDER keeps the package with Grafana's types, which comes from PyPI"""
import datetime
import gzip
import json
import math
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import grafana_expected
import grafana_prometheus
import replica
import tables

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROVISIONING = ROOT / "grafana/provisioning"
PACKAGE = "grafana-foundation-sdk"
UTC = datetime.timezone.utc
NUMBER, TEXT, TIME, FLAG = "number", "text", "time", "flag"
# What each panel's query gives, in Grafana's kinds of columns.
COLUMNS = {
    "Topic traction": {"time": TIME, "metric": TEXT, "value": NUMBER},
    "Lead and lag": {"topic": TEXT, "platform": TEXT, "delta_score": NUMBER},
    "Trending topics": {"topic": TEXT, "rising": FLAG, "posts": NUMBER, "authors": NUMBER, "times usual": NUMBER, "z": NUMBER, "new": FLAG, "points/s": NUMBER,
                        "points gained": NUMBER, "sentiment": NUMBER, "n": NUMBER},
    "Top topics by platform": {"topic": TEXT, "posts": NUMBER},
}
KINDS = {16: FLAG, 20: NUMBER, 23: NUMBER, 25: TEXT, 701: NUMBER, 1184: TIME}


def check(good, *what):
    if not good:
        raise AssertionError(" ".join(str(w) for w in what))


# ---- the files ----


def simple_yaml(text):
    """(indentation, key, value) of each line: as much of YAML as these files use."""
    return [(len(m[1]) + (2 if m[2] else 0), m[3], m[4]) for m in re.finditer(r"^( *)(- )?(\w+):(?: (.*))?$", text, flags=re.M)]


def datasources():
    found = simple_yaml((PROVISIONING / "datasources/signalflow.yaml").read_text("utf-8"))
    types = [v for _, k, v in found if k == "type"]
    return dict(zip((v for _, k, v in found if k == "uid"), types))


def structure(board):
    """What a provisioned dashboard must have."""
    known = datasources()
    check(known == {"signalflow-postgres": "grafana-postgresql-datasource", "signalflow-prometheus": "prometheus"}, known)
    check(board["uid"] == "signalflow" and board["refresh"] == "1m" and "id" not in board, "uid, refresh")
    panels = board["panels"]
    check(len(panels) == 6 and len({p["id"] for p in panels}) == 6 and len({p["title"] for p in panels}) == 6, "six panels")
    for p in panels:
        check(p["title"] and p["description"] and p["targets"], p["id"])
        for source in [p["datasource"], *(t["datasource"] for t in p["targets"])]:
            check(known.get(source["uid"]) == source["type"], source)
        place = p["gridPos"]
        check(0 <= place["x"] and place["x"] + place["w"] <= 24 and place["h"] > 0, place)
        check(len({t["refId"] for t in p["targets"]}) == len(p["targets"]), p["title"])
    cells = [(x, y) for p in panels for x in range(p["gridPos"]["x"], p["gridPos"]["x"] + p["gridPos"]["w"])
             for y in range(p["gridPos"]["y"], p["gridPos"]["y"] + p["gridPos"]["h"])]
    check(len(cells) == len(set(cells)), "panels lie over each other")
    for p in panels:
        for t in p["targets"]:
            if "expr" in t:
                for counter in re.findall(r"(\w+_(?:total|bucket))\b(?:\{[^}]*\})?(\[[^\]]*\])?", t["expr"]):
                    check(counter[1] == "[$__rate_interval]", t["expr"])


def grafana_types(folder):
    """Has Grafana's types read the dashboard and write it: what comes back is what went in."""
    python = folder / "bin/python"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        install = [python, "-m", "pip", "install", "--quiet", "--timeout", "15", "--retries", "1", PACKAGE]
        if any(subprocess.run(c, check=False, capture_output=True).returncode for c in ([sys.executable, "-m", "venv", folder], install)):
            return "Grafana's types cannot be had: not compared with them"
        (folder / "complete").touch()
    done = subprocess.run([python, pathlib.Path(__file__).with_name("grafana_types.py"), PROVISIONING / "dashboards/signalflow.json"],
                          check=False, capture_output=True, text=True)
    check(done.returncode == 0, done.stdout, done.stderr)
    return done.stdout.strip()


# ---- posts of now on a primary and its replica ----


def recorded(folder, shared):
    """Files of posts: the bundled sample, and of real ones those of two days."""
    yield [ROOT / "data/sample/posts.ndjson", ROOT / "data/sample/histories.ndjson"]
    for name in "hackernews_frontpage_stories", "reddit_top2013":
        path = pathlib.Path(shared) / f"data/posts/{name}.ndjson.gz"
        if not path.exists():
            continue
        rows = []
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                post = json.loads(line)
                at = post["created_at"] or post["observed_at"]
                if at:
                    rows.append((datetime.datetime.fromisoformat(at.replace("Z", "+00:00")), line))
        rows.sort()
        first = rows[len(rows) // 2][0]
        out = folder / f"{name}.ndjson"
        out.write_text("".join(line for at, line in rows if first <= at < first + datetime.timedelta(days=2)), "utf-8")
        yield [out]


def sql(url, statement):
    return subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statement], check=True,
                          stdout=subprocess.PIPE, text=True).stdout.strip()


def until_replayed(write, read):
    """The replica has all that the primary has."""
    end = time.monotonic() + 60
    at = sql(write, "SELECT pg_current_wal_lsn()")
    while sql(read, f"SELECT pg_last_wal_replay_lsn() >= '{at}'") != "t":
        check(time.monotonic() < end, "the replica does not catch up")
        time.sleep(0.05)


def load(process, aggregate, write, superuser, shared):
    with tempfile.TemporaryDirectory() as name:
        for files in recorded(pathlib.Path(name), shared):
            subprocess.run([process, "--quiet", "--shift-to", "now", "--store", write, *(f"replay:{f}" for f in files)], check=True)
    subprocess.run([aggregate, "--quiet", "--once", "--store", write], check=True)
    subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", superuser, "-f", ROOT / "sql/postgres/roles.sql", "-c",
                    "CREATE ROLE grafana LOGIN IN ROLE signalflow_reader"], check=True)


# ---- SQL ----


def expand(query, since, until, platforms):
    """As Grafana does it."""
    query = re.sub(r"\$__timeFilter\(([\w.]+)\)", rf"\1 BETWEEN '{since:%Y-%m-%dT%H:%M:%SZ}' AND '{until:%Y-%m-%dT%H:%M:%SZ}'", query)
    query = query.replace("${platform:sqlstring}", ",".join(f"'{p}'" for p in platforms))
    check("$" not in query, "a macro is left:", query)
    return query


def same(a, b):
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
    return a == b


def rows_of(reader, query):
    with reader.cursor() as c:
        c.execute(query)
        return {d.name: KINDS.get(d.type_code, d.type_code) for d in c.description}, c.fetchall()


def as_numbers(rows):
    """Counts and sums of counts come as whole numbers or not: the same to Grafana."""
    return [tuple(float(v) if isinstance(v, int) and not isinstance(v, bool) else v for v in row) for row in rows]


def compare(title, got, wanted):
    got, wanted = as_numbers(got), as_numbers(wanted)
    check(len(got) == len(wanted) and len(got) > 0, title, len(got), "rows, wanted", len(wanted))
    for g, w in zip(got, wanted):
        check(len(g) == len(w) and all(same(a, b) for a, b in zip(g, w)), title, "\ngot", g, "\nwanted", w)


def dump(reader, table):
    with reader.cursor() as c:
        c.execute(f"SELECT * FROM {table}")
        names = [d.name for d in c.description]
        return grafana_expected.parsed([dict(zip(names, row)) for row in c.fetchall()])


def panels_of(board, read):
    """Each panel of SQL, on the replica, as user grafana; all platforms and one alone."""
    reader = tables.psycopg2().connect(read.replace("//signals@", "//grafana@"))
    reader.set_session(isolation_level="REPEATABLE READ")  # one moment for all: views look at the time
    with reader.cursor() as c:
        c.execute("SELECT now(), pg_is_in_recovery()")
        now, recovers = c.fetchone()
        check(recovers, "that is no replica")
    signals, series, events, trends = (dump(reader, t) for t in ("signals", "topic_timeseries", "cross_platform_events", "topic_trends"))
    variable = board["templating"]["list"][0]
    _, known = rows_of(reader, variable["query"])
    everything = [p for p, in known]
    check(len(everything) >= 4, everything)
    n = 0
    until = now.astimezone(UTC).replace(microsecond=0)
    since = until - datetime.timedelta(hours=24)
    for platforms in everything, everything[:1]:
        expected = {
            "Topic traction": grafana_expected.traction(signals, series, platforms, since, until),
            "Lead and lag": grafana_expected.leads(events, platforms, since, until),
            "Trending topics": grafana_expected.trending(trends, series, now),
            "Top topics by platform": grafana_expected.leaders(series, platforms, now),
        }
        for p in board["panels"]:
            for t in p["targets"]:
                if "rawSql" in t:
                    kinds, rows = rows_of(reader, expand(t["rawSql"], since, until, platforms))
                    check(kinds == COLUMNS[p["title"]], p["title"], kinds)
                    compare(p["title"], rows, expected[p["title"]])
                    n += 1
                    print(f"{p['title']}: {len(rows)} rows")
    reader.rollback()
    with reader.cursor() as c:
        try:
            c.execute("SELECT * FROM users")
            check(False, "a reader sees users")
        except tables.psycopg2().errors.InsufficientPrivilege:
            pass
    reader.close()
    return n


def main():
    folder, ingest, process, aggregate, shared = sys.argv[1:6]
    board = json.loads((PROVISIONING / "dashboards/signalflow.json").read_text("utf-8"))
    structure(board)
    print(grafana_types(pathlib.Path(folder)))
    with replica.cluster() as (_, write, read, superuser):
        load(process, aggregate, write, superuser, shared)
        until_replayed(superuser, read)
        n = panels_of(board, read)
    m = grafana_prometheus.run(board, ingest, process)
    print(f"{n} results of SQL and {m} of PromQL are as they must be; that Grafana draws them is not shown")


if __name__ == "__main__":
    main()
