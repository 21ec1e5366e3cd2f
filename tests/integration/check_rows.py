#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares signals and signal_metrics_history of a store with what rules.py makes of the same observations.

    check_rows.py STORE ENRICHED.ndjson...       the observations, analysed, as sf-process writes them without a store"""
import itertools
import json
import math
import sys

import rules
import tables


def near(a, b):
    if a is None or b is None or isinstance(a, str) or isinstance(b, str):
        return a == b
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)


def lists(o):
    """A text group as the columns have it."""
    s = o["sentiment"] or {}
    analysed = bool(o["title"] or o["body"])
    as_list = lambda v: v if analysed else None
    return {**{k: o[k] or "" for k in ("title", "body")}, **{k: o[k] or None for k in ("author", "url", "channel", "parent_id", "lang")},
            "labels": o["labels"] or None, "topics": as_list(o["topics"]), "entities": as_list(o["entities"]),
            "keywords": as_list(o["keywords"]), "primary_topic": (o["topics"] or [None])[0] if analysed else None,
            **{"sentiment_" + k: s.get(k) for k in ("neg", "neu", "pos", "compound")}, "sentiment_cover": o["sentiment_cover"],
            "analysis": o["analysis"] if analysed else None}


NO_TEXT = {**lists(dict.fromkeys((*rules.TEXT, *rules.DERIVED))), "title": "", "body": ""}


def text_of(row):
    parse = lambda v: None if v is None else json.loads(v)
    return {k: parse(row[k]) if k in ("labels", "topics", "entities", "keywords") else row[k] for k in NO_TEXT}


def faults_of_row(want, got):
    for k, v in want.items():
        if k != "texts" and not near(v, got[k]):
            yield f"{k}: {got[k]!r}, expected {v!r}"
    texts = [lists(o) for o in want["texts"]] or [NO_TEXT]
    if text_of(got) not in texts:
        wrong = [k for k in NO_TEXT if text_of(got)[k] != texts[0][k]]
        yield "; ".join(f"{k}: {text_of(got)[k]!r}, expected {texts[0][k]!r}" for k in wrong)


def faults(store, observations):
    """What is wrong, one line each."""
    looks = tables.rows(store, "signal_metrics_history")
    pending = next(looks, None)
    for (want, want_looks), got in itertools.zip_longest(rules.expected(observations), tables.rows(store, "signals"),
                                                         fillvalue=(None, None)):
        key = (want or got)["platform"], (want or got)["source_id"]
        if not want or not isinstance(got, dict) or key != (got["platform"], got["source_id"]):
            yield f"signals: expected {key}, there is {got and got['source_id']}"
            return
        for fault in faults_of_row(want, got):
            yield f"signals {key}: {fault}"
        for row in want_looks:
            for k, v in row.items():
                if pending is None or (pending["platform"], pending["source_id"]) != key or not near(v, pending[k]):
                    yield f"signal_metrics_history {key} at {row['observed_at']}: {k}: {pending and pending[k]!r}, expected {v!r}"
            pending = next(looks, None)
    if pending is not None:
        yield f"signal_metrics_history: {pending} should not be there"


def main():
    store, *files = sys.argv[1:]
    observations = []
    for name in files:
        with open(name, encoding="utf-8") as f:
            observations += [rules.observation(json.loads(line)) for line in f]
    found = list(itertools.islice(faults(store, observations), 20))
    print("\n".join(found) or f"{len(observations)} observations: all rows as expected")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
