#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""deploy/cluster, as scripts/quickstart --cluster starts it: the sample goes through Kafka, three sf-process, PostgreSQL and its replica into the
live feed; Prometheus sees every program; each command of docs/operations.md works; nothing stays when it is taken away.

    cluster.py PROGRAMS       their folder"""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse

import grafana_prometheus

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "deploy/cluster"


def skip(reason):
    print(f"{reason}: skipped")
    sys.exit(77)


def until(what, seconds, why):
    end = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        if time.monotonic() > end:
            sys.exit(f"waited in vain: {why}")
        time.sleep(0.5)


def shell(folder, script):
    return subprocess.run(["bash", "-c", f"set -eo pipefail\n. {folder}/env\n{script}"], cwd=ROOT, text=True, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=120, check=False)


def ask(folder, statement, url="REPLICA"):
    done = shell(folder, f'psql -X -q -A -t -d "${url}" -c "{statement}"')
    return done.stdout.strip() if done.returncode == 0 else None


def figure(folder, expr):
    """By job, what Prometheus answers."""
    done = shell(folder, f'curl -s --noproxy "*" "$PROMETHEUS/api/v1/query?query={urllib.parse.quote(expr)}"')
    return {r["metric"].get("job", ""): float(r["value"][1]) for r in json.loads(done.stdout)["data"]["result"]} if done.stdout else {}


def runbook(folder):
    """Each block of shell in docs/operations.md."""
    page = (ROOT / "docs/operations.md").read_text("utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", page, flags=re.M | re.S)
    assert len(blocks) >= 10, "hardly a command found: this test is blind"
    for block in blocks:
        script = block.replace(". build/cluster/env\n", "").replace("build/cluster", str(folder))
        # Nothing was wrong: there are no letters to count.
        done = shell(folder, re.sub(r"^kcat .*", r"(\g<0>) || true", script, flags=re.M))
        assert done.returncode == 0, f"docs/operations.md:\n{script}\n{done.stdout}{done.stderr}"
        assert "kcat" in script or done.stdout or done.stderr, f"docs/operations.md: it gives nothing:\n{script}"
    return len(blocks)


def looks(folder, child):
    until(lambda: child.poll() is not None or (folder / "env").exists(), 300, "env")
    assert child.poll() is None, child.returncode
    # 344 posts, of which those of the last 75 minutes are still to come.
    until(lambda: int(ask(folder, "SELECT count(*) FROM signals WHERE kind = 'post'") or 0) > 300, 120, "posts on the replica")
    all_up = {"sf-process": 3, "sf-ingest": 1, "sf-aggregate": 1, "sf-archive": 1, "sf-serve": 1}
    until(lambda: figure(folder, "sum by (job) (up)") == all_up, 90, "up")
    until(lambda: int(ask(folder, "SELECT count(*) FROM topic_trends") or 0) > 0, 120, "topics")
    until(lambda: figure(folder, "sum by (job) (signalflow_records_written_total)").get("sf-process", 0) > 10000, 60, "records")
    until(lambda: figure(folder, "sum by (job) (signalflow_live_messages_total)").get("sf-serve", 0) > 0, 90, "live feed")
    assert int(ask(folder, "SELECT count(*) FROM reddit_posts")) > 50
    n = runbook(folder)
    print(f"{n} blocks of docs/operations.md run")


def main():
    for program in "java", "psql", "redis-server", "prometheus", "jq", "curl", "kcat":
        if not shutil.which(program):
            skip(f"{program} is missing")
    os.environ.setdefault("SF_KAFKA_JARS", str(ROOT / "build-test/kafka-jars"))
    if subprocess.run([ROOT / "deploy/kafka/cluster", "jars"], stdout=sys.stderr, check=False).returncode != 0:
        skip("Kafka's jars cannot be had")
    away = "http://127.0.0.1:1"  # no platform answers: the sample it is
    env = {**os.environ, "SF_PROGRAMS": sys.argv[1], "SF_CLUSTER_NET": grafana_prometheus.free_net(), "SF_HACKERNEWS_ENDPOINT": away,
           "SF_BLUESKY_JETSTREAM": "ws://127.0.0.1:1/"}
    with tempfile.TemporaryDirectory(prefix="sf-cluster-") as name:
        os.chmod(name, 0o755)
        folder = pathlib.Path(name) / "cluster"
        child = subprocess.Popen([SCRIPT, "run", folder], env=env, stdout=subprocess.PIPE, text=True, start_new_session=True)
        try:
            looks(folder, child)
            os.killpg(child.pid, signal.SIGINT)  # Ctrl-C
            said = child.communicate(timeout=120)[0]
            assert child.returncode == 0, child.returncode
            assert re.search(r"^First live update \d+ s after", said, re.M), said
            print(re.search(r"First live .*", said)[0])
            assert list((folder / "archive").rglob("*.parquet")), "no archive"
        finally:
            subprocess.run([SCRIPT, "down", folder], check=False)
        assert not folder.exists()
        left = [p for p in subprocess.run(["ps", "-eo", "args"], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines() if name in p]
        assert not left, left


main()
