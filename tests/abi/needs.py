#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The shared library needs libc, libm, utf8proc, pcre2-8 and the loader, and nothing else.

  needs.py LIBSIGNALFLOW_SO"""
import re
import subprocess
import sys

ALLOWED = r"(libc|libm|libutf8proc|libpcre2-8|ld-[\w-]+)\.so(\.\d+)*"

dynamic = subprocess.run(["readelf", "-d", sys.argv[1]], check=True, capture_output=True, text=True).stdout
needed = re.findall(r"\(NEEDED\).*\[(.+)\]", dynamic)
extra = [n for n in needed if not re.fullmatch(ALLOWED, n)]
soname = re.search(r"\(SONAME\).*\[(.+)\]", dynamic)
if not needed or not soname or not re.fullmatch(r"libsignalflow\.so\.\d+", soname.group(1)):
    extra.append("no soname, or nothing needed at all: this test is blind")
if "(RPATH)" in dynamic or "TEXTREL" in dynamic:
    extra.append("a search path or text relocations")
print("not allowed: " + ", ".join(extra) if extra else f"{soname.group(1)} needs {', '.join(needed)}")
sys.exit(bool(extra))
