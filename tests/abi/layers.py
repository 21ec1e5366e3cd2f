#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Dependencies point one way: libsignalflow <- tools/common <- tools/parquet <- tools/archive <- plugs <- tools. Never upward, never sideways between plugs or
between tools, and from outside the library only its public headers.

  layers.py SOURCE_ROOT"""
import os
import pathlib
import re
import sys
import tempfile

PUBLIC, LIBRARY, COMMON, PARQUET, ARCHIVE, PLUG, TABLE, TOOL = range(8)
ROOMS = {"common": COMMON, "parquet": PARQUET, "archive": ARCHIVE}
PLUGS = ("sources", "transport", "sinks", "stores")


def unit(path):
    """(layer, unit) of a file of the tree; None where anything goes: tests, benchmarks, generated files."""
    parts = path.parts
    if parts[0] == "include":
        return PUBLIC, "include"
    if parts[0] == "libsignalflow":
        return LIBRARY, "libsignalflow"
    if parts[0] != "tools":
        return None
    if len(parts) == 2:
        return TABLE, "tools"  # the table of schemes: knows every plug
    if parts[1] in ROOMS:
        return ROOMS[parts[1]], parts[1]
    return (PLUG, parts[1]) if parts[1] in PLUGS else (TOOL, parts[1])


def allowed(source, target):
    """May a file of `source` include a file of `target`?"""
    if source == target:
        return True
    if target[0] == PUBLIC:
        return True
    return source[0] >= COMMON and target[0] >= COMMON and target[0] < source[0]


def resolve(root, file, name, headers):
    """The tree's file that an include means, or None if it is none of ours."""
    beside = pathlib.Path(os.path.normpath(file.parent / name))
    if (root / beside).is_file():
        return beside
    for base in ("include", "libsignalflow", "tools", "tools/common", "."):
        if (root / base / name).is_file():
            return pathlib.Path(base) / name
    ends = [h for h in headers if h.as_posix().endswith("/" + name)]
    return ends[0] if ends else None


def faults(root):
    files = [p.relative_to(root) for top in ("include", "libsignalflow", "tools") for p in (root / top).rglob("*.[ch]")]
    headers = [f for f in files if f.suffix == ".h"]
    out, edges = [], 0
    for file in sorted(files):
        source = unit(file)
        text = re.sub(r"/\*.*?\*/", "", (root / file).read_text(encoding="utf-8"), flags=re.S)
        for name in re.findall(r'^\s*#\s*include\s*["<]([^">]+)[">]', text, flags=re.M):
            target = resolve(root, file, name, headers)
            if target is None:
                continue
            edges += 1
            if not allowed(source, unit(target)):
                out.append(f"{file}: includes {target}")
    return out, edges


def self_test():
    """Plants one violation of each kind, and one of each thing that is fine, in a tree of its own."""
    plant = {
        "include/signalflow/a.h": "",
        "libsignalflow/a.c": '#include "signalflow/a.h"\n#include "b.h"\n#include "common/c.h"\n',
        "libsignalflow/b.h": "",
        "tools/common/c.h": '#include "signalflow/a.h"\n#include "lexicon/x.h"\n#include "sinks/d.h"\n',
        "libsignalflow/lexicon/x.h": "",
        "tools/sinks/d.h": '#include "common/c.h"\n#include "sources/e.h"\n',
        "tools/sources/e.h": '#include "c.h"\n#include "../sf-one/f.h"\n',
        "tools/sf-one/f.h": '#include "sinks/d.h"\n#include "sf-two/g.h"\n',
        "tools/sf-two/g.h": "/* #include \"sf-one/f.h\" */\n",
        "tools/parquet/p.h": '#include "common/c.h"\n#include "archive/q.h"\n',
        "tools/archive/q.h": '#include "parquet/p.h"\n',
        "tools/plugs.c": '#include "sinks/d.h"\n#include "sources/e.h"\n',
    }
    want = {"libsignalflow/a.c: includes tools/common/c.h", "tools/common/c.h: includes libsignalflow/lexicon/x.h",
            "tools/common/c.h: includes tools/sinks/d.h", "tools/sinks/d.h: includes tools/sources/e.h",
            "tools/sources/e.h: includes tools/sf-one/f.h", "tools/sf-one/f.h: includes tools/sf-two/g.h",
            "tools/parquet/p.h: includes tools/archive/q.h"}
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in plant.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        got = set(faults(root)[0])
    return [f"self-test, missed: {f}" for f in sorted(want - got)] + [f"self-test, false: {f}" for f in sorted(got - want)]


def main():
    out = self_test()
    found, edges = faults(pathlib.Path(sys.argv[1]))
    out += found
    if edges < 50:
        out.append(f"only {edges} includes found: this test is blind")
    print("\n".join(out) or f"{edges} includes keep to the layers")
    return bool(out)


sys.exit(main())
