# SPDX-License-Identifier: MIT
"""In place of vaderSentiment 3.3.2: same class, same dict, same numbers.

    from libsignalflow.vader import SentimentIntensityAnalyzer
"""
from __future__ import annotations

import os
from typing import Any

from . import _columns
from .analyser import Analyser, State, polarity_scores
from .lexicon import Lexicon

__all__ = ["SentimentIntensityAnalyzer"]

_LEXICON, _EMOJI = "vader_lexicon.txt", "emoji_utf8_lexicon.txt"
_shared = Analyser()


class _Watched(dict):
    """A dict that tells its analyzer's state of each change, after it was made."""

    state: State | None = None


def _watch(name: str) -> Any:
    original = getattr(dict, name)

    def method(self, *arguments, **keywords):
        try:
            return original(self, *arguments, **keywords)
        finally:
            if self.state is not None:
                self.state.at = object()

    method.__name__, method.__doc__ = name, original.__doc__
    return method


for _name in ("__setitem__", "__delitem__", "__ior__", "clear", "pop", "popitem", "setdefault", "update"):
    setattr(_Watched, _name, _watch(_name))


class SentimentIntensityAnalyzer:
    """VADER. Differences from vaderSentiment 3.3.2, none of which change a number:

    - .lexicon and .emojis are dicts as there, and may be changed or replaced at any time; the change is met by the next call.
      A dict that is put in their place is copied.
    - A file that is not beside this module is sought from the current folder.
    - Valences must be finite and at most a million in size (ValueError); keys of emoji no tab or line end.
    - polarity_scores() may be called from several threads at once.
    """

    def __init__(self, lexicon_file: str = _LEXICON, emoji_lexicon: str = _EMOJI):
        self._files = (lexicon_file, emoji_lexicon)
        self._tables: dict[int, _Watched] = {}  # 0: lexicon, 1: emojis; where they were asked for
        own = (lexicon_file, emoji_lexicon) != (_LEXICON, _EMOJI)
        self._state = State()
        self._made: tuple[object, Any] = (None if own else self._state.at, _shared)  # what it was at, and its analyser then
        if own:
            self._table(0), self._table(1)

    # ---- what it knows ----

    def _table(self, i: int) -> dict:
        table = self._tables.get(i)
        if table is None:
            file = self._files[i]
            if file != (_LEXICON, _EMOJI)[i]:
                rows = _read(file, str if i else float)
            else:
                rows = _shared.lexicon.emoji() if i else _shared.lexicon.words()
            table = self._tables.setdefault(i, self._watched(rows))  # of two threads that ask first, one wins
        return table

    def _watched(self, table: dict) -> _Watched:
        watched = _Watched(table)
        watched.state = self._state
        return watched

    def _replace(self, i: int, table: dict) -> None:
        self._tables[i] = self._watched(table)
        self._state.at = object()

    @property
    def lexicon(self) -> dict[str, float]:
        """Words with their valences, -4 to 4."""
        return self._table(0)

    @lexicon.setter
    def lexicon(self, table: dict[str, float]) -> None:
        self._replace(0, table)

    @property
    def emojis(self) -> dict[str, str]:
        """Characters with the text that is read in their place."""
        return self._table(1)

    @emojis.setter
    def emojis(self, table: dict[str, str]) -> None:
        self._replace(1, table)

    def make_lex_dict(self) -> dict[str, float]:
        """The lexicon as its file has it."""
        return SentimentIntensityAnalyzer(*self._files).lexicon

    def make_emoji_dict(self) -> dict[str, str]:
        """The emoji as their file has them."""
        return SentimentIntensityAnalyzer(*self._files).emojis

    # ---- what it says ----

    def _current(self) -> Analyser:
        """An analyser over the tables as they are now, which polarity_scores() goes by from then on."""
        at = self._state.at
        then, analyser = self._made
        if then is not at:
            tables = [("sentiment", _words(self.lexicon), "lexicon"), ("emoji", _emoji(self.emojis), "emojis")]
            analyser = Analyser(Lexicon(tables, empty=True))
            self._made = (at, analyser)
        self._state.made = (at, *analyser._state.made[1:])
        return analyser

    polarity_scores = polarity_scores

    def polarity_scores_many(self, texts: Any, *, threads: int = 1) -> Any:
        """Beyond vaderSentiment: many texts in one call, as Analyser.sentiment_many(); a list gives a list of dicts."""
        out = self._current().sentiment_many(texts, threads=threads)
        if _columns.kind_of(texts) == "list":
            return [None if scores is None else scores._asdict() for scores in out]
        return out


def _read(file: str, value: type) -> dict[str, Any]:
    """A table as vaderSentiment reads it. ValueError names the line."""
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), file)
    table = {}
    with open(beside if os.path.exists(beside) else file, encoding="utf-8", newline="") as lines:
        for i, line in enumerate(lines.read().rstrip("\n").split("\n"), 1):
            if not line:
                continue
            try:
                key, what = line.strip().split("\t")[:2]
                table[key] = value(what)
            except ValueError:
                raise ValueError(f"{file}, line {i}: expected two columns with a tab between them: {line!r}") from None
    return table


def _words(words: dict[str, Any]) -> str:
    """The rows that can be met: no token has white space in it."""
    rows = []
    for word, valence in list(words.items()):
        if not isinstance(word, str) or word.split() != [word]:
            continue
        number = float(valence)
        if not abs(number) <= 1e6:
            raise ValueError(f"{word!r}: {valence!r} is no valence")
        rows.append(f"{word}\t{number!r}\n")
    return "".join(rows)


def _emoji(emoji: dict[str, str]) -> str:
    """The rows that can be met: one character each. White space in a description only parts words, whichever it is."""
    rows = []
    for character, text in list(emoji.items()):
        if not isinstance(character, str) or len(character) != 1:
            continue
        if character in "\t\n\r":
            raise ValueError(f"{character!r} cannot be an emoji")
        rows.append(f"{character}\t{''.join(' ' if c in _ENDS else c for c in text)}\n")
    return "".join(rows)


_ENDS = "\t\n\r"
