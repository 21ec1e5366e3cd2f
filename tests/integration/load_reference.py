#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Loads what the reference server has into a store: the signals and events that its seed.py prints, and its two users. So that both can be
asked the same.

  load_reference.py --store sqlite:FILE|postgresql://... [--programs FOLDER]... [--reference FOLDER]

Rows are written as they are: what a store would work out (velocity, scores, sentiment) is given. The store must be empty, or not there yet."""
import argparse
import json
import math
import os
import pathlib
import shutil
import subprocess
import sys
from datetime import datetime

import query_store

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
USERS = [("demo", "demo-pass-1", True), ("off", "off-pass-1", False)]
HALVES_MS = 21_600_000  # what hotness goes by


def reference_folder(given):
    shared = pathlib.Path(os.environ.get("SF_SHARED", ROOT.parent / "shared"))
    folder = pathlib.Path(given) if given else shared / "tools" / "reference-django"
    if not (folder / "seed.py").is_file():
        sys.exit(f"{folder}: no seed.py there")
    return folder


def printed(folder, what):
    text = subprocess.run([sys.executable, str(folder / "seed.py"), what], check=True, capture_output=True, text=True,
                          encoding="utf-8", env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}).stdout
    return [json.loads(line) for line in text.splitlines()]


def ms(text):
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def signal_row(s):
    at, seen = ms(s["ts"]), ms(s["last_updated_at"])
    trending = s["trending_score"] / 100  # the reference's go to 100
    return {
        "id": s["id"], "platform": s["platform"], "source_id": s["source_id"], "kind": "post", "title": s["title"], "body": s["body"],
        "author": f"author{s['id'] % 500}", "url": f"https://example.org/{s['source_id']}", "lang": "en", "labels": "[]",
        "raw_score": s["raw_score"], "comments": s["comments"], "ts": at, "observed_at": seen, "first_seen_at": at, "event_at": at,
        "sentiment_compound": s["sentiment_compound"], "sentiment_neg": 0.0, "sentiment_neu": 1.0, "sentiment_pos": 0.0,
        "sentiment_cover": 1.0, "topics": compact(s["topics"]), "primary_topic": s["primary_topic"], "entities": "[]",
        "keywords": compact(s["keywords"]), "velocity": s["velocity"], "normalised_score": s["raw_score"] / 5000,
        "trending_score": trending, "hotness": math.log2(max(trending, 1e-6)) + seen / HALVES_MS, "rising": int(trending > 0.9),
        "analysis": "reference", "last_updated_at": seen, "score_at": seen, "comments_at": seen, "text_at": seen, "text_rank": 2,
    }


def event_row(e, n):
    at = ms(e["ts"])
    return {"id": n, "topic": e["topic"], "bucket": at - at % 900_000, "platforms": compact(e["platforms"]), "leader": e["platforms"][0],
            "lead_seconds": 60.0, "delta_score": e["delta_score"], "support": 2, "ts": at}


def load(url, folder):
    if url.startswith("sqlite:") and pathlib.Path(url[7:]).exists():
        sys.exit(f"{url}: is there already")
    db = query_store.writer(url)
    posts = [signal_row(s) for s in printed(folder, "--ndjson")]
    db.insert("signals", posts)
    db.insert("signal_metrics_history", [
        {"platform": p["platform"], "source_id": p["source_id"], "observed_at": p["observed_at"], "score": p["raw_score"],
         "comments": p["comments"], "velocity": p["velocity"], "trending_score": p["trending_score"], "ranks": 0} for p in posts])
    db.insert("cross_platform_events", [event_row(e, n + 1) for n, e in enumerate(printed(folder, "--events"))])
    db.finish(posts)


def add_users(program, store):
    for name, password, active in USERS:
        subprocess.run([program, "user", "add", name, "--store", store, "--quiet"], input=password + "\n", text=True, check=True)
        if not active:
            subprocess.run([program, "user", "disable", name, "--store", store, "--quiet"], check=True)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--store", required=True)
    p.add_argument("--programs", action="append", default=[])
    p.add_argument("--reference")
    o = p.parse_args()
    folders = [*o.programs, *map(str, ROOT.glob("build/tools/sf-*"))]
    program = shutil.which("sf-serve", path=os.pathsep.join([*folders, os.environ.get("PATH", "")]))
    if o.store.partition(":")[0] not in ("sqlite", "postgresql"):
        sys.exit("--store: sqlite:FILE, postgresql://...")
    if program is None:
        sys.exit("sf-serve: not found; scripts/build makes it, --programs says where it is")
    load(o.store, reference_folder(o.reference))
    add_users(program, o.store)


if __name__ == "__main__":
    main()
