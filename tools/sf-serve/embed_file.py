#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes a file as a C array that ends with a NUL, and its length: embed_file.py OUTPUT NAME FILE. JSON loses its white space."""
import json
import pathlib
import sys

output, name, file = sys.argv[1:]
data = pathlib.Path(file).read_bytes()
if file.endswith(".json"):
    data = json.dumps(json.loads(data), separators=(",", ":"), ensure_ascii=False).encode()
rows = "\n".join("    " + ", ".join(str(b) for b in data[i:i + 24]) + "," for i in range(0, len(data), 24))
pathlib.Path(output).write_text(f"#include <stddef.h>\n\nextern const char {name}[];\nextern const size_t {name}_length;\n\n"
                                f"const char {name}[] = {{\n{rows}\n    0}};\nconst size_t {name}_length = {len(data)};\n")
