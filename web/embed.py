#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the files of the page as one C table, each plain and packed with gzip, with a tag of its content: embed.py OUTPUT ROOT FILE...

index.html is at /, every other file at /web/ and its path below ROOT. Of our files indentation, empty lines and lines of comment stay
behind, and blanks around arrows, === and && (so there must be none of these in what a string says); what is not ours goes out as it came."""
import gzip
import hashlib
import pathlib
import re
import sys

TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
         ".svg": "image/svg+xml", "": "text/plain; charset=utf-8"}


def array(name, data):
    rows = "\n".join("    " + ",".join(map(str, data[i:i + 32])) + "," for i in range(0, len(data), 32))
    return f"static const unsigned char {name}[] = {{\n{rows}\n}};\n"


def lean(name, data):
    if name.startswith("vendor/") or not name.endswith((".js", ".css", ".html")):
        return data
    # A comment after code has no quote in it: so it is none that stands in a string.
    lines = [re.sub(r" (?:// [^\"'`]*|/\* [^\"'`*]* \*/)$", "", line).strip() for line in data.decode().split("\n")]
    text = "\n".join(line for line in lines if not re.fullmatch(r"//.*|/\*.*\*/|", line)) + "\n"
    return (re.sub(r"(?<=[{:;,]) | (?=[{}])|; ?(?=})", "", text) if name.endswith(".css") else re.sub(r" (=>|===|!==|&&|\|\|) ", r"\1", text)).encode()


def main():
    output, root, *files = sys.argv[1:]
    root = pathlib.Path(root).resolve()
    parts, rows = ['#include "sf-serve/api/web.h"\n'], []
    for i, file in enumerate(sorted(files)):
        name = pathlib.Path(file).resolve().relative_to(root).as_posix()
        data = lean(name, pathlib.Path(file).read_bytes())
        packed = gzip.compress(data, 9, mtime=0)
        parts += [array(f"plain_{i}", data), array(f"packed_{i}", packed)]
        path = "/" if name == "index.html" else "/web/" + name
        tag = hashlib.sha256(data).hexdigest()[:24]
        rows.append(f'    {{"{path}", "{TYPES[pathlib.Path(name).suffix]}", "{tag}", plain_{i}, sizeof plain_{i}, packed_{i}, '
                    f"sizeof packed_{i}}},")
    parts.append("const web_asset web_assets[] = {\n" + "\n".join(rows) + "\n    {0},\n};\n")
    pathlib.Path(output).write_text("\n".join(parts), encoding="utf-8")


main()
