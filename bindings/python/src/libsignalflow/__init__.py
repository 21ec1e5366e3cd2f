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


__all__ = [
    "Aggregator", "Analyser", "Answer", "Baseline", "Batch", "Bucket", "BusyError", "Child", "Entity", "Event", "Explanation",
    "InvalidError", "Keyword", "Lexicon", "Normalised", "ParseError", "Scores", "Signal", "SignalFlowError", "Store",
    "StoreError", "TokenScore", "TooBigError", "Trend", "VersionError", "clean", "library_version", "normalise",
    "normalised_score", "open", "recency", "trending", "velocity",
]
