#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Programs built against the described library go on working with this one: abidiff finds no change but new functions.

    compatible.py [--write] INCLUDE_DIR SIGNALFLOW_MAP DESCRIPTION

What is compared is a library of empty functions made of the public headers, so that nothing of the inside is described; that headers,
map and the real library agree is symbols.py's business. --write describes what is there now: for a release, or a change that is
meant, which before 1.0 may be one that breaks.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
DESCRIBE = ["abidw", "--no-corpus-path", "--no-comp-dir-path", "--no-show-locs", "--no-elf-needed", "--no-architecture"]


def bodies(include):
    """C that defines each function of the headers, and does nothing."""
    out = ["#include <signalflow/signalflow.h>"]
    for header in sorted(pathlib.Path(include).rglob("*.h")):
        text = re.sub(r"/\*.*?\*/", " ", header.read_text(encoding="utf-8"), flags=re.S)
        text = re.sub(r"^\s*#.*$", "", text, flags=re.M)
        out += [f"{re.sub(r'__attribute__ *[(][(].*?[)][)] *$', '', p, flags=re.S)} {{ __builtin_trap(); }}"
                for p in re.findall(r"\b(SF_API\b[^;]*\))\s*[^;)]*;", text)]
    return "\n".join(out) + "\n"


def describe(folder, include, symbol_map, soname):
    source, library, description = folder / "empty.c", folder / "empty.so", folder / "now.abi"
    source.write_text(bodies(include))
    subprocess.run([*os.environ.get("CC", "cc").split(), "-std=c11", "-w", "-g", "-O0", "-fPIC", "-shared", f"-I{include}",
                    f"-Wl,-soname,{soname}", f"-Wl,--version-script,{symbol_map}", "-o", library, source], check=True)
    subprocess.run([*DESCRIBE, "--out-file", description, library], check=True)
    return description


def main():
    write = sys.argv[1] == "--write"
    include, symbol_map, stored = map(pathlib.Path, sys.argv[1 + write:])
    if not shutil.which("abidiff"):
        print("skipped: there is no abidiff (Debian's abigail-tools)")
        return SKIPPED
    with tempfile.TemporaryDirectory() as work:
        now = describe(pathlib.Path(work), include, symbol_map, "libsignalflow.so.0")
        if write:
            shutil.copy(now, stored)
            return 0
        functions = now.read_text().count("<function-decl")
        if functions < 80:
            print(f"only {functions} functions: this test is blind")
            return 1
        done = subprocess.run(["abidiff", "--no-added-syms", stored, now], capture_output=True, text=True, check=False)
    print(done.stdout + done.stderr, end="")
    print(f"{functions} functions; " + ("programs that were built go on working" if done.returncode == 0 else
          "if this is meant: tests/abi/compatible.py --write"))
    return bool(done.returncode)


sys.exit(main())
