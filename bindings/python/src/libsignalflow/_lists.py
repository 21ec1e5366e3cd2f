# SPDX-License-Identifier: MIT
"""Many texts to lists of entities, topics or keywords: one call of the library for some thousand texts, without the GIL. What it
put into a batch is read from there as a whole."""
from __future__ import annotations

import array
import ctypes
import struct
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable

from . import _columns, _native
from ._native import lib
from ._text import Places
from .errors import check

SLICE = 4096  # texts a call: what these give lies in the batch at the same time

# Structs as they lie in memory; test_headers.py compares those of _native with the headers.
_POINTER, _STR, _ENTITY, _KEYWORD = map(struct.Struct, ("P", "PN", "PNPNPNII16x", "PNIId16x"))
assert [s.size for s in (_STR, _ENTITY, _KEYWORD)] == [ctypes.sizeof(s) for s in (_native.Str, _native.Entity, _native.Keyword)]

_at = ctypes.string_at
Place = Callable[[int], int]


def _text(address: int, n: int) -> str:
    return _at(address, n).decode("utf-8", "replace") if n else ""


def _structs(of: struct.Struct, pointer: Any, n: int) -> list[tuple]:
    """The n structs that a pointer of ctypes points to, as tuples."""
    address = ctypes.cast(pointer, ctypes.c_void_p).value
    return list(of.iter_unpack(_at(address, n * of.size))) if n and address else []


class Entities:
    """What the library tells of entities, and what is made of one. `make` takes what an Entity has."""

    def __init__(self, make: Any):
        self.make = make
        self.reasons: dict[int, str] = {}  # they are few, and stay where they are

    def call(self, handle: Any, batch: Any, utf8: int, offsets: int, n: int, rows: array.array) -> list[tuple]:
        out, reasons = ctypes.POINTER(_native.Entity)(), ctypes.POINTER(ctypes.c_char_p)()
        check(lib.sf_entities_column(handle, batch, utf8, offsets, n, rows.buffer_info()[0], ctypes.byref(out), ctypes.byref(reasons)))
        said = [address for address, in _structs(_POINTER, reasons, rows[n])]
        for address in {*said}.difference(self.reasons):
            self.reasons[address] = _at(address).decode()
        return [(*entity, self.reasons[address]) for entity, address in zip(_structs(_ENTITY, out, rows[n]), said)]

    def one(self, found: tuple, place: Place) -> Any:
        text, n_text, label, n_label, name, n_name, start, end, reason = found
        return self.make((_text(text, n_text), _text(label, n_label), _text(name, n_name), place(start), place(end), reason))


class Topics:
    def call(self, handle: Any, batch: Any, utf8: int, offsets: int, n: int, rows: array.array) -> list[tuple]:
        out = ctypes.POINTER(_native.Str)()
        check(lib.sf_text_topics_column(handle, batch, utf8, offsets, n, rows.buffer_info()[0], ctypes.byref(out)))
        return _structs(_STR, out, rows[n])

    def one(self, found: tuple, place: Place) -> str:
        return _text(*found)


class Keywords:
    def __init__(self, make: Any, most: int):
        self.make, self.most = make, most

    def call(self, handle: Any, batch: Any, utf8: int, offsets: int, n: int, rows: array.array) -> list[tuple]:
        out = ctypes.POINTER(_native.Keyword)()
        check(lib.sf_keywords_column(handle, batch, utf8, offsets, n, self.most, rows.buffer_info()[0], ctypes.byref(out)))
        return _structs(_KEYWORD, out, rows[n])

    def one(self, found: tuple, place: Place) -> Any:
        word, n_word, count, start, weight = found
        return self.make((_text(word, n_word), count, place(start), weight))


def _read(kind: Any, utf8: int, offsets: array.array, rows: array.array, found: list[tuple], in_bytes: bool) -> list[list]:
    """The lists of a slice's texts."""
    out: list[list] = []
    for i in range(len(rows) - 1):
        some = found[rows[i]:rows[i + 1]]
        if some:
            data = b"" if in_bytes else _at(utf8 + offsets[i], offsets[i + 1] - offsets[i])
            place = Places(data, in_bytes or data.isascii())
            out.append([kind.one(one, place) for one in some])
        else:
            out.append([])
    return out


def _part(analyser: Any, kind: Any, texts: _columns.Texts, first: int, end: int, in_bytes: bool) -> list[list]:
    """The lists of texts[first:end], with a C analyser and a batch of this thread's own."""
    out: list[list] = []
    batch, scratch = ctypes.c_void_p(), analyser._take()
    try:
        check(lib.sf_batch_new(ctypes.byref(batch)))
        for at in range(first, end, SLICE):
            n = min(SLICE, end - at)
            rows, here = array.array("q", bytes(8 * (n + 1))), texts.offsets + 8 * at
            lib.sf_batch_reset(batch)
            found = kind.call(scratch.handle, batch, texts.utf8, here, n, rows)
            out += _read(kind, texts.utf8, array.array("q", _at(here, 8 * (n + 1))), rows, found, in_bytes)
    finally:
        lib.sf_batch_free(batch)
        analyser._pool.append(scratch)
    return out


def lists(analyser: Any, kind: Any, given: Any, threads: int, offsets: str = "characters") -> list[list]:
    """A list for each text, empty for one that is missing."""
    if offsets not in ("characters", "bytes"):
        raise ValueError(f'offsets are in "characters" or "bytes", not {offsets!r}')
    container = _columns.kind_of(given)
    if container == "chunked":
        return [found for chunk in given.chunks for found in lists(analyser, kind, chunk, threads, offsets)]
    texts = _columns.gather(given, container)
    cuts = _columns.shares(texts.n, threads)

    def part(i: int) -> list[list]:
        return _part(analyser, kind, texts, cuts[i], cuts[i + 1], offsets == "bytes") if texts.n else []

    if len(cuts) == 2:
        return part(0)
    with ThreadPoolExecutor(len(cuts) - 1) as pool:
        return [found for some in pool.map(part, range(len(cuts) - 1)) for found in some]
