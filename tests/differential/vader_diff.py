#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares our sentiment with the reference, vaderSentiment 3.3.2 of PyPI, over generated texts of any Unicode, bit by bit.

    vader_diff.py --score PROGRAM [--venv FOLDER] [--count N] [--seed N]

The reference is installed into a virtual environment in FOLDER on first use. Exit code 77 (skipped) when it cannot be had.
"""
import argparse
import importlib
import multiprocessing
import os
import random
import struct
import subprocess
import sys
import tempfile
import unicodedata

REFERENCE = "vaderSentiment==3.3.2"
SKIPPED = 77
COUNTS = {"default": 200_000, "full": 2_000_000}  # by what scripts/test sets SF_TEST_LENGTH to

# Words that a user might add: letters whose lower case is special, in both spellings.
OWN_WORDS = {
    "σοφός": 2.5, "σοφόσ": -1.5, "ὀδυσσεύς": 1.25, "i\u0307yi": 3.0, "iyi": -0.5, "straße": 1.1, "écrit": 0.7,
    "ⅷ": 1.9, "ǆabe": -2.2, "å": 2.0, "kelvin's": 1.0, "ⱥb": 0.4, "but": 0.8, "very": 1.0, "least": -0.9, "at": 0.3,
    "never": -1.1, "x": 1e-300, "of": 0.25, "the": 2.0, "or": -0.125, "so": 0.5, "doubt": -1.0, "-dash": 2.0,
    "ꭰꮳ": 1.7, "𐐨𐑅": -1.3, "good": 2.125,
}
RULE_WORDS = """no no no not never so this without doubt least at very the shit bomb bad ass badass bus stop yeah right
kiss of death to die for beating heart kind of sort of just enough but but but or nor neither isn't don't xn'tx can't cannot
N'T won't wont rarely seldom despite none kind kinda kind-of barely hardly most so SO THIS so this good good great""".split()
PUNCTUATION = list("""!"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~""") + ["!!", "!!!", "!!!!!", "??", "???", "????", "...", "?!"]
SPACES = [chr(c) for c in list(range(9, 14)) + list(range(0x1C, 0x21)) + [0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F,
          0x205F, 0x3000] + list(range(0x2000, 0x200B))]
NO_SPACES = list("\u200b\ufeff\u180e\u2060\0\u200d\ufe0f\u00ad\u200e\u0345\u0301\u02bc\u2019\u201c\u201d\u2014\u2026")
SIGMAS = "ΣσςΑα'.·\u0301\u00ad\u200d\u0345ªΣA1"


class Texts:
    """Texts made of what the rules look at."""

    def __init__(self, seed, analyser, module):
        self.random = random.Random(seed)
        self.words = [w for w in analyser.lexicon]
        self.emoji = [e for e in analyser.emojis if len(e) == 1]
        self.long_emoji = [e for e in analyser.emojis if len(e) > 1]
        self.boosters = list(module.BOOSTER_DICT)
        self.negations = list(module.NEGATE)
        self.own = list(OWN_WORDS)
        self.few = self.random.sample(self.words, 40)  # so that valences repeat
        self.characters = characters()

    def word(self):
        r = self.random
        kind = r.random()
        if kind < 0.22:
            return r.choice(self.words)
        if kind < 0.30:
            return r.choice(self.few)
        if kind < 0.55:
            return r.choice(RULE_WORDS)
        if kind < 0.63:
            return r.choice(self.boosters)
        if kind < 0.69:
            return r.choice(self.negations)
        if kind < 0.76:
            return r.choice(self.emoji) * r.choice((1, 1, 1, 2, 3))
        if kind < 0.77:
            return r.choice(self.long_emoji)
        if kind < 0.80:
            return r.choice(self.own)
        if kind < 0.82:
            return "".join(r.choice(SIGMAS) for _ in range(r.randrange(1, 6)))
        if kind < 0.85:
            return "".join(r.choice(self.characters) for _ in range(r.randrange(1, 5)))
        if kind < 0.88:
            return "".join(r.choice(PUNCTUATION) for _ in range(r.randrange(1, 4)))
        if kind < 0.90:
            return r.choice(NO_SPACES)
        return "".join(r.choice("abcdefgxyz") for _ in range(r.randrange(1, 8)))

    def shape(self, word):
        r = self.random
        kind = r.random()
        if kind < 0.14:
            word = word.upper()
        elif kind < 0.18:
            word = word.title()
        elif kind < 0.20:
            word = word.swapcase()
        kind = r.random()
        if kind < 0.10:
            word += r.choice(PUNCTUATION)
        elif kind < 0.13:
            word = r.choice(PUNCTUATION) + word
        elif kind < 0.15:
            word = word + r.choice(self.emoji)
        elif kind < 0.165:
            word = r.choice(self.emoji) + word
        elif kind < 0.18:
            word = word.replace("k", "\u212a").replace("i", r.choice("i\u0130\u0131"))
        elif kind < 0.19:
            at = r.randrange(len(word) + 1)
            word = word[:at] + r.choice(self.characters + NO_SPACES) + word[at:]
        return word

    def text(self):
        r = self.random
        if r.random() < 0.01:  # few values, many times, and "but" somewhere among them
            words = r.sample(self.few, 4) + ["very " + self.few[0], "not " + self.few[1], "x"]
            return " ".join(r.choice(words) if r.random() < 0.97 else "but" for _ in range(r.randrange(10, 60)))
        n = r.choice((1, 2, 3, 4, 4, 5, 5, 6, 7, 9, 12)) if r.random() < 0.995 else r.randrange(20, 90)
        parts = []
        shout = r.random() < 0.05
        for _ in range(n):
            word = self.shape(self.word())
            parts.append(word.upper() if shout else word)
            if r.random() < 0.93:
                parts.append(" ")
            else:
                parts.append("".join(r.choice(SPACES) for _ in range(r.randrange(0, 3))))
        return "".join(parts)


def characters():
    """Characters whose case could matter or that could be taken for white space, and a sample of all others."""
    same_unicode = unicodedata.unidata_version == "14.0.0"
    last = 0x110000 if same_unicode else 0x250  # other versions know other letters
    some = [chr(c) for c in range(last) if not 0xD800 <= c <= 0xDFFF and
            (c % 97 == 0 or chr(c).lower() != chr(c) or chr(c).isupper() or chr(c).islower() or chr(c).isspace())]
    return some


def plain_sum(values):
    """sum() as before CPython 3.12, which compensates."""
    total = 0
    for value in values:
        total = total + value
    return total


def reference(own_words):
    module = importlib.import_module("vaderSentiment.vaderSentiment")
    module.sum = plain_sum
    analyser = module.SentimentIntensityAnalyzer()
    if own_words:
        analyser.lexicon.update(OWN_WORDS)
    return module, analyser


def ours(score, table, texts):
    frames = b"".join(struct.pack("<I", len(t)) + t for t in (text.encode() for text in texts))
    done = subprocess.run([score] + ([table] if table else []), input=frames, stdout=subprocess.PIPE, check=True)
    return [done.stdout[i:i + 32] for i in range(0, len(done.stdout), 32)]


def compare(job):
    """Compares `count` texts; returns the first few that differ and how many do."""
    seed, count, score, table = job
    module, analyser = reference(table is not None)
    maker = Texts(seed, analyser, module)
    texts = [maker.text() for _ in range(count)]
    results = ours(score, table, texts)
    assert len(results) == len(texts)
    bad = []
    for text, got in zip(texts, results):
        want = analyser.polarity_scores(text)
        want = tuple(float(want[k]) for k in ("neg", "neu", "pos", "compound"))
        if struct.pack("=4d", *want) != got:
            bad.append((text, want, struct.unpack("=4d", got)))
    return len(bad), bad[:5]


def install(venv):
    """The folder of the installed reference, or None when it cannot be had."""
    python = os.path.join(venv, "bin", "python")
    find = [python, "-c", "import vaderSentiment, os; print(os.path.dirname(os.path.dirname(vaderSentiment.__file__)))"]
    if not os.path.exists(python):
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    found = subprocess.run(find, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    if found.returncode != 0:
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", REFERENCE]
        if subprocess.run(pip).returncode != 0:
            return None
        found = subprocess.run(find, stdout=subprocess.PIPE, text=True, check=True)
    return found.stdout.strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--score", required=True)
    parser.add_argument("--venv", default="vader-venv")
    parser.add_argument("--count", type=int, default=COUNTS.get(os.environ.get("SF_TEST_LENGTH"), 20_000))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    try:
        folder = install(options.venv)
    except (OSError, subprocess.CalledProcessError) as fault:
        print(f"the environment in {options.venv} cannot be made: {fault}")
        folder = None
    if folder is None:
        print(f"skipped: {REFERENCE} cannot be installed")
        sys.exit(SKIPPED)
    sys.path.insert(0, folder)
    with tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8") as table:
        table.write("".join(f"{word}\t{valence!r}\n" for word, valence in OWN_WORDS.items()))
        table.flush()
        chunk = 10_000
        n = (options.count + chunk - 1) // chunk
        jobs = [(options.seed * 1_000_003 + i, chunk, options.score, table.name if i % 2 else None) for i in range(n)]
        total, shown = 0, 0
        with multiprocessing.Pool(min(n, os.cpu_count() or 1)) as pool:
            for count, examples in pool.imap_unordered(compare, jobs):
                total += count
                for text, want, got in examples[:max(0, 20 - shown)]:
                    shown += 1
                    print(f"{text!r}\n  reference {want}\n  ours      {got}")
    print(f"{n * chunk} texts, {total} differ")
    sys.exit(1 if total else 0)


if __name__ == "__main__":
    main()
