# SPDX-License-Identifier: MIT
"""Many texts in each kind of container, and what other libraries build on that: scikit-learn, spaCy."""
import pickle
import unittest

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

import libsignalflow as sf
from libsignalflow import _columns

TEXTS = ["What a great release!", None, "bad 😁", "", "ünï \0 good, but", "not good"] * 5
A = sf.Analyser()
WANT = [None if t is None else A.sentiment(t) for t in TEXTS]
COVERS = [None if t is None else A.cover(t) for t in TEXTS]


class Arrow(unittest.TestCase):
    def check(self, column, want=WANT, covers=COVERS):
        for threads in (1, 3):
            out = A.sentiment_many(column, threads=threads)
            out.validate(full=True)
            self.assertEqual([None if r is None else tuple(r.values()) for r in out.to_pylist()], want)
            out = A.cover_many(column, threads=threads)
            out.validate(full=True)
            self.assertEqual(out.to_pylist(), covers)

    def test_types(self):
        for of in (pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())):
            self.check(pa.array(TEXTS, pa.string()).cast(of))

    def test_slices(self):
        for of in (pa.string(), pa.large_string()):
            self.check(pa.array(TEXTS, of)[3:11], WANT[3:11], COVERS[3:11])
            self.check(pa.array(TEXTS, of)[5:5], [], [])

    def test_chunks(self):
        column = pa.chunked_array([pa.array(TEXTS[:7]), pa.array([], pa.string()), pa.array(TEXTS[7:])])
        self.check(column)
        self.assertEqual(A.sentiment_many(column).num_chunks, 3)
        self.check(pa.chunked_array([], pa.string()), [], [])

    def test_empty_and_null(self):
        self.check(pa.array([], pa.large_string()), [], [])
        self.check(pa.array([None, None], pa.large_string()), [None, None], [None, None])
        self.check(pa.nulls(3), [None] * 3, [None] * 3)

    def test_large_string_is_read_where_it_lies(self):
        column = pa.array(TEXTS, pa.large_string())
        texts = _columns.from_arrow(column)
        self.assertEqual((texts.utf8, texts.offsets), (column.buffers()[2].address, column.buffers()[1].address))

    def test_lists(self):
        names = ["NASA lands", None, "", "😁 IBM"] * 3
        want = [[] if t is None else A.entities(t) for t in names]
        chunks = pa.chunked_array([pa.array(names[:5]), pa.array(names[5:])])
        for texts in (pa.array(names), pa.array(names, pa.large_string()), chunks, np.array(names, dtype=object), pd.Series(names), pl.Series(names)):
            for threads in (1, 2):
                self.assertEqual(A.entities_many(texts, threads=threads), want)
        self.assertEqual(A.topics_many(pa.array(names)[2:5]), [[], ["ibm"], ["nasa"]])

    def test_no_texts(self):
        for wrong in (pa.array([1, 2]), pa.array([b"x"]), pa.array([["x"]])):
            with self.assertRaises(TypeError):
                A.sentiment_many(wrong)


class Frames(unittest.TestCase):
    def test_numpy(self):
        for array in (np.array(TEXTS, dtype=object), np.array([t or "" for t in TEXTS])):
            out = A.sentiment_many(array)
            self.assertEqual((out.shape, out.dtype), ((len(TEXTS), 4), np.float64))
            self.assertEqual([tuple(r) for r in out[::6]], WANT[::6])
        self.assertTrue(np.isnan(A.sentiment_many(np.array(TEXTS, dtype=object))[1]).all())
        self.assertEqual(A.cover_many(np.array(["good day so far xqzzyv"])).tolist(), [0.8])
        for wrong in (np.array([["x"]]), np.array("x")):
            with self.assertRaises(ValueError):
                A.sentiment_many(wrong)
        with self.assertRaises(TypeError):
            A.sentiment_many(np.arange(3))

    def test_pandas(self):
        index = [f"row {i}" for i in range(len(TEXTS))]
        for dtype in (object, "str", pd.ArrowDtype(pa.string())):
            out = A.sentiment_many(pd.Series(TEXTS, index=index, dtype=dtype), threads=2)
            self.assertEqual((list(out.columns), list(out.index)), (list(_columns.NAMES), index))
            self.assertEqual(out.loc["row 4"].tolist(), list(WANT[4]))
            self.assertTrue(out.loc["row 1"].isna().all())
        covers = A.cover_many(pd.Series(TEXTS, index=index))
        self.assertEqual((covers["row 4"], np.isnan(covers["row 1"])), (COVERS[4], True))
        with self.assertRaises(TypeError):
            A.sentiment_many(pd.Series([1, "x"]))

    def test_polars(self):
        out = A.sentiment_many(pl.Series("text", TEXTS))
        self.assertEqual((out.columns, out.rows()[4], out.rows()[1]), (list(_columns.NAMES), tuple(WANT[4]), (None,) * 4))
        self.assertEqual(A.cover_many(pl.Series(TEXTS)).to_list(), COVERS)
        with self.assertRaises(TypeError):
            A.sentiment_many(pl.Series([1, 2]))

    def test_frames_as_columns(self):
        df = pd.DataFrame({"text": ["good", "bad"]}).pipe(lambda d: d.join(A.sentiment_many(d["text"])))
        self.assertEqual(df["compound"].tolist(), [0.4404, -0.5423])
        self.assertEqual(pl.DataFrame({"text": ["good"]}).hstack(A.sentiment_many(pl.Series(["good"])))["compound"][0], 0.4404)

    def test_topics_of_any(self):
        for c in (np.array(["NASA", None], dtype=object), pd.Series(["NASA", None]), pl.Series(["NASA", None]), pa.array(["NASA", None])):
            self.assertEqual(A.topics_many(c), [["nasa"], []])


class ScikitLearn(unittest.TestCase):
    def test_pipeline(self):
        from sklearn.base import clone
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        from libsignalflow.sklearn import SentimentFeatures

        texts, y = ["I love it", "awful and sad", "great fun", "terrible"] * 5, [1, 0, 1, 0] * 5
        model = pickle.loads(pickle.dumps(clone(make_pipeline(SentimentFeatures(cover=True, threads=2), LogisticRegression())).fit(texts, y)))
        self.assertEqual(model.predict(["this is wonderful", "this is horrible"]).tolist(), [1, 0])
        step = SentimentFeatures(cover=True)
        self.assertEqual(step.get_feature_names_out().tolist()[3:], ["sentiment_compound", "sentiment_cover"])
        for X in (["good", None], np.array(["good", None], dtype=object), pd.Series(["good", None]), pl.Series(["good", None])):
            self.assertEqual(step.fit_transform(X)[:, 3:].tolist(), [[0.4404, 1.0], [0.0, 0.0]])


class Spacy(unittest.TestCase):
    def test_component(self):
        import spacy

        import libsignalflow.spacy  # noqa: F401

        nlp = spacy.blank("en")
        nlp.add_pipe("signalflow")
        text = "😁 NASA lands on Europa, great!"
        doc = nlp(text)
        self.assertEqual([(e.text, e.label_, e.ent_id_) for e in doc.ents], [("NASA", "ORG", "nasa"), ("Europa", "LOC", "europa")])
        self.assertEqual(doc._.signalflow_sentiment, A.sentiment(text))
        self.assertEqual((doc._.signalflow_topics, doc._.signalflow_entities), (["nasa", "europa"], A.entities(text)))
        self.assertIn("europa", doc._.signalflow_keywords)
        again = pickle.loads(pickle.dumps(doc))
        self.assertEqual(again.ents[0].text, "NASA")
        self.assertEqual(len(list(nlp.pipe([text] * 3))), 3)

    def test_leaves_others_entities_alone(self):
        import spacy

        import libsignalflow.spacy  # noqa: F401

        nlp = spacy.blank("en")
        nlp.add_pipe("entity_ruler").add_patterns([{"label": "THEIRS", "pattern": "NASA"}])
        nlp.add_pipe("signalflow")
        self.assertEqual([(e.text, e.label_) for e in nlp("NASA lands in Berlin").ents], [("NASA", "THEIRS"), ("Berlin", "LOC")])
        nlp = spacy.blank("en")
        nlp.add_pipe("signalflow", config={"set_ents": False})
        self.assertEqual(nlp("NASA").ents, ())


if __name__ == "__main__":
    unittest.main()
