# SPDX-License-Identifier: MIT
"""What the package does, with nothing but Python's own library."""
import copy
import datetime
import functools
import gc
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import types
import unittest
import unittest.mock

import libsignalflow as sf
from libsignalflow import vader
from libsignalflow.analyser import polarity_scores

UTC = datetime.timezone.utc
LISTING = {"kind": "Listing", "data": {"after": None, "children": [
    {"kind": "t3", "data": {"name": "t3_1", "title": "NASA lands on Europa, and it is GREAT!", "selftext": "", "score": 45,
                            "num_comments": 2, "subreddit": "space", "author": "a", "created_utc": 1767323045.0}},
    {"kind": "t5", "data": {"name": "t5_1"}}, {"kind": "t3", "data": {"name": "t3_2", "title": 7}}]}}


class Texts(unittest.TestCase):
    def setUp(self):
        self.a = sf.Analyser()

    def test_sentiment(self):
        self.assertEqual(self.a.sentiment("What a great release!"), (0.0, 0.406, 0.594, 0.6588))
        self.assertEqual(self.a.sentiment("What a great release!").compound, 0.6588)
        self.assertEqual(self.a.sentiment(""), (0, 0, 0, 0))

    def test_nul_and_lone_surrogates_are_characters(self):
        self.assertEqual(self.a.sentiment("good\0"), (0, 1, 0, 0))
        self.assertEqual(self.a.sentiment("\ud800 good").compound, 0.4404)
        self.assertEqual(self.a.sentiment("\ud83d\ude01"), (0, 1, 0, 0), "two surrogates are no emoji")
        self.assertEqual([e.start for e in self.a.entities("\udc00\udc00 we saw NASA there")], [10])

    def test_offsets_are_characters(self):
        for text in ("NASA", "😁 NASA and Zürich met IBM 😁😁 in Paris", "Ünï \ud800 NASA", "İstanbul meets NASA\0 in Paris"):
            for e in self.a.entities(text):
                self.assertEqual(text[e.start:e.end].replace("\ud800", "\ufffd"), e.text)
            for k in self.a.keywords(text):
                self.assertEqual(text[k.start].casefold()[0], k.word[0], (text, k))
            data = text.encode("utf-8", "replace").replace(b"?", "\ufffd".encode())
            for e in self.a.entities(text, offsets="bytes"):
                self.assertEqual(data[e.start:e.end].decode(), e.text)
        with self.assertRaises(ValueError):
            self.a.entities("x", offsets="words")

    def test_entities_topics_keywords(self):
        found = self.a.entities("NASA lands on Europa with IBM")
        self.assertEqual([(e.text, e.label, e.id) for e in found],
                         [("NASA", "ORG", "nasa"), ("Europa", "LOC", "europa"), ("IBM", "ORG", "ibm")])
        self.assertEqual(found[0].reason, "gazetteer")
        self.assertEqual(self.a.topics("NASA and IBM, and NASA again"), ["nasa", "ibm"])
        words = self.a.keywords("the quantum entanglement of quantum computers")
        self.assertEqual((words[0].word, words[0].count), ("quantum", 2))
        self.assertEqual(len(self.a.keywords("alpha bravo gamma delta quark", 2)), 2)
        with self.assertRaises(ValueError):
            self.a.keywords("x", 0)

    def test_explanation_sums_to_the_score(self):
        text = "The food isn't VERY good 😁 but the view!"
        e = self.a.explain(text)
        self.assertEqual(e.scores, self.a.sentiment(text))
        self.assertAlmostEqual(e.sum / (e.sum ** 2 + 15) ** 0.5, e.scores.compound, 4)
        good = next(t for t in e.tokens if t.text == "good")
        self.assertEqual((good.start, good.end, good.lexicon, good.rules), (20, 24, 1.9, ("lexicon", "booster", "negation", "but")))
        self.assertEqual(text[e.tokens[-1].start:], "view!")

    def test_cover_and_lang(self):
        self.assertEqual(self.a.cover("good day so far xqzzyv"), 0.8)
        self.assertIsNone(self.a.cover("42"))
        self.assertEqual(self.a.lang("The new version is much faster"), "en")
        self.assertEqual(self.a.lang("Die Regierung will im Herbst ein neues Gesetz"), "de")
        self.assertEqual(self.a.lang("?"), "und")

    def test_many(self):
        texts = ["good", None, "bad 😁", "", "\ud800 good\0"]
        want = [None if t is None else self.a.sentiment(t) for t in texts]
        for threads in (1, 2, 7):
            self.assertEqual(self.a.sentiment_many(texts, threads=threads), want)
        self.assertEqual(self.a.sentiment_many(iter(["good"])), [self.a.sentiment("good")])
        self.assertEqual(self.a.sentiment_many([]), [])
        self.assertEqual(self.a.cover_many(["good day so far xqzzyv", None, "42"]), [0.8, None, None])
        self.assertEqual(self.a.topics_many(["NASA", None]), [["nasa"], []])
        self.assertEqual([len(x) for x in self.a.entities_many(["NASA", None])], [1, 0])
        self.assertEqual(self.a.keywords_many(["quantum", None])[0][0].word, "quantum")

    def test_features(self):
        self.assertEqual(sf.library_features()["vader"], "3.3.2")

    def test_lists_of_many_are_those_of_one(self):
        texts = ["😁 NASA lands on Europa", None, "", "interest rates in Zürich \ud800 and IBM", "no names", "NASA \0 NASA"] * 2000
        for threads in (1, 3):
            self.assertEqual(self.a.entities_many(texts, threads=threads), [[] if t is None else self.a.entities(t) for t in texts])
            self.assertEqual(self.a.topics_many(texts, threads=threads), [[] if t is None else self.a.topics(t) for t in texts])
            self.assertEqual(self.a.keywords_many(texts, 2, threads=threads), [[] if t is None else self.a.keywords(t, 2) for t in texts])
        self.assertEqual(self.a.entities_many(texts[:4], offsets="bytes"), [[] if t is None else self.a.entities(t, offsets="bytes") for t in texts[:4]])
        self.assertEqual((self.a.entities_many([]), self.a.topics_many(iter([None]))), ([], [[]]))
        for wrong in (lambda: self.a.entities_many(["x"], offsets="words"), lambda: self.a.topics_many(["x"], threads=0),
                      lambda: self.a.keywords_many(["x"], 0)):
            with self.assertRaises(ValueError):
                wrong()
        for wrong in ("one text", [1], [b"x"], 7):
            with self.assertRaises(TypeError):
                self.a.entities_many(wrong)
        for call in (lambda: self.a.keywords("x", 1.5), lambda: self.a.keywords_many(["x"], 1.5)):
            with self.assertRaises(TypeError):
                call()

    def test_topics_are_those_of_a_signal(self):
        batch = sf.Batch()
        for i, text in enumerate(["NASA and interest rates", "quantum computing at IBM, in New York"]):
            batch.add_json(json.dumps({"platform": "reddit", "source_id": "x", "title": text}))
        batch.analyse()
        self.assertEqual([batch[i].topics for i in range(2)], self.a.topics_many([batch[i].text for i in range(2)]))

    def test_wrong_types(self):
        for wrong in (None, 1, 1.5, b"good", ["good"], object()):
            for call in (self.a.sentiment, self.a.cover, self.a.explain, self.a.entities, self.a.topics, self.a.keywords,
                         sf.clean, vader.SentimentIntensityAnalyzer().polarity_scores):
                if wrong is None and call == self.a.cover:
                    continue
                with self.assertRaises(TypeError, msg=(call, wrong)):
                    call(wrong)
        for wrong in (5, "good", b"good", ["good", 5], [b"good"]):
            with self.assertRaises(TypeError):
                self.a.sentiment_many(wrong)
        with self.assertRaises(ValueError):
            self.a.sentiment_many(["good"], threads=0)
        with self.assertRaises(TypeError):
            sf.Analyser("lexicon")

    def test_subclass_of_str(self):
        class Odd(str):
            def encode(self, *_):
                return b"\xff" * 100

            def __len__(self):
                return 3

        self.assertEqual(self.a.sentiment(Odd("good")).compound, 0.4404)

    def test_clean(self):
        self.assertEqual(sf.clean("caf&eacute; <b>now</b>", "html", "entities"), "café now")
        self.assertEqual(sf.clean("a\u200bb\r\n"), "ab")
        self.assertEqual(len(sf.clean("😁" * 200, "emoji_words")), len("beaming face with smiling eyes ") * 200 - 1)
        with self.assertRaises(ValueError):
            sf.clean("x", "soap")


class Lexicons(unittest.TestCase):
    def test_own_words(self):
        l = sf.Lexicon([("sentiment", "bullish\t2.1\n"), ("names", "ORG\tZorbcorp\n")])
        a = sf.Analyser(l)
        self.assertGreater(a.sentiment("bullish").compound, 0.4)
        self.assertEqual(a.topics("Zorbcorp"), ["zorbcorp"])
        self.assertNotEqual(l.id, sf.Lexicon().id)
        self.assertEqual(l.words()["bullish"], 2.1)
        del l
        gc.collect()
        self.assertGreater(a.sentiment("bullish").compound, 0.4, "an analyser keeps its lexicon")

    def test_empty(self):
        l = sf.Lexicon([("sentiment", "zorb\t1\n")], empty=True)
        self.assertEqual((l.words(), l.emoji()), ({"zorb": 1.0}, {}))
        self.assertEqual(sf.Analyser(l).sentiment("good").compound, 0)

    def test_faults(self):
        with self.assertRaises(sf.ParseError) as caught:
            sf.Lexicon([("sentiment", "good\t1\nbad\tx\n", "own.tsv")])
        self.assertEqual((caught.exception.line, str(caught.exception)), (2, "own.tsv: the valence is no number"))
        for wrong in ([("nonsense", "x\n")], [("sentiment\0", "x\t1\n")]):
            with self.assertRaises(ValueError):
                sf.Lexicon(wrong)
        with self.assertRaises(TypeError):
            sf.Lexicon([("sentiment", 5)])

    def test_built_in(self):
        self.assertEqual(len(sf.Lexicon().words()), 7506)
        self.assertEqual(sf.Lexicon().emoji()["💘"], "heart with arrow")
        self.assertGreater(sf.Lexicon().baseline("reddit").v0, 0)
        with self.assertRaises(ValueError):
            sf.Lexicon().baseline("myspace")


class Signals(unittest.TestCase):
    def test_normalise(self):
        found = sf.normalise("reddit", json.dumps(LISTING), datetime.datetime(2026, 1, 2, 3, 9, 5, tzinfo=UTC))
        self.assertEqual([(s.source_id, s.raw_score, s.channel) for s in found.signals], [("t3_1", 45.0, "space")])
        self.assertEqual(found.signals[0].ts, datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
        self.assertEqual(found.signals[0].observed_at, datetime.datetime(2026, 1, 2, 3, 9, 5, tzinfo=UTC))
        self.assertEqual((len(found.skipped), len(found.refused)), (1, 1))
        self.assertIn("title", found.refused[0].reason)
        self.assertIsNone(found.signals[0].sentiment)
        for wrong in ("{", "[]x", b"\xff", "<html>"):
            with self.assertRaises(sf.ParseError):
                sf.normalise("reddit", wrong)
        with self.assertRaises(ValueError):
            sf.normalise("myspace", "{}")
        with self.assertRaises(TypeError):
            sf.normalise("reddit", LISTING)

    def test_batch(self):
        b = sf.Batch()
        b.normalise("reddit", json.dumps(LISTING).encode())
        self.assertEqual(b.add_json('{"platform":"bluesky","source_id":"é","body":"😁 IBM fails","raw_score":null}'), 1)
        self.assertEqual(b.analyse(), 2)
        s = b[1]
        self.assertEqual((s.platform, s.topics, s.raw_score, s.velocity), ("bluesky", ["ibm"], None, None))
        self.assertEqual(s.text[s.entities[0].start:s.entities[0].end], "IBM")
        self.assertEqual(s.sentiment, sf.Analyser().sentiment(s.text))
        self.assertEqual(json.loads(b.json(1))["topics"], ["ibm"])
        self.assertEqual([x.source_id for x in b], ["t3_1", "é"])
        self.assertEqual(b[-1], s)
        for i in (2, -3, 2**70):
            with self.assertRaises((IndexError, OverflowError)):
                b[i]
        b.reset()
        self.assertEqual((len(b), s.source_id), (0, "é"), "a signal is a copy")
        with self.assertRaises(ValueError):
            b.analyse(first=1)

    def test_faults_have_places(self):
        b = sf.Batch()
        line = '{"platform":"reddit","source_id":"é😁","raw_score":"x"}'
        for given, offset in ((line, line.index('"x"')), (line.encode(), line.encode().index(b'"x"'))):
            with self.assertRaises(sf.ParseError) as caught:
                b.add_json(given)
            self.assertEqual(caught.exception.offset, offset)
            self.assertIn("raw_score", str(caught.exception))
        again = pickle.loads(pickle.dumps(caught.exception))
        self.assertEqual((again.offset, str(again)), (caught.exception.offset, str(caught.exception)))
        with self.assertRaises(sf.VersionError):
            b.add_json('{"v":99,"platform":"reddit","source_id":"x"}')
        with self.assertRaises(sf.TooBigError):
            b.add_json('{"platform":"reddit","source_id":"' + "x" * 600 + '"}')
        self.assertEqual(len(b), 0)

    def test_times(self):
        b = sf.Batch()
        b.add_json('{"platform":"reddit","source_id":"x","ts":"0001-01-01T00:00:00Z","observed_at":"9999-12-31T23:59:59Z"}')
        self.assertEqual((b[0].ts.year, b[0].observed_at.year), (1, 9999))
        naive, aware = datetime.datetime(2026, 1, 2), datetime.datetime(2026, 1, 2, tzinfo=UTC)
        for at in (naive, aware, 1767312000000, "2026-01-02T00:00:00Z"):
            self.assertEqual(sf.velocity(0, at, 60, "2026-01-02T00:01:00Z"), 1.0)
        for wrong in ("yesterday", 2**60, float("nan")):
            with self.assertRaises(ValueError):
                sf.velocity(0, wrong, 1, 0)
        with self.assertRaises(TypeError):
            sf.velocity(0, [], 1, 0)


class Trends(unittest.TestCase):
    def test_velocity(self):
        self.assertEqual(sf.velocity(45, 0, 1200, 300_000), 3.85)
        self.assertIsNone(sf.velocity(None, 0, 1, 60_000))
        self.assertIsNone(sf.velocity(0, None, 1, 60_000))

    def test_fast_ranks_above_large(self):
        fast, large = sf.Trend("reddit", 0), sf.Trend("reddit", 0)
        self.assertEqual((fast.rate, fast.rising, fast.trending_score), (None, None, None))
        fast.observe(10, 600_000), fast.observe(1010, 900_000)
        for hour in range(1, 73):
            large.observe(5000 * hour / 72, hour * 3_600_000)
        self.assertGreater(fast.trending_score, large.trending_score)
        self.assertIs(fast.rising, True)
        self.assertIs(large.rising, False)
        self.assertEqual(sf.recency(0, 0, "reddit"), 1.0)
        self.assertTrue(0 < sf.normalised_score(100, "reddit") < 1)
        self.assertIsNone(sf.normalised_score(None, "reddit"))
        self.assertEqual(sf.trending(None, None, None), 0)

    def test_buckets_and_events(self):
        b, g = sf.Batch(), sf.Aggregator()
        for i, platform in enumerate(("reddit", "hackernews")):
            b.add_json(json.dumps({"platform": platform, "source_id": str(i), "title": "NASA is great", "raw_score": 5, "author": "a",
                                   "ts": f"2026-01-02T03:0{i}:00Z", "observed_at": f"2026-01-02T03:0{i + 1}:00Z"}))
        b.analyse()
        self.assertEqual(g.add(b), 2)
        buckets, events = g.read("2026-01-02T03:00:00Z", "2026-01-02T03:15:00Z")
        self.assertEqual([(x.topic, x.platform, x.count) for x in buckets], [("nasa", "reddit", 1), ("nasa", "hackernews", 1)])
        self.assertEqual((events[0].platforms, events[0].leader, events[0].lead_seconds), (("reddit", "hackernews"), "reddit", 60.0))
        self.assertIsNone(events[0].p_value)
        g.since("2025-12-01T00:00:00Z"), g.past("nasa", "reddit", "2026-01-01T03:00:00Z", 4)
        self.assertIsNotNone(g.read("2026-01-02T03:00:00Z", "2026-01-02T03:15:00Z")[1][0].p_value)
        g.reset()
        self.assertEqual(g.read(0, 10**13), ([], []))
        with self.assertRaises(ValueError):
            g.read(10, 0)


class Robust(unittest.TestCase):
    def test_pickles(self):
        a = sf.Analyser(sf.Lexicon([("sentiment", "zorb\t2\n")]))
        self.assertEqual(pickle.loads(pickle.dumps(a)).sentiment("zorb"), a.sentiment("zorb"))
        v = vader.SentimentIntensityAnalyzer()
        v.lexicon["zorb"] = 2.0
        for twin in (pickle.loads(pickle.dumps(v)), copy.deepcopy(v)):
            self.assertEqual(twin.polarity_scores("zorb"), v.polarity_scores("zorb"))
            twin.lexicon["zorb"] = -2.0
            self.assertLess(twin.polarity_scores("zorb")["compound"], 0)
        self.assertGreater(v.polarity_scores("zorb")["compound"], 0)
        for thing in (sf.Batch(), sf.Aggregator()):
            with self.assertRaises(TypeError):
                pickle.dumps(thing)

    def test_threads_share_everything(self):
        a, b, g, v = sf.Analyser(), sf.Batch(), sf.Aggregator(), vader.SentimentIntensityAnalyzer()
        text, faults = "NASA is great 😁 but IBM isn't VERY good", []
        want = a.sentiment(text), a.entities(text), a.keywords(text)

        def work(seed):
            try:
                for i in range(200):
                    assert (a.sentiment(text), a.entities(text), a.keywords(text)) == want
                    b.add_json(f'{{"platform":"reddit","source_id":"{seed}-{i}","title":"NASA","raw_score":1,"ts":"2026-01-02T03:04:05Z"}}')
                    if i % 20 == 0:
                        b.analyse(), g.add(b), len(b) and b[0], g.read(0, 2 * 10**12)
                    if i % 50 == 0:
                        b.reset()
                        v.lexicon[f"zorb{seed}"] = i / 100 + 0.5
                        assert v.polarity_scores(f"zorb{seed}")["compound"] > 0
            except (AssertionError, sf.SignalFlowError) as fault:
                faults.append(fault)
            except IndexError:
                pass  # the batch was reset between len() and [0]

        threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
        [t.start() for t in threads], [t.join() for t in threads]
        self.assertEqual(faults, [])
        self.assertLessEqual(len(a._pool), 8)

    def test_the_gil_is_released(self):
        a, ticks, stop = sf.Analyser(), [], threading.Event()
        texts = ["a good day then a bad one, but " * 40_000] * 8

        def tick():
            while not stop.is_set():
                ticks.append(time.monotonic())
                time.sleep(0.001)

        other = threading.Thread(target=tick)
        other.start()
        start = time.monotonic()
        a.sentiment_many(texts)
        end = time.monotonic()
        stop.set(), other.join()
        self.assertGreater(sum(start < t < end for t in ticks), 3, f"in {end - start:.3f} s of one call")

    def test_fork(self):
        a, b = sf.Analyser(), sf.Batch()
        stop = threading.Event()

        def busy():
            while not stop.is_set():
                a.sentiment_many(["a good day, but " * 200] * 50)

        worker = threading.Thread(target=busy)
        worker.start()
        try:
            for _ in range(5):
                child = os.fork()
                if child == 0:
                    signal.alarm(20)
                    good = a.sentiment("good").compound == 0.4404 and b.add_json('{"platform":"reddit","source_id":"x"}') == 0
                    os._exit(0 if good else 1)
                self.assertEqual(os.waitpid(child, 0)[1], 0)
        finally:
            stop.set(), worker.join()

    def test_results_outlive_what_made_them(self):
        a, b = sf.Analyser(), sf.Batch()
        b.add_json('{"platform":"reddit","source_id":"x","title":"NASA is great"}')
        b.analyse(a)
        kept = b[0], a.entities("NASA"), a.explain("good"), next(iter(b))
        del a, b
        gc.collect()
        self.assertEqual((kept[0].topics, kept[1][0].id, kept[2].tokens[0].text, kept[3].title), (["nasa"], "nasa", "good", "NASA is great"))

    def test_no_change_of_a_lexicon_is_missed(self):
        """What another thread does in the middle of ours, done there by ourselves."""
        v, lexicon = vader.SentimentIntensityAnalyzer(), vader._shared.lexicon
        words, rows = lexicon.words(), vader._words

        def meanwhile_made_too():
            patch.stop()
            v.lexicon["zorb"] = 2.0
            return dict(words)

        patch = unittest.mock.patch.object(lexicon, "words", meanwhile_made_too)
        patch.start()
        v.lexicon["quux"] = 2.0
        for word in ("zorb", "quux"):
            self.assertGreater(v.polarity_scores(word)["compound"], 0, word)

        def changed_after_it_was_read(table):
            patch.stop()
            text = rows(table)
            v.lexicon["late"] = 2.0
            return text

        v.lexicon["early"] = 2.0
        patch = unittest.mock.patch.object(vader, "_words", changed_after_it_was_read)
        patch.start()
        self.assertGreater(v.polarity_scores("early")["compound"], 0)
        self.assertGreater(v.polarity_scores("late")["compound"], 0)

    def test_a_call_outlives_its_analyser(self):
        state = sf.Analyser(sf.Lexicon([("sentiment", "zorb\t2\n")]))._state  # as while another thread replaces the lexicon
        call = functools.partial(polarity_scores, types.SimpleNamespace(_state=state))
        want = call("zorb")
        for _ in range(3):
            gc.collect()
            sf.Lexicon([("sentiment", "zorb\t-2\n")])
            self.assertEqual(call("zorb"), want)
        self.assertGreater(want["compound"], 0)

    def test_exit_with_a_thread_inside(self):
        code = ("import threading, libsignalflow as sf\na = sf.Analyser()\n"
                "t = threading.Thread(target=lambda: [a.sentiment_many(['good ' * 100_000] * 1000)], daemon=True)\nt.start()\n"
                "import time; time.sleep(0.1)")
        self.assertEqual(subprocess.run([sys.executable, "-c", code], check=False).returncode, 0)


class Program(unittest.TestCase):
    def run_it(self, *arguments, given=""):
        return subprocess.run([sys.executable, "-m", "libsignalflow", *arguments], input=given.encode(), capture_output=True, check=False)

    def test_texts(self):
        done = self.run_it("sentiment", "good", "bad")
        self.assertEqual([json.loads(x)["compound"] for x in done.stdout.splitlines()], [0.4404, -0.5423])
        done = self.run_it("entities", given="NASA 😁\nnothing\r\n")
        self.assertEqual([[e["id"] for e in json.loads(x)] for x in done.stdout.splitlines()], [["nasa"], []])
        self.assertEqual(json.loads(self.run_it("explain", "good").stdout)["tokens"][0]["rules"], ["lexicon"])
        self.assertEqual(json.loads(self.run_it("clean", "<b>x</b> &amp; y").stdout), "x & y")

    def test_normalise(self):
        done = self.run_it("normalise", "reddit", given=json.dumps(LISTING))
        self.assertEqual(json.loads(done.stdout)["source_id"], "t3_1")
        done = self.run_it("normalise", "reddit", given="{")
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assertIn(b"byte 1:", done.stderr)

    def test_wrong_use(self):
        self.assertEqual(self.run_it("nonsense").returncode, 2)
        self.assertIn(sf.library_version().encode(), self.run_it("--version").stdout)


class Loader(unittest.TestCase):
    def test_says_what_it_tried(self):
        for path in ("/nowhere/lib.so", "libc.so.6"):
            done = subprocess.run([sys.executable, "-c", "import libsignalflow"], env={**os.environ, "LIBSIGNALFLOW": path},
                                  capture_output=True, text=True, check=False)
            self.assertIn(f"ImportError: no libsignalflow (set LIBSIGNALFLOW to its file, or install it): {path}", done.stderr)


if __name__ == "__main__":
    unittest.main()
