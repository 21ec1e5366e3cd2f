# SPDX-License-Identifier: MIT
"""What the benchmarks share: the one release build they measure, and Pythons that hold a peer's packages."""
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build-bench"
BUILD = FOLDER / "meson"
SHARED = pathlib.Path(os.environ.get("SF_SHARED", ROOT.parent / "shared"))


def run(*command, **options):
    subprocess.run([str(part) for part in command], check=True, stdout=sys.stderr, **options)


def build():
    """Builds library, programs and benchmark programs as scripts/build does; their folder."""
    if not (BUILD / "build.ninja").exists():
        run("meson", "setup", BUILD, ROOT, "--buildtype=release", "-Db_lto=true", "-Dbench=true", "-Dtests=false")
    run("ninja", "-C", BUILD)
    return BUILD


def program(name):
    return build() / "tools" / name / name


def python_with(*packages):
    """A Python that has these packages, in an environment of its own."""
    venv = FOLDER / ("venv-" + "-".join(p.split("=")[0] for p in packages))
    python = venv / "bin" / "python"
    if not (venv / "complete").exists():
        run(sys.executable, "-m", "venv", venv)
        run(python, "-m", "pip", "install", "--quiet", *packages)
        (venv / "complete").touch()
    return python
