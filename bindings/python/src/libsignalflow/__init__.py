# SPDX-License-Identifier: MIT
"""SignalFlow: posts in, scored and explained signals out. See docs/python.md."""
from ._native import lib as _lib
from .analyser import Analyser, Entity, Explanation, Keyword, Scores, TokenScore
from .cleaning import clean
from .errors import BusyError, InvalidError, ParseError, SignalFlowError, TooBigError, VersionError
from .lexicon import Baseline, Lexicon
from .signals import Batch, Child, Normalised, Signal, normalise
from .store import Answer, Store, StoreError, open
from .trends import Aggregator, Bucket, Event, Trend, normalised_score, recency, trending, velocity
from .version import VERSION

__version__ = VERSION


def library_version() -> str:
    """The version of the C library that is loaded."""
    return _lib.sf_version_string().decode()


def library_features() -> dict[str, str]:
    """What the C library that is loaded holds to: the vaderSentiment whose figures it gives, the version of a signal's JSON,
    the version of Unicode."""
    return dict(word.split("=", 1) for word in _lib.sf_features().decode().split())


__all__ = [
    "Aggregator", "Analyser", "Answer", "Baseline", "Batch", "Bucket", "BusyError", "Child", "Entity", "Event", "Explanation",
    "InvalidError", "Keyword", "Lexicon", "Normalised", "ParseError", "Scores", "Signal", "SignalFlowError", "Store",
    "StoreError", "TokenScore", "TooBigError", "Trend", "VersionError", "clean", "library_features", "library_version", "normalise",
    "normalised_score", "open", "recency", "trending", "velocity",
]
