# SPDX-License-Identifier: MIT
"""Scores a file of framed texts with the reference once for each line on standard input, and prints the CPU seconds."""
import struct
import sys
import time

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer


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
    score = SentimentIntensityAnalyzer().polarity_scores
    for _ in sys.stdin:
        start = time.process_time()
        total = sum(score(text)["compound"] for text in texts)
        print(time.process_time() - start, total, flush=True)


main()
