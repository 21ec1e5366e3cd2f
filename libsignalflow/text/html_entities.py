# SPDX-License-Identifier: MIT
"""Writes html_entities_table.c: the named character references of HTML5, from Python's own copy of the standard's list.

    python3 html_entities.py OUT.c
"""
import html.entities
import sys

# "amp;" always has its semicolon, "amp" says that it may be left out (106 old names). One entry for both.
table = {name[:-1]: text for name, text in html.entities.html5.items() if name.endswith(";")}
bare = {name for name in html.entities.html5 if not name.endswith(";")}


def pool(strings):
    """All strings in one array of bytes, and where each begins."""
    data, starts = b"", []
    for s in strings:
        starts.append(len(data))
        data += s
    return data, starts


def rows(values, per_line):
    return "".join(("\n" if i % per_line == 0 else "") + f"{v}," for i, v in enumerate(values))


names = sorted(table, key=lambda n: n.encode())
texts = [table[n].encode() for n in names]
name_bytes, name_starts = pool([n.encode() for n in names])
text_bytes, text_starts = pool(texts)
entries = [
    f"{{{ns},{ts},{len(n)},{len(t)},{int(n in bare)}}}"
    for n, t, ns, ts in zip(names, texts, name_starts, text_starts)
]

with open(sys.argv[1], "w", encoding="ascii") as out:
    out.write(f"""/* Written by libsignalflow/text/html_entities.py; do not edit. */
#include "text/html_entities.h"

const char sf_html_entity_names[] = {{{rows(name_bytes, 32)}0}};
const unsigned char sf_html_entity_texts[] = {{{rows(text_bytes, 32)}0}};
const sf_html_entity_row sf_html_entity_rows[] = {{{rows(entries, 8)}
}};
const size_t sf_html_entity_count = {len(entries)};
""")
