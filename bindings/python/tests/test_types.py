# SPDX-License-Identifier: MIT
"""The annotations hold: for the package itself, and for those who use it under mypy --strict."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parent.parent / "src"
USES = """
from libsignalflow import Aggregator, Analyser, Batch, Scores, Trend, normalise, open, velocity
from libsignalflow.vader import SentimentIntensityAnalyzer

scores: Scores = Analyser().sentiment("good")
compound: float = SentimentIntensityAnalyzer().polarity_scores("good")["compound"]
starts: list[int] = [e.start for e in Analyser().entities("NASA")]
why: list[tuple[str, ...]] = [t.rules for t in Analyser().explain("good").tokens]
rate: float | None = velocity(1, 0, 2, "2026-01-02T03:04:05Z")
title: str = normalise("reddit", b"{}").signals[0].title
n: int = Batch().analyse() + Aggregator().add(Batch())
rising: bool | None = Trend("reddit").rising
rows: list[str] = [row["topic"] for row in open("sqlite:x.db").topics(limit=3)]
"""


def mypy(*arguments):
    command = [sys.executable, "-m", "mypy", "--no-error-summary", "--ignore-missing-imports", "--cache-dir", os.devnull, *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "MYPYPATH": str(SOURCE)}, check=False).stdout


class Types(unittest.TestCase):
    def test_package(self):
        self.assertEqual(mypy(str(SOURCE / "libsignalflow")), "")

    def test_users(self):
        with tempfile.TemporaryDirectory() as folder:
            right, wrong = os.path.join(folder, "right.py"), os.path.join(folder, "wrong.py")
            pathlib.Path(right).write_text(USES, encoding="utf-8")
            self.assertEqual(mypy("--strict", "--follow-imports=silent", right), "")
            pathlib.Path(wrong).write_text(USES.replace("scores: Scores", "scores: str"), encoding="utf-8")
            self.assertIn("Incompatible types", mypy("--strict", "--follow-imports=silent", wrong))


if __name__ == "__main__":
    unittest.main()
