#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The headers' SF_API functions, the symbol map and what the shared library exports are the same set.

  symbols.py INCLUDE_DIR SIGNALFLOW_MAP LIBSIGNALFLOW_SO"""
import pathlib
import re
import subprocess
import sys


def declared(folder):
    """Names that stand behind SF_API in the public headers, comments and preprocessor lines left out."""
    names = []
    for header in sorted(pathlib.Path(folder).rglob("*.h")):
        text = re.sub(r"/\*.*?\*/", " ", header.read_text(encoding="utf-8"), flags=re.S)
        text = re.sub(r"^\s*#.*$", "", text, flags=re.M)
        names += re.findall(r"\bSF_API\b[^;{(]*?\b(\w+)\s*\(", text)
    return names


def mapped(path):
    """(name, version) of every symbol under a "global:" of the map."""
    text = re.sub(r"/\*.*?\*/|#.*", " ", pathlib.Path(path).read_text(encoding="utf-8"))
    out = []
    for version, body in re.findall(r"(\w[\w.]*)\s*\{(.*?)\}", text, flags=re.S):
        public = re.search(r"global:(.*?)(?:local:|$)", body, flags=re.S)
        out += [(name, version) for name in re.findall(r"[\w*]+(?=\s*;)", public.group(1) if public else "")]
    return out


def exported(path):
    """(name, version) of every defined dynamic symbol, version nodes themselves left out."""
    lines = subprocess.run(["nm", "-D", "--defined-only", path], check=True, capture_output=True, text=True).stdout
    names = [line.split()[-1] for line in lines.splitlines() if line.split()[-2] != "A"]
    return [tuple(re.split("@+", name + "@")[:2]) for name in names]


def main():
    headers, symbol_map, library = declared(sys.argv[1]), mapped(sys.argv[2]), exported(sys.argv[3])
    faults = [f"declared twice: {n}" for n in sorted({n for n in headers if headers.count(n) > 1})]
    faults += [f"in the headers, not in the map: {n}" for n in sorted(set(headers) - {n for n, _ in symbol_map})]
    faults += [f"in the map, not in the headers: {n}" for n in sorted({n for n, _ in symbol_map} - set(headers))]
    faults += [f"in the map, not exported: {n} {v}" for n, v in sorted(set(symbol_map) - set(library))]
    faults += [f"exported, not in the map: {n} {v}" for n, v in sorted(set(library) - set(symbol_map))]
    order = [n for n, _ in symbol_map]
    faults += [] if order == sorted(order) or len({v for _, v in symbol_map}) > 1 else ["the map is not sorted"]
    if not headers or not library:
        faults.append("nothing found: this test is blind")
    print("\n".join(faults) or f"{len(library)} functions: headers, map and library agree")
    return bool(faults)


sys.exit(main())
