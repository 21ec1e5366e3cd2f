#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the numbered SQL files of a folder as a C table: embed_migrations.py OUTPUT TABLE HEADER FILE..."""
import pathlib
import re
import sys


def array(text):
    """SQL as the bytes of a C array (string literals may not be that long), without comments."""
    lines = [re.sub(r"\s+--\s.*$|^--.*$", "", line).rstrip() for line in text.splitlines()]
    data = "\n".join(line for line in lines if line).encode() + b"\n\0"
    return "\n".join("    " + ", ".join(str(b) for b in data[i:i + 24]) + "," for i in range(0, len(data), 24))


def main():
    output, table, header, *files = sys.argv[1:]
    arrays, rows = [], []
    for file in sorted(files, key=lambda f: pathlib.Path(f).name):
        number, name = re.fullmatch(r"(\d{3})_(\w+)\.sql", pathlib.Path(file).name).groups()
        arrays.append("static const char sql_%s[] = {\n%s\n};\n" % (number, array(pathlib.Path(file).read_text("utf-8"))))
        rows.append('    {%d, "%s", sql_%s},\n' % (int(number), name, number))
    pathlib.Path(output).write_text(
        '#include "%s"\n\n%s\nconst sf_migration %s[] = {\n%s    {0, NULL, NULL},\n};\n'
        % (header, "\n".join(arrays), table, "".join(rows)), encoding="utf-8")


main()
