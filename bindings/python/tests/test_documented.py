# SPDX-License-Identifier: MIT
"""What docs/python.md, the package's README and its docstrings show is what happens. $SF_DOCS: the folder of the page; $SF_TOOLS and
$SF_SAMPLE as for test_store."""
import contextlib
import doctest
import importlib
import io
import os
import pathlib
import re
import shlex
import subprocess
import tempfile
import unittest

import libsignalflow.spacy  # noqa: F401  (what an installed package does by its entry point)

PAGE = pathlib.Path(os.environ["SF_DOCS"]) / "python.md"
README = pathlib.Path(__file__).parent.parent / "README.md"
TREE = PAGE.parent.parent / "README.md"
MODULES = ("libsignalflow", *(f"libsignalflow.{n}" for n in ("analyser", "cleaning", "lexicon", "signals", "trends", "vader")))


class Documented(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder, cls.home = tempfile.TemporaryDirectory(), os.getcwd()
        os.chdir(cls.folder.name)
        tools, sample = os.environ["SF_TOOLS"], os.environ["SF_SAMPLE"]
        os.environ["SF_SERVE"] = f"{tools}/sf-serve/sf-serve"
        script = (f"set -e -o pipefail; {tools}/sf-ingest/sf-ingest --quiet replay:{sample}/posts.ndjson replay:{sample}/histories.ndjson |"
                  f" {tools}/sf-process/sf-process --quiet --store sqlite:sample.db; {tools}/sf-aggregate/sf-aggregate --quiet --store sqlite:sample.db --once")
        subprocess.run(["bash", "-c", script], check=True)

    @classmethod
    def tearDownClass(cls):
        os.chdir(cls.home)
        cls.folder.cleanup()

    def test_pages(self):
        for page, least in ((PAGE, 40), (README, 3)):
            failed, tried = doctest.testfile(str(page), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE, encoding="utf-8")
            self.assertEqual(failed, 0)
            self.assertGreater(tried, least)

    def test_the_trees_readme(self):
        block, = re.findall(r"^```python\n(.*?)^```$", TREE.read_text(encoding="utf-8"), flags=re.M | re.S)
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(block, "README.md", "exec"), {})
        self.assertEqual(len(out.getvalue().splitlines()), block.count("print("))

    def test_docstrings(self):
        tried = 0
        for name in MODULES:
            failed, n = doctest.testmod(importlib.import_module(name))
            self.assertEqual(failed, 0, name)
            tried += n
        self.assertGreater(tried, 5)

    def test_shell(self):
        block, = re.findall(r"^```console\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), flags=re.M | re.S)
        lines = block.splitlines()
        for command, want in zip(lines[::2], lines[1::2]):
            self.assertTrue(command.startswith("$ "))
            python = shlex.quote(os.sys.executable)
            done = subprocess.run(["bash", "-c", command[2:].replace("python3", python)], stdout=subprocess.PIPE, text=True, check=True)
            self.assertEqual(done.stdout, want + "\n")

    def test_everything_public_says_what_it_is(self):
        for name in libsignalflow.__all__:
            thing = getattr(libsignalflow, name)
            self.assertTrue(thing.__doc__ and not thing.__doc__.startswith(name + "("), name)
            for member, value in vars(thing).items() if isinstance(thing, type) else ():
                if not member.startswith("_") and callable(value):
                    self.assertTrue(value.__doc__, f"{name}.{member}")


if __name__ == "__main__":
    unittest.main()
