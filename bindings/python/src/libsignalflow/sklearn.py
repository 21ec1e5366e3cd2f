# SPDX-License-Identifier: MIT
"""A scikit-learn transformer: texts in, figures out.

    make_pipeline(SentimentFeatures(), LogisticRegression())
"""
from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from . import _columns
from .analyser import Analyser


class SentimentFeatures(TransformerMixin, BaseEstimator):
    """Texts (list, array, Series; a missing one gives 0) to an array (n, 4) of neg, neu, pos and compound; with cover=True
    (n, 5), the share of words that are English last. There is nothing to fit. threads: how many share the work."""

    def __init__(self, cover: bool = False, threads: int = 1):
        self.cover = cover
        self.threads = threads

    def fit(self, X: Any, y: Any = None) -> SentimentFeatures:
        return self

    def transform(self, X: Any) -> Any:
        analyser = Analyser()
        texts = X if _columns.kind_of(X) in ("numpy", "pandas") else np.array(_columns.listed(X), dtype=object)
        columns = [np.asarray(analyser.sentiment_many(texts, threads=self.threads))]
        if self.cover:
            columns.append(np.asarray(analyser.cover_many(texts, threads=self.threads)).reshape(-1, 1))
        return np.nan_to_num(np.hstack(columns))

    def get_feature_names_out(self, input_features: Any = None) -> Any:
        names = [f"sentiment_{name}" for name in _columns.NAMES] + ["sentiment_cover"] * bool(self.cover)
        return np.array(names, dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        return True

