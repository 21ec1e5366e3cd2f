# SPDX-License-Identifier: MIT
"""The wheel works in an environment that has nothing else, whatever Python packages, LIBSIGNALFLOW or folder there are; the source
distribution works with a library of the system's."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import venv
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
LIBRARY = os.environ["LIBSIGNALFLOW"]
BARE = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "LIBSIGNALFLOW", "LD_LIBRARY_PATH")}
SMOKE = """
import libsignalflow as sf, libsignalflow._native as n
from libsignalflow.vader import SentimentIntensityAnalyzer
assert SentimentIntensityAnalyzer().polarity_scores("What a great release!")["compound"] == 0.6588
assert sf.Analyser().topics("NASA lands on Europa") == ["nasa", "europa"]
assert sf.normalise("hackernews", '{"id":1,"type":"story","title":"x","by":"a","score":1,"time":1}').signals
print(n.lib._name)
"""


def run(*command, **options):
    return subprocess.run([str(c) for c in command], check=True, stdout=subprocess.PIPE, text=True, **options).stdout


class Wheels(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.out = pathlib.Path(cls.folder.name)
        run(ROOT / "scripts/python-wheel", cls.out, LIBRARY, env={**BARE, "PYTHON": sys.executable})
        cls.wheel, = cls.out.glob("*.whl")
        cls.sdist, = cls.out.glob("*.tar.gz")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def environment(self, name):
        venv.create(self.out / name, with_pip=True)
        return self.out / name / "bin" / "python"

    def test_wheel(self):
        self.assertRegex(self.wheel.name, r"^libsignalflow-0\.1\.0-py3-none-manylinux_2_\d+_(x86_64|aarch64)")
        names = zipfile.ZipFile(self.wheel).namelist()
        for wanted in (r"_lib/libsignalflow\.so\.0$", r"libs/libutf8proc", r"py\.typed$", r"licenses/LICENSE$", r"licenses/LICENSES/",
                       r"spacy\.py$", r"licenses/libutf8proc" if list(pathlib.Path("/usr/share/doc").glob("libutf8proc*")) else ""):
            self.assertTrue(any(re.search(wanted, name) for name in names), (wanted, names))
        python = self.environment("clean")
        run(python, "-m", "pip", "install", "--quiet", "--no-index", self.wheel, env=BARE)
        found = run(python, "-I", "-c", SMOKE, env=BARE, cwd="/")
        self.assertIn("site-packages/libsignalflow/_lib/", found)
        run(python, "-I", "-m", "libsignalflow", "sentiment", "good", env=BARE, cwd="/")
        needs = run("ldd", found.strip())
        self.assertNotIn("not found", needs)
        self.assertIn("libsignalflow.libs/libutf8proc", needs)

    def test_sdist(self):
        pure = self.out / "pure"
        run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", pure, self.sdist, env=BARE)
        wheel, = pure.glob("*.whl")
        self.assertTrue(wheel.name.endswith("-py3-none-any.whl"), wheel.name)
        python = self.environment("system")
        run(python, "-m", "pip", "install", "--quiet", "--no-index", wheel, env=BARE)
        library = self.out / "lib"
        library.mkdir()
        (library / "libsignalflow.so.0").symlink_to(LIBRARY)
        self.assertEqual(run(python, "-I", "-c", SMOKE, env={**BARE, "LD_LIBRARY_PATH": str(library)}, cwd="/").strip(), "libsignalflow.so.0")


if __name__ == "__main__":
    unittest.main()
