# SPDX-License-Identifier: MIT
"""libsignalflow.vader in place of vaderSentiment: its own demonstration, imported and run
unchanged, says the same; changed lexicons
score the same; recorded answers too. The reference comes from PyPI: installed, and as the source that has the demonstration.
$VADER_SDIST: the folder of the unpacked source."""
import contextlib
import io
import json
import os
import pathlib
import random
import re
import sys
import tempfile
import types
import unittest
import unittest.mock

from vaderSentiment import vaderSentiment as reference

import libsignalflow.vader as ours

SDIST = pathlib.Path(os.environ["VADER_SDIST"])
SHARED = pathlib.Path(os.environ.get("SF_SHARED", "../shared")) / "data/vader"
reference.sum = lambda values, start=0: __import__("functools").reduce(lambda a, b: a + b, values, start)  # as before CPython 3.12


def sentences(text):
    """In nltk's place, whose data cannot be had: what the demonstration needs of it."""
    return re.findall(r"[^.!]+[.!]+", text)


@contextlib.contextmanager
def in_place_of(module):
    """`import vaderSentiment.vaderSentiment` gives `module`."""
    nltk = types.ModuleType("nltk")
    nltk.tokenize = types.SimpleNamespace(sent_tokenize=sentences)
    package = types.ModuleType("vaderSentiment")
    package.vaderSentiment = module
    with unittest.mock.patch.dict(sys.modules, {"vaderSentiment": package, "vaderSentiment.vaderSentiment": module, "nltk": nltk}), \
            unittest.mock.patch("builtins.input", lambda *_: "n"):
        yield


def output_of(code, module, names=()):
    out = io.StringIO()
    scope = {"__name__": "__main__", **{name: getattr(module, name) for name in names}}
    with in_place_of(module), contextlib.redirect_stdout(out):
        exec(compile(code, "example", "exec"), scope)
    return out.getvalue()


class ItsOwnExamples(unittest.TestCase):
    def test_import(self):
        code = "from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer\nprint(SentimentIntensityAnalyzer().polarity_scores('good'))"
        self.assertEqual(output_of(code, ours), output_of(code, reference))

    def test_demonstration(self):
        source = (SDIST / "vaderSentiment/vaderSentiment.py").read_text(encoding="utf-8")
        demo = source[source.index("if __name__ == '__main__':"):]
        want = output_of(demo, reference, ["SentimentIntensityAnalyzer"])
        self.assertEqual(output_of(demo, ours, ["SentimentIntensityAnalyzer"]), want)
        self.assertGreater(want.count("'compound'"), 25)


class SameNumbers(unittest.TestCase):
    def setUp(self):
        self.ours, self.theirs = ours.SentimentIntensityAnalyzer(), reference.SentimentIntensityAnalyzer()

    def same(self, *texts):
        for text in texts:
            self.assertEqual(self.ours.polarity_scores(text), self.theirs.polarity_scores(text), repr(text))

    def test_tables(self):
        self.assertEqual(self.ours.lexicon, self.theirs.lexicon)
        self.assertEqual(self.ours.emojis, self.theirs.emojis)
        self.assertEqual(self.ours.make_lex_dict(), self.theirs.make_lex_dict())

    def test_result_is_the_same_kind_of_dict(self):
        a, b = self.ours.polarity_scores("good"), self.theirs.polarity_scores("good")
        self.assertEqual((list(a), list(map(type, a.values()))), (list(b), list(map(type, b.values()))))

    def test_odd_texts(self):
        self.same("", " ", "\0", "good\0", "\ud800 good!", "!\ud800!", "\ud83d\ude01", "😁\ud800", "\U0010ffff good", "İyi ǅ ΑΣ ß", "x" * 10000)

    def test_changed_tables(self):
        for change in (lambda a: a.lexicon.update({"zorb": 3, "good": -1.5, "fed up": 2}), lambda a: a.lexicon.pop("bad"),
                       lambda a: a.lexicon.__setitem__("ZORB", 1.0), lambda a: a.lexicon.__delitem__("great"),
                       lambda a: a.emojis.update({"Z": "a great\tday!\n", "#": "", "-": "bad", " ": "x", "😁": "bad"}),
                       lambda a: a.lexicon.update({"a\tb": 2, "-": 2, "# x": 2, "": 2, "-good": 2, "#": 1}),
                       lambda a: setattr(a, "lexicon", {"only": 2.0}), lambda a: a.lexicon.setdefault("more", 1.25),
                       lambda a: setattr(a, "emojis", {}), lambda a: a.lexicon.clear()):
            change(self.ours), change(self.theirs)
            self.same("zorb ZORB good bad great 😁 only more fed up", "Z#- good", "a b -good - #", "GOOD but 😁 bad", "not very zorb")

    def test_other_analyzers_are_left_alone(self):
        self.ours.lexicon["good"] = -4
        self.assertEqual(ours.SentimentIntensityAnalyzer().polarity_scores("good")["compound"], 0.4404)

    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            words, emoji = os.path.join(folder, "w.txt"), os.path.join(folder, "e.txt")
            pathlib.Path(words).write_text("zorb\t2.5\t0.3\t[1]\n\n  quux\t-1\n", encoding="utf-8")
            pathlib.Path(emoji).write_text("😁\tzorb\n", encoding="utf-8")
            for files in ({"lexicon_file": words}, {"emoji_lexicon": emoji}, {"lexicon_file": words, "emoji_lexicon": emoji}):
                self.ours, self.theirs = ours.SentimentIntensityAnalyzer(**files), reference.SentimentIntensityAnalyzer(**files)
                self.assertEqual(self.ours.lexicon, self.theirs.lexicon)
                self.same("zorb quux 😁 good", "😂 very zorb")
            pathlib.Path(words).write_text("good\t1\nbroken\n", encoding="utf-8")
            with self.assertRaisesRegex(ValueError, "line 2"):
                ours.SentimentIntensityAnalyzer(words)
        with self.assertRaises(OSError):
            ours.SentimentIntensityAnalyzer("/nowhere.txt")

    def test_valences_that_are_none(self):
        for wrong in (float("nan"), float("inf"), 1e7, "much"):
            self.ours.lexicon["zorb"] = wrong
            with self.assertRaises(ValueError):
                self.ours.polarity_scores("zorb")
        self.ours.lexicon["zorb"] = 1.0
        self.assertGreater(self.ours.polarity_scores("zorb")["compound"], 0)

    def test_made_up_texts(self):
        r = random.Random(11)
        words = [*r.sample(list(self.theirs.lexicon), 300), *reference.BOOSTER_DICT, *reference.NEGATE, *"but no so this least at the shit of or".split()]
        marks = [*r.sample(list(self.theirs.emojis), 60), "!", "?", ".", "'", "\u200d", "\ufe0f", "é", "\n", "\u3000", "\ud801", "İ"]
        texts = [r.choice(["", " "]).join(r.choice([str.upper, str, str, str.title])(r.choice(words)) + " " * (r.random() < .9) +
                                          r.choice(marks) * (r.random() < .2) for _ in range(r.randrange(1, 12))) for _ in range(4000)]
        self.same(*texts)
        self.assertEqual(self.ours.polarity_scores_many(texts), [self.theirs.polarity_scores(t) for t in texts])

    @unittest.skipUnless(SHARED.exists(), "no recorded answers ($SF_SHARED)")
    def test_recorded_answers(self):
        n = 0
        for path in sorted(SHARED.glob("vectors-*.jsonl")):
            for line in path.read_text(encoding="utf-8").split("\n"):
                if line:
                    row = json.loads(line)
                    want = {k: row[k] for k in ("neg", "neu", "pos", "compound")}
                    self.assertEqual(self.ours.polarity_scores(row["text"]), want, row["text"])
                    n += 1
        self.assertGreater(n, 20_000)


if __name__ == "__main__":
    unittest.main()
