#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The library's objects hold no writable data and call nothing but memory, string and arithmetic functions: no file, clock,
locale, environment, thread or process-wide state.

  purity.py LIBSIGNALFLOW_INTERNAL_A"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

# What may be called. Left out on purpose: everything of <time.h>, <locale.h>, <ctype.h> (their tables depend on the locale),
# <stdio.h> but snprintf into memory, strtod and atof (decimal point), strtok, strerror, getenv, rand, lgamma (signgam).
ALLOWED = re.compile(
    r"(mem(chr|cmp|cpy|move|set|mem)|str(chr|rchr|cmp|ncmp|len|nlen|spn|cspn|pbrk|str))(_chk)?|"
    r"bcmp|"  # what clang makes of memcmp() == 0
    r"__(memcpy|memmove|memset|snprintf|vsnprintf)_chk|v?snprintf|"
    r"malloc|calloc|realloc|free|qsort|bsearch|"
    r"(exp|exp2|expm1|log|log1p|log2|log10|pow|sqrt|fabs|fma|fmax|fmin|fmod|floor|ceil|trunc|round|rint|nearbyint|ldexp|"
    r"frexp|scalbn|copysign|hypot|tanh|atanh|isnan|isinf)f?|"
    r"(exp|exp2|log|log2|pow)f?@.*|"
    r"utf8proc_(?!map|NF)\w+|pcre2_\w+_8|"  # with memory of the caller's only
    r"_GLOBAL_OFFSET_TABLE_|__stack_chk_fail|__assert_fail"
)


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def foreign_calls(archive):
    """(object, symbol) of undefined symbols that no object of the archive defines."""
    own = {line.split()[-1] for line in run("nm", "--defined-only", archive).splitlines() if len(line.split()) == 3}
    out, current = [], ""
    for line in run("nm", "-u", archive).splitlines():
        if line.endswith(":"):
            current = line[:-1]
        elif line.split() and line.split()[-1] not in own:
            out.append((current, line.split()[-1]))
    return out


def writable(archive):
    """(object, what) of data that can be written at run time, and of code that runs on loading; relocated constants are
    fine."""
    out, current = [], ""
    for line in run("readelf", "-SW", archive).splitlines():
        file = re.match(r"File: (.*)", line)
        current = file.group(1) if file else current
        section = re.match(r"\s*\[\s*\d+\]\s+(\.\S+)\s+\w+\s+\w+\s+\w+\s+(\w+)\s+\w+\s+(\w+)\s", line)
        if not section or "W" not in section.group(3) or int(section.group(2), 16) == 0:
            continue
        if not section.group(1).startswith((".data.rel.ro", ".eh_frame")):
            out.append((current, f"{section.group(1)}, {int(section.group(2), 16)} bytes"))
    return out


def faults(archive):
    return [f"{o}: calls {s}" for o, s in foreign_calls(archive) if not ALLOWED.fullmatch(s)] + [
        f"{o}: writable: {what}" for o, what in writable(archive)]


IMPURE = """
#include <locale.h>
#include <stdlib.h>
#include <time.h>
static int counter;
int initialised = 7;
static _Thread_local int mine;
__attribute__((constructor)) static void start(void) { counter = (int)time(NULL); }
const char *const fine[] = {"relocated", "constant"};
double f(const char *s) { return strtod(s, NULL) + counter++ + mine++ + (getenv(s) != NULL) + (setlocale(0, s) != NULL); }
"""


def self_test():
    """An object with one of each fault must be caught."""
    with tempfile.TemporaryDirectory() as folder:
        source, made, archive = (str(pathlib.Path(folder) / n) for n in ("impure.c", "impure.o", "impure.a"))
        pathlib.Path(source).write_text(IMPURE, encoding="utf-8")
        run(*os.environ.get("CC", "cc").split(), "-O1", "-fPIC", "-c", "-o", made, source)
        run("ar", "rc", archive, made)
        got = "\n".join(faults(archive))
    wanted = ["calls time", "calls strtod", "calls getenv", "calls setlocale", ".bss", ".data,", ".tbss", ".init_array"]
    return [f"self-test, missed: {w}" for w in wanted if w not in got] + (
        ["self-test: a constant counts as writable"] if ".data.rel.ro" in got else [])


def main():
    calls = foreign_calls(sys.argv[1])
    out = self_test() + faults(sys.argv[1])
    if len(calls) < 10:
        out.append("hardly a call found: this test is blind")
    print("\n".join(out) or f"{len({s for _, s in calls})} foreign functions, all of them pure; no writable data")
    return bool(out)


sys.exit(main())
