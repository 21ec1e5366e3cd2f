#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""sf-archive with a folder: what goes in comes back by replay, byte for byte; a purge takes deleted posts out and nothing else; a
process that is killed anywhere leaves whole files; wrong use is told.

    archive.py SF_INGEST SF_PROCESS SF_ARCHIVE [FAULTS]      FAULTS: 1 in a build with -Dfaults=true"""
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def check(good, *what):
    if not good:
        raise AssertionError(" ".join(str(w) for w in what))


def signals(n):
    """Signals with everything that a row can have: nulls, lists of none and many, any text, deletes."""
    rng = random.Random(7)
    words = ["quantum", "IBM", "Größe", "日本", "🙂", "a\tb", "x" * 300, "NASA", ""]
    kinds = ["post"] * 6 + ["refresh"] * 3 + ["comment", "delete"]
    out = []
    for i in range(n):
        kind = rng.choice(kinds)
        text = "" if kind == "delete" else " ".join(rng.choice(words) for _ in range(rng.randrange(30)))
        out.append({"v": 1, "platform": rng.choice(["reddit", "hackernews", "bluesky", "youtube"]),
                    "source_id": f"id{rng.randrange(n)}", "kind": kind, "channel": rng.choice([None, "c1", "c2"]),
                    "title": "" if kind == "comment" else text, "body": text[::-1] if kind != "delete" else "",
                    "author": rng.choice([None, f"a{rng.randrange(50)}"]), "url": rng.choice([None, "https://x.org/1"]),
                    "raw_score": rng.choice([None, 0, 17, 2.5, 1e15, -3]), "comments": rng.choice([None, 0, 12]),
                    "ts": rng.choice([None, "2026-01-02T03:04:05.678Z"]),
                    "observed_at": f"2026-01-0{1 + i * 3 // n}T00:{i % 60:02}:00.000Z", "lang": rng.choice([None, "en", "de-AT"]),
                    "labels": rng.choice([[], ["nsfw"], ["nsfw", "spoiler"]]), "parent_id": None})
    return out


class Tests:
    def __init__(self, ingest, process, archive, folder):
        self.ingest, self.process, self.archive, self.folder = ingest, process, archive, pathlib.Path(folder)
        raw = self.folder / "raw.ndjson"
        raw.write_text("".join(json.dumps(s, ensure_ascii=False) + "\n" for s in signals(5000)), encoding="utf-8")
        self.plain = self.run(self.ingest, "-", stdin=raw)
        self.rich = self.run(self.process, stdin=self.file("plain.ndjson", self.plain))

    def file(self, name, text):
        path = self.folder / name
        path.write_bytes(text)
        return path

    def run(self, program, *arguments, stdin=os.devnull, code=0, env=None):
        with open(stdin, "rb") as f:
            done = subprocess.run([program, "--quiet" if program != self.archive else "--log-level=info", *map(str, arguments)],
                                  stdin=f, capture_output=True, env={**os.environ, **(env or {})}, check=False)
        check(done.returncode == code, program, arguments, done.returncode, done.stderr.decode()[-500:])
        self.said = done.stderr.decode()
        return done.stdout

    def replay(self, to):
        return sorted(self.run(self.ingest, f"replay:{to}").split(b"\n"))

    def what_goes_in_comes_back(self):
        for name, text in ("plain", self.plain), ("rich", self.rich):
            for codec in "zstd", "snappy", "none":
                to = self.folder / f"{name}-{codec}"
                self.run(self.archive, "--to", to, "--codec", codec, stdin=self.file("in.ndjson", text))
                check(self.replay(to) == sorted(text.split(b"\n")), name, codec, "came back otherwise")
                files = [p.relative_to(to).parts for p in to.rglob("*") if p.is_file()]
                check(len(files) == 12 and all(f[0][:3] == "dt=" and f[1][:9] == "platform=" for f in files), files)
                check({f[0] for f in files} == {f"dt=2026-01-0{d}" for d in (1, 2, 3)}, files)

    def small_rolls_lose_nothing(self):
        to = self.folder / "rolls"
        self.run(self.archive, "--to", to, "--roll-size", "64k", "--batch-size", "100", stdin=self.file("in.ndjson", self.rich))
        check(self.replay(to) == sorted(self.rich.split(b"\n")), "came back otherwise")
        check(len(list(to.rglob("*.parquet"))) > 24, "did not roll")

    def a_purge_takes_out_what_was_deleted(self):
        to = self.folder / "purge"
        self.run(self.archive, "--to", to, stdin=self.file("in.ndjson", self.rich))
        before = {p: p.stat().st_mtime_ns for p in to.rglob("*.parquet")}
        rows = [json.loads(r) for r in self.rich.splitlines()]
        gone = {(r["platform"], r["source_id"]) for r in rows if r["kind"] == "delete"}
        check(any((r["platform"], r["source_id"]) in gone and r["kind"] != "delete" for r in rows), "nothing to purge")
        want = [raw for raw, r in zip(self.rich.splitlines(), rows)
                if r["kind"] == "delete" or (r["platform"], r["source_id"]) not in gone]
        self.run(self.archive, "--purge", "--to", to)
        check(self.replay(to) == sorted(want + [b""]), "left otherwise")
        check(set(before) == set(to.rglob("*.parquet")), "files came or went")
        stamps = {p: p.stat().st_mtime_ns for p in before}
        self.run(self.archive, "--purge", "--to", to)
        check(stamps == {p: p.stat().st_mtime_ns for p in before}, "purged twice")

    def broken_files_are_told(self):
        to = self.folder / "broken"
        self.run(self.archive, "--to", to, stdin=self.file("in.ndjson", self.plain))
        path = sorted(to.rglob("*.parquet"))[0]
        good = bytearray(path.read_bytes())
        for at in len(good) // 3, len(good) - 2:
            bad = bytearray(good)
            bad[at] ^= 0x10
            path.write_bytes(bad)
            self.run(self.ingest, f"replay:{to}", code=1)
            check("stream-" in self.said and ("checksum" in self.said or "Parquet" in self.said), self.said)

    def wrong_use_is_told(self):
        for arguments in ([], ["--to", "-"], ["--to", "a", "--to", "b"], ["--to", "s3://bucket"], ["--to", "kafka://h:1/t"],
                          ["--to", "s3://b/x?nonsense=1"], ["--setup-bucket", "--to", "folder"], ["x", "y", "--to", "z"]):
            self.run(self.archive, *arguments, code=2, env={"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""})

    def a_kill_leaves_whole_files(self):
        for fault in "archive-plan:1", "archive-put:3", "archive-put:11", "archive-rolled:1", "write:3":
            to = self.folder / f"kill-{fault}"
            with open(self.file("in.ndjson", self.rich), "rb") as f:
                subprocess.run([self.archive, "--to", to], stdin=f, env={**os.environ, "SF_FAULT": fault}, check=False)
            self.run(self.ingest, f"replay:{to}")


def main():
    ingest, process, archive = sys.argv[1:4]
    with tempfile.TemporaryDirectory() as folder:
        tests = Tests(ingest, process, archive, folder)
        tests.what_goes_in_comes_back()
        tests.small_rolls_lose_nothing()
        tests.a_purge_takes_out_what_was_deleted()
        tests.broken_files_are_told()
        tests.wrong_use_is_told()
        if sys.argv[4:] == ["1"]:
            tests.a_kill_leaves_whole_files()


main()
