# SPDX-License-Identifier: MIT
"""Asking a store: what `sf-serve query` answers, as rows. That program must be installed: it knows stores, this module does not."""
from __future__ import annotations

import datetime
import json
import os
import shutil
import subprocess
from typing import Any

from .errors import SignalFlowError


class StoreError(SignalFlowError):
    """The store could not be asked, or the question makes no sense to it; the text is the program's own."""


class Answer(list):
    """Rows, each a dict with the columns that docs/query.md explains; what is not known is None, times are RFC 3339 texts."""

    def __init__(self, rows: list[dict[str, Any]], meta: dict[str, Any], ask: Any = None):
        super().__init__(rows)
        self.meta = meta  #: question, as_of, since, until, count, total, more, next, notes
        self._ask = ask

    def next(self) -> Answer | None:
        """The next page; None where there is none."""
        cursor = self.meta.get("next")
        return self._ask(cursor) if cursor and self._ask else None

    def to_pandas(self) -> Any:
        """A pandas DataFrame, a row a row; times stay texts."""
        import pandas

        return pandas.DataFrame(list(self))

    def to_polars(self) -> Any:
        """A polars DataFrame, a row a row; times stay texts."""
        import polars

        return polars.DataFrame(list(self), infer_schema_length=None)


class Store:
    """A store that can be asked. Each question is a run of `sf-serve query`; filters are its options with "_" for "-":

        store.trending(platform="reddit", since="2h", min_score=100, limit=10)

    True sets an option that takes no value, a list gives one several times, a datetime is a time, None leaves it out.
    StoreError says what the program says.
    """

    def __init__(self, url: str, *, program: str | None = None, timeout: float | None = None):
        self.url, self.timeout = url, timeout
        self.program = program or os.environ.get("SF_SERVE") or shutil.which("sf-serve") or "sf-serve"

    def signals(self, **filters: Any) -> Answer:
        """Posts, newest first."""
        return self.query("signals", **filters)

    def trending(self, **filters: Any) -> Answer:
        """Posts, hottest first."""
        return self.query("trending", **filters)

    def topics(self, **filters: Any) -> Answer:
        """What is spoken of more than usual."""
        return self.query("topics", **filters)

    def pulse(self, **filters: Any) -> Answer:
        """How much is said, by how many, in which mood and how fast, platform by platform."""
        return self.query("pulse", **filters)

    def compare(self, **filters: Any) -> Answer:
        """Topics that came up on several platforms at once; with topic= the platforms beside each other."""
        return self.query("compare", **filters)

    def query(self, question: str, **filters: Any) -> Answer:
        """Any question."""
        command = [self.program, "query", question, f"--store={self.url}", "--format=json", *_options(filters)]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=self.timeout, check=False)
        except (OSError, ValueError, subprocess.TimeoutExpired) as fault:
            raise StoreError(f"{self.program}: {fault}") from None
        if done.returncode != 0:
            raise StoreError(_complaint(done.stderr) or f"{self.program} ended with {done.returncode}", done.returncode)
        answer = json.loads(done.stdout)
        return Answer(answer["rows"], answer["meta"], lambda cursor: self.query(question, **{**filters, "cursor": cursor}))

    def __repr__(self) -> str:
        return f"<Store {self.url}>"


def open(url: str, *, program: str | None = None, timeout: float | None = None) -> Store:
    """A store to ask: "sqlite:FILE", or what else `sf-serve query --store` takes. Nothing is opened before the first question.

    program: the sf-serve to run; None: $SF_SERVE, else the one on PATH.  timeout: seconds a question may take.
    """
    return Store(url, program=program, timeout=timeout)


def _options(filters: dict[str, Any]) -> list[str]:
    out = []
    for name, value in filters.items():
        flag = "--" + name.replace("_", "-")
        for one in value if isinstance(value, (list, tuple)) else [value]:
            if one is True:
                out.append(flag)
            elif one is not None and one is not False:
                out.append(f"{flag}={_value(one)}")
    return out


def _value(value: Any) -> str:
    if isinstance(value, datetime.datetime):
        aware = value if value.tzinfo is not None else value.replace(tzinfo=datetime.timezone.utc)
        return aware.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return str(value)


def _complaint(log: bytes) -> str:
    """The last error of a log, which is lines of JSON where it is not for a terminal, or text before settings are read."""
    for line in reversed(log.decode("utf-8", "replace").splitlines()):
        try:
            entry = json.loads(line)
            if entry.get("level") == "error":
                return entry["message"]
        except (ValueError, AttributeError, KeyError):
            if line.strip():
                return line.strip()
    return ""
