# SPDX-License-Identifier: MIT
"""Velocity, trending, rising; 15-minute buckets and cross-platform events. Formulas: docs/trending.md, docs/aggregate.md.

Times are datetimes (naive ones are UTC), milliseconds since 1970, or RFC 3339 texts. Numbers may be None: not known.
"""
from __future__ import annotations

import ctypes
import datetime
import threading
import weakref
from ctypes import byref
from typing import NamedTuple

from . import _native
from ._native import NO_TIME, lib, text_of
from ._text import Time, encode, from_ms, known, number, platform_number, to_ms
from .errors import check
from .lexicon import Baseline, Lexicon
from .signals import Batch


def velocity(before: float | None, before_at: Time, after: float | None, after_at: Time) -> float | None:
    """Points (or comments) a second between two looks at a post: (after - before) / max(seconds, 60). None where a number or a
    time is not known, or the second look is not later.

        >>> velocity(45, 0, 1200, 300_000)
        3.85
    """
    return known(lib.sf_velocity(number(before), to_ms(before_at), number(after), to_ms(after_at)))


def normalised_score(score: float | None, platform: str, lexicon: Lexicon | None = None) -> float | None:
    """A post's points in [0, 1], by what is usual on its platform."""
    return known(lib.sf_normalised_score(byref(_baseline(platform, lexicon)), number(score)))


def recency(created: Time, at: Time, platform: str, lexicon: Lexicon | None = None) -> float:
    """2 ** (-age / half life) in [0, 1]; 0 when a time is not known."""
    return lib.sf_recency(byref(_baseline(platform, lexicon)), to_ms(created), to_ms(at))


def trending(velocity_norm: float | None, score_norm: float | None, recency: float | None) -> float:
    """The score to rank by, [0, 1], monotone in each argument. What is not known counts as 0.

    velocity_norm: a rate in units of the platform's v0.  score_norm, recency: [0, 1], from the functions above.
    """
    return lib.sf_trending(number(velocity_norm), number(score_norm), number(recency))


def _baseline(platform: str, lexicon: Lexicon | None) -> _native.Baseline:
    return lib.sf_lexicon_baseline(lexicon._handle if lexicon is not None else None, platform_number(platform))


class Trend:
    """One post's smoothed rate, which its observations are folded into in order of time."""

    def __init__(self, platform: str, created: Time = None, *, baseline: Baseline | None = None):
        self._baseline = baseline._struct() if baseline is not None else _baseline(platform, None)
        self._created, self._at = to_ms(created), NO_TIME
        self._trend = _native.Trend()
        self._score: float = float("nan")
        self._rising = -1

    def observe(self, score: float | None, at: Time) -> float | None:
        """Folds in a look at the post; the rate after it, points a second. One less than 60 s after the last is ignored."""
        before, last = lib.sf_trend_rate(byref(self._trend)), self._trend.at_ms
        ms = to_ms(at)
        after = lib.sf_trend_observe(byref(self._trend), byref(self._baseline), number(score), ms, self._created)
        if self._trend.at_ms != last or self._at == NO_TIME:
            self._rising = lib.sf_rising(byref(self._baseline), int(self._rising == 1), before, after)
            self._at, self._score = ms, number(score)
        return known(after)

    @property
    def rate(self) -> float | None:
        """Points a second; None before the first look."""
        return known(lib.sf_trend_rate(byref(self._trend)))

    @property
    def rising(self) -> bool | None:
        """In the platform's top decile and not slowing; None before the first look."""
        return None if self._rising < 0 else bool(self._rising)

    @property
    def trending_score(self) -> float | None:
        """trending() of the last look; None before it."""
        if self.rate is None:
            return None
        base = self._baseline
        return lib.sf_trending(self.rate / base.v0, lib.sf_normalised_score(byref(base), self._score),
                               lib.sf_recency(byref(base), self._created, self._at))


class Bucket(NamedTuple):
    """What happened to a topic on a platform in 15 minutes."""

    topic: str
    start: datetime.datetime | None
    platform: str
    count: int  # type: ignore[assignment]  #: posts and comments created in the window
    authors: int  #: distinct authors of them
    active: int  #: posts observed in the window
    n_scored: int  #: those of count whose sentiment counts
    first: datetime.datetime | None  #: the first of count
    avg_score: float | None
    avg_sentiment: float | None  #: compound, over n_scored
    avg_velocity: float | None
    score_gain: float | None


class Event(NamedTuple):
    """A topic on several platforms in one window."""

    topic: str
    start: datetime.datetime | None  #: the window
    ts: datetime.datetime | None  #: when the second platform had it
    platforms: tuple[str, ...]
    leader: str  #: the platform that had it first
    support: int  #: posts in all
    significant: bool | None  #: None: less than a week of past
    lead_seconds: float
    delta_score: float | None
    p_value: float | None
    delta_low: float | None = None  #: what delta_score lies between with 95 %
    delta_high: float | None = None


class Aggregator:
    """Buckets and events of observations, in any order. Threads take turns (a lock)."""

    def __init__(self) -> None:
        handle = ctypes.c_void_p()
        check(lib.sf_aggregator_new(byref(handle), None))
        self._handle = handle.value
        self._lock = threading.RLock()
        weakref.finalize(self, lib.sf_aggregator_free, self._handle).atexit = False

    def add(self, batch: Batch) -> int:
        """Adds each signal of a batch that has been analysed; how many. The same one again changes nothing, a delete takes its
        post out. ValueError for one without any time; those before it are in."""
        with self._lock, batch._lock:
            n = len(batch)
            for i in range(n):
                check(lib.sf_aggregator_add(self._handle, batch._at(i)))
        return n

    def past(self, topic: str, platform: str, first: Time, authors: int) -> None:
        """Adds a window of the past, for p-values: how many authors spoke of a topic in the window that `first` lies in."""
        if not 0 <= authors < 2**32:
            raise ValueError("authors must be a count")
        data = encode(topic)
        with self._lock:
            check(lib.sf_aggregator_past(self._handle, _native.Text(data, len(data)), platform_number(platform), to_ms(first),
                                         authors))

    def since(self, first: Time) -> None:
        """Says since when data have been collected; p-values are None until that lies a week before the window."""
        with self._lock:
            check(lib.sf_aggregator_since(self._handle, to_ms(first)))

    def read(self, start: Time, end: Time) -> tuple[list[Bucket], list[Event]]:
        """Buckets and events of all windows that start in [start, end), by start, topic, platform."""
        buckets, events = ctypes.POINTER(_native.Bucket)(), ctypes.POINTER(_native.Event)()
        n_events = ctypes.c_size_t()
        with self._lock:
            n = check(lib.sf_aggregator_read(self._handle, to_ms(start), to_ms(end), byref(buckets), byref(events),
                                             byref(n_events)))
            return [_bucket(buckets[i]) for i in range(n)], [_event(events[i]) for i in range(n_events.value)]

    def reset(self) -> None:
        """Forgets everything added."""
        with self._lock:
            lib.sf_aggregator_reset(self._handle)

    def __reduce__(self):
        raise TypeError("an Aggregator cannot be pickled")


def _bucket(b: _native.Bucket) -> Bucket:
    return Bucket(text_of(b.topic), from_ms(b.start_ms), _native.PLATFORMS[b.platform], b.count, b.authors, b.active, b.n_scored,
                  from_ms(b.first_ms), known(b.avg_score), known(b.avg_sentiment), known(b.avg_velocity), known(b.score_gain))


def _event(e: _native.Event) -> Event:
    platforms = tuple(name for i, name in enumerate(_native.PLATFORMS) if e.platforms >> i & 1)
    return Event(text_of(e.topic), from_ms(e.start_ms), from_ms(e.ts_ms), platforms, _native.PLATFORMS[e.leader], e.support,
                 None if e.significant < 0 else bool(e.significant), e.lead_seconds, known(e.delta_score), known(e.p_value), known(e.delta_low),
                 known(e.delta_high))
