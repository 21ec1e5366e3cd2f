# SPDX-License-Identifier: MIT
"""The lexicon: what the library knows of words. Immutable, shared by all threads."""
from __future__ import annotations

import ctypes
import os
import weakref
from typing import Iterable, NamedTuple, Tuple, Union

from . import _native
from ._native import lib
from ._text import encode, platform_number
from .errors import check, check_with

Table = Union[Tuple[str, str], Tuple[str, str, str]]


class Baseline(NamedTuple):
    """A platform's usual pace: what trending measures against."""

    v0: float  #: points a second: median smoothed rate of posts older than an hour
    s50: float  #: points: median score
    half_life_s: float  #: seconds in which recency halves
    rising_at: float  #: multiple of v0 at which the platform's top decile starts

    def _struct(self) -> _native.Baseline:
        return _native.Baseline(*self)


class Lexicon:
    """Tables of words, laid over the built-in lexicon, or over nothing with empty=True.

    tables: (kind, text) or (kind, text, name) each; kinds are "sentiment", "emoji", "names", "watch", "patterns", "rules",
    "stopwords", "frequencies", "classes", "languages" and "baselines". Rows are lines with tabs between columns; a later row for
    the same word replaces an earlier one, and a row "-word" takes it out. The name stands in error messages. Raises ParseError
    with .line where a row is wrong, ValueError for an unknown kind.

        Lexicon([("sentiment", "bullish\\t2.1\\nbearish\\t-2.1\\n")])

    Without tables it is the built-in one, which costs nothing.
    """

    def __init__(self, tables: Iterable[Table] = (), *, empty: bool = False):
        rows = [(*table, "table")[:3] for table in tables]
        self._made_of = (rows, bool(empty))
        if not rows and not empty:
            self._handle = lib.sf_lexicon_builtin()
            return
        texts = [tuple(map(encode, row)) for row in rows]
        if any(b"\0" in kind or b"\0" in name for kind, _, name in texts):
            raise ValueError("a NUL in the name of a table or its kind")
        native = (_native.LexiconTable * len(texts))(
            *(_native.LexiconTable(kind, name, _native.Text(text, len(text))) for kind, text, name in texts))
        options = _native.LexiconOpts(ctypes.sizeof(_native.LexiconOpts), native, len(texts), bool(empty), 0)
        handle, error = ctypes.c_void_p(), _native.Error()
        check_with(lib.sf_lexicon_load(ctypes.byref(handle), ctypes.byref(options), ctypes.byref(error)), error)
        self._handle = handle.value
        weakref.finalize(self, lib.sf_lexicon_free, self._handle).atexit = False

    @classmethod
    def from_files(cls, files: Iterable[tuple[str, str | os.PathLike]], *, empty: bool = False) -> Lexicon:
        """From (kind, path) each. OSError where a file cannot be read."""
        tables = []
        for kind, path in files:
            with open(path, encoding="utf-8", newline="") as table:
                tables.append((kind, table.read(), os.path.basename(os.fspath(path))))
        return cls(tables, empty=empty)

    @property
    def id(self) -> str:
        """Version and checksum of all that decides a score, for example "0.1.0-5f3c9a"."""
        return lib.sf_lexicon_id(self._handle).decode()

    def words(self) -> dict[str, float]:
        """Sentiment's words with their valences, as a new dict."""
        return {word: float(valence) for word, valence in self._rows(0)}

    def emoji(self) -> dict[str, str]:
        """Emoji with the descriptions that VADER reads in their place, as a new dict."""
        return dict(self._rows(1))

    def _rows(self, emoji: int) -> list[list[str]]:
        size = check(lib.sf_sentiment_table(self._handle, emoji, None, 0))
        buffer = ctypes.create_string_buffer(size + 1)
        lib.sf_sentiment_table(self._handle, emoji, ctypes.addressof(buffer), size + 1)
        lines = buffer.raw[:size].decode("utf-8", "replace").split("\n")
        return [line.split("\t", 1) for line in lines[:-1]]

    def baseline(self, platform: str) -> Baseline:
        """The usual pace of "reddit", "hackernews", "bluesky", "youtube" or "lobsters"; of "unknown" a cautious guess."""
        b = lib.sf_lexicon_baseline(self._handle, platform_number(platform))
        return Baseline(b.v0, b.s50, b.half_life_s, b.rising_at)

    def __reduce__(self):
        return _again, self._made_of

    def __repr__(self) -> str:
        return f"<Lexicon {self.id}>"


def _again(rows: list[tuple[str, str, str]], empty: bool) -> Lexicon:
    """A pickled one, made again."""
    return Lexicon(rows, empty=empty)
