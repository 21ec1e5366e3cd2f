#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""sf-aggregate --read-store tells how long a replica has not been level: 0 while it replays, rising while it does not or is away, 0 again
afterwards. And a primary with its replica for other tests.

    replica.py SF_PROCESS SF_AGGREGATE"""
import contextlib
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

CLUSTER = pathlib.Path(__file__).resolve().parents[2] / "deploy/postgres/cluster"


@contextlib.contextmanager
def cluster():
    """(its folder, URL that writes, URL that reads, the superuser's URL)"""
    if not pathlib.Path("/usr/lib/postgresql").exists():
        print("PostgreSQL is missing (Debian: postgresql-15): skipped")
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="sf-replica-") as name:
        pathlib.Path(name).chmod(0o755)
        folder = pathlib.Path(name) / "pg"
        try:
            done = subprocess.run([CLUSTER, "start", folder], check=True, stdout=subprocess.PIPE, text=True).stdout.split()
            yield folder, done[-2], done[-1], f"postgresql://postgres@127.0.0.1:{(folder / 'a.port').read_text().strip()}/signals"
        finally:
            subprocess.run([CLUSTER, "down", folder], check=False)


def lag(port):
    text = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://127.0.0.1:{port}/metrics", timeout=10).read().decode()
    cycles = float(re.search(r"^signalflow_aggregate_cycles_total (\S+)", text, re.M)[1])
    return float(re.search(r"^signalflow_replica_lag_seconds (\S+)", text, re.M)[1]) if cycles > 1 else None


def until(port, what, why):
    end = time.monotonic() + 120
    while True:
        with contextlib.suppress(OSError):
            found = lag(port)
            if found is not None and what(found):
                return
        if time.monotonic() > end:
            sys.exit(f"waited in vain: {why}")
        time.sleep(0.1)


def main():
    process, aggregate = sys.argv[1:3]
    with cluster() as (folder, write, read, _):
        subprocess.run([process, "--migrate", "--quiet", "--store", write], check=True)
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        p = subprocess.Popen([aggregate, "--store", write, "--read-store", read, "--every", "300ms", "--quiet", "--metrics", f":{port}"])
        try:
            until(port, lambda s: s == 0, "level")
            subprocess.run([CLUSTER, "pause", folder], check=True)
            until(port, lambda s: s > 1.5, "behind")
            subprocess.run([CLUSTER, "resume", folder], check=True)
            until(port, lambda s: s == 0, "level again")
            subprocess.run(["sh", "-c", f"kill -INT $(head -n 1 {folder}/b/postmaster.pid)"], check=True)
            until(port, lambda s: s > 1.5, "away")
            subprocess.run([CLUSTER, "start", folder], check=True, stdout=subprocess.DEVNULL)
            until(port, lambda s: s == 0, "back")
        finally:
            p.terminate()
            if p.wait() != 0:
                sys.exit(f"sf-aggregate ended with {p.returncode}")
    print("level, behind, level, away, level: told as it is")


if __name__ == "__main__":
    main()
