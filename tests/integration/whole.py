#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""All recorded posts and score histories into a store, and aggregated, twice: nothing is missing, every row of posts and looks is
what rules.py makes of the input, every window and event what check_store.py makes of those, figures are the ones that sf-process
finds without a store, and the second time changes nothing.

    whole.py SF_INGEST SF_PROCESS SF_AGGREGATE SHARED [N]     N: of one post in N (1)"""
import json
import pathlib
import subprocess
import sys
import tempfile
import zlib

import check_rows
import check_store
import rules
import shared
import stores
import tables

TOLD = "velocity", "comment_velocity", "trending_score"


def differences(enriched, store):
    """Looks whose figures are not those of the run without a store. The input is in order of time, so they must be."""
    known = {(row["platform"], row["source_id"], row["observed_at"]): tuple(row[k] for k in TOLD)
             for row in tables.rows(store, "signal_metrics_history")}
    with open(enriched, encoding="utf-8") as f:
        for line in f:
            s = json.loads(line)
            key = s["platform"], s["source_id"], rules.milliseconds(s["observed_at"])
            if known.get(key) != tuple(s[k] for k in TOLD):
                yield f"{key}: {known.get(key)} in the store, {[s[k] for k in TOLD]} without"


def fail_on(faults):
    for fault in faults:
        sys.exit(fault)


def write_signals(ingest, files, share, path):
    """All that was recorded of one post in `share`, in order of time."""
    with subprocess.Popen([ingest, "--quiet", "--observed-at", "2026-01-01T00:00:00Z", *("replay:" + f for f in files)],
                          stdout=subprocess.PIPE) as run, open(path, "wb") as out:
        for line in run.stdout:
            if share == 1 or zlib.crc32(json.loads(line)["source_id"].encode()) % share == 0:
                out.write(line)
    if run.returncode != 0:
        sys.exit("what was recorded could not be replayed")


def fill(process, aggregate, signals, url):
    subprocess.run([process, "--quiet", signals, "--store", url], check=True)
    subprocess.run([aggregate, "--quiet", "--once", "--store", url], check=True)


def main():
    ingest, process, aggregate, files = *sys.argv[1:4], shared.posts(sys.argv[4])
    share = int(sys.argv[5]) if len(sys.argv) > 5 else 1
    with tempfile.TemporaryDirectory() as folder, stores.place() as place:
        signals, enriched = (pathlib.Path(folder) / n for n in ("signals", "enriched"))
        write_signals(ingest, files, share, signals)
        subprocess.run([process, "--quiet", signals, "--to", enriched], check=True)
        url = place.new("whole")
        fill(process, aggregate, signals, url)
        fail_on(differences(enriched, url))
        with open(enriched, encoding="utf-8") as f:
            observations = [rules.observation(json.loads(line)) for line in f]
        fail_on(check_rows.faults(url, observations))
        n = len(observations)
        del observations
        fail_on(check_store.differences(tables.connect(url)))
        once = tables.digest(url)
        fill(process, aggregate, signals, url)
        if tables.digest(url) != once:
            sys.exit(f"the second run changed something: {once}, {tables.digest(url)}")
    print(f"{n} observations: {', '.join(f'{rows} {table}' for table, (rows, _) in once.items())}; as expected, twice")


if __name__ == "__main__":
    main()
