#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the numbered SQL files of a folder as a C table, and others as texts of their own: embed_migrations.py OUTPUT PREFIX HEADER FILE..."""
import pathlib
import re
import sys


def array(text):
    """SQL as the bytes of a C array (string literals may not be that long), without comments."""
    lines = [re.sub(r"\s+--\s.*$|^--.*$", "", line).rstrip() for line in text.splitlines()]
    data = "\n".join(line for line in lines if line).encode() + b"\n\0"
    return "\n".join("    " + ", ".join(str(b) for b in data[i:i + 24]) + "," for i in range(0, len(data), 24))


def main():
    output, prefix, header, *files = sys.argv[1:]
    arrays, rows = [], []
    for file in sorted(map(pathlib.Path, files), key=lambda f: f.name):
        number, name = re.fullmatch(r"(?:(\d{3})_)?(\w+)\.sql", file.name).groups()
        c_name = "static const char sql_" + number if number else f"const char {prefix}_{name}"
        arrays.append("%s[] = {\n%s\n};\n" % (c_name, array(file.read_text("utf-8"))))
        if not number:
            continue
        rows.append('    {%d, "%s", sql_%s},\n' % (int(number), name, number))
    pathlib.Path(output).write_text(
        '#include "%s"\n\n%s\nconst sf_migration %s_migrations[] = {\n%s    {0, NULL, NULL},\n};\n'
        % (header, "\n".join(arrays), prefix, "".join(rows)), encoding="utf-8")


main()
