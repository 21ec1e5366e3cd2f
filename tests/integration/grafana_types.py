# SPDX-License-Identifier: MIT
"""A dashboard, read and written by Grafana's own types: nothing may be lost or changed on the way, and values are of the types they
are declared as.

    grafana_types.py DASHBOARD    needs the package grafana-foundation-sdk"""
import dataclasses
import enum
import inspect
import json
import sys
import types
import typing

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import dashboard


def fits(value, wanted):
    """Is the value of the declared type, as far as that can be told?"""
    origin, args = typing.get_origin(wanted), typing.get_args(wanted)
    if wanted is typing.Any or wanted is object or isinstance(wanted, typing.TypeVar):
        return True
    if origin in (typing.Union, types.UnionType):
        return any(fits(value, a) for a in args)
    if origin is typing.Literal:
        return value in args
    if origin in (list, dict):
        inner = args[-1] if args else typing.Any
        return isinstance(value, origin) and all(fits(v, inner) for v in (value.values() if origin is dict else value))
    if wanted is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if not inspect.isclass(wanted):
        return True
    if issubclass(wanted, enum.Enum):
        return value in [member.value for member in wanted]
    if isinstance(value, dict) and hasattr(wanted, "from_json"):
        return not [*wrong_types(wanted.from_json(value), "")]
    return isinstance(value, wanted)


def wrong_types(value, where):
    """Each place whose value is not of its declared type."""
    if isinstance(value, list):
        for i, v in enumerate(value):
            yield from wrong_types(v, f"{where}[{i}]")
    elif hasattr(value, "to_json"):
        hints = typing.get_type_hints(type(value)) if dataclasses.is_dataclass(value) or type(value).__annotations__ else {}
        for name, v in vars(value).items():
            if name in hints and not fits(v, hints[name]):
                yield f"{where}.{name}: {v!r} is no {hints[name]}"
            yield from wrong_types(v, f"{where}.{name}")


def lost(before, after, where=""):
    """Each place of what went in that does not come out."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in before.items():
            if key not in after:
                yield f"{where}.{key} is not known to Grafana"
            else:
                yield from lost(value, after[key], f"{where}.{key}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for i, (b, a) in enumerate(zip(before, after)):
            yield from lost(b, a, f"{where}[{i}]")
    elif before != after:
        yield f"{where}: {before!r} becomes {after!r}"


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        text = f.read()
    register_default_plugins()
    board = dashboard.Dashboard.from_json(json.loads(text))
    faults = [*wrong_types(board, ""), *lost(json.loads(text), json.loads(JSONEncoder().encode(board)))]
    print("\n".join(faults) or "Grafana's types know every member of the dashboard")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
