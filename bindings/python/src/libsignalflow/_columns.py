# SPDX-License-Identifier: MIT
"""Many texts in one call: from a container of texts to one buffer with offsets, and from figures to the same kind of container.

pyarrow, numpy, pandas and polars are used where the caller does, and never imported for others.
"""
from __future__ import annotations

import array
import ctypes
import itertools
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Iterable, NamedTuple

from ._native import lib
from ._text import encode, known
from .errors import check

NAN = float("nan")
NAMES = ("neg", "neu", "pos", "compound")


class Texts(NamedTuple):
    """n texts: text i is bytes [offsets[i], offsets[i + 1]) at `utf8`, offsets being int64 at `offsets`."""

    n: int
    utf8: int
    offsets: int
    missing: list[int]  # rows that have no text
    owner: Any  # what keeps the memory


# ---- in ----

def kind_of(texts: Any) -> str:
    """"arrow", "chunked", "pandas", "polars", "numpy" or "list"; without importing what the caller has not."""
    for module, name, kind in (("pyarrow", "Array", "arrow"), ("pyarrow", "ChunkedArray", "chunked"),
                               ("pandas", "Series", "pandas"), ("polars", "Series", "polars"), ("numpy", "ndarray", "numpy")):
        cls = getattr(sys.modules.get(module), name, None)
        if cls is not None and isinstance(texts, cls):
            return kind
    return "list"


def listed(texts: Any) -> list[Any]:
    """A list of str and None, of any container."""
    kind = kind_of(texts)
    if kind in ("arrow", "chunked"):
        return texts.to_pylist()
    if kind == "pandas":
        return [None if gone else text for text, gone in zip(texts.tolist(), texts.isna().tolist())]
    if kind in ("polars", "numpy"):
        return one_dimension(texts).tolist() if kind == "numpy" else texts.to_list()
    if isinstance(texts, (str, bytes, bytearray)):
        raise TypeError(f"many texts are a list or a column, not one {type(texts).__name__}")
    return list(texts)


def one_dimension(texts: Any) -> Any:
    if texts.ndim != 1:
        raise ValueError(f"texts must have one dimension, not {texts.ndim}")
    return texts


def from_list(texts: list[Any]) -> Texts:
    missing: list[int] = []
    try:
        whole = "".join(texts)
    except TypeError:
        missing = [i for i, text in enumerate(texts) if text is None]
        texts = ["" if text is None else text for text in texts]
        for i, text in enumerate(texts):
            if not isinstance(text, str):
                raise TypeError(f"text {i} must be a str or None, not {type(text).__name__}") from None
        whole = "".join(texts)
    if whole.isascii():
        data, lengths = whole.encode(), map(len, texts)
    else:
        parts = [encode(text) for text in texts]
        data, lengths = b"".join(parts), map(len, parts)
    offsets = array.array("q", itertools.accumulate(lengths, initial=0))
    address = ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value or 0
    return Texts(len(texts), address, offsets.buffer_info()[0], missing, (data, offsets))


def from_arrow(column: Any) -> Texts:
    """large_string as it lies in memory; what else holds text is cast to it."""
    import pyarrow as pa

    if not pa.types.is_large_string(column.type):
        of = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        if not (pa.types.is_string(of) or pa.types.is_large_string(of) or pa.types.is_null(of) or
                (hasattr(pa.types, "is_string_view") and pa.types.is_string_view(of))):
            raise TypeError(f"texts must be a column of strings, not of {column.type}")
        column = column.cast(pa.large_string())
    missing = [i for i, valid in enumerate(column.is_valid().to_pylist()) if not valid] if column.null_count else []
    _, offsets, data = column.buffers()
    if len(column) == 0 or offsets is None:
        return Texts(len(column), 0, 0, missing, column) if len(column) == 0 else from_list([None] * len(column))
    return Texts(len(column), data.address if data else 0, offsets.address + 8 * column.offset, missing, column)


def arrow_of(texts: Any, kind: str) -> Any:
    """The pyarrow array that a pandas or polars Series is, or is quickly made; None where that cannot be."""
    try:
        import pyarrow as pa

        column = pa.Array.from_pandas(texts) if kind == "pandas" else texts.to_arrow()
    except Exception:  # no pyarrow, or not all strings: as a list it is read, or refused with the row
        return None
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return column if isinstance(column, pa.Array) else None


def gather(texts: Any, kind: str) -> Texts:
    if kind == "arrow":
        return from_arrow(texts)
    if kind in ("pandas", "polars"):
        column = arrow_of(texts, kind)
        if column is not None:
            return from_arrow(column)
    return from_list(listed(texts))


# ---- through ----

def shares(n: int, threads: int) -> list[int]:
    """Where n texts are cut for the threads, both ends included."""
    if not isinstance(threads, int) or threads < 1:
        raise ValueError("threads must be 1 or more")
    threads = min(threads, max(1, n))
    return [n * i // threads for i in range(threads + 1)]


def run(analyser: Any, texts: Texts, function: Any, width: int, threads: int) -> array.array:
    """Figures, `width` a text, row by row; NaN where there is no text."""
    cuts = shares(texts.n, threads)
    threads = len(cuts) - 1
    out = array.array("d", bytes(8 * width * texts.n))
    base = out.buffer_info()[0]

    def part(i: int) -> None:
        first, n = cuts[i], cuts[i + 1] - cuts[i]
        scratch = analyser._take()
        status = function(scratch.handle, texts.utf8, texts.offsets + 8 * first, n, base + 8 * width * first)
        analyser._pool.append(scratch)
        check(status)

    if threads == 1:
        part(0)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(part, range(threads)))
    for row in texts.missing:
        for column in range(width):
            out[row * width + column] = NAN
    return out


# ---- out ----

def arrow_doubles(values: array.array, valid: Any) -> Any:
    import pyarrow as pa

    return pa.Array.from_buffers(pa.float64(), len(values), [valid, pa.py_buffer(values)])


def arrow_valid(n: int, missing: Iterable[int]) -> Any:
    """Arrow's bits of what is there; None where all is."""
    import pyarrow as pa

    bits = bytearray(b"\xff" * ((n + 7) // 8))
    some = False
    for row in missing:
        bits[row >> 3] &= ~(1 << (row & 7))
        some = True
    return pa.py_buffer(bytes(bits)) if some else None


def give_scores(out: array.array, texts: Texts, kind: str, given: Any) -> Any:
    columns = [out[i::4] for i in range(4)]
    if kind == "arrow":
        import pyarrow as pa

        fields = [pa.field(name, pa.float64()) for name in NAMES]
        return pa.StructArray.from_buffers(pa.struct(fields), texts.n, [arrow_valid(texts.n, texts.missing)],
                                           children=[arrow_doubles(c, None) for c in columns])
    if kind == "numpy":
        import numpy as np

        return np.frombuffer(out).reshape(texts.n, 4)
    if kind == "pandas":
        import numpy as np
        import pandas as pd

        return pd.DataFrame(np.frombuffer(out).reshape(texts.n, 4), columns=list(NAMES), index=given.index)
    if kind == "polars":
        import polars as pl

        return pl.DataFrame({name: polars_doubles(c, texts.missing) for name, c in zip(NAMES, columns)})
    from .analyser import Scores

    rows: list[Any] = list(map(Scores._make, zip(*columns)))
    for row in texts.missing:
        rows[row] = None
    return rows


def polars_doubles(values: array.array, missing: Iterable[int]) -> Any:
    import polars as pl

    column = pl.Series(values=memoryview(values).tolist() if "numpy" not in sys.modules else numpy_of(values), dtype=pl.Float64)
    return column.scatter(list(missing), None) if missing else column


def numpy_of(values: array.array) -> Any:
    import numpy as np

    return np.frombuffer(values)


def give_covers(out: array.array, kind: str, given: Any) -> Any:
    unknown = [i for i, c in enumerate(out) if c != c] if kind in ("arrow", "polars") else []
    if kind == "arrow":
        return arrow_doubles(out, arrow_valid(len(out), unknown))
    if kind == "numpy":
        return numpy_of(out)
    if kind == "pandas":
        import pandas as pd

        return pd.Series(numpy_of(out), index=given.index, name="cover")
    if kind == "polars":
        return polars_doubles(out, unknown).alias("cover")
    return list(map(known, out))


# ---- all the way ----

def scores(analyser: Any, given: Any, threads: int = 1) -> Any:
    kind = kind_of(given)
    if kind == "chunked":
        import pyarrow as pa

        chunks = [scores(analyser, chunk, threads) for chunk in given.chunks]
        return pa.chunked_array(chunks, type=pa.struct([(name, pa.float64()) for name in NAMES]))
    texts = gather(given, kind)
    return give_scores(run(analyser, texts, lib.sf_sentiment_column, 4, threads), texts, kind, given)


def covers(analyser: Any, given: Any, threads: int = 1) -> Any:
    kind = kind_of(given)
    if kind == "chunked":
        import pyarrow as pa

        return pa.chunked_array([covers(analyser, chunk, threads) for chunk in given.chunks], type=pa.float64())
    texts = gather(given, kind)
    return give_covers(run(analyser, texts, lib.sf_sentiment_cover_column, 1, threads), kind, given)
