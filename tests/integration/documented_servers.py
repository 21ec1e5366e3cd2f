#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What docs/postgres.md, docs/store.md and docs/kafka.md show works as it stands there, on servers of its own: each indented run of commands, hosts
and folders of examples replaced by real ones.

    documented_servers.py postgres|drill|kafka PROGRAM_FOLDER..."""
import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMAND = r"(?:createdb|cat|deploy/\S+|sf-\S+|brokers=)"


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def runs(page):
    """The runs of indented lines of a page that begin with a command."""
    text = re.sub(r"^```.*?^```$", "", (ROOT / "docs" / page).read_text("utf-8"), flags=re.M | re.S)
    return re.findall(rf"(?:^    {COMMAND}.*\n)+", text, flags=re.M)


class Shell:
    def __init__(self, folder, programs, **more):
        self.folder = folder
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("SF_", "PG"))}
        self.env |= {"PATH": os.pathsep.join([*programs, self.env["PATH"]]), "HOME": str(folder), **more}
        for name in ("sql", "deploy", "data"):
            (folder / name).symlink_to(ROOT / name)

    def run(self, script):
        """What it says; it must succeed."""
        done = subprocess.run(["bash", "-c", f"set -eo pipefail\n{script}"], cwd=self.folder, env=self.env, text=True, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=300, check=False)
        if done.returncode != 0:
            sys.exit(f"{script}\nexit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout


def ended(line):
    """A command that goes on for ever is told to stop; of one with Kafka, which is not there, settings are looked at."""
    if "kafka://" in line:
        return f"{line} --check-config"
    return f"timeout --preserve-status 3 {line.strip()}" if "--every" in line else line


@contextlib.contextmanager
def cluster(programs):
    """A shell, what docs/postgres.md shows, and the lines of its drill; the first has been run, and the last is run at the end."""
    if not shutil.which("psql") or not pathlib.Path("/usr/lib/postgresql").exists():
        skip("PostgreSQL is not installed")
    with tempfile.TemporaryDirectory(prefix="sf-shown-", dir="/tmp") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        shell, data, shown = Shell(folder, programs), folder / "cluster", runs("postgres.md")
        begin, by_hand, drill, backup = shown
        drill = [line.split("#")[0].strip() + f" {data}" for line in drill.splitlines()]
        assert "createdb" in begin and "cat sql" in by_hand and "failover" in drill[2] and "deploy/store backup" in backup, shown
        try:
            shell.run(drill[0])
            yield shell, data, shown, drill
        finally:
            shell.run(drill[4])
        assert not data.exists()


def postgres(programs):
    with cluster(programs) as (shell, data, (begin, by_hand, _, backup), _):
        here, there = (f"127.0.0.1:{(data / f'{node}.port').read_text().strip()}" for node in "ab")
        shell.env |= dict(zip(("PGHOST", "PGPORT"), here.split(":"))) | {"PGUSER": "postgres"}
        shell.run("dropdb signals")
        lines = begin.replace("db.example", here).replace("replica.example", there).splitlines()
        shell.run("\n".join(map(ended, lines[:-1])))
        shell.run(f"sf-ingest replay:{ROOT}/data/sample/posts.ndjson --quiet --shift-to now | sf-process --quiet --store postgresql://{here}/signals\nsleep 1")
        assert "norvik" in shell.run(lines[-1]).lower(), "nothing trends"
        shell.run(backup.replace("db.example", here))
        count = "psql -X -A -t -d {} -c 'SELECT count(*) FROM signals'"
        assert shell.run(count.format("signals_again")) == shell.run(count.format("signals")) != "0\n"
        shell.run(f"dropdb signals && createdb signals\n{by_hand}")
        assert shell.run(count.format("signals")) == "0\n"
        if shutil.which("sqlite3"):  # docs/store.md: the same by hand with SQLite
            for run in (r for r in runs("store.md") if "sqlite3" in r):
                shell.run(run + "sqlite3 signals.db 'SELECT count(*) FROM signals'")
    print(f"{len((begin + by_hand + backup).splitlines())} commands run")


def drill(programs):
    with cluster(programs) as (shell, data, _, lines):
        assert float(shell.run(lines[1]) or 0) >= 0
        shell.run("\n".join(lines[2:4]))
        assert shell.run(f"deploy/postgres/cluster status {data}").startswith("a: replica")
    print(f"{len(lines)} commands run")


def kafka(programs):
    if not shutil.which("java"):
        skip("Java is not installed")
    jars = os.environ.get("SF_KAFKA_JARS", str(ROOT / "build-test/kafka-jars"))
    with tempfile.TemporaryDirectory(prefix="sf-shown-", dir="/tmp") as name:
        shell = Shell(pathlib.Path(name), programs, SF_KAFKA_JARS=jars)
        if subprocess.run([ROOT / "deploy/kafka/cluster", "jars"], env=shell.env, stdout=sys.stderr, check=False).returncode != 0:
            skip("Kafka's jars cannot be had")
        (block,) = [r for r in runs("kafka.md") if "cluster start" in r]
        try:
            shell.run(block.replace("cluster start", f"cluster start {name}/kafka"))
        finally:
            shell.run(f"deploy/kafka/cluster down {name}/kafka")
    print(f"{len(block.splitlines())} commands run")


def main():
    {"postgres": postgres, "drill": drill, "kafka": kafka}[sys.argv[1]]([str(pathlib.Path(p).resolve()) for p in sys.argv[2:]])


main()
