# SPDX-License-Identifier: MIT
"""Compares our JSON reader with Python's on generated and on broken texts:  json_diff.py PROGRAM [COUNT [SEED]]

COUNT is 20000, or 200000 with SF_TEST_LENGTH=full.

What both read must be the same, floats bit for bit; what one refuses the other must refuse, but for these:
- Python reads NaN, Infinity and -Infinity; we do not (nor does RFC 8259).
- Python reads 1e400 as infinity; we refuse it.
- Python keeps lone surrogates and U+0000; we read them as U+FFFD.
- Python's caller must decode the bytes; we read invalid UTF-8 as U+FFFD, as errors="replace" does.
- Python nests as deep as its stack goes; we stop at 256 levels.
- Python takes any of duplicate members in, the last one holds; our reader hands out all of them.
"""
import json
import os
import random
import struct
import subprocess
import sys

DEPTH = 256


class Refused(Exception):
    pass


class Huge(Exception):
    pass


def number(text):
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise Huge(text)
    return value


def constant(text):
    raise Refused(text)


def flat(value, depth=0):
    """The form that json_dump.c prints."""
    if isinstance(value, Pairs):
        if depth == DEPTH:
            raise Refused("too deep")
        return "{" + "".join(f"k{hexed(k)}:{flat(v, depth + 1)}" for k, v in value.pairs) + "}"
    if isinstance(value, list):
        if depth == DEPTH:
            raise Refused("too deep")
        return "[" + "".join(flat(v, depth + 1) + "," for v in value) + "]"
    if isinstance(value, str):
        return "s" + hexed(value)
    if isinstance(value, float):
        return "n" + struct.pack(">d", value).hex()
    return {True: "t", False: "f", None: "0"}[value]


class Pairs:
    def __init__(self, pairs):
        self.pairs = pairs


def hexed(text):
    return "".join("\ufffd" if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in text).encode().hex()


def expected(text):
    """What our reader must say: the flat form, "!" for refused, "~" for a number that is too large."""
    decoded = text.decode("utf-8", "replace")
    decoded = decoded[1:] if decoded.startswith("\ufeff") else decoded
    try:
        value = json.loads(
            decoded, parse_float=number, parse_int=number, parse_constant=constant, object_pairs_hook=Pairs
        )
        return flat(value)
    except Huge:
        return "~"
    except (ValueError, Refused):
        return "!"


# ---- generated texts ------------------------------------------------------------------------------------------------

CHARACTERS = 'abc XYZ019"\\/\b\f\n\r\t\x00\x01\x1f\x7f\x80\u00e9\u20ac\ud800\udfff\ufffd\uffff\U0001f600\U0010ffff'


def random_string(r):
    length = r.choice((0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 40))
    return "".join(r.choice(CHARACTERS) if r.random() < 0.3 else r.choice("abcdefgh ") for _ in range(length))


def random_number(r):
    kind = r.randrange(8)
    if kind == 0:
        return str(r.randrange(-100, 100))
    if kind == 1:
        return repr(struct.unpack("<d", r.randbytes(8))[0]).replace("inf", "1").replace("nan", "0")
    if kind == 2:
        return str(r.randrange(-(2**80), 2**80))
    if kind == 3:
        return f"{r.randrange(10**18)}.{r.randrange(10**25)}E{r.randrange(-340, 320):+}"
    if kind == 4:
        return f"{r.uniform(-1e6, 1e6):.{r.randrange(12)}f}"
    if kind == 5:
        low = struct.unpack("<d", struct.pack("<Q", r.randrange(1 << 62)))[0]
        return exact_middle(low)
    if kind == 6:
        return f"{r.randrange(10)}e{r.randrange(-400, 400)}"
    return "-0.0" if r.random() < 0.5 else "-0"


def exact_middle(low):
    """All the digits of the point half way between a double and the next one."""
    bits = struct.unpack("<Q", struct.pack("<d", low))[0]
    high = struct.unpack("<d", struct.pack("<Q", bits + 1))[0]
    (a, b), (c, d) = low.as_integer_ratio(), high.as_integer_ratio()
    top, bottom = a * d + c * b, 2 * b * d
    places = bottom.bit_length() - 1  # a power of two: as many decimals end it
    digits = top * 10**places // bottom
    return f"{digits}e-{places}"


def random_text(r, depth=0):
    kind = r.randrange(8 if depth < 5 else 5)
    if kind == 0:
        return r.choice(("true", "false", "null"))
    if kind <= 2:
        return random_number(r)
    if kind <= 4:
        return json.dumps(random_string(r), ensure_ascii=r.random() < 0.5)
    space = r.choice(("", "", "", " ", "\n", "\t\r "))
    parts = [random_text(r, depth + 1) for _ in range(r.randrange(5))]
    if kind <= 6:
        keys = [json.dumps(random_string(r), ensure_ascii=r.random() < 0.7) for _ in parts]
        parts = [f"{k}{space}:{space}{v}" for k, v in zip(keys, parts)]
        return "{" + space + f"{space},{space}".join(parts) + space + "}"
    return "[" + space + f"{space},{space}".join(parts) + space + "]"


HOSTILE = [b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"\\u0000", b"\\ud83d", b"\\ude00", b"\\uD83D\\uDE00"]
HOSTILE += [b"\\x", b"\\u12", b"\\u00g0", b"\xff", b"\xed\xa0\x80", b"\xf0\x9f\x98", b"\xc0\x80", b"\0", b"\n", b"\x7f"]
HOSTILE += [b"NaN", b"Infinity", b"-Infinity", b"nul", b"TRUE", b"'", b"//", b"/*", b"\xef\xbb\xbf", b"\xa0", b"\x0b"]
HOSTILE += [b"01", b"1.", b".5", b"-", b"+1", b"1e", b"1e+", b"0x1", b"1_0", b"-01", b"1e999", b"e", b"E5", b"--1"]


def damaged(r, text):
    data = bytearray(text)
    for _ in range(r.randrange(1, 4)):
        at = r.randrange(len(data) + 1)
        kind = r.randrange(4)
        if kind == 0:
            data[at:at] = r.choice(HOSTILE)
        elif kind == 1:
            del data[at : at + r.randrange(1, 6)]
        elif kind == 2 and at < len(data):
            data[at] = r.randrange(256)
        else:
            del data[at:]
    return bytes(data)


def texts(count, seed):
    r = random.Random(seed)
    yield from HOSTILE
    yield from (b"[" + h + b"]" for h in HOSTILE)
    yield from (b'"' + h + b'"' for h in HOSTILE)
    yield from (b'{"a":' + h + b"}" for h in HOSTILE)
    yield from (b"", b" ", b"[]", b"{}", b"[1,]", b"[,1]", b'{"a":1,}', b"{,}", b"{1:2}", b"[1 2]", b'{"a" 1}', b"[}")
    yield from (b"[" * n + b"]" * n for n in (63, 64, 65, 200))
    yield from (b'{"a":' * n + b"1" + b"}" * n for n in (63, 64, 65, 200))
    yield b'{"a":1,"a":2,"\\u0061":3}'
    yield b"1" * 5000 + b"e-4990"
    yield b"0." + b"0" * 5000 + b"123e5000"
    for _ in range(count):
        text = random_text(r).encode("utf-8", "surrogatepass")
        yield text
        yield damaged(r, text)


def main():
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 200000 if os.environ.get("SF_TEST_LENGTH") == "full" else 20000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    if hasattr(sys, "set_int_max_str_digits"):
        sys.set_int_max_str_digits(0)
    inputs = list(texts(count, seed))
    feed = b"".join(b"%d\n%s\n" % (len(t), t) for t in inputs)
    answers = subprocess.run([program], input=feed, stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()
    if len(answers) != len(inputs):
        sys.exit(f"{len(answers)} answers to {len(inputs)} texts")
    wrong = refused = 0
    for text, ours in zip(inputs, answers):
        theirs = expected(text)
        refused += theirs == "!"
        # Where a text is too large in one place and broken in another, either may be seen first.
        same = ours == theirs or (ours[0] in "!~" and theirs in "!~")
        if not same:
            wrong += 1
            if wrong <= 10:
                print(f"{text[:300]!r}\n  ours   {ours[:300]}\n  theirs {theirs[:300]}")
    print(f"{len(inputs)} texts, {refused} of them refused, {wrong} differ")
    sys.exit(wrong > 0)


main()
