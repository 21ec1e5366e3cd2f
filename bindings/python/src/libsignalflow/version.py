# SPDX-License-Identifier: MIT
"""The package's version, where packaging tools can read it without loading the library."""
VERSION = "0.1.0"
