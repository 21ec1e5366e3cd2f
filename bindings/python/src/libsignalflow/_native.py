# SPDX-License-Identifier: MIT
"""The C library as it is: found, loaded, its structs and prototypes. tests/test_headers.py compares them with the headers.

What is looked for, in this order: the file that the environment variable LIBSIGNALFLOW names, the library that the wheel
brings, the system's libsignalflow.so.0.
"""
from __future__ import annotations

import ctypes
import os
import pathlib
from ctypes import POINTER, c_char, c_char_p, c_double, c_int, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p

SONAME = "libsignalflow.so.0"
VERSIONS = range(100, 200)  # what these prototypes are right for: 0.1.x

OK, ENOMEM, EINVAL, EPARSE, ETOOBIG, EBUSY, ESKIP, EVERSION = 0, -1, -2, -3, -4, -5, -6, -7
NO_TIME = -(2**63)
MAX_TOPICS = 16
PLATFORMS = ("unknown", "reddit", "hackernews", "bluesky", "youtube", "lobsters")
KINDS = ("post", "comment", "refresh", "delete")
SENTIMENT, ENTITIES, KEYWORDS = 1, 2, 4


class Struct(ctypes.Structure):
    """A C struct; `c_name` is what the headers call it."""

    c_name = ""


class Text(Struct):
    """sf_str on its way in: takes Python bytes."""

    c_name = "sf_str"
    _fields_ = [("ptr", c_char_p), ("len", c_size_t)]


class Str(Struct):
    """sf_str on its way out: an address, since there may be NULs."""

    c_name = "sf_str"
    _fields_ = [("ptr", c_void_p), ("len", c_size_t)]


class Error(Struct):
    c_name = "sf_error"
    _fields_ = [("status", c_int32), ("line", c_int32), ("offset", c_uint64), ("message", c_char * 112)]


class Scores(Struct):
    c_name = "sf_scores"
    _fields_ = [("neg", c_double), ("neu", c_double), ("pos", c_double), ("compound", c_double)]


class Entity(Struct):
    c_name = "sf_entity"
    _fields_ = [("text", Str), ("label", Str), ("id", Str), ("start", c_uint32), ("end", c_uint32),
                ("reserved", c_uint32 * 4)]


class Keyword(Struct):
    c_name = "sf_keyword"
    _fields_ = [("word", Str), ("count", c_uint32), ("start", c_uint32), ("weight", c_double), ("reserved", c_uint32 * 4)]


class TokenScore(Struct):
    c_name = "sf_token_score"
    _fields_ = [("start", c_uint32), ("end", c_uint32), ("lexicon", c_double), ("valence", c_double), ("rules", c_uint32),
                ("reserved", c_uint32 * 3)]


class Explanation(Struct):
    c_name = "sf_explanation"
    _fields_ = [("struct_size", c_size_t), ("tokens", POINTER(TokenScore)), ("n_tokens", c_size_t),
                ("punctuation", c_double), ("sum", c_double), ("scores", Scores)]


class Signal(Struct):
    c_name = "sf_signal"
    _fields_ = [
        ("platform", c_int32), ("kind", c_int32), ("replaced", c_uint32), ("rising", c_int32),
        ("source_id", Str), ("parent_id", Str), ("channel", Str), ("title", Str), ("body", Str), ("author", Str),
        ("url", Str), ("lang", Str), ("labels", POINTER(Str)), ("n_labels", c_size_t),
        ("raw_score", c_double), ("comments", c_double), ("ts_ms", c_int64), ("observed_ms", c_int64),
        ("sentiment", Scores), ("sentiment_cover", c_double), ("topics", POINTER(Str)), ("n_topics", c_size_t),
        ("entities", POINTER(Entity)), ("n_entities", c_size_t), ("keywords", POINTER(Str)), ("n_keywords", c_size_t),
        ("previous_score", c_double), ("velocity", c_double), ("comment_velocity", c_double),
        ("normalised_score", c_double), ("trending_score", c_double), ("analysis", Str),
    ]


class LexiconTable(Struct):
    c_name = "sf_lexicon_table"
    _fields_ = [("kind", c_char_p), ("name", c_char_p), ("data", Text)]


class LexiconOpts(Struct):
    c_name = "sf_lexicon_opts"
    _fields_ = [("struct_size", c_size_t), ("tables", POINTER(LexiconTable)), ("n_tables", c_size_t), ("empty", c_int32),
                ("reserved", c_uint32)]


class Baseline(Struct):
    c_name = "sf_baseline"
    _fields_ = [("v0", c_double), ("s50", c_double), ("half_life_s", c_double), ("rising_at", c_double),
                ("reserved", c_double * 4)]


class Trend(Struct):
    c_name = "sf_trend"
    _fields_ = [("n", c_double), ("w", c_double), ("top", c_double), ("at_ms", c_int64)]


class Child(Struct):
    c_name = "sf_child"
    _fields_ = [("offset", c_uint64), ("length", c_uint64), ("signal", c_int64), ("status", c_int32),
                ("reserved", c_uint32 * 5), ("reason", c_char_p)]


class NormaliseReport(Struct):
    c_name = "sf_normalise_report"
    _fields_ = [("struct_size", c_size_t), ("signals", c_size_t), ("skips", c_size_t), ("errors", c_size_t),
                ("children", POINTER(Child)), ("n_children", c_size_t)]


class Bucket(Struct):
    c_name = "sf_bucket"
    _fields_ = [("topic", Str), ("start_ms", c_int64), ("platform", c_int32), ("count", c_uint32), ("authors", c_uint32),
                ("active", c_uint32), ("n_scored", c_uint32), ("reserved", c_uint32), ("first_ms", c_int64),
                ("avg_score", c_double), ("avg_sentiment", c_double), ("avg_velocity", c_double), ("score_gain", c_double)]


class Event(Struct):
    c_name = "sf_event"
    _fields_ = [("topic", Str), ("start_ms", c_int64), ("ts_ms", c_int64), ("platforms", c_uint32), ("leader", c_int32),
                ("support", c_uint32), ("significant", c_int32), ("lead_seconds", c_double), ("delta_score", c_double),
                ("p_value", c_double), ("delta_low", c_double), ("delta_high", c_double)]


STRUCTS = [Text, Str, Error, Scores, Entity, Keyword, TokenScore, Explanation, Signal, LexiconTable, LexiconOpts, Baseline,
           Trend, Child, NormaliseReport, Bucket, Event]

# What is given back, then what is taken. Handles are addresses, and so are columns: they come from many kinds of memory.
PROTOTYPES = {
    "sf_version": (c_int32,),
    "sf_version_string": (c_char_p,),
    "sf_strerror": (c_char_p, c_int),
    "sf_lexicon_builtin": (c_void_p,),
    "sf_lexicon_load": (c_int, POINTER(c_void_p), POINTER(LexiconOpts), POINTER(Error)),
    "sf_lexicon_free": (None, c_void_p),
    "sf_lexicon_id": (c_char_p, c_void_p),
    "sf_lexicon_baseline": (Baseline, c_void_p, c_int32),
    "sf_analyser_new": (c_int, POINTER(c_void_p), c_void_p),
    "sf_analyser_free": (None, c_void_p),
    "sf_analyse": (c_int64, c_void_p, c_void_p, c_size_t, c_uint32),
    "sf_sentiment_column": (c_int64, c_void_p, c_void_p, c_void_p, c_size_t, c_void_p),
    "sf_sentiment_cover_column": (c_int64, c_void_p, c_void_p, c_void_p, c_size_t, c_void_p),
    "sf_sentiment_explain": (c_int, c_void_p, Text, POINTER(Explanation)),
    "sf_sentiment_table": (c_int64, c_void_p, c_int32, c_void_p, c_size_t),
    "sf_entities": (c_int64, c_void_p, Text, POINTER(POINTER(Entity))),
    "sf_entities_column": (c_int64, c_void_p, c_void_p, c_void_p, c_void_p, c_size_t, c_void_p, POINTER(POINTER(Entity)),
                           POINTER(POINTER(c_char_p))),
    "sf_text_topics": (c_int64, c_void_p, Text, POINTER(Str)),
    "sf_text_topics_column": (c_int64, c_void_p, c_void_p, c_void_p, c_void_p, c_size_t, c_void_p, POINTER(POINTER(Str))),
    "sf_keywords_column": (c_int64, c_void_p, c_void_p, c_void_p, c_void_p, c_size_t, c_size_t, c_void_p, POINTER(POINTER(Keyword))),
    "sf_features": (c_char_p,),
    "sf_language": (c_int, c_void_p, Text, POINTER(Str)),
    "sf_entity_reason": (c_char_p, c_void_p, c_size_t),
    "sf_keywords": (c_int64, c_void_p, Text, c_size_t, POINTER(POINTER(Keyword))),
    "sf_batch_new": (c_int, POINTER(c_void_p)),
    "sf_batch_free": (None, c_void_p),
    "sf_batch_reset": (None, c_void_p),
    "sf_batch_count": (c_size_t, c_void_p),
    "sf_batch_at": (POINTER(Signal), c_void_p, c_size_t),
    "sf_batch_add_json": (c_int64, c_void_p, Text, POINTER(Error)),
    "sf_signal_json": (c_int64, POINTER(Signal), c_void_p, c_size_t),
    "sf_signal_text": (c_int, c_void_p, POINTER(Signal), POINTER(Str)),
    "sf_normalise": (c_int64, c_void_p, c_int32, Text, c_int64, POINTER(NormaliseReport), POINTER(Error)),
    "sf_clean_text": (c_int64, Text, c_uint32, c_void_p, c_size_t),
    "sf_time_parse": (c_int, Text, POINTER(c_int64)),
    "sf_velocity": (c_double, c_double, c_int64, c_double, c_int64),
    "sf_trend_observe": (c_double, POINTER(Trend), POINTER(Baseline), c_double, c_int64, c_int64),
    "sf_trend_rate": (c_double, POINTER(Trend)),
    "sf_normalised_score": (c_double, POINTER(Baseline), c_double),
    "sf_recency": (c_double, POINTER(Baseline), c_int64, c_int64),
    "sf_trending": (c_double, c_double, c_double, c_double),
    "sf_rising": (c_int, POINTER(Baseline), c_int, c_double, c_double),
    "sf_aggregator_new": (c_int, POINTER(c_void_p), c_void_p),
    "sf_aggregator_free": (None, c_void_p),
    "sf_aggregator_reset": (None, c_void_p),
    "sf_aggregator_add": (c_int, c_void_p, POINTER(Signal)),
    "sf_aggregator_past": (c_int, c_void_p, Text, c_int32, c_int64, c_uint32),
    "sf_aggregator_since": (c_int, c_void_p, c_int64),
    "sf_aggregator_read": (c_int64, c_void_p, c_int64, c_int64, POINTER(POINTER(Bucket)), POINTER(POINTER(Event)),
                           POINTER(c_size_t)),
}


def candidates() -> list[str]:
    """Where the library may be, best first."""
    named = os.environ.get("LIBSIGNALFLOW")
    if named:
        return [named]
    brought = pathlib.Path(__file__).parent / "_lib" / SONAME
    return [str(brought)] * brought.exists() + [SONAME, "libsignalflow.so"]


def load() -> ctypes.CDLL:
    """The library with its prototypes set; ImportError says what was tried."""
    faults = []
    for path in candidates():
        try:
            library = ctypes.CDLL(path)  # not PyDLL: the GIL is released in each call
            prepare(library)
            return library
        except (OSError, AttributeError, ImportError) as fault:
            faults.append(f"{path}: {fault}")
    raise ImportError("no libsignalflow (set LIBSIGNALFLOW to its file, or install it): " + "; ".join(faults))


def prepare(library: ctypes.CDLL) -> None:
    version = library.sf_version()
    if version not in VERSIONS:
        raise ImportError(f"version {version // 10000}.{version // 100 % 100}.{version % 100}; this package needs 0.1")
    for name, (result, *arguments) in PROTOTYPES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments


lib = load()


def text_of(s: Str) -> str:
    """A string of the library's; it made valid UTF-8, but for what lies in the caller's text."""
    return ctypes.string_at(s.ptr, s.len).decode("utf-8", "replace") if s.len else ""
