#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Brings a store that query_store.py made into an empty PostgreSQL database: signals with their full text, topic_timeseries, cross_platform_events, topic_trends. Histories stay behind.

    query_postgres.py FILE postgresql://..."""
import pathlib
import subprocess
import sys

SCHEMA = pathlib.Path(__file__).resolve().parent.parent / "sql" / "postgres"
TABLES = {"signals": ("ts observed_at first_seen_at event_at deleted_at last_updated_at score_at comments_at text_at", "rising"),
          "topic_timeseries": ("bucket first_at", ""), "cross_platform_events": ("bucket ts", "significant"), "topic_trends": ("as_of first_seen", "new")}


def sql(url, text, **more):
    subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", url, "-c", text], check=True, **more)


def bring(file, url, table):
    times, flags = (names.split() for names in TABLES[table])
    columns = subprocess.run(["sqlite3", file, f"SELECT name FROM pragma_table_info('{table}')"], stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    there = subprocess.run(["psql", "-At", url, "-c", f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'"], stdout=subprocess.PIPE, text=True,
                           check=True).stdout.split()
    columns = [c for c in columns if c in there and c != "trend_state"]
    known = lambda c: "to_timestamp(%s / 1000.0)" % c if c in times else f"{c}::int::bool" if c in flags else f"{c}::json" if c in ("topics", "entities", "keywords", "labels", "platforms") else c
    kinds = [("bigint" if c in times else "int" if c in flags else "text" if known(c) != c else f"pg_typeof") for c in columns]
    whole = ", ".join(f"{c} {k}" for c, k in zip(columns, kinds) if k != "pg_typeof")
    plain = ", ".join(c for c, k in zip(columns, kinds) if k == "pg_typeof")
    sql(url, f"DROP TABLE IF EXISTS raw_rows; CREATE UNLOGGED TABLE raw_rows AS SELECT {plain} FROM {table} LIMIT 0")
    for part in filter(None, whole.split(", ")):
        sql(url, f"ALTER TABLE raw_rows ADD COLUMN {part}")
    out = subprocess.Popen(["sqlite3", "-csv", "-nullvalue", "\\N", file, f"SELECT {', '.join(columns)} FROM {table}"], stdout=subprocess.PIPE)
    sql(url, f"COPY raw_rows ({', '.join(columns)}) FROM STDIN (FORMAT csv, NULL '\\N')", stdin=out.stdout)
    out.wait()
    sql(url, f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(known(c) for c in columns)} FROM raw_rows; DROP TABLE raw_rows")


def main():
    file, url = sys.argv[1:3]
    for step in sorted(SCHEMA.glob("0*.sql")):
        subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", url, "-f", step], check=True, stdout=subprocess.DEVNULL)
    for table in TABLES:
        bring(file, url, table)
    sql(url, "INSERT INTO signals_text SELECT id, to_tsvector('simple', title || ' . ' || body)"
             " || array_to_tsvector(ARRAY(SELECT DISTINCT '=' || value FROM json_array_elements_text(topics))) FROM signals")
    sql(url, "VACUUM ANALYZE")


main()
