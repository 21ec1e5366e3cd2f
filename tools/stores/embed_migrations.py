#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the numbered SQL files of a folder as a C table: embed_migrations.py OUTPUT TABLE HEADER FILE..."""
import pathlib
import re
import sys


def literal(text):
    """Lines of SQL as C strings, without comments and what else the database needs not know."""
    lines = [re.sub(r"\s+--\s.*$|^--.*$", "", line).rstrip() for line in text.splitlines()]
    return "\n".join('        "%s\\n"' % line.replace("\\", "\\\\").replace('"', '\\"') for line in lines if line)


def main():
    output, table, header, *files = sys.argv[1:]
    rows = []
    for file in sorted(files, key=lambda f: pathlib.Path(f).name):
        number, name = re.fullmatch(r"(\d{3})_(\w+)\.sql", pathlib.Path(file).name).groups()
        rows.append('    {%d, "%s",\n%s},' % (int(number), name, literal(pathlib.Path(file).read_text(encoding="utf-8"))))
    pathlib.Path(output).write_text(
        '#include "%s"\n\nconst sf_migration %s[] = {\n%s\n    {0, NULL, NULL},\n};\n' % (header, table, "\n".join(rows)),
        encoding="utf-8")


main()
