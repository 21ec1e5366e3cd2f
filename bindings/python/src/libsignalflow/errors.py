# SPDX-License-Identifier: MIT
"""The library's statuses as exceptions. Each also is the built-in exception that says the same."""
from __future__ import annotations

from . import _native
from ._native import lib


class SignalFlowError(Exception):
    """What went wrong in the library.

    status: the sf_status, negative.  line: 1-based line of a table, 0 where lines mean nothing.
    offset: where it was noticed in the input, in characters of a str and bytes of bytes; None where that means nothing.
    """

    def __init__(self, message: str, status: int = 0, line: int = 0, offset: int | None = None):
        super().__init__(message)
        self.status, self.line, self.offset = status, line, offset

    def __reduce__(self):
        return type(self), (str(self), self.status, self.line, self.offset)


class InvalidError(SignalFlowError, ValueError):
    """An argument is wrong."""


class ParseError(SignalFlowError, ValueError):
    """The input has a broken structure, a wrong type or an absurd value; see line and offset."""


class TooBigError(SignalFlowError, ValueError):
    """The input, or something in it, is longer or deeper than allowed."""


class BusyError(SignalFlowError, RuntimeError):
    """Another thread is inside."""


class VersionError(SignalFlowError, ValueError):
    """The record says a schema version that this library does not know."""


KINDS: dict[int, type[SignalFlowError]] = {
    _native.EINVAL: InvalidError, _native.EPARSE: ParseError, _native.ETOOBIG: TooBigError, _native.EBUSY: BusyError,
    _native.EVERSION: VersionError,
}


def check(status: int) -> int:
    """Gives a count back, and raises what a negative status means."""
    if status >= 0:
        return status
    text = lib.sf_strerror(status).decode()
    if status == _native.ENOMEM:
        raise MemoryError(text)
    raise KINDS.get(status, SignalFlowError)(text, status)


def check_with(status: int, error: _native.Error, text: str | None = None, data: bytes = b"") -> int:
    """The same, with the place and the reason. `text`: what `data` was made from, if offsets are to count its characters."""
    if status >= 0 or status == _native.ENOMEM:
        return check(status)
    offset = error.offset
    if text is not None:
        offset = len(data[:offset].decode("utf-8", "ignore"))
    message = error.message.decode("utf-8", "replace")
    kind = KINDS.get(status, SignalFlowError)
    raise kind(message or lib.sf_strerror(status).decode(), status, error.line, offset)
