# SPDX-License-Identifier: MIT
"""Nothing that Python can hand over brings it down or makes it say something odd (hypothesis)."""
import json
import os
import unittest

import hypothesis
import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer as Reference

import libsignalflow as sf
from libsignalflow.vader import SentimentIntensityAnalyzer

LONG = os.environ.get("SF_TEST_LENGTH") == "full"
hypothesis.settings.register_profile("ours", max_examples=5000 if LONG else 100, deadline=None, derandomize=not LONG, database=None)
hypothesis.settings.load_profile("ours")

A, OURS, THEIRS = sf.Analyser(), SentimentIntensityAnalyzer(), Reference()
WORDS = st.sampled_from(["good", "BAD", "not", "very", "but", "no", "NASA", "Paris", "😁", "\ud800", "\0", "!", "?", "#Tag", "@a", "\ufe0f"])
ANY = st.text(st.characters())  # lone surrogates too
TEXTS = ANY | st.lists(WORDS | ANY, max_size=12).map(" ".join)
THINGS = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.binary() | ANY,
                      lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY, inner, max_size=4), max_leaves=8)
EXPECTED = (TypeError, ValueError, OverflowError, IndexError, AttributeError, sf.SignalFlowError)


def dump(thing):
    return json.dumps(thing, default=repr)


class Anything(unittest.TestCase):
    @given(TEXTS)
    def test_sentiment_is_the_references(self, text):
        self.assertEqual(OURS.polarity_scores(text), THEIRS.polarity_scores(text))

    @given(TEXTS)
    def test_offsets_fit(self, text):
        plain = "".join("\ufffd" if 0xD800 <= ord(c) <= 0xDFFF else c for c in text)
        end = 0
        for e in A.entities(text):
            self.assertEqual(plain[e.start:e.end], e.text)
            self.assertTrue(end <= e.start < e.end)
            end = e.end
        for t in A.explain(text).tokens:
            self.assertTrue(0 <= t.start < t.end <= len(text))
        for k in A.keywords(text):
            self.assertTrue(0 <= k.start < len(text))

    @given(st.lists(TEXTS | st.none(), max_size=20), st.integers(1, 4))
    def test_columns_are_their_texts(self, texts, threads):
        want = [None if t is None else A.sentiment(t) for t in texts]
        self.assertEqual(A.sentiment_many(texts, threads=threads), want)
        for one, many in ((A.entities, A.entities_many), (A.topics, A.topics_many), (A.keywords, A.keywords_many)):
            self.assertEqual(many(texts, threads=threads), [[] if t is None else one(t) for t in texts])
        out = A.sentiment_many(np.array([*texts, None], dtype=object)[:-1], threads=threads)
        self.assertEqual([None if r[0] != r[0] else tuple(r) for r in out.tolist()], want)
        if not any(t and any(0xD800 <= ord(c) <= 0xDFFF for c in t) for t in texts):
            for of in (pa.string(), pa.large_string()):
                out = A.sentiment_many(pa.array(texts, of), threads=threads).to_pylist()
                self.assertEqual([r and tuple(r.values()) for r in out], want)

    @given(st.dictionaries(ANY | st.sampled_from(["good", "bad", "-x", "# y", "z z"]), st.floats(-4, 4), max_size=6), TEXTS)
    def test_own_words(self, words, text):
        ours, theirs = SentimentIntensityAnalyzer(), Reference()
        if any(0xD800 <= ord(c) <= 0xDFFF for word in words for c in word):
            return
        ours.lexicon.update(words), theirs.lexicon.update(words)
        text = " ".join([text, *words])
        self.assertEqual(ours.polarity_scores(text), theirs.polarity_scores(text))

    @given(THINGS, THINGS)
    def test_wrong_things(self, x, y):
        for call in (lambda: A.sentiment(x), lambda: A.entities(x, offsets=y), lambda: A.keywords(x, y), lambda: A.explain(x),
                     lambda: A.sentiment_many(x, threads=y if isinstance(y, int) and y < 8 else 1), lambda: A.topics_many(x), lambda: A.keywords_many(x, y), lambda: A.entities_many(x, offsets=y),
                     lambda: sf.Lexicon(x), lambda: sf.Lexicon([x, y]), lambda: sf.Lexicon([("sentiment", x)]),
                     lambda: sf.normalise(x, y), lambda: sf.normalise("reddit", y), lambda: sf.Batch().add_json(x), lambda: sf.clean(x, y),
                     lambda: sf.velocity(x, y, x, y), lambda: sf.velocity(0, x, 1, y), lambda: sf.Trend("reddit", x).observe(1, y),
                     lambda: sf.trending(x, y, x), lambda: sf.recency(x, y, "reddit"), lambda: sf.Aggregator().read(x, y),
                     lambda: sf.Aggregator().past(x, "reddit", y, 1), lambda: sf.Batch()[x], lambda: sf.Batch().analyse(first=x)):
            try:
                call()
            except EXPECTED:
                pass

    @given(st.sampled_from(["reddit", "hackernews", "bluesky", "youtube"]), THINGS.map(dump) | st.binary())
    def test_answers(self, platform, answer):
        try:
            for s in sf.normalise(platform, answer).signals:
                self.assertTrue(s.source_id)
        except sf.SignalFlowError as fault:
            self.assertLessEqual(fault.offset or 0, len(answer))

    @given(st.dictionaries(st.sampled_from(["platform", "source_id", "title", "body", "raw_score", "ts", "labels", "v", "topics", "entities"]),
                           THINGS, max_size=6).map(dump))
    def test_lines(self, line):
        b = sf.Batch()
        try:
            b.add_json('{"platform":"reddit","source_id":"x",' + line[1:] if line != "{}" else line)
            b.analyse()
            self.assertEqual(b[0].platform in ("reddit", "hackernews", "bluesky", "youtube"), True)
            self.assertEqual(json.loads(b.json(0))["source_id"], b[0].source_id)
        except sf.SignalFlowError as fault:
            self.assertLess(fault.status, 0)


if __name__ == "__main__":
    unittest.main()
