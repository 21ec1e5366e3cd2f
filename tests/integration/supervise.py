#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""scripts/lib/supervise: what has ended by a fault comes again, what has done its work does not; all stop in order, also when the
supervisor is killed, and nothing is left."""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/lib/supervise"
STAYS = 'trap "echo stopped $NAME >> order; exit 0" TERM; echo up >> $NAME.up; while :; do sleep 0.05; done'


def until(what, seconds=20):
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            sys.exit("waited in vain")
        time.sleep(0.02)


def line(name, script):
    return f"{name} env NAME={name} bash -c '{script}'\n"


def supervise(folder, programs):
    p = subprocess.Popen([sys.executable, SCRIPT, "logs"], cwd=folder, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                         start_new_session=True)
    p.stdin.write(programs)
    p.stdin.close()
    return p


def ups(folder, name):
    path = folder / f"{name}.up"
    return path.read_text().count("up") if path.exists() else 0


def running(folder):
    """Processes whose folder it is."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.readlink(entry / "cwd") == str(folder):
                found.append(entry.name)
        except OSError:
            pass
    return found


def keeps_them_running(folder):
    p = supervise(folder, line("first", STAYS) + line("falls", "echo up >> $NAME.up; echo because; exit 3")
                  + "# a comment\n" + line("done", "echo up >> $NAME.up") + line("last", STAYS))
    until(lambda: ups(folder, "falls") >= 2 and ups(folder, "last") == 1)
    os.killpg(p.pid, signal.SIGINT)  # as Ctrl-C does
    assert p.wait(20) == 0, p.returncode
    said = p.stderr.read()
    assert "falls ended with 3 and is started again in 1 s; logs/falls.log says why" in said, said
    assert "done has done its work" in said and ups(folder, "done") == 1, said
    assert (folder / "order").read_text() == "stopped last\nstopped first\n"
    assert "because\nbecause\n" in (folder / "logs/falls.log").read_text()


def stops_at_wrong_use(folder):
    p = supervise(folder, line("stays", STAYS) + line("wrong", "until [ -s stays.up ]; do sleep 0.05; done; exit 2"))
    assert p.wait(20) == 1
    assert "wrong was given something wrong" in p.stderr.read()
    assert (folder / "order").read_text() == "stopped stays\n"
    p = supervise(folder, "missing /no/such/program\n")
    assert p.wait(20) == 1 and "/no/such/program" in p.stderr.read()


def leaves_nothing_when_killed(folder):
    p = supervise(folder, line("stays", STAYS))
    until(lambda: ups(folder, "stays") == 1)
    p.kill()
    p.wait()
    until(lambda: not running(folder))


def main():
    for case in keeps_them_running, stops_at_wrong_use, leaves_nothing_when_killed:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name).resolve()
            case(folder)
            assert not running(folder), running(folder)


main()
