# SPDX-License-Identifier: MIT
"""The analyser: sentiment, entities, topics and keywords, of one text or of many."""
from __future__ import annotations

import array
import ctypes
import operator
import weakref
from typing import Any, NamedTuple

from . import _columns, _lists, _native
from ._native import lib, text_of
from ._text import encode, places
from .errors import check
from .lexicon import Lexicon

RULES = ("lexicon", "caps", "booster", "negation", "no", "never so", "idiom", "least", "but", "emoji", "skipped")

# The same function without a prototype: what it is given are C arguments already, made once, so nothing is left to be converted.
# A row's status fits the int that comes back. A short text is done sooner than the GIL is given away and got back.
_column = lib["sf_sentiment_column"]
_column_short = ctypes.PyDLL(lib._name, handle=lib._handle)["sf_sentiment_column"]
_SHORT = 4096  # bytes
_ONE = ctypes.c_size_t.from_param(1)
_pointer = ctypes.c_void_p.from_param
_utf8 = str.encode
_ends = array.array("q", (end for n in range(_SHORT) for end in (0, n)))
_SPANS = [_pointer(_ends.buffer_info()[0] + 16 * n) for n in range(_SHORT)]  # the offsets of one text of n bytes


_tuple: Any = tuple.__new__  # what _make() of a named tuple comes down to


class Scores(NamedTuple):
    """VADER's four numbers."""

    neg: float  #: share of the text that is negative, [0, 1], 3 decimals
    neu: float  #: neutral
    pos: float  #: positive
    compound: float  #: all in all, [-1, 1], 4 decimals


class Entity(NamedTuple):
    """A named thing in a text: text[start:end]."""

    text: str  #: as it stands there
    label: str  #: PER, LOC, ORG, PROD, WORK, EVENT, ... or MISC
    id: str  #: canonical, lower-cased name: what topics are counted by
    start: int  #: in characters, unless bytes were asked for
    end: int
    reason: str = ""  #: the rule that found it; "" where it is read back from a signal


class Keyword(NamedTuple):
    """A word that a text is about."""

    word: str  #: lower-cased
    count: int  # type: ignore[assignment]  #: occurrences in the text
    start: int  #: where the first one starts, in characters, unless bytes were asked for
    weight: float  #: count x rarity; what keywords are ranked by


class TokenScore(NamedTuple):
    """A token of a text as VADER sees it."""

    text: str  #: as it stands in the text
    start: int  #: in characters, unless bytes were asked for; of an emoji's words those of the emoji
    end: int
    lexicon: float  #: valence in the lexicon, 0 if it stands not there
    valence: float  #: after all rules
    rules: tuple[str, ...]  #: those of RULES that acted on it


class Explanation(NamedTuple):
    """How a text's figures came about: compound = sum / sqrt(sum ** 2 + 15)."""

    tokens: list[TokenScore]
    punctuation: float  #: what ! and ? add to the size of the sum
    sum: float  #: valences and punctuation
    scores: Scores


class _Scratch:
    """A C analyser. It keeps its lexicon, which the last Analyser over it may leave while a call is on its way."""

    __slots__ = ("handle", "lexicon", "row", "__weakref__")

    def __init__(self, lexicon: Lexicon):
        handle = ctypes.c_void_p()
        check(lib.sf_analyser_new(ctypes.byref(handle), lexicon._handle))
        self.handle, self.lexicon = handle.value, lexicon
        out = array.array("d", bytes(32))
        self.row: Any = (_pointer(self.handle), _pointer(out.buffer_info()[0]), out.tolist)  # for a call, and what tells its figures
        # Not at exit: a daemon thread may still be inside.
        weakref.finalize(self, lib.sf_analyser_free, self.handle).atexit = False


class State:
    """What a scorer's tables are at, and what scores by them: where a scratch is taken from, where it is put back, and the lexicon
    that a new one goes over. Each change of tables puts a new object in `at`; nothing else is ever written there, so that threads need
    no lock: what was made before a change never fits after it."""

    __slots__ = ("at", "made")

    def __init__(self) -> None:
        self.at, self.made = object(), _NOTHING

    def __getstate__(self) -> object:
        return self.at

    def __setstate__(self, at: object) -> None:
        self.at, self.made = at, _NOTHING


_NOTHING: tuple[Any, Any, Any, Any] = (None, None, None, None)


def polarity_scores(self: Any, text: str, _shape: Any = None) -> dict[str, float]:
    """{"neg", "neu", "pos"}: shares of the text, 3 decimals; {"compound"}: all in all, -1 to 1, 4 decimals."""
    # A method of whatever has a State. encode() and _take() are spelt out, and nothing of ours is called: users' time goes here.
    # For the same reason it is also what Analyser.sentiment() is made of, which wants a tuple of _shape.
    state = self._state
    at, take, give, lexicon = state.made
    if at is not state.at:
        _, take, give, lexicon = self._current()._state.made
    try:
        data = _utf8(text)
    except (UnicodeEncodeError, TypeError):
        data = encode(text)
    try:
        scratch = take()
    except IndexError:
        scratch = _Scratch(lexicon)
    handle, out, numbers = scratch.row
    n = len(data)
    if n < _SHORT:
        status = _column_short(handle, data, _SPANS[n], _ONE, out)
    else:
        status = _column(handle, data, (ctypes.c_int64 * 2)(0, n), _ONE, out)
    figures = numbers()
    give(scratch)
    if status != 1:
        check(status)
    if _shape is not None:
        return _tuple(_shape, figures)
    neg, neu, pos, compound = figures
    return {"neg": neg, "neu": neu, "pos": pos, "compound": compound}


class Analyser:
    """Sentiment, entities, topics and keywords of texts, over a lexicon (None: the built-in one).

    One analyser serves any number of threads: each call takes a C analyser of its own from a pool, which grows to as many as
    were ever needed at once; the GIL is released while the library works, but for the sentiment of one text below 4 KB, which is done
    sooner. Results are copies. Offsets count characters of the
    str that was given, so that text[start:end] is what they speak of; offsets="bytes" has them in bytes of its UTF-8.

    A text is a str of any content (lone surrogates are read as U+FFFD), or TypeError. ValueError (TooBigError) from 1 GB on.

        >>> Analyser().sentiment("What a great release!").compound
        0.6588
    """

    def __init__(self, lexicon: Lexicon | None = None):
        if lexicon is not None and not isinstance(lexicon, Lexicon):
            raise TypeError(f"a lexicon must be a Lexicon, not {type(lexicon).__name__}")
        self.lexicon = lexicon if lexicon is not None else Lexicon()
        self._pool: list[_Scratch] = []  # append and pop are atomic
        self._state = State()
        self._state.made = (self._state.at, self._pool.pop, self._pool.append, self.lexicon)

    def _take(self) -> _Scratch:
        try:
            return self._pool.pop()
        except IndexError:
            return _Scratch(self.lexicon)

    def sentiment(self, text: str) -> Scores:
        """VADER's four numbers, those of vaderSentiment 3.3.2 bit for bit; all 0 for a text without words."""
        return polarity_scores(self, text, Scores)  # type: ignore[return-value]

    def cover(self, text: str) -> float | None:
        """The share of the text's words that the lexicon's language knows, [0, 1]: how far sentiment, which reads English only,
        can be trusted with it. None for a text without words."""
        return _columns.covers(self, [text])[0]

    def lang(self, text: str) -> str:
        """The text's language as BCP 47 has it, "en", "ja", ...; "und" where it is too short, too mixed, or none that is known."""
        data = encode(text)
        out = _native.Str()
        scratch = self._take()
        try:
            check(lib.sf_language(scratch.handle, _native.Text(data, len(data)), ctypes.byref(out)))
            return text_of(out)
        finally:
            self._pool.append(scratch)

    def explain(self, text: str, *, offsets: str = "characters") -> Explanation:
        """The numbers of sentiment() and how they came about, token by token."""
        data = encode(text)
        at = places(text, data, offsets)
        out = _native.Explanation(ctypes.sizeof(_native.Explanation))
        scratch = self._take()
        try:
            check(lib.sf_sentiment_explain(scratch.handle, _native.Text(data, len(data)), ctypes.byref(out)))
            tokens = [_token(data, at, out.tokens[i]) for i in range(out.n_tokens)]
        finally:
            self._pool.append(scratch)
        s = out.scores
        return Explanation(tokens, out.punctuation, out.sum, Scores(s.neg, s.neu, s.pos, s.compound))

    def entities(self, text: str, *, offsets: str = "characters") -> list[Entity]:
        """The named things of a text by start, never overlapping, 64 at most."""
        data = encode(text)
        at = places(text, data, offsets)
        found = ctypes.POINTER(_native.Entity)()
        scratch = self._take()
        try:
            n = check(lib.sf_entities(scratch.handle, _native.Text(data, len(data)), ctypes.byref(found)))
            return [_entity(data, at, found[i], lib.sf_entity_reason(scratch.handle, i).decode()) for i in range(n)]
        finally:
            self._pool.append(scratch)

    def topics(self, text: str) -> list[str]:
        """The topics of a text, as a signal has them: ids of its names, and terms that are no names but what texts are about
        ("interest rates"), unique, in order of first appearance, 16 at most; where there is neither, two or three nouns in a row of
        the first line ("cloud migration")."""
        data = encode(text)
        ids = (_native.Str * _native.MAX_TOPICS)()
        scratch = self._take()
        try:
            n = check(lib.sf_text_topics(scratch.handle, _native.Text(data, len(data)), ids))
            return [text_of(ids[i]) for i in range(n)]
        finally:
            self._pool.append(scratch)

    def keywords(self, text: str, max: int = 10, *, offsets: str = "characters") -> list[Keyword]:
        """The rare words that a text uses, best first; 10 is also the limit. ValueError for a max below 1."""
        most = _most(max)
        data = encode(text)
        at = places(text, data, offsets)
        found = ctypes.POINTER(_native.Keyword)()
        scratch = self._take()
        try:
            n = check(lib.sf_keywords(scratch.handle, _native.Text(data, len(data)), most, ctypes.byref(found)))
            words = [found[i] for i in range(n)]
            return [Keyword(text_of(k.word), k.count, at(k.start), k.weight) for k in words]
        finally:
            self._pool.append(scratch)

    # ---- many texts ----

    def sentiment_many(self, texts: Any, *, threads: int = 1) -> Any:
        """Scores of many texts by one call of the library. What is given decides what comes back:

        list, tuple, iterable     list of Scores
        numpy array (n,)          array (n, 4) of float64: neg, neu, pos, compound
        pyarrow array, chunked    struct array (chunked: chunked) of four doubles; large_string is read where it lies
        pandas Series             DataFrame with four columns and the Series' index
        polars Series             DataFrame with four columns

        None, and what the container takes for missing, gives None, null or NaN. `threads` share the work, without the GIL.
        TypeError for what is no text.
        """
        return _columns.scores(self, texts, threads)

    def cover_many(self, texts: Any, *, threads: int = 1) -> Any:
        """Covers of many texts, as sentiment_many(): list, array (n,), double array, Series. A text without words gives what is
        missing gives."""
        return _columns.covers(self, texts, threads)

    def entities_many(self, texts: Any, *, offsets: str = "characters", threads: int = 1) -> list[list[Entity]]:
        """entities() of each text, whichever container they are in; an empty list for a missing one. Some thousand texts are one call of
        the library; `threads` share these."""
        return _lists.lists(self, _lists.Entities(Entity._make), texts, threads, offsets)

    def topics_many(self, texts: Any, *, threads: int = 1) -> list[list[str]]:
        """topics() of each text, likewise."""
        return _lists.lists(self, _lists.Topics(), texts, threads)

    def keywords_many(self, texts: Any, max: int = 10, *, offsets: str = "characters", threads: int = 1) -> list[list[Keyword]]:
        """keywords() of each text, likewise."""
        return _lists.lists(self, _lists.Keywords(Keyword._make, _most(max)), texts, threads, offsets)

    def __reduce__(self):
        return Analyser, (self.lexicon,)

    def __repr__(self) -> str:
        return f"<Analyser over {self.lexicon!r}>"


def _most(keywords: int) -> int:
    """How many keywords to ask for."""
    if operator.index(keywords) < 1:
        raise ValueError("max must be 1 or more")
    return min(keywords, 10)


def _token(data: bytes, at, k: _native.TokenScore) -> TokenScore:
    rules = tuple(name for bit, name in enumerate(RULES) if k.rules >> bit & 1)
    text = data[k.start:k.end].decode("utf-8", "replace")
    return TokenScore(text, at(k.start), at(k.end), k.lexicon, k.valence, rules)


def _entity(data: bytes, at, e: _native.Entity, reason: str) -> Entity:
    text = data[e.start:e.end].decode("utf-8", "replace")
    return Entity(text, text_of(e.label), text_of(e.id), at(e.start), at(e.end), reason)
