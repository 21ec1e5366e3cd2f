# SPDX-License-Identifier: MIT
"""Puts the C library that $LIBSIGNALFLOW_BUNDLE names, and the licences in the folder $LIBSIGNALFLOW_LICENSES, into the wheel.
Without the former the wheel is pure Python and works with the system's library. The rest is in pyproject.toml."""
import os
import pathlib
import shutil

from setuptools import Distribution, setup
from setuptools.command.build_py import build_py

try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:  # setuptools before 70.1
    from wheel.bdist_wheel import bdist_wheel

LIBRARY, LICENSES = os.environ.get("LIBSIGNALFLOW_BUNDLE"), os.environ.get("LIBSIGNALFLOW_LICENSES")


class BuildPy(build_py):
    def run(self):
        super().run()
        if LIBRARY:
            folder = pathlib.Path(self.build_lib) / "libsignalflow" / "_lib"
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(LIBRARY, folder / "libsignalflow.so.0")
            if LICENSES:
                shutil.copytree(LICENSES, folder / "licenses", dirs_exist_ok=True)


class Wheel(bdist_wheel):
    def get_tag(self):
        """One wheel for every Python: the library does not know of it."""
        python, abi, platform = super().get_tag()
        return ("py3", "none", platform) if LIBRARY else (python, abi, platform)


class WithLibrary(Distribution):
    def has_ext_modules(self):
        return bool(LIBRARY)


setup(distclass=WithLibrary, cmdclass={"build_py": BuildPy, "bdist_wheel": Wheel})
