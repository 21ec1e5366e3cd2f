# SPDX-License-Identifier: MIT
"""Signals: one record for every platform, and the batch that they live in."""
from __future__ import annotations

import ctypes
import datetime
import threading
import weakref
from dataclasses import dataclass, field
from typing import Any, Iterator, NamedTuple

from . import _native
from ._native import lib, text_of
from ._text import Places, Time, encode, encode_json, from_ms, known, platform_number, to_ms
from .analyser import Analyser, Entity, Scores
from .errors import check, check_with


@dataclass
class Signal:
    """One post, comment, refresh or delete at one moment; a copy. What a platform does not say is "" or None."""

    platform: str
    kind: str  #: "post", "comment", "refresh" or "delete"
    source_id: str  #: the platform's own id
    parent_id: str = ""  #: of a comment: what it answers
    channel: str = ""  #: subreddit, video or channel id, feed
    title: str = ""
    body: str = ""
    author: str = ""
    url: str = ""
    lang: str = ""  #: BCP 47, as the platform or the author says
    labels: list[str] = field(default_factory=list)
    raw_score: float | None = None  #: points, likes
    comments: float | None = None
    ts: datetime.datetime | None = None  #: when it was created
    observed_at: datetime.datetime | None = None  #: when the numbers were read
    sentiment: Scores | None = None  #: of .text; None before analyse()
    sentiment_cover: float | None = None  #: share of words that the lexicon's language knows
    topics: list[str] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)  #: offsets in characters of .text
    keywords: list[str] = field(default_factory=list)  #: best first
    previous_score: float | None = None
    velocity: float | None = None  #: points a second
    comment_velocity: float | None = None
    normalised_score: float | None = None  #: [0, 1]
    trending_score: float | None = None  #: [0, 1]
    rising: bool | None = None
    analysis: str = ""  #: version and checksum of what scored it
    replaced: int = 0  #: how many times broken text was read as U+FFFD

    @property
    def text(self) -> str:
        """What is analysed, and what offsets count in: title, line end, body, or the one of the two that is not empty."""
        return self.title + "\n" + self.body if self.title and self.body else self.title or self.body


class Child(NamedTuple):
    """What became of one entry of an answer."""

    offset: int  #: bytes [offset, offset + length) of the answer's UTF-8
    length: int
    signal: int | None  #: its index in the batch, if it gave one
    status: int  #: 0, or an sf_status
    reason: str  #: of a skip or an error: a few words that name the field


class Normalised(NamedTuple):
    """What an answer held."""

    signals: list[Signal]
    skipped: list[Child]  #: entries that are no posts
    refused: list[Child]  #: entries that are broken


def _strings(first: Any, n: int) -> list[str]:
    return [text_of(first[i]) for i in range(n)]


def _entities(s: _native.Signal, text: str) -> list[Entity]:
    data = encode(text)
    at = Places(data, len(data) == len(text))
    return [Entity(text_of(e.text), text_of(e.label), text_of(e.id), at(e.start), at(e.end))
            for e in (s.entities[i] for i in range(s.n_entities))]


def _copy(s: _native.Signal) -> Signal:
    """A signal of Python's."""
    sentiment = s.sentiment
    out = Signal(
        _native.PLATFORMS[s.platform], _native.KINDS[s.kind], text_of(s.source_id), text_of(s.parent_id), text_of(s.channel),
        text_of(s.title), text_of(s.body), text_of(s.author), text_of(s.url), text_of(s.lang), _strings(s.labels, s.n_labels),
        known(s.raw_score), known(s.comments), from_ms(s.ts_ms), from_ms(s.observed_ms), None, known(s.sentiment_cover),
        _strings(s.topics, s.n_topics), [], _strings(s.keywords, s.n_keywords), known(s.previous_score), known(s.velocity),
        known(s.comment_velocity), known(s.normalised_score), known(s.trending_score),
        None if s.rising < 0 else bool(s.rising), text_of(s.analysis), s.replaced)
    if sentiment.compound == sentiment.compound:
        out.sentiment = Scores(sentiment.neg, sentiment.neu, sentiment.pos, sentiment.compound)
    if s.n_entities:
        out.entities = _entities(s, out.text)
    return out


class Batch:
    """Signals in an arena of the library's: filled, analysed, read, reset, filled again.

    len(), indexing and iterating give Signals, which are copies. Threads take turns (a lock).

        >>> batch = Batch()
        >>> batch.add_json('{"platform":"reddit","source_id":"t3_1","title":"NASA lands, great","raw_score":45}')
        0
        >>> batch.analyse()
        1
        >>> batch[0].topics
        ['nasa']
    """

    def __init__(self) -> None:
        handle = ctypes.c_void_p()
        check(lib.sf_batch_new(ctypes.byref(handle)))
        self._handle = handle.value
        self._lock = threading.RLock()
        weakref.finalize(self, lib.sf_batch_free, self._handle).atexit = False

    def __len__(self) -> int:
        return lib.sf_batch_count(self._handle)

    def _at(self, i: int) -> Any:
        n = len(self)
        if not -n <= i < n:
            raise IndexError(f"signal {i} of {n}")
        return lib.sf_batch_at(self._handle, i % n)

    def __getitem__(self, i: int) -> Signal:
        with self._lock:
            return _copy(self._at(i)[0])

    def __iter__(self) -> Iterator[Signal]:
        i = 0
        while i < len(self):
            yield self[i]
            i += 1

    def add_json(self, line: str | bytes) -> int:
        """Adds the signal that a line of JSON describes (docs/signal.schema.json); its index. ParseError, VersionError or
        TooBigError, with .offset and a message that names the field, leave the batch as it was."""
        data, error = encode_json(line), _native.Error()
        with self._lock:
            status = lib.sf_batch_add_json(self._handle, _native.Text(data, len(data)), ctypes.byref(error))
        return check_with(status, error, line if isinstance(line, str) else None, data)

    def normalise(self, platform: str, answer: str | bytes, observed_at: Time = None) -> Normalised:
        """Adds a signal for each post or comment in a platform's answer, as it came from its API. ParseError when the answer as a
        whole is none of that platform's; an entry that is wrong is among .refused."""
        data, error = encode_json(answer), _native.Error()
        report = _native.NormaliseReport(ctypes.sizeof(_native.NormaliseReport))
        number, at = platform_number(platform), to_ms(observed_at)
        with self._lock:
            first = len(self)
            status = lib.sf_normalise(self._handle, number, _native.Text(data, len(data)), at, ctypes.byref(report),
                                      ctypes.byref(error))
            check_with(status, error, answer if isinstance(answer, str) else None, data)
            children = [_child(report.children[i]) for i in range(report.n_children)]
            signals = [self[i] for i in range(first, len(self))]
        return Normalised(signals, [c for c in children if c.status == _native.ESKIP],
                          [c for c in children if c.status not in (_native.OK, _native.ESKIP)])

    def analyse(self, analyser: Analyser | None = None, *, first: int = 0, sentiment: bool = True, entities: bool = True,
                keywords: bool = True) -> int:
        """Analyses the signals from index `first` on by one call, without the GIL; how many had text. None: the built-in
        lexicon."""
        what = _native.SENTIMENT * sentiment | _native.ENTITIES * entities | _native.KEYWORDS * keywords
        if first < 0:
            raise ValueError("first must not be negative")
        analyser = analyser if analyser is not None else default_analyser
        scratch = analyser._take()
        with self._lock:
            status = lib.sf_analyse(scratch.handle, self._handle, first, what)
        analyser._pool.append(scratch)
        return check(status)

    def json(self, i: int) -> str:
        """Signal i as a line of JSON, without the line's end."""
        with self._lock:
            signal = self._at(i)
            size = check(lib.sf_signal_json(signal, None, 0))
            buffer = ctypes.create_string_buffer(size + 1)
            lib.sf_signal_json(signal, ctypes.addressof(buffer), size + 1)
        return buffer.raw[:size].decode()

    def reset(self) -> None:
        """Empties the batch and keeps its memory."""
        with self._lock:
            lib.sf_batch_reset(self._handle)

    def __reduce__(self):
        raise TypeError("a Batch cannot be pickled; its json() lines can")

    def __repr__(self) -> str:
        return f"<Batch of {len(self)}>"


def _child(c: _native.Child) -> Child:
    signal = c.signal if c.signal >= 0 else None
    return Child(c.offset, c.length, signal, c.status, (c.reason or b"").decode("utf-8", "replace"))


def normalise(platform: str, answer: str | bytes, observed_at: Time = None) -> Normalised:
    """The signals in one answer of "reddit", "hackernews", "bluesky", "youtube" or "lobsters", as it came from its API.

    observed_at: when it was read; a datetime, milliseconds since 1970, or RFC 3339. ParseError when it is no such answer.
    """
    return Batch().normalise(platform, answer, observed_at)


default_analyser = Analyser()
