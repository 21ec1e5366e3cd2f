# SPDX-License-Identifier: MIT
"""What the benchmarks share: the one release build they measure, and Pythons that hold a peer's packages."""
import json
import os
import pathlib
import resource
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
            subprocess.run([tool("sf-ingest"), "--quiet", f"replay:{RECORDING}"], stdout=out, check=True)
            return "recorded Reddit posts"
        sample = [json.loads(line) for line in open(ROOT / "data/sample/posts.ndjson")]
        for i in range(100_000):
            post = sample[i % len(sample)]
            out.write(json.dumps({"platform": post["platform"], "source_id": f"b{i}", "title": post["title"],
                                  "body": post["body"], "raw_score": post["score"], "ts": post["created_at"]}) + "\n")
        return "the sample, many times over"


def tool(name):
    """A program of the build that $SF_TOOLS has, else of the release."""
    folder = os.environ.get("SF_TOOLS")
    return pathlib.Path(folder) / name / name if folder else program(name)


def stat(pid):
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def server_cpu(data):
    """CPU seconds of the PostgreSQL server in a folder: its first process, those that it has waited for, and those that live."""
    first = int((data / "postmaster.pid").read_text().split()[0])
    ticks = sum(int(x) for x in stat(first)[11:15])
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = stat(pid)
        except OSError:
            continue
        if int(fields[1]) == first:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def children_cpu(work):
    """CPU seconds of the programs that a piece of work runs to their end, and wall seconds."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.monotonic() - begun


def measure(command, path):
    """CPU seconds, wall seconds and peak memory in MB of one run."""
    start = time.monotonic()
    with open(path) as source, open(path + ".out", "w") as out:
        child = subprocess.Popen(command, stdin=source, stdout=out)
        _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"{command[0]} failed")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - start, usage.ru_maxrss / 1024
