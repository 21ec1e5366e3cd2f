#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Steps of sf_clean_text() beside Python's own: entities as html.unescape(), NFC and NFKC as unicodedata.normalize(), folding as
str.casefold(), mojibake made on purpose and undone. What each piece of a result is said to have come from makes that piece by itself.

    clean_check.py CLEAN_LINES

All named references, all numbers that are special, all characters that Python's Unicode knows, and random texts.
"""
import html
import html.entities
import json
import random
import subprocess
import sys
import unicodedata

ENTITIES, MOJIBAKE, NFC, NFKC, CASEFOLD = 1 << 1, 1 << 4, 1 << 7, 1 << 8, 1 << 9


def references(r):
    for name in html.entities.html5:
        yield from (f"x&{name}y", f"&{name}", f"&{name};", f"a&{name}=")
    for n in [*range(1, 0x300), 0xD7FF, 0xD800, 0xDFFF, 0xFDD0, 0xFFFE, 0x10FFFF, 0x110000, 99999999999]:
        yield from (f"&#{n};", f"&#x{n:x};", f"&#X{n:X}", f"&#{n}z")
    for _ in range(20000):
        yield "".join(r.choice("&#xX;ampltgnotin19afé <\n") for _ in range(r.randint(1, 14)))


def known(c):
    return unicodedata.category(c) not in ("Cn", "Cs")


def characters(r):
    for cp in range(1, 0x110000):
        if known(chr(cp)):
            yield chr(cp)
            yield f"a{chr(cp)}\u0301b"
    blocks = [range(0x20, 0x250), range(0x300, 0x345), range(0x370, 0x530), range(0x590, 0x700), range(0x900, 0xE00),
              range(0xE00, 0x1200), range(0x1E00, 0x2000), range(0x3040, 0x3100), range(0xAC00, 0xAC80), range(0x1160, 0x1180),
              range(0x11A8, 0x11C3), range(0xF900, 0xFB50), range(0x1D150, 0x1D170), range(0x11080, 0x11150)]
    for _ in range(40000):
        text = "".join(chr(r.choice(r.choice(blocks))) for _ in range(r.randint(1, 9)))
        if all(map(known, text)):
            yield text


def as_windows_1252(data):
    return "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in data)


def damaged(r):
    """Words in several scripts, read wrongly once and twice, and what they were."""
    words = "schön Größe naïve façade señor Ångström Ærø łódź žluťoučký ğüneş “quoted” it’s wait… 5 € — привет мир γειά 中文字 日本語 한국어 😀 🎉".split()
    for _ in range(5000):
        text = " ".join(r.choice(words) for _ in range(r.randint(1, 6)))
        if not text.isascii():
            once = as_windows_1252(text.encode())
            yield once, text
            yield as_windows_1252(once.encode()), text
            yield text.encode().decode("latin-1"), text
            yield text, text


def undone(text):
    """What mojibake may have been: read again as often as it was damaged."""
    table = {as_windows_1252(bytes([b])): b for b in range(0x80, 0x100)}
    readings = []
    for _ in range(2):
        try:
            text = bytes(table.get(c, ord(c)) for c in text).decode()
        except ValueError:
            break
        readings.append(text)
    return readings


MAKES = {ENTITIES: lambda t: [html.unescape(t)], NFC: lambda t: [unicodedata.normalize("NFC", t)],
         NFKC: lambda t: [unicodedata.normalize("NFKC", t)], CASEFOLD: lambda t: [t.casefold()], MOJIBAKE: undone}


def wrong_run(flags, text, got, numbers):
    """The first run whose source does not make it, or that leaves a hole; what lies between runs makes nothing."""
    if got == text and numbers == [0, len(got.encode())] * 2 + [1]:
        return None
    source, result, done, read = text.encode(), got.encode(), 0, 0
    for start, end, source_start, source_end, copied in zip(*[iter(numbers)] * 5):
        piece, made, between = source[source_start:source_end], result[start:end], source[read:source_start]
        fits = piece == made if copied else made.decode() in MAKES[flags](piece.decode())
        if start != done or not fits or (between and "" not in MAKES[flags](between.decode())):
            return start, end, source_start, source_end
        done, read = end, source_end
    return None if done == len(result) else (done, len(result))


def main():
    if tuple(map(int, unicodedata.unidata_version.split("."))) > (15, 0, 0):
        print(f"Python knows Unicode {unicodedata.unidata_version}, utf8proc perhaps not: skipped")
        return 77
    r = random.Random(3)
    texts = [(ENTITIES, t, html.unescape(t)) for t in references(r)]
    for t in characters(r):
        texts += [(NFC, t, unicodedata.normalize("NFC", t)), (NFKC, t, unicodedata.normalize("NFKC", t)), (CASEFOLD, t, t.casefold())]
    texts += [(MOJIBAKE, bad, good) for bad, good in damaged(r)]
    lines = "".join(f"{flags} {json.dumps(text)}\n" for flags, text, _ in texts)
    out = subprocess.run([sys.argv[1]], input=lines, stdout=subprocess.PIPE, text=True, check=True).stdout.split("\n")
    faults = 0
    for (flags, text, wanted), line in zip(texts, out, strict=False):
        got, numbers = json.loads(line)
        wrong = wrong_run(flags, text, got, numbers)
        if got != wanted or wrong:
            faults += 1
            if faults < 20:
                print(f"flags {flags:#x}, {ascii(text)}: {ascii(got)}, not {ascii(wanted)}; run {wrong}")
    print(f"{len(texts)} texts, {faults} differences")
    return 1 if faults or len(out) != len(texts) + 1 else 0


sys.exit(main())
