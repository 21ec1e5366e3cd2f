# SPDX-License-Identifier: MIT
"""A store with the bundled sample as if it were of today, sf-serve over it, and what comes live."""
import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECRET = "a secret of tests that is long enough for it"
NAME, PASSWORD = "demo", "demo-pass-1"


def iso(ms):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1000)) + f".{ms % 1000:03d}Z"


class Running:
    """with Running(sf_ingest, sf_process, sf_aggregate, sf_serve) as r: r.base"""

    def __init__(self, ingest, process, aggregate, serve, *options, sample=True):
        self.programs = dict(ingest=ingest, process=process, aggregate=aggregate, serve=serve)
        self.options, self.sample, self.port = options, sample, 0
        self.folder = tempfile.TemporaryDirectory(prefix="dashboard-")
        self.db = pathlib.Path(self.folder.name) / "store.db"
        self.store = f"sqlite:{self.db}"
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("SF_")} | {"SF_JWT_SECRET": SECRET, "HOME": self.folder.name}

    def run(self, program, *arguments, stdin=""):
        return subprocess.run([self.programs[program], *arguments], input=stdin, text=True, env=self.env, check=True, capture_output=True).stdout

    def __enter__(self):
        if self.sample:
            lines = self.run("ingest", "--quiet", f"replay:{ROOT}/data/sample/posts.ndjson", f"replay:{ROOT}/data/sample/histories.ndjson", "--shift-to", "now")
            self.put_lines(lines)
            self.run("aggregate", "--quiet", "--store", self.store, "--once")
        else:
            self.put_lines("")
        self.run("serve", "user", "add", NAME, "--store", self.store, stdin=PASSWORD)
        self.start()
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()
        self.folder.cleanup()

    def start(self):
        """Starts the server, the second time where it was the first time."""
        command = [self.programs["serve"], "--store", self.store, "--listen", f"127.0.0.1:{self.port}", "--cache-ttl", "0s", *self.options]
        self.process = subprocess.Popen(command, env=self.env, text=True, stderr=subprocess.PIPE)
        for line in self.process.stderr:
            found = re.search(r"listening on port (\d+)", line)
            if found:
                self.port = int(found[1])
                break
        else:
            raise SystemExit("sf-serve did not start")
        self.base = f"http://127.0.0.1:{self.port}/"

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.stderr.read()
        self.process.wait(20)

    def put_lines(self, lines):
        self.run("process", "--quiet", "--store", self.store, stdin=lines)

    def put(self, *signals):
        """Signals, each a dict; what is not said is made up."""
        now = int(time.time() * 1000)
        self.put_lines("".join(json.dumps({"platform": "reddit", "kind": "post", "body": "", "ts": iso(now - 60000), "observed_at": iso(now), **s}) + "\n" for s in signals))

    def sql(self, statement, *values):
        with sqlite3.connect(f"file:{self.db}?mode=ro", uri=True) as db:
            return db.execute(statement, values).fetchall()
