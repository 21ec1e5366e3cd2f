# SPDX-License-Identifier: MIT
"""From marked-up text to plain text."""
from __future__ import annotations

import ctypes

from . import _native
from ._native import lib
from ._text import encode
from .errors import check

STEPS = {
    "html": 0, "entities": 1, "entities2": 2, "markdown": 3, "mojibake": 4, "controls": 5, "quotes": 6, "nfc": 7, "nfkc": 8,
    "casefold": 9, "urls": 10, "mentions": 11, "hashtags": 12, "floods": 13, "emoji": 14, "lines": 15, "spaces": 16,
    "emoji_words": 17, "markers": 18,
}  #: name -> bit; docs/normalise.md says what each does
PLAIN = ("controls", "nfc", "lines")  #: what normalise() does to every platform's text


def clean(text: str, *steps: str) -> str:
    """The text with these steps done, in the library's order; without any, PLAIN. ValueError for an unknown step.

        >>> clean("caf&eacute; <b>now</b>", "html", "entities")
        'café now'
    """
    unknown = [step for step in steps if step not in STEPS]
    if unknown:
        raise ValueError(f"no such step: {unknown[0]!r}; there are {', '.join(STEPS)}")
    what = sum(1 << STEPS[step] for step in set(steps or PLAIN))
    data = encode(text)
    size = len(data) + 64
    while True:
        buffer = ctypes.create_string_buffer(size)
        need = check(lib.sf_clean_text(_native.Text(data, len(data)), what, ctypes.addressof(buffer), size))
        if need < size:
            return buffer.raw[:need].decode("utf-8", "replace")
        size = need + 1
