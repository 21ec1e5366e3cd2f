# SPDX-License-Identifier: MIT
"""The dashboard's PromQL on a real Prometheus, which scrapes three real sf-process as deploy/prometheus/prometheus.yml has it, once a second."""
import contextlib
import json
import math
import pathlib
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
RATE = re.compile(r"rate\((\w+(?:\{[^}]*\})?)\[\$__rate_interval\]\)")
BAD = "{\"v\":1,\"platform\":\"reddit\"}\n"


def get(url):
    return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=10).read().decode()


def until(what, seconds=60):
    end = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError):
            found = what()
            if found:
                return found
        if time.monotonic() > end:
            raise AssertionError("waited in vain")
        time.sleep(0.1)


def free_net():
    """The first three numbers of loopback addresses whose port 8000 nobody else has."""
    while True:
        net = f"127.{random.randrange(2, 250)}.{random.randrange(1, 250)}"
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            for i in 1, 2, 3, 11, 12, 13, 14:
                stack.enter_context(socket.socket()).bind((f"{net}.{i}", 8000))
            return net


class Prometheus:
    """A server with the tree's configuration, addresses moved to a net and a scrape a second."""

    def __init__(self, net):
        self.folder = tempfile.TemporaryDirectory(prefix="sf-prometheus-")
        folder = pathlib.Path(self.folder.name)
        config = (ROOT / "deploy/prometheus/prometheus.yml").read_text("utf-8")
        (folder / "prometheus.yml").write_text(config.replace("127.0.1.", f"{net}.").replace("interval: 15s", "interval: 1s"), "utf-8")
        shutil.copy(ROOT / "deploy/prometheus/alerts.yml", folder)
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{s.getsockname()[1]}"
        self.process = subprocess.Popen(["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
                                         f"--web.listen-address={self.url[7:]}", "--log.level=error"])

    def __enter__(self):
        until(lambda: get(f"{self.url}/-/ready"))
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()

    def ask(self, path, **query):
        answer = json.loads(get(f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(query)}"))
        assert answer["status"] == "success" and not answer.get("warnings"), answer
        return answer["data"]["result"]

    def now(self, expr):
        """{labels: value}"""
        return {tuple(sorted(r["metric"].items())): float(r["value"][1]) for r in self.ask("query", query=expr)}

    def over(self, expr, since, until_time):
        return {tuple(sorted(r["metric"].items())): [float(v) for _, v in r["values"]]
                for r in self.ask("query_range", query=expr, start=since, end=until_time, step=1)}


def quantile(texts, name, q):
    """histogram_quantile() of the sum of what several programs tell."""
    buckets = {}
    for text in texts:
        for le, n in re.findall(rf'^{name}_bucket{{le="([^"]+)"}} (\S+)', text, flags=re.M):
            buckets[math.inf if le == "+Inf" else float(le)] = buckets.get(math.inf if le == "+Inf" else float(le), 0) + float(n)
    bounds = sorted(buckets)
    rank, low, below = q * buckets[math.inf], 0.0, 0.0
    for le in bounds:
        if buckets[le] >= rank:
            return bounds[-2] if le == math.inf else low + (le - low) * (rank - below) / (buckets[le] - below)
        low, below = le, buckets[le]
    return None


def feed(programs, lines, bad):
    for i, p in enumerate(programs):
        p.stdin.write("".join(lines[i::len(programs)]) + BAD * bad)
        p.stdin.flush()


def run(board, ingest, process):
    """Returns how many expressions were tried."""
    if not shutil.which("prometheus"):
        print("prometheus is missing (Debian: prometheus): skipped")
        sys.exit(77)
    sample = ROOT / "data/sample"
    lines = subprocess.run([ingest, "--quiet", f"replay:{sample}/posts.ndjson", f"replay:{sample}/histories.ndjson"], check=True, text=True,
                           stdout=subprocess.PIPE).stdout.splitlines(keepends=True)[:9000]
    net, started = free_net(), time.time()
    with tempfile.TemporaryDirectory() as folder, Prometheus(net) as server, contextlib.ExitStack() as stack:
        programs = [stack.enter_context(subprocess.Popen(
            [process, "--quiet", "--batch-size", "500", "--store", f"sqlite:{folder}/{i}.db", "--dlq", f"{folder}/{i}.dlq", "--metrics",
             f"{net}.{i}:8000"], stdin=subprocess.PIPE, text=True)) for i in (1, 2, 3)]
        until(lambda: sum(server.now('up{job="sf-process"}').values()) == 3)
        for part in range(3):  # some seconds, so that there are rates
            feed(programs, lines[part * 3000:(part + 1) * 3000], 4)
            time.sleep(1.5)
        written, dead = "sum(signalflow_records_written_total)", "sum(signalflow_dead_letters_total)"
        # A pipe's last records wait for a batch to be full or for more: what has been told by then is what is compared.
        until(lambda: server.now(written).get((), 0) >= 8000 and server.now(dead).get((), 0) > 0)
        time.sleep(3)
        n = compare(board, server, [get(f"http://{net}.{i}:8000/metrics") for i in (1, 2, 3)], started)
        for p in programs:
            p.stdin.close()
            p.wait()
    return n


def total(texts, name):
    return sum(float(v) for text in texts for v in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)", text, flags=re.M))


def compare(board, server, texts, started):
    """Each expression as it stands gives rates; with the counters themselves in place of their rates it gives exactly what the programs tell."""
    written, dead = total(texts, "signalflow_records_written_total"), total(texts, "signalflow_dead_letters_total")
    exact = {
        ("Pipeline throughput", "A"): {(("job", "sf-process"),): written},
        ("Pipeline throughput", "B"): {(): quantile(texts, "signalflow_flush_seconds", 0.99)},
        ("Dead letters", "A"): {(): 60 * dead},
        ("Dead letters", "B"): {(("topic", "stdin"),): 60 * dead},
    }
    n = 0
    for p in board["panels"]:
        for t in (t for t in p["targets"] if "expr" in t):
            wanted = exact[p["title"], t["refId"]]
            rates = server.over(t["expr"].replace("$__rate_interval", "10s"), started, time.time())
            assert rates.keys() == wanted.keys(), (p["title"], rates.keys(), wanted)
            assert all(max(v for v in values if v == v) > 0 for values in rates.values()), (p["title"], rates)
            got = server.now(RATE.sub(r"\1", t["expr"]))
            assert got.keys() == wanted.keys(), (got, wanted)
            assert all(math.isclose(got[k], wanted[k], rel_tol=1e-9) for k in wanted), (p["title"], got, wanted)
            print(f"{p['title']} {t['refId']}: {sum(len(v) for v in rates.values())} samples; {got}")
            n += 1
    return n
