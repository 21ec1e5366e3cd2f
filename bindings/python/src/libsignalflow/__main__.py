# SPDX-License-Identifier: MIT
"""python -m libsignalflow WHAT [TEXT]...: texts from arguments or, line by line, from standard input; one JSON line each."""
from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any, Iterable

from . import Analyser, Batch, ParseError, __version__, clean, library_version
from ._native import PLATFORMS


def _plain(value: Any) -> Any:
    """What json.dumps() takes, with names for the parts of tuples."""
    if hasattr(value, "_asdict"):
        return {name: _plain(part) for name, part in value._asdict().items()}
    return [_plain(part) for part in value] if isinstance(value, list) else value


def _texts(arguments: list[str]) -> Iterable[str]:
    return arguments or (line.rstrip("\r\n") for line in sys.stdin)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m libsignalflow", description=__doc__.split(": ", 1)[1])
    parser.add_argument("--version", action="version", version=f"{__version__} over libsignalflow {library_version()}")
    commands = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    for name, text in (("sentiment", "VADER's four numbers"), ("explain", "the same, token by token"),
                       ("entities", "named things"), ("topics", "what they are counted by"),
                       ("keywords", "what a text is about"), ("clean", "plain text of HTML")):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("texts", nargs="*", metavar="TEXT")
    command = commands.add_parser("normalise", help="a platform's answer, on standard input, to signals")
    command.add_argument("platform", choices=PLATFORMS[1:])
    return parser


def main(arguments: list[str] | None = None) -> int:
    for stream in (sys.stdin, sys.stdout):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    options = _parser().parse_args(arguments)
    if options.what == "normalise":
        return _normalise(options.platform)
    what = (lambda text: clean(text, "html", "entities", "controls", "nfc", "lines")) if options.what == "clean" \
        else getattr(Analyser(), options.what)
    for text in _texts(options.texts):
        print(json.dumps(_plain(what(text)), ensure_ascii=False))
    return 0


def _normalise(platform: str) -> int:
    batch = Batch()
    try:
        batch.normalise(platform, sys.stdin.buffer.read())
    except ParseError as fault:
        print(f"byte {fault.offset}: {fault}", file=sys.stderr)
        return 1
    for i in range(len(batch)):
        print(batch.json(i))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
