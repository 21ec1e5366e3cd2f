# SPDX-License-Identifier: MIT
"""Text on its way into the library, offsets on their way back, and times both ways."""
from __future__ import annotations

import datetime
import re
from ctypes import byref, c_int64
from typing import Union

from . import _native
from ._native import NO_TIME, lib
from .errors import check

Time = Union[datetime.datetime, int, float, str, None]

_SURROGATES = re.compile("[\ud800-\udfff]")
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_MILLISECOND = datetime.timedelta(milliseconds=1)


def encode(text: str) -> bytes:
    """UTF-8. Lone surrogates are read as U+FFFD, one for one, so that characters can still be counted."""
    try:
        return str.encode(text)
    except UnicodeEncodeError:
        return _SURROGATES.sub("\ufffd", text).encode()
    except TypeError:
        raise TypeError(f"a text must be a str, not {type(text).__name__}") from None


def encode_json(json: str | bytes | bytearray | memoryview) -> bytes:
    """The bytes of a JSON text."""
    if isinstance(json, str):
        return encode(json)
    if isinstance(json, (bytes, bytearray, memoryview)):
        return bytes(json)
    raise TypeError(f"JSON must be str or bytes, not {type(json).__name__}")


class Places:
    """From byte offsets to characters, asked in ascending order (a lower one starts again)."""

    def __init__(self, data: bytes, is_ascii: bool):
        self.data, self.same = data, is_ascii
        self.byte = self.character = 0

    def __call__(self, byte: int) -> int:
        if self.same:
            return byte
        if byte < self.byte:
            self.byte = self.character = 0
        self.character += len(self.data[self.byte:byte].decode("utf-8", "ignore"))
        self.byte = byte
        return self.character


def places(text: str, data: bytes, offsets: str) -> Places:
    """What `offsets` asks for: "characters" or "bytes"."""
    if offsets not in ("characters", "bytes"):
        raise ValueError(f'offsets are in "characters" or "bytes", not {offsets!r}')
    return Places(data, offsets == "bytes" or len(text) == len(data))


def to_ms(time: Time) -> int:
    """Milliseconds since 1970 UTC of a datetime (a naive one is UTC), a number of milliseconds, or an RFC 3339 text."""
    if time is None:
        return NO_TIME
    if isinstance(time, datetime.datetime):
        aware = time if time.tzinfo is not None else time.replace(tzinfo=datetime.timezone.utc)
        return (aware - _EPOCH) // _MILLISECOND
    if isinstance(time, str):
        data, ms = encode(time), c_int64()
        check(lib.sf_time_parse(_native.Text(data, len(data)), byref(ms)))
        return ms.value
    if isinstance(time, (int, float)) and not isinstance(time, bool):
        if not -(2**53) <= time <= 2**53:
            raise ValueError(f"no such time: {time}")
        return int(time)
    raise TypeError(f"a time is a datetime, milliseconds, RFC 3339 text or None, not {type(time).__name__}")


def from_ms(ms: int) -> datetime.datetime | None:
    """A datetime in UTC; None for an unknown time. What Python's calendar has not is the nearest that it has."""
    if ms == NO_TIME:
        return None
    try:
        return _EPOCH + ms * _MILLISECOND
    except OverflowError:
        end = datetime.datetime.max if ms > 0 else datetime.datetime.min
        return end.replace(tzinfo=datetime.timezone.utc)


def known(number: float) -> float | None:
    """None for NaN, which is how the library says "not known"."""
    return number if number == number else None


def number(value: float | None) -> float:
    """NaN for None."""
    return float("nan") if value is None else float(value)


def platform_number(platform: str) -> int:
    """An sf_platform."""
    try:
        return _native.PLATFORMS.index(platform)
    except ValueError:
        raise ValueError(f"no such platform: {platform!r}; there are {', '.join(_native.PLATFORMS[1:])}") from None
