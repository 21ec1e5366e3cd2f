# SPDX-License-Identifier: MIT
"""What the benchmarks share: the one release build they measure, and Pythons that hold a peer's packages."""
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build-bench"
BUILD = FOLDER / "meson"
SHARED = pathlib.Path(os.environ.get("SF_SHARED", ROOT.parent / "shared"))
RECORDING = SHARED / "data/posts/reddit_top2013.ndjson.gz"


def run(*command, **options):
    subprocess.run([str(part) for part in command], check=True, stdout=sys.stderr, **options)


def build():
    """Builds library, programs and benchmark programs as scripts/build does; their folder."""
    if not (BUILD / "build.ninja").exists():
        run("meson", "setup", BUILD, ROOT, "--buildtype=release", "-Db_lto=true", "-Dbench=true", "-Dtests=false")
    run("ninja", "-C", BUILD)
    return BUILD


def program(name):
    return build() / "tools" / name / name


def python_with(*packages):
    """A Python that has these packages, in an environment of its own."""
    venv = FOLDER / ("venv-" + "-".join(p.split("=")[0] for p in packages))
    python = venv / "bin" / "python"
    if not (venv / "complete").exists():
        run(sys.executable, "-m", "venv", venv)
        run(python, "-m", "pip", "install", "--quiet", *packages)
        (venv / "complete").touch()
    return python


def make_signals(path):
    """Writes the recorded Reddit posts as signals, or the sample many times over, and says which."""
    with open(path, "w") as out:
        if RECORDING.exists():
            subprocess.run([program("sf-ingest"), "--quiet", f"replay:{RECORDING}"], stdout=out, check=True)
            return "recorded Reddit posts"
        sample = [json.loads(line) for line in open(ROOT / "data/sample/posts.ndjson")]
        for i in range(100_000):
            post = sample[i % len(sample)]
            out.write(json.dumps({"platform": post["platform"], "source_id": f"b{i}", "title": post["title"],
                                  "body": post["body"], "raw_score": post["score"], "ts": post["created_at"]}) + "\n")
        return "the sample, many times over"


def measure(command, path):
    """CPU seconds, wall seconds and peak memory in MB of one run."""
    start = time.monotonic()
    with open(path) as source, open(path + ".out", "w") as out:
        child = subprocess.Popen(command, stdin=source, stdout=out)
        _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"{command[0]} failed")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - start, usage.ru_maxrss / 1024
