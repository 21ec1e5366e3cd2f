#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the examples of docs/query.md: each block of a command and what it prints, over the store that the first block makes.

    query_examples.py [--write] FOLDER...      FOLDERs hold the programs; --write puts into the page what they print now"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "query.md"
BLOCK = re.compile(r"^```console\n(.*?)^```\n", re.M | re.S)


def run(block, folder, env):
    """The block again, with what its commands print now."""
    out = []
    commands = re.findall(r"^\$ (.*(?:(?<=\\)\n.*)*)$", block, re.M)
    for command in commands:
        done = subprocess.run(["bash", "-c", command], cwd=folder, env=env, capture_output=True, text=True, timeout=120)
        shown = re.sub(r'(--cursor |"next":")\w+', r"\1…", done.stdout + done.stderr)  # ids follow the batches
        out.append(f"$ {command}\n{shown}")
        if done.returncode:
            sys.exit(f"{command}\nexit code {done.returncode}\n{done.stderr}")
    return "".join(out)


def main():
    write = sys.argv[1] == "--write"
    folders = [str(pathlib.Path(f).resolve()) for f in sys.argv[1 + write:]]
    page = PAGE.read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(ROOT / "data", pathlib.Path(folder) / "data")
        env = {k: v for k, v in os.environ.items() if not k.startswith("SF_")}
        env.update(PATH=os.pathsep.join([*folders, env["PATH"]]), TZ="UTC", COLUMNS="110", SF_LOG_FORMAT="text", HOME=folder)
        wrong = 0
        blocks = BLOCK.findall(page)
        for block in blocks:
            now = run(block, folder, env)
            if now != block:
                wrong += 1
                print(f"--- the page says\n{block}--- it prints\n{now}")
                page = page.replace(block, now)
        if write:
            PAGE.write_text(page, "utf-8")
        elif wrong or len(blocks) < 8:
            sys.exit(f"{wrong} of {len(blocks)} examples differ; look, then tests/integration/query_examples.py --write")
    print(len(blocks), "examples")


main()
