# SPDX-License-Identifier: MIT
"""Stores to test with: files of SQLite, or databases of a PostgreSQL server that is started for the test and gone after it. The
same tests run on both; SF_TEST_STORE=postgresql says which. Without PostgreSQL such a test is skipped.

    with stores.place() as place:
        url = place.new("first")
"""
import contextlib
import glob
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

import tables

SETTINGS = """
listen_addresses = ''
unix_socket_directories = '%s'
fsync = off
max_connections = 50
shared_buffers = 64MB
"""


class Sqlite:
    def __init__(self, folder):
        self.folder = folder

    def new(self, name):
        return f"sqlite:{self.folder}/{name}.db"


    @staticmethod
    def exists(url):
        return os.path.exists(url.partition(":")[2])

    @staticmethod
    def hold(url, seconds):
        """Nobody can write for a while. False where that could not be had."""
        db = sqlite3.connect(url.partition(":")[2], timeout=30)
        try:
            db.execute("BEGIN EXCLUSIVE")
            time.sleep(seconds)
            db.rollback()
            return True
        except sqlite3.OperationalError:
            return False
        finally:
            db.close()


class Server:
    """A PostgreSQL server in a folder of its own, reached through a socket there."""

    def __init__(self, folder, programs):
        self.folder, self.programs, self.data = folder, programs, folder / "data"
        # The server refuses to run as root.
        self.user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        if self.user:
            os.chmod(folder, 0o755)
            shutil.chown(folder, "postgres", "postgres")

    def run(self, program, *arguments):
        done = subprocess.run([self.programs / program, *map(str, arguments)], cwd="/", text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **self.user)
        if done.returncode != 0:
            sys.exit(f"{program} {arguments}: {done.stdout}")
        return done.stdout

    def make(self):
        self.run("initdb", "--no-sync", "-k", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as conf:
            conf.write(SETTINGS % self.folder)
        self.start()
        self.sql("postgres", "CREATE ROLE tester LOGIN")

    def start(self):
        # Not through a pipe: the server would keep it open.
        subprocess.run([self.programs / "pg_ctl", "-D", self.data, "-l", self.folder / "log", "-w", "start"], cwd="/", check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, **self.user)

    def stop(self, mode="immediate"):
        self.run("pg_ctl", "-D", self.data, "-m", mode, "-w", "stop")

    def sql(self, database, statement, user="postgres"):
        return self.run("psql", "-h", self.folder, "-U", user, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement,
                        database)

    def give(self, path):
        """A copy of a file that the server's user can read."""
        return shutil.copy(path, self.folder)

    def exists(self, url):
        return "t" in self.sql(url.split("/")[3].partition("?")[0], "SELECT to_regclass('signals') IS NOT NULL")

    def hold(self, _, seconds):
        """The server crashes and is away for a while."""
        self.stop("immediate")
        time.sleep(seconds)
        self.start()
        return True

    @staticmethod
    def database(name):
        return "db_" + "".join(c if c.isalnum() else "_" for c in name)

    def url(self, name):
        return f"postgresql:///{self.database(name)}?host={self.folder}&user=tester"

    def new(self, name):
        self.sql("postgres", f"DROP DATABASE IF EXISTS {self.database(name)}")
        self.sql("postgres", f"CREATE DATABASE {self.database(name)} OWNER tester")
        return self.url(name)


def programs():
    """Where the server's programs are, the newest; None: nowhere."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda p: int(p.split("/")[4]))
    return pathlib.Path(found[-1]).parent if found else None


def skip(why):
    """Where everything is to be there, that is a failure."""
    print(f"{why}: skipped")
    sys.exit(1 if os.environ.get("SF_REQUIRE_SHARED") == "1" else 77)


def wants_postgres():
    return os.environ.get("SF_TEST_STORE") == "postgresql"


@contextlib.contextmanager
def place():
    with tempfile.TemporaryDirectory(prefix="sf-store-") as folder:
        if not wants_postgres():
            yield Sqlite(folder)
            return
        if programs() is None:
            skip("no PostgreSQL server")
        if tables.psycopg2() is None:
            skip("no psycopg2")
        server = Server(pathlib.Path(folder), programs())
        server.make()
        try:
            yield server
        finally:
            server.stop()
