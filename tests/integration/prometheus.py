#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What Prometheus' own checker says of each program's figures, of deploy/prometheus/ and of when its alerts speak up; whether every figure
that they ask for is one that a program tells; and whether each alert has its place in docs/operations.md.

    prometheus.py SF_INGEST SF_PROCESS SF_AGGREGATE SF_ARCHIVE SF_SERVE"""
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy/prometheus"


def promtool(*command, **more):
    done = subprocess.run(["promtool", *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **more)
    if done.returncode != 0:
        sys.exit(f"promtool {' '.join(map(str, command))}:\n{done.stdout}")


def figures(folder, program):
    """What a running program tells."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    name = pathlib.Path(program).name
    options = {"sf-aggregate": ["--store", "sqlite:s.db"], "sf-serve": ["--store", "sqlite:s.db", "--listen", "127.0.0.1:0"],
               "sf-archive": ["--to", "archive"]}.get(name, [])
    p = subprocess.Popen([pathlib.Path(program).resolve(), "--quiet", "--metrics", f":{port}", *options], stdin=subprocess.PIPE,
                         stdout=subprocess.DEVNULL, cwd=folder, env={**os.environ, "HOME": str(folder)})
    end = time.monotonic() + 30
    try:
        while True:
            try:
                return urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10).read().decode()
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
    finally:
        p.terminate()
        p.stdin.close()
        if p.wait() != 0:
            sys.exit(f"{name} ended with {p.returncode}")


def places(page):
    """The anchors of a page's headings."""
    return {re.sub(r"[^a-z0-9 -]", "", h.lower()).replace(" ", "-") for h in re.findall(r"^#+ (.+)$", page, re.M)}


def main():
    if not shutil.which("promtool"):
        print("promtool is missing (Debian: prometheus): skipped")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[2], "--migrate", "--quiet", "--store", f"sqlite:{folder}/s.db"], check=True)
        answers = [figures(folder, program) for program in sys.argv[1:]]
    for told in answers:
        promtool("check", "metrics", input=told)
    promtool("check", "config", FOLDER / "prometheus.yml")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        shutil.copy(FOLDER / "alerts.yml", folder)
        shutil.copy(pathlib.Path(__file__).with_name("alerts_test.yml"), folder)
        promtool("test", "rules", "alerts_test.yml", cwd=folder)
    known = set(re.findall(r"^# TYPE (\S+)", told, re.M))
    rules = (FOLDER / "alerts.yml").read_text("utf-8")
    asked = set(re.findall(r"\b(?:signalflow|reddit|process)_\w+", rules))
    strange = {a for a in asked if a not in known and re.sub(r"_(bucket|sum|count)$", "", a) not in known}
    if strange:
        sys.exit(f"alerts ask for what no program tells: {sorted(strange)}")
    alerts = rules.count("- alert:")
    urls = re.findall(r"runbook_url: (\S+)#(\S+)", rules)
    if len(urls) != alerts or any(place not in places((ROOT / page).read_text("utf-8")) for page, place in urls):
        sys.exit(f"alerts without a place in docs/operations.md: {urls}")
    tried = (pathlib.Path(__file__).with_name("alerts_test.yml")).read_text("utf-8")
    silent = [a for a in re.findall(r"- alert: (\S+)", rules) if f"alertname: {a}\n" not in tried]
    if silent:
        sys.exit(f"alerts that are not tried: {silent}")
    print(f"{len(known)} figures, {len(asked)} of them asked for by alerts")


if __name__ == "__main__":
    main()
