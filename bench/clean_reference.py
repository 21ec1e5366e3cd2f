# SPDX-License-Identifier: MIT
"""Cleans a file of framed texts with ftfy once for each line on standard input, and prints the CPU seconds."""
import struct
import sys
import time

import ftfy


def read_texts(path):
    data = open(path, "rb").read()
    texts, at = [], 0
    while at < len(data):
        n, = struct.unpack_from("<I", data, at)
        texts.append(data[at + 4:at + 4 + n].decode())
        at += 4 + n
    return texts


def main():
    texts = read_texts(sys.argv[1])
    config = ftfy.TextFixerConfig(explain=False)
    for _ in sys.stdin:
        start = time.process_time()
        total = sum(len(ftfy.fix_text(text, config)) for text in texts)
        print(time.process_time() - start, total, flush=True)


main()
