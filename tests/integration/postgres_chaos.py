#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whatever happens to the server while sf-process writes, the tables end as those of an undisturbed run: it stops as in a crash and comes
back, its processes are killed, the network is cut in the middle of a statement, the server turns read-only; and three writers that write the
same posts at once, in different orders, do not get in each other's way.

    postgres_chaos.py SF_PROCESS [POSTS]"""
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

import order
import proxy
import stores
import tables

NUMBERS = "signals", "signal_metrics_history", "births", "source_offsets"
tables.KEYS["source_offsets"] = "consumer, topic, partition"


def backends(server):
    text = server.sql("postgres", "SELECT pid FROM pg_stat_activity WHERE usename = 'tester'")
    return [int(pid) for pid in text.split()]


def crash(server, _):
    server.stop("immediate")
    time.sleep(0.3)
    server.start()


def kill_backend(server, _):
    """One server process gone this way makes all others start anew."""
    for pid in backends(server)[:1]:
        os.kill(pid, signal.SIGKILL)


def end_sessions(server, _):
    for pid in backends(server):
        os.kill(pid, signal.SIGTERM)


def cut_network(_, wire):
    wire.cut(0.4)


def become_read_only(server, _):
    server.sql("postgres", "ALTER DATABASE db_wild SET default_transaction_read_only = on")
    end_sessions(server, None)
    time.sleep(0.5)
    server.sql("postgres", "ALTER DATABASE db_wild RESET default_transaction_read_only")
    end_sessions(server, None)


FAULTS = [crash, kill_backend, end_sessions, cut_network, become_read_only]


def start(process, lines, url, batch):
    run = subprocess.Popen([process, "--log-level", "error", "--batch-size", str(batch), str(lines), "--store", url],
                           stderr=subprocess.PIPE, text=True)
    return run


def finish(run, what):
    errors = run.communicate(timeout=300)[1]
    if run.returncode != 0:
        sys.exit(f"{what}: exit {run.returncode}: {errors}")


def written(server, database="db_wild"):
    """What changes with each batch; None while the server is away, or has no tables yet."""
    done = subprocess.run([server.programs / "psql", "-h", server.folder, "-U", "postgres", "-X", "-A", "-t", "-c",
                           "SELECT count(*), max(last_updated_at) FROM signals", database], capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else None


def wait_for_progress(server, run):
    before, deadline = written(server), time.monotonic() + 60
    while run.poll() is None and (before is None or written(server) in (None, before)):
        before = before or written(server)
        if time.monotonic() > deadline:
            sys.exit("nothing was written for a minute")
        time.sleep(0.05)


def disturbed(server, process, lines, wire, faults):
    """Faults one after the other, each while it writes. Returns how many there were."""
    server.new("wild")
    url = f"postgresql://tester@127.0.0.1:{wire.port}/db_wild"
    run, n = start(process, lines, url, 20), 0
    while run.poll() is None and n < faults:
        wait_for_progress(server, run)
        if run.poll() is None:
            FAULTS[n % len(FAULTS)](server, wire)
            n += 1
    finish(run, "disturbed")
    return n


def awakened(server, process, made):
    """Each fault while a writer has nothing to write: it notices when it has, and what the server said of it is still to be read."""
    url = server.new("idle")
    command = [process, "--log-level", "error", "--store", url]
    run = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    posts = {(o["platform"], o["source_id"]): o for o in made}
    try:
        for n, o in enumerate(list(posts.values())[:4]):
            deadline = time.monotonic() + 60
            run.stdin.write(json.dumps(o) + "\n")
            run.stdin.flush()
            while run.poll() is None and not (written(server, "db_idle") or "").startswith(f"{n + 1}|"):
                if time.monotonic() > deadline:
                    sys.exit(f"post {n} was not written for a minute")
                time.sleep(0.05)
            if run.poll() is not None:
                sys.exit(f"awakened after {n} faults: exit {run.returncode}: {run.stderr.read()}")
            (crash, kill_backend, end_sessions, end_sessions)[n](server, None)
        finish(run, "awakened")
    finally:
        run.kill()


def together(server, process, made, folder, rng):
    """Three writers of the same observations, each in an order of its own. Returns how many deadlocks the server saw."""
    url, runs = server.new("many"), []
    for n in range(3):
        lines = folder / f"lines-{n}"
        rng.shuffle(made)
        lines.write_text("".join(json.dumps(o) + "\n" for o in made), encoding="utf-8")
        runs.append(start(process, lines, url, 100))
    for run in runs:
        finish(run, "together")
    return len(re.findall("deadlock detected", (server.folder / "log").read_text(encoding="utf-8")))


def looks_without_posts(server, process, lines, wanted):
    """Somebody takes all posts away by hand, but not their looks; what comes then is not as new as it seems."""
    server.sql("db_calm", "DELETE FROM signals")
    finish(start(process, lines, server.url("calm"), 1000), "looks without posts")
    wrong = tables.difference(wanted, tables.snapshot(server.url("calm"), NUMBERS))
    if wrong:
        sys.exit(f"looks without posts: {wrong}")


def main():
    os.environ["SF_TEST_STORE"] = "postgresql"
    process, posts = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3000
    rng = random.Random(5)
    made = order.observations(rng, posts)
    with tempfile.TemporaryDirectory() as name, stores.place() as server:
        folder = pathlib.Path(name)
        lines = folder / "lines"
        lines.write_text("".join(json.dumps(o) + "\n" for o in made), encoding="utf-8")
        calm = server.new("calm")
        finish(start(process, lines, calm, 1000), "calm")
        wanted = tables.snapshot(calm, NUMBERS)
        deadlocks = together(server, process, made, folder, rng)
        wrong = tables.difference(wanted, tables.snapshot(server.url("many"), NUMBERS))
        if wrong:
            sys.exit(f"three writers: {wrong}")
        looks_without_posts(server, process, lines, wanted)
        awakened(server, process, made)
        faults = disturbed(server, process, lines, proxy.Proxy(str(server.folder / ".s.PGSQL.5432")), 4 * len(FAULTS))
        wrong = tables.difference(wanted, tables.snapshot(server.url("wild"), NUMBERS))
        if wrong:
            sys.exit(f"after {faults} faults: {wrong}")
    if faults < len(FAULTS):
        sys.exit(f"only {faults} faults came while it wrote")
    print(f"{len(made)} observations: {faults} faults, and three writers at once ({deadlocks} deadlocks): the same tables")


if __name__ == "__main__":
    main()
