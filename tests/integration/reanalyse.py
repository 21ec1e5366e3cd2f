#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""sf-process --reanalyse: a store that was made with other tables becomes the one that today's would have made, to the last
column, whether it is stopped on the way or others write meanwhile; and doing it again changes nothing.

    reanalyse.py SF_PROCESS SEEDS"""
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import time

import order
import stores
import tables

OWN = {"sentiment": "linux\t-3.1\nnasa\t2.2\n", "names": "ORG\tMars Incorporated|Mars\n",
       "baselines": "reddit\t0.5\t900\t3600\t2.0\nyoutube\t0.01\t30\t7200\t1.5\n"}
NUMBERS = order.NUMBERS


def own_tables(folder):
    options = []
    for kind, text in OWN.items():
        (folder / f"{kind}.tsv").write_text(text)
        options += ["--lexicon", f"{kind}={folder / kind}.tsv"]
    return options


def expect(what, wanted, got):
    wrong = tables.difference(wanted, got)
    if wrong:
        sys.exit(f"{what}: {wrong}")


def written(url):
    return [row["last_updated_at"] for row in tables.rows(url, "signals")]


def analyses(url):
    return {row["analysis"] for row in tables.rows(url, "signals") if row["analysis"] is not None}


def again(program, url, options, *more):
    return subprocess.run([program, "--reanalyse", "--store", url, *options, *more], text=True, check=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def becomes_the_other(program, seed, place, options):
    made = order.observations(random.Random(seed), 60)
    old, new = place.new(f"old-{seed}"), place.new(f"new-{seed}")
    order.process(program, made, "--store", old)
    order.process(program, made, "--store", new, *options)
    wanted = tables.snapshot(new, NUMBERS)
    if not tables.difference(wanted, tables.snapshot(old, NUMBERS)):
        sys.exit("the other tables change nothing: this test is blind")
    again(program, old, options, "--batch-size", str(1 + 10 * seed))
    expect(f"seed {seed}", wanted, tables.snapshot(old, NUMBERS))
    was = written(old)
    again(program, old, options)
    if written(old) != was:
        sys.exit("the second time it writes again")


def keeps_to_since(program, place, options):
    url = place.new("since")
    posts = [{"platform": "reddit", "source_id": f"t3_{i}", "title": "NASA likes Linux", "body": "", "raw_score": 3,
              "ts": order.time(order.START + i * 86400000), "observed_at": order.time(order.START + i * 86400000)} for i in range(4)]
    order.process(program, posts, "--store", url)
    again(program, url, options, "--since", order.time(order.START + 2 * 86400000))
    changed = [row["sentiment_compound"] for row in tables.rows(url, "signals")]
    if changed[0] != changed[1] or changed[2] != changed[3] or changed[1] == changed[2]:
        sys.exit(f"--since: {changed}")


def beside_live_writers(program, place, options):
    """Old texts are read back while newer ones, looks and deletes come in from a writer that has the new tables, and it is stopped
    now and then."""
    r = random.Random(7)
    made = order.observations(r, 1500)
    cut = len(made) // 2
    old, new = place.new("beside"), place.new("alone")
    order.process(program, made[:cut], "--store", old)
    order.process(program, made, "--store", new, *options)
    writer = subprocess.Popen([program, "--quiet", "--batch-size", "50", "--store", old, *options], stdin=subprocess.PIPE, text=True)
    for i in range(4):
        reader = subprocess.Popen([program, "--quiet", "--reanalyse", "--store", old, *options, "--batch-size", "20"],
                                  stdin=subprocess.DEVNULL)
        for line in made[cut + i * (len(made) - cut) // 4:cut + (i + 1) * (len(made) - cut) // 4]:
            writer.stdin.write(json.dumps(line) + "\n")
        writer.stdin.flush()
        time.sleep(r.random() / 3)
        if i < 3:
            reader.kill()
        if reader.wait() != 0 and i == 3:
            sys.exit("beside a writer it fails")
    writer.stdin.close()
    if writer.wait() != 0:
        sys.exit("the writer fails")
    again(program, old, options)
    expect("beside a writer", tables.snapshot(new, NUMBERS), tables.snapshot(old, NUMBERS))
    if len(analyses(old)) != 1:
        sys.exit(f"texts of {analyses(old)}")


def refuses(program, folder):
    for options in (["--reanalyse"], ["--reanalyse", "--store", f"sqlite:{folder}/x.db", "replay:posts.ndjson"]):
        done = subprocess.run([program, *options], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode != 2 or "--reanalyse goes with --store" not in done.stderr:
            sys.exit(f"{options}: {done.returncode} {done.stderr}")


def main():
    program, seeds = str(pathlib.Path(sys.argv[1]).resolve()), int(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder, stores.place() as place:
        options = own_tables(pathlib.Path(folder))
        refuses(program, folder)
        for seed in range(seeds):
            becomes_the_other(program, seed, place, options)
        keeps_to_since(program, place, options)
        beside_live_writers(program, place, options)
    print(f"{seeds} stores analysed anew are what they would have been")


main()
