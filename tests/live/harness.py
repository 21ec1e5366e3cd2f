# SPDX-License-Identifier: MIT
"""A simulator and the program under test on one clock, and a look at what came of it."""
import calendar
import collections
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HOUR = 3_600_000
MINUTE = 60_000


def fail(text):
    print(text)
    sys.exit(1)


def check(good, text):
    if not good:
        fail(text)


def near(what, got, low, high):
    check(low <= got <= high, f"{what}: {got}, wanted {low} to {high}")


class Live:
    """One simulator with a folder of its own; programs run against it, one after the other or several at once."""

    def __init__(self, program, folder, *options, platform="hackernews", source=None, **settings):
        self.program = program
        self.patience = 240  # seconds of real time that a run may take
        self.source = source or platform + ":"
        self.settings = settings  # further ones, for the program's environment
        self.folder = pathlib.Path(folder)
        self.log_path = self.folder / "served.ndjson"
        self.out = self.folder / "out.ndjson"
        command = [sys.executable, ROOT / "tests/fake/platforms", "--clock", self.folder / "clock", "--log", self.log_path,
                   "--ready", self.folder / "port", *options]
        self.simulator = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL)
        self.wait_for(lambda: (self.folder / "port").exists() or self.simulator.poll() is not None, "the simulator does not start", 900)
        self.port = int((self.folder / "port").read_text())
        self.start = self.control("clock")["now"]
        self.truth = {s["id"]: s for s in self.control("truth/" + platform)}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.simulator.kill()
        self.simulator.wait()

    @staticmethod
    def wait_for(done, what, seconds=90):
        end = time.monotonic() + seconds
        while not done():
            if time.monotonic() > end:
                fail(f"{what} (after {seconds} s)")
            time.sleep(0.01)

    def control(self, path, told=None):
        data = json.dumps(told).encode() if told is not None else None
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/control/{path}", data)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=30) as answer:
            return json.load(answer)

    def now(self):
        return struct.unpack("<qq", (self.folder / "clock").read_bytes())[0]

    def until(self, ms):
        """Lets time run as far as that."""
        self.control("clock", {"limit": self.start + ms})

    def faults(self, *rules):
        self.control("faults", list(rules))

    def environment(self):
        env = {k: v for k, v in os.environ.items() if not k.startswith("SF_")}
        env.update(SF_TEST_CLOCK=str(self.folder / "clock"), SF_STATE=str(self.folder / "state"), no_proxy="127.0.0.1",
                   SF_HACKERNEWS_ENDPOINT=self.url("hackernews"), SF_HACKERNEWS_RATE="0",
                   SF_HACKERNEWS_SEARCH_ENDPOINT=self.url("hackernews"), SF_REDDIT_ENDPOINT=self.url("reddit"),
                   SF_REDDIT_TOKEN_ENDPOINT=self.url("reddit/api/v1/access_token"), SF_YOUTUBE_ENDPOINT=self.url("youtube"), SF_BLUESKY_ENDPOINT=self.url("bluesky"), SF_BLUESKY_RATE="0",
                   SF_LOBSTERS_ENDPOINT=self.url("lobsters"),
                   SF_BLUESKY_JETSTREAM=self.url("bluesky/subscribe").replace("http", "ws", 1), HOME=str(self.folder), LC_ALL="C.UTF-8")
        return env | self.settings

    def url(self, path):
        return f"http://127.0.0.1:{self.port}/{path}"

    def spawn(self, *arguments, source=None, **more):
        env = {**self.environment(), **more}
        source = source or self.source
        source = source if isinstance(source, list) else [source]
        with open(self.folder / "stderr", "a") as err:
            to = [] if "--store" in arguments else ["--to", self.out]
            return subprocess.Popen([self.program, *source, "--log-format", "text", *map(str, [*to, *arguments])], env=env,
                                    stdin=subprocess.DEVNULL, stderr=err)

    def settle(self, child, ms):
        """Waits until time has come to `ms` after the start and the program has nothing more to ask for."""
        self.wait_for(lambda: self.now() >= self.start + ms or child.poll() is not None, "time does not pass", self.patience)
        check(child.poll() is None, f"the program has ended, with {child.returncode}: {self.stderr()}")
        served = -1
        while served != (served := self.control("clock")["served"]):
            time.sleep(0.3)

    def stop(self, child, code=0):
        child.send_signal(signal.SIGTERM)
        try:
            got = child.wait(timeout=20)
        except subprocess.TimeoutExpired:
            child.kill()
            fail("SIGTERM does not end it")
        check(got == code, f"exit code {got}, wanted {code}: {self.stderr()}")

    def run(self, ms, *arguments, **more):
        """One run up to `ms` after the start."""
        self.until(ms)
        child = self.spawn(*arguments, **more)
        self.settle(child, ms)
        self.stop(child)

    def looks(self, platform):
        """(looks at posts, of these late, given up, posts let go), as the last runs said at their end."""
        found = re.findall(platform + r": (\d+) looks at posts, (\d+) of them late, .*?; (\d+) given up for want of budget; (\d+) posts",
                           self.stderr())
        return tuple(sum(map(int, column)) for column in zip(*found)) or (0, 0, 0, 0)

    def stderr(self):
        return (self.folder / "stderr").read_text()

    # ---- what came of it

    def records(self, torn=0):
        """The signals that were written; up to so many lines may be torn."""
        out, bad = [], 0
        for line in self.out.read_bytes().splitlines():
            try:
                out.append(json.loads(line))
            except ValueError:
                bad += 1
        near("torn lines", bad, 0, torn)
        return [r for r in out if r["kind"] != "coverage"]

    def coverage(self):
        """What was watched: of each window, by source and start, the greatest of each number."""
        out = {}
        for line in self.out.read_bytes().splitlines():
            if b'"kind":"coverage"' in line[:40] and line.endswith(b"}"):
                r = json.loads(line)
                key = r["source"], time_of(r["bucket"])
                before = out.get(key, (0, 0, 0))
                out[key] = tuple(map(max, before, (r["observed_seconds"], r["failures"], r["gaps"])))
        return out

    def served(self):
        self.control("clock")
        with open(self.log_path) as f:
            return [json.loads(line) for line in f]


def time_of(text):
    """RFC 3339 with milliseconds to ms."""
    y, mo, d, h, mi, s, ms = (int(text[a:b]) for a, b in ((0, 4), (5, 7), (8, 10), (11, 13), (14, 16), (17, 19), (20, 23)))
    return calendar.timegm((y, mo, d, h, mi, s)) * 1000 + ms


def id_of(record):
    """As the simulator's truth has it: Hacker News counts."""
    text = record["source_id"]
    return int(text) if record.get("platform", "hackernews") == "hackernews" else text


def by_id(records):
    out = collections.defaultdict(list)
    for r in records:
        out[id_of(r)].append(r)
    return out


def check_complete(live, records, until_ms, lists_new_only=False):
    """Each story that was there to be seen has come, as a post, or as a delete if it was gone before."""
    got = by_id(records)
    now = live.start + until_ms
    wanted = 0
    for s in live.truth.values():
        if s["created"] > now or s["visible"] > now or (lists_new_only and not s["listed"]):
            continue
        if s["gone"] is not None and s["gone"] <= max(s["visible"], live.start):
            continue  # no list ever named it while it was there
        wanted += 1
        kinds = [r["kind"] for r in got[s["id"]]]
        check(kinds and kinds[0] in ("post", "delete"), f"story {s['id']} is missing: {s}, {kinds}")
    check(wanted >= 20, f"only {wanted} stories: this test is blind")
    return wanted


def check_true(live, records, served):
    """No record says what was not served at that time: state, score and comments."""
    answers = collections.defaultdict(list)
    for e in served:
        for seen in [e] if "id" in e else [{"t": e["t"], "state": state, "score": score, "comments": comments, "id": id_}
                                           for id_, state, score, comments in e.get("posts", [])]:
            answers[seen["id"]].append(seen)
    for r in records:
        at = time_of(r["observed_at"])
        near_by = [e for e in answers[id_of(r)] if e["t"] <= at]
        check(near_by, f"{r} was never served")
        same = [e for e in near_by[-4:] if (e["state"] == "alive" and r["kind"] != "delete"
                                            and (e["score"], e["comments"]) == (r["raw_score"], r["comments"]))
                or (e["state"] in ("deleted", "dead", "removed", "null") and r["kind"] == "delete")]
        check(same, f"{r} is not what was served: {near_by[-4:]}")
    times = [time_of(r["observed_at"]) for r in records]
    check(times == sorted(times), "time runs backwards")


def kill_often(live, hours, kills, *arguments):
    """Runs for so many hours with so many kill -9 on the way: spread over what an undisturbed run would take, and, in builds with
    fault points, every other one at one of these, between two steps of a batch."""
    started = time.monotonic()
    live.until(2 * HOUR)
    child = live.spawn(*arguments)
    live.settle(child, 2 * HOUR)
    pace = (time.monotonic() - started) / 2  # real seconds an hour
    for i in range(kills):
        live.until(2 * HOUR + (hours - 2) * HOUR * (i + 1) // kills)
        time.sleep(pace * (hours - 2) / kills * (0.2 + 0.6 * (i * 7919 % 100) / 100))
        child.kill()
        child.wait()
        point = f"{('write', 'flush', 'commit')[i // 2 % 3]}:{1 + i * 7 % 23}" if i % 2 == 0 and i + 1 < kills else ""
        child = live.spawn(*arguments, SF_FAULT=point)
    live.until(hours * HOUR)
    live.settle(child, hours * HOUR)
    live.stop(child)


def unvouched_server(folder):
    """A server with a certificate that nobody vouches for; its port."""
    if shutil.which("openssl") is None:
        print("skipped: no openssl")
        sys.exit(77)
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost", "-keyout",
                    key, "-out", certificate], check=True, capture_output=True)
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def run_cases(cases, options, **live):
    """The main program of a platform's tests: FILE CASE PROGRAM [OPTION...], with other options for the simulator."""
    by_name = {f.__name__.replace("_", "-"): f for f in cases}
    name, program = sys.argv[1:3]
    if name not in by_name:
        fail(f"no case {name}: {' '.join(by_name)}")
    with tempfile.TemporaryDirectory() as folder, Live(program, folder, *(sys.argv[3:] or options), **live) as l:
        by_name[name](l)
