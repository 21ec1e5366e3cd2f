#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""All recorded posts, score histories and API answers through sf-ingest and sf-process.

    posts.py SF-INGEST SF-PROCESS SCHEMA DEFAULT-FOLDER     reads $SF_SHARED, or the default folder where that is not set

Every record is accounted for; times are in order; the output is the same for 1, 2 and 7 threads and again; what is written obeys
docs/signal.schema.json.
"""
import datetime
import gzip
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import jsonschema
except ImportError:
    print("skipped: Python has no module jsonschema")
    sys.exit(77)

SAMPLES = 4000  # lines that are held against the schema; with SF_TEST_LENGTH=full all are


def fail(message):
    sys.exit(f"posts: {message}")


def run(*command, stdin=None, stdout=None):
    done = subprocess.run([str(c) for c in command], stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        fail(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stderr[-2000:]}")


def expected(path):
    """How many signals a file must give: one a post, one a moment of a trajectory."""
    return sum(len(d["t"]) if "t" in d else 1 for d in map(json.loads, gzip.open(path, "rt")))


def digest(path):
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def check_posts(ingest, process, folder, tmp):
    files = sorted(folder.glob("*.ndjson.gz"))
    if not files:
        fail(f"no files in {folder}")
    wanted = 0
    for path in files:
        n = expected(path)
        with open(tmp / "one", "w") as out:
            run(ingest, "--quiet", f"replay:{path}", stdout=out)
        got = sum(1 for _ in open(tmp / "one"))
        if got != n:
            fail(f"{path.name}: {got} signals, wanted {n}")
        wanted += n
    with open(tmp / "all", "w") as out:
        run(ingest, "--quiet", "--observed-at", "2026-01-01T00:00:00Z", *(f"replay:{p}" for p in files), stdout=out)
    check_order(tmp / "all", files, wanted)
    check_threads(process, tmp)


def check_order(path, files, wanted):
    """In order of time; each post once, though stories and their histories hold the same moments."""
    last, n, texts = "", 0, set()
    for line in open(path):
        d = json.loads(line)
        if d["observed_at"] < last:
            fail(f"{d['source_id']}: out of order")
        last = d["observed_at"]
        n += 1
        if d["title"] or d["body"] or d["author"]:
            texts.add((d["platform"], d["source_id"]))
    twice = 0
    histories = {json.loads(line)["source_id"]: set(json.loads(line)["t"])
                 for p in files if "trajectories" in p.name for line in gzip.open(p, "rt")}
    for p in files:
        for line in gzip.open(p, "rt"):
            d = json.loads(line)
            if "t" not in d and d["source_id"] in histories:
                at = d["observed_at"] and datetime.datetime.fromisoformat(d["observed_at"].replace("Z", "+00:00")).timestamp()
                twice += at is None or at in histories[d["source_id"]]
                if (d["platform"], d["source_id"]) not in texts:
                    fail(f"{d['source_id']}: the text of its story is lost")
    if n != wanted - twice:
        fail(f"all files together: {n} signals, wanted {wanted} - {twice}")


def check_threads(process, tmp):
    first = None
    for threads in (1, 2, 7, 2):
        with open(tmp / "all") as into, open(tmp / f"out{threads}", "w") as out:
            run(process, "--quiet", "--threads", threads, stdin=into, stdout=out)
        first = first or digest(tmp / f"out{threads}")
        if digest(tmp / f"out{threads}") != first:
            fail(f"another output with {threads} threads")
    read, written = (sum(1 for _ in open(tmp / name)) for name in ("all", "out1"))
    if read != written:
        fail(f"{read} signals read, {written} written")


def check_cover(ingest, process, folder, tmp):
    """What VADER can read is scored, what it cannot is not: shares of texts with a cover of one half."""
    for name, least, most in (("youtube_codemix_comments", 0, .1), ("hackernews_frontpage_stories", .95, 1)):
        with open(tmp / "one", "w") as out:
            run(ingest, "--quiet", f"replay:{folder / name}.ndjson.gz", stdout=out)
        with open(tmp / "one") as into, open(tmp / "two", "w") as out:
            run(process, "--quiet", stdin=into, stdout=out)
        covers = [json.loads(line)["sentiment_cover"] for line in open(tmp / "two")]
        share = sum(c is not None and c >= .5 for c in covers) / len(covers)
        if not least <= share <= most:
            fail(f"{name}: {share:.3f} of the texts are scored, wanted {least} to {most}")


def check_schema(schema, tmp):
    check = jsonschema.Draft202012Validator(json.loads(pathlib.Path(schema).read_text()))
    for name in ("all", "out1"):
        lines = sum(1 for _ in open(tmp / name))
        step = max(lines // SAMPLES, 1) if os.environ.get("SF_TEST_LENGTH") != "full" else 1
        for i, line in enumerate(open(tmp / name)):
            if i % step == 0:
                error = next(check.iter_errors(json.loads(line)), None)
                if error:
                    fail(f"{name}: line {i + 1}: {error.message}\n{line[:500]}")


def check_answers(ingest, folder, tmp):
    """Every answer gives signals, skips or a dead letter; none makes sf-ingest fail."""
    for platform in sorted(p.name for p in folder.iterdir() if p.is_dir()):
        manifest = {d["file"]: d for d in map(json.loads, open(folder / platform / "manifest.ndjson"))}
        for path in sorted((folder / platform).iterdir()):
            if path.name == "manifest.ndjson":
                continue
            letters = tmp / "letters"
            letters.unlink(missing_ok=True)
            with open(tmp / "one", "w") as out:
                run(ingest, "--quiet", "--dlq", letters, f"replay:{path}?platform={platform}", stdout=out)
            signals = [json.loads(line) for line in open(tmp / "one")]
            refused = sum(1 for _ in open(letters)) if letters.exists() else 0
            if any(s["platform"] != platform or not s["source_id"] for s in signals):
                fail(f"{path.name}: a signal of another platform, or without an id")
            entry = manifest.get(path.name)
            failed = path.name.startswith("truncated") or (entry and entry["status"] >= 400)
            if failed and (signals or refused != 1):
                fail(f"{path.name}: a failed answer gave {len(signals)} signals and {refused} dead letters")


def main():
    ingest, process, schema, default = sys.argv[1:5]
    shared = pathlib.Path(os.environ.get("SF_SHARED") or default)
    if not (shared / "data" / "posts").is_dir():
        print(f"posts: no folder {shared}/data/posts")
        sys.exit(1 if os.environ.get("SF_REQUIRE_SHARED") == "1" else 77)
    with tempfile.TemporaryDirectory() as tmp:
        tmp = pathlib.Path(tmp)
        check_posts(ingest, process, shared / "data" / "posts", tmp)
        check_cover(ingest, process, shared / "data" / "posts", tmp)
        check_schema(schema, tmp)
        check_answers(ingest, shared / "data" / "api", tmp)


if __name__ == "__main__":
    main()
