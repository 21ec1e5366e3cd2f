#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What Prometheus' own checker says of our figures, of deploy/prometheus/ and of when its alerts speak up; and whether every figure that
they ask for is one that a program tells.

    prometheus.py SF_PROCESS"""
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


def figures(process):
    """What a running program tells."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    p = subprocess.Popen([process, "--quiet", "--metrics", f":{port}"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
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
        p.stdin.close()
        p.wait()


def main():
    if not shutil.which("promtool"):
        print("promtool is missing (Debian: prometheus): skipped")
        sys.exit(77)
    told = figures(sys.argv[1])
    promtool("check", "metrics", input=told)
    promtool("check", "config", FOLDER / "prometheus.yml")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        shutil.copy(FOLDER / "alerts.yml", folder)
        shutil.copy(pathlib.Path(__file__).with_name("alerts_test.yml"), folder)
        promtool("test", "rules", "alerts_test.yml", cwd=folder)
    known = set(re.findall(r"^# TYPE (\S+)", told, re.M))
    asked = set(re.findall(r"\b(?:signalflow|reddit|process)_\w+", (FOLDER / "alerts.yml").read_text("utf-8")))
    strange = {a for a in asked if a not in known and re.sub(r"_(bucket|sum|count)$", "", a) not in known}
    if strange:
        sys.exit(f"alerts ask for what no program tells: {sorted(strange)}")
    print(f"{len(known)} figures, {len(asked)} of them asked for by alerts")


if __name__ == "__main__":
    main()
