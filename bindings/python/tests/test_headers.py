# SPDX-License-Identifier: MIT
"""_native.py says what the headers say: prototypes by reading them, structs and numbers by a C program that includes them."""
import ctypes
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from libsignalflow import _native, analyser, cleaning

INCLUDE = pathlib.Path(os.environ["SF_INCLUDE"])
NUMBERS = {"int": ctypes.c_int, "int32_t": ctypes.c_int32, "int64_t": ctypes.c_int64, "uint32_t": ctypes.c_uint32,
           "uint64_t": ctypes.c_uint64, "size_t": ctypes.c_size_t, "double": ctypes.c_double}
HANDLES = ("sf_lexicon", "sf_analyser", "sf_batch", "sf_aggregator", "sf_aggregator_opts")


def declared():
    """name -> (result, arguments) as the headers spell them, without names and const."""
    out = {}
    for header in INCLUDE.glob("signalflow/*.h"):
        text = re.sub(r"/\*.*?\*/", " ", header.read_text(encoding="utf-8"), flags=re.S)
        text = re.sub(r"^\s*#.*$", "", text, flags=re.M)
        for result, name, arguments in re.findall(r"\bSF_API\b([^;{(]*?)(\w+)\s*\(([^)]*)\)\s*;", text):
            spelt = [spell(a) for a in arguments.split(",")]
            out[name] = (spell(result + " x"), [] if spelt == ["void"] else spelt)
    return out


def spell(declaration):
    """"const char *utf8" -> "char*"; an array is a pointer; the name is left out."""
    text = re.sub(r"\bconst\b", " ", declaration)
    text = re.sub(r"(\w+)\s*\[[^\]]*\]", r"*\1", text)
    words = text.replace("*", " * ").split()
    stars = words.count("*")
    words = [w for w in words if w != "*"]
    return words[0] + "*" * stars


def matches(c_type, spelt):
    """May a value of this ctypes type go where the header says this?"""
    if spelt == "void":
        return c_type is None
    if not spelt.endswith("*"):
        return c_type is NUMBERS.get(spelt) or getattr(c_type, "c_name", None) == spelt
    to = spelt[:-1]
    if c_type is ctypes.c_char_p:
        return to == "char"
    if c_type is ctypes.c_void_p:  # a handle, or a column's address
        return to in HANDLES or to in ("char", "double", "int64_t")
    return hasattr(c_type, "_type_") and (matches(c_type._type_, to) or
                                          (c_type._type_ is ctypes.c_void_p and to.rstrip("*") in HANDLES))


class Prototypes(unittest.TestCase):
    def test_are_the_headers(self):
        headers = declared()
        self.assertGreater(len(headers), 70, "nothing found: this test is blind")
        for name, (result, *arguments) in _native.PROTOTYPES.items():
            with self.subTest(name):
                c_result, c_arguments = headers[name]
                self.assertTrue(matches(result, c_result), (result, c_result))
                self.assertEqual(len(arguments), len(c_arguments))
                for ours, theirs in zip(arguments, c_arguments):
                    self.assertTrue(matches(ours, theirs), (ours, theirs))

    def test_notices_what_is_wrong(self):
        for c_type, spelt in ((ctypes.c_int32, "int64_t"), (ctypes.c_void_p, "sf_signal*"), (None, "int"),
                              (ctypes.POINTER(_native.Event), "sf_bucket*"), (_native.Str, "sf_str*")):
            self.assertFalse(matches(c_type, spelt), (c_type, spelt))


class Layouts(unittest.TestCase):
    def test_are_the_compilers(self):
        lines, wanted = [], []
        for struct in _native.STRUCTS:
            lines.append(f'printf("%zu\\n", sizeof({struct.c_name}));')
            wanted.append((struct.c_name, ctypes.sizeof(struct)))
            for name, *_ in struct._fields_:
                place = f"offsetof({struct.c_name}, {name})"
                size = f"sizeof((({struct.c_name} *)0)->{name})"
                lines.append(f'printf("%zu\\n", {place} * 1000 + {size});')
                field = getattr(struct, name)
                wanted.append((f"{struct.c_name}.{name}", field.offset * 1000 + field.size))
        for name, number in constants():
            lines.append(f'printf("%lld\\n", (long long)({name}));')
            wanted.append((name, number))
        found = run_c("\n".join(lines)).split()
        self.assertEqual([(name, int(f)) for (name, _), f in zip(wanted, found)], wanted)
        self.assertGreater(len(found), 150)


def constants():
    """(what C calls it, what we take it for)."""
    for name in ("OK", "ENOMEM", "EINVAL", "EPARSE", "ETOOBIG", "EBUSY", "ESKIP", "EVERSION", "NO_TIME", "MAX_TOPICS"):
        yield "SF_" + name, getattr(_native, name)
    for i, name in enumerate(_native.PLATFORMS[1:], 1):
        yield "SF_" + name.upper(), i
    yield "SF_PLATFORM_COUNT", len(_native.PLATFORMS)
    for i, name in enumerate(_native.KINDS):
        yield "SF_" + name.upper(), i
    for name in ("SENTIMENT", "ENTITIES", "KEYWORDS"):
        yield "SF_DO_" + name, getattr(_native, name)
    for bit, name in enumerate(analyser.RULES):
        yield "SF_RULE_" + name.upper().replace(" ", "_"), 1 << bit
    for name, bit in cleaning.STEPS.items():
        yield "SF_CLEAN_" + name.upper(), 1 << bit
    yield "SF_CLEAN_PLAIN", sum(1 << cleaning.STEPS[name] for name in cleaning.PLAIN)
    yield "SF_VERSION_NUMBER", _native.lib.sf_version()


def run_c(body):
    source = ("#include <signalflow/signalflow.h>\n#include <stdio.h>\n#include <stddef.h>\n"
              f"int main(void) {{\n{body}\nreturn 0;\n}}\n")
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "probe")
        command = [*os.environ.get("CC", "cc").split(), f"-I{INCLUDE}", "-xc", "-", "-o", program]
        subprocess.run(command, input=source, text=True, check=True)
        return subprocess.run([program], stdout=subprocess.PIPE, text=True, check=True).stdout


if __name__ == "__main__":
    unittest.main()
