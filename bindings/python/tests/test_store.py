# SPDX-License-Identifier: MIT
"""open(): a store made of the bundled sample, asked. $SF_TOOLS: the folder that has sf-*/sf-*; $SF_SAMPLE: data/sample."""
import datetime
import os
import pathlib
import subprocess
import tempfile
import unittest

import libsignalflow as sf

TOOLS, SAMPLE = os.environ["SF_TOOLS"], pathlib.Path(os.environ["SF_SAMPLE"])
AS_OF = "2026-01-04T00:00:00Z"


def tool(name):
    return os.path.join(TOOLS, name, name)


class Stores(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.url = f"sqlite:{cls.folder.name}/sample.db"
        signals = subprocess.run([tool("sf-ingest"), "--quiet", f"replay:{SAMPLE}/posts.ndjson", f"replay:{SAMPLE}/histories.ndjson"],
                                 stdout=subprocess.PIPE, check=True).stdout
        subprocess.run([tool("sf-process"), "--quiet", "--store", cls.url], input=signals, check=True)
        subprocess.run([tool("sf-aggregate"), "--quiet", "--store", cls.url, "--once"], check=True)
        cls.store = sf.open(cls.url, program=tool("sf-serve"))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_every_question(self):
        for question in ("signals", "trending", "topics", "pulse", "compare"):
            answer = getattr(self.store, question)(as_of=AS_OF)
            self.assertTrue(answer, question)
            self.assertEqual(answer.meta["question"], question)

    def test_filters(self):
        at = datetime.datetime(2026, 1, 4, tzinfo=datetime.timezone(datetime.timedelta(hours=1))) + datetime.timedelta(hours=1)
        self.assertEqual(self.store.trending(as_of=at, limit=3), self.store.trending(as_of=AS_OF, limit=3))
        self.assertEqual({r["platform"] for r in self.store.signals(platform=["reddit", "youtube"])}, {"reddit", "youtube"})
        self.assertTrue(all(r["raw_score"] >= 500 for r in self.store.signals(min_score=500, topic=None, rising=False)))
        self.assertGreater(self.store.signals(total=True, limit=1).meta["total"], 300)
        self.assertEqual(self.store.signals(q="--store=/nowhere"), [], "a value is never an option")

    def test_pages(self):
        seen, page = [], self.store.signals(limit=150)
        while page is not None:
            seen += [r["id"] for r in page]
            page = page.next()
        self.assertEqual(len(seen), len(set(seen)))
        self.assertEqual(len(seen), self.store.signals(total=True, limit=1).meta["total"])

    def test_faults(self):
        for store, word in ((sf.open("sqlite:/nowhere/x.db", program=tool("sf-serve")), "unable to open"),
                            (sf.open(self.url, program="/nowhere/sf-serve"), "No such file"), (sf.open("a\0b", program=tool("sf-serve")), "null byte")):
            with self.assertRaisesRegex(sf.StoreError, word):
                store.topics()
        with self.assertRaisesRegex(sf.StoreError, "--nope"):
            self.store.topics(nope=1)

    def test_frames(self):
        try:
            import pandas  # noqa: F401
            import polars  # noqa: F401
        except ImportError:
            self.skipTest("no pandas, no polars")
        answer = self.store.trending(as_of=AS_OF, limit=3)
        self.assertEqual(answer.to_pandas()["source_id"].tolist(), [r["source_id"] for r in answer])
        self.assertEqual(answer.to_polars()["source_id"].to_list(), [r["source_id"] for r in answer])


if __name__ == "__main__":
    unittest.main()
