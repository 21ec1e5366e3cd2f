# SPDX-License-Identifier: MIT
"""A cluster of three Kafka brokers for tests (deploy/kafka/cluster), and looking into its topics (kcat)."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "deploy/kafka/cluster"
HEADERS = "%t\t%p\t%o\t%k\t%h\t%s\n"


def skip(reason):
    """Without a cluster there is nothing to test; where everything is to be there, that is a failure."""
    print(f"{reason}: skipped")
    sys.exit(1 if os.environ.get("SF_REQUIRE_SHARED") == "1" else 77)


class Cluster:
    """`with Cluster() as c:` starts it and, at the end, takes it away."""

    def __init__(self, secure=False):
        self.secure = secure  # with TLS and passwords as well
        for program, package in ("java", "openjdk-17-jre-headless"), ("kcat", "kcat"):
            if not shutil.which(program):
                skip(f"{program} is missing (Debian: {package})")
        os.environ.setdefault("SF_KAFKA_JARS", str(ROOT / "build-test/kafka-jars"))
        if subprocess.run([SCRIPT, "jars"], stdout=sys.stderr).returncode != 0:
            skip("Kafka's jars cannot be had")
        self.folder = tempfile.mkdtemp(prefix="sf-kafka-")
        self.brokers = None

    def run(self, *command):
        return subprocess.run([SCRIPT, command[0], self.folder, *command[1:]], check=True, stdout=subprocess.PIPE, text=True,
                              env={**os.environ, "SF_KAFKA_SECURE": str(int(self.secure))}).stdout.strip()

    def __enter__(self):
        try:
            self.brokers = self.run("start").split("\n")[-1]
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.run("down")

    def kill(self, node):
        self.run("kill", str(node))

    def node(self, node):
        self.run("node", str(node))

    def url(self, topics="", **query):
        text = "&".join(f"{k}={v}" for k, v in query.items())
        return f"kafka://{self.brokers}/{topics}" + ("?" + text if text else "")

    def produce(self, topic, lines, partition=None):
        """Sends (key, value) pairs as they are, each once, whatever the brokers go through."""
        command = ["kcat", "-P", "-b", self.brokers, "-t", topic, "-K", "\t", "-X", "partitioner=murmur2_random",
                   "-X", "acks=all", "-X", "enable.idempotence=true"]
        if partition is not None:
            command += ["-p", str(partition)]
        text = "".join(f"{k}\t{v}\n" for k, v in lines)
        subprocess.run(command, input=text.encode("utf-8", "surrogateescape"), check=True,
                       stderr=subprocess.DEVNULL)

    def consume(self, topic):
        """All there is: dicts with partition, offset, key, headers, value."""
        out = subprocess.run(["kcat", "-C", "-q", "-e", "-b", self.brokers, "-t", topic, "-o", "beginning", "-f",
                              HEADERS], check=True, stdout=subprocess.PIPE).stdout
        found = []
        for line in out.decode("utf-8", "surrogateescape").split("\n"):
            if line:
                _, partition, offset, key, headers, value = line.split("\t", 5)
                pairs = (h.split("=", 1) for h in headers.split(",") if "=" in h)
                found.append({"partition": int(partition), "offset": int(offset), "key": key, "value": value,
                              "headers": dict(pairs)})
        return found

    def ends(self, topic, partitions):
        """The offset after the last record of each partition."""
        out = subprocess.run(["kcat", "-Q", "-b", self.brokers, *(f"-t{topic}:{p}:-1" for p in range(partitions))],
                             check=True, stdout=subprocess.PIPE, text=True).stdout
        found = {}
        for line in out.splitlines():  # "topic [0] offset 12"
            words = line.split()
            found[int(words[1].strip("[]"))] = int(words[-1])
        return [found[p] for p in range(partitions)]


def signal(i, platform="reddit", **more):
    """A small signal as a line."""
    s = {"v": 1, "platform": platform, "source_id": f"t3_{i}", "kind": "post", "channel": "technology",
         "title": f"A great day for number {i}", "body": "", "author": "a", "url": None, "raw_score": i % 1000,
         "comments": 1, "ts": "2026-01-02T03:04:05.000Z", "observed_at": "2026-01-02T03:09:05.000Z", "lang": "en",
         "labels": [], "parent_id": None}
    s.update(more)
    return json.dumps(s, ensure_ascii=False, separators=(",", ":"))
