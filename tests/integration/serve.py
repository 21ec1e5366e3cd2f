#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""sf-serve as its clients see it: every recorded exchange of the first system's server, better answers where that was wrong, requests that are
no requests, pages, caches, exports, tokens, the end.

  serve.py SF_SERVE SHARED"""
import base64
import contextlib
import csv
import gzip
import hashlib
import hmac
import io
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

import stores
from serve_server import SECRET, Redis, Server, load_reference, until

JSON = {"Content-Type": "application/json"}


def check(what, true):
    if not true:
        raise AssertionError(what)


# ---- the first system's exchanges ----------------------------------------------------------------------------------------


def conforms(s, shared):
    done = subprocess.run([sys.executable, "-B", str(shared / "tools/reference-django/conform.py"), "check", s.base,
                           str(shared / "data/serve/conformance.json")], capture_output=True, text=True)
    check(done.stdout, done.returncode == 0)


def jwt(header, claims, secret=SECRET, digest=hashlib.sha256):
    part = lambda v: base64.urlsafe_b64encode(json.dumps(v).encode()).rstrip(b"=").decode()
    signed = f"{part(header)}.{part(claims)}"
    return signed + "." + base64.urlsafe_b64encode(hmac.new(secret.encode(), signed.encode(), digest).digest()).rstrip(b"=").decode()


def better(s):
    """What the recorded divergences say would be right."""
    host = f"127.0.0.1:{s.port}"
    first = s.login()[1]
    second = s.post("/api/token/refresh/", refresh=first["refresh"])[1]
    check("reuse", s.post("/api/token/refresh/", refresh=first["refresh"]) == (401, {"detail": "Token is blacklisted", "code": "token_not_valid"}))
    check("reuse ends the family", s.post("/api/token/refresh/", refresh=second["refresh"])[0] == 401)
    now = int(time.time())
    claims = {"token_type": "refresh", "exp": now + 900, "iat": now, "jti": "0" * 32, "user_id": "1"}
    check("a refresh token that was never given", s.post("/api/token/refresh/", refresh=jwt({"alg": "HS256", "typ": "JWT"}, claims))[0] == 401)
    check("of a user who is gone", s.post("/api/token/refresh/", refresh=jwt({"alg": "HS256"}, {**claims, "user_id": "77"}))[0] == 401)
    check("Accept is no reason to refuse", s.ask("POST", "/api/token/", {**JSON, "Accept": "text/html"},
                                                 b'{"username":"demo","password":"bad"}')[0] == 401)
    check("nor of an answer", s.get("/api/v1/signals/", Accept="application/xml")[0] == 200)
    check("nor ?format=, which is of exports", s.get("/api/v1/signals/?format=xml")[1]["content-type"].startswith("application/json"))
    check("+2", s.json("/api/v1/signals/?page=%2B2")["next"].endswith("page=3"))
    check("digits of other scripts", s.get("/api/v1/signals/?page=%D9%A2")[0] == 404)
    check("methods have case", s.ask("get", "/api/v1/signals/", {"Authorization": f"Bearer {s.token()}"})[0] == 405)
    check("health is asked, not posted to", s.ask("POST", "/health/", JSON, b"{}")[0] == 405)
    check("no method", s.ask("TRACE", "/health/")[0] == 405)
    check("no Host", s.raw(b"GET /health/ HTTP/1.1\r\nConnection: close\r\n\r\n")[0].startswith(b"HTTP/1.1 400"))
    check("garbage", s.raw(b"\x16\x03\x01\x02\x00\xa5garbage\r\n\r\n")[0].startswith(b"HTTP/1.1 400"))
    body = b'2c\r\n{"username":"demo","password":"demo-pass-1"}\r\n0\r\n\r\n'
    out, _ = s.raw(f"POST /api/token/ HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n"
                   "Connection: close\r\n\r\n".encode() + body)
    check("chunked bodies are read", out.startswith(b"HTTP/1.1 200"))
    check("a long URI", s.ask("GET", "/health/?q=" + "a" * 9000)[0] == 414)
    check("up to 8000 is fine", s.ask("GET", "/health/?q=" + "a" * 7900)[0] == 200)
    check("200 fields", s.ask("GET", "/health/", {f"X-{i}": "1" for i in range(200)})[0] == 431)
    check("an absolute target", s.raw(f"GET http://{host}/health/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())[0]
          .startswith(b"HTTP/1.1 200"))
    preflight = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "GET"}
    check("a preflight", s.ask("OPTIONS", "/nope/", preflight)[1].get("access-control-allow-origin") == "http://localhost:3000")
    check("none from elsewhere", "access-control-allow-origin" not in s.ask("OPTIONS", "/health/", {**preflight, "Origin": "http://evil.example"})[1])
    for origin in ("HTTP://LOCALHOST:3000", "http://localhost:3000/", "null", "https://localhost:3000"):
        check(f"an origin is exact: {origin}", "access-control-allow-origin" not in s.ask("GET", "/health/", {"Origin": origin})[1])


def websocket(s, path="/ws/signals/", **more):
    fields = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
              "Origin": s.base, **{k.replace("_", "-"): v for k, v in more.items()}}
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{s.port}\r\n" + "".join(f"{k}: {v}\r\n" for k, v in fields.items() if v is not None) + "\r\n"
    c = s.connect()
    c.sendall(head.encode())
    out = b""
    while b"\r\n\r\n" not in out:
        part = c.recv(4096)
        if not part:
            break
        out += part
    return int(out.split()[1]), out, c


def sockets(s):
    token = s.token()
    for what, wanted, path, more in [
        ("another port", 403, f"/ws/signals/?token={token}", {"Origin": "http://127.0.0.1:1"}),
        ("another scheme", 403, f"/ws/signals/?token={token}", {"Origin": s.base.replace("https", "ftp") if s.tls else s.base.replace("http", "https")}),
        ("no such path", 404, f"/ws/nope/?token={token}", {}),
        ("version 8", 426, f"/ws/signals/?token={token}", {"Sec_WebSocket_Version": "8"}),
        ("a short key", 400, f"/ws/signals/?token={token}", {"Sec_WebSocket_Key": "YWJj"}),
        ("a page that says not where it is from", 403, f"/ws/signals/?token={token}", {"Origin": None}),
        ("a program", 101, "/ws/signals/", {"Origin": None, "Authorization": f"Bearer {token}"}),
        ("an allowed page", 101, f"/ws/signals/?token={token}", {"Origin": "http://localhost:3000"}),
        ("nobody", 403, "/ws/signals/", {}),
    ]:
        status, out, c = websocket(s, path, **more)
        c.close()
        check(f"WebSocket, {what}: {status}", status == wanted)
        check("426 says which", status != 426 or b"Sec-WebSocket-Version: 13" in out)
    _, out, c = websocket(s, Sec_WebSocket_Protocol=f"bearer, {token}")
    c.close()
    check("only bearer is echoed", b"Sec-WebSocket-Protocol: bearer\r\n" in out)


# ---- requests that two readers could understand differently ---------------------------------------------------------------


def smuggling(s):
    host = f"Host: 127.0.0.1:{s.port}\r\n"
    get, post = "GET /health/ HTTP/1.1\r\n", "POST /api/token/ HTTP/1.1\r\nContent-Type: application/json\r\n"
    cases = {
        "both lengths": post + host + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "two lengths": post + host + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
        "the same length twice": post + host + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        "a list of lengths": post + host + "Content-Length: 2, 2\r\n\r\n{}",
        "+2": post + host + "Content-Length: +2\r\n\r\n{}",
        "-2": post + host + "Content-Length: -2\r\n\r\n{}",
        "0x2": post + host + "Content-Length: 0x2\r\n\r\n{}",
        "no length": post + host + "Content-Length: \r\n\r\n{}",
        "xchunked": post + host + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "two codings": post + host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        "gzip, chunked": post + host + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "chunked of HTTP/1.0": post.replace("1.1", "1.0") + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "a chunk of 0x2": post + host + "Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n",
        "a chunk of +2": post + host + "Transfer-Encoding: chunked\r\n\r\n+2\r\n{}\r\n0\r\n\r\n",
        "a chunk that goes on": post + host + "Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n",
        "a chunk with a bare LF": post + host + "Transfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n",
        "a trailer without a name": post + host + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX\r\n\r\n",
        "a trailer that is folded": post + host + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX: 1\r\n 2\r\n\r\n",
        "a folded line": get + host + "X: 1\r\n 2\r\n\r\n",
        "a bare CR": get + host + "X: 1\rY: 2\r\n\r\n",
        "bare LFs": (get + host + "\r\n").replace("\r", ""),
        "a blank before the colon": get + host + "X : 1\r\n\r\n",
        "a blank before the name": get + " " + host + "\r\n",
        "no Host": get + "\r\n",
        "two Hosts": get + host + host + "\r\n",
        "a Host with a path": get + "Host: 127.0.0.1/x\r\n\r\n",
        "NUL": get + host + "X: a\0b\r\n\r\n",
        "no name": get + host + ": 1\r\n\r\n",
        "no colon": get + host + "X\r\n\r\n",
        "two blanks": "GET  /health/ HTTP/1.1\r\n" + host + "\r\n",
        "a tab": "GET\t/health/ HTTP/1.1\r\n" + host + "\r\n",
        "no version": "GET /health/\r\n" + host + "\r\n",
        "HTTP/1.10": "GET /health/ HTTP/1.10\r\n" + host + "\r\n",
        "a target without a slash": "GET health HTTP/1.1\r\n" + host + "\r\n",
        "a fragment": "GET /health/#x HTTP/1.1\r\n" + host + "\r\n",
        "a raw byte": "GET /health/\xff HTTP/1.1\r\n" + host + "\r\n",
    }
    for name, text in cases.items():
        out, closed = s.raw(text.encode("latin-1") + b"GET /health/ HTTP/1.1\r\n" + host.encode() + b"\r\n")
        check(f"{name}: {out[:60]}", out.startswith(b"HTTP/1.1 400 ") and closed and out.count(b"HTTP/1.1 ") == 1)
    out, _ = s.raw(b"".join([(get + host + "\r\n").encode()] * 50))
    check("fifty at once", out.count(b"HTTP/1.1 200 OK") == 50)
    parts = (get + host + "Connection: close\r\n\r\n").encode()
    with s.connect() as c:
        for byte in parts:
            c.sendall(bytes([byte]))
        check("byte by byte", c.recv(9999).startswith(b"HTTP/1.1 200"))
    check("a head too long", s.ask("GET", "/health/", {"X": "a" * 20000})[0] == 431)
    check("a body too long", s.ask("POST", "/api/token/", {**JSON, "Content-Length": "70000"})[0] == 413)
    check("deep JSON", s.ask("POST", "/api/token/", JSON, b"[" * 60000)[0] == 400)


# ---- answers ---------------------------------------------------------------------------------------------------------------


def pages(s):
    ids = [r["id"] for n in range(1, 6) for r in s.json(f"/api/v1/signals/?platform=reddit&page={n}&page_size=100")["results"]]
    url, by_cursor = "/api/v1/signals/?platform=reddit&cursor=&page_size=100", []
    while url and len(by_cursor) < 500:
        page = s.json(url)
        by_cursor += [r["id"] for r in page["results"]]
        url = page["next"] and page["next"][len(s.base):]
    check("cursors give what numbers give", ids == by_cursor)
    last = s.json("/api/v1/signals/?page=last&page_size=7")
    middle = s.json(f"/api/v1/signals/?page={10000 // 7 // 2 + 30}&page_size=7")
    all_ids = list(range(10000, 0, -1))
    check("the last page", [r["id"] for r in last["results"]] == all_ids[10000 // 7 * 7:])
    start = (10000 // 7 // 2 + 29) * 7
    check("a page from the other end", [r["id"] for r in middle["results"]] == all_ids[start:start + 7])
    check("the trend", all(a["trending_score"] is not None for a in s.json("/api/v1/trending/?page=500")["results"]))
    _, fields, _ = s.get("/api/v1/signals/?page_size=2")
    link = fields["link"].split(">")[0][1 + len(s.base):]
    check("Link goes on", [r["id"] for r in s.json(link)["results"]] == [9998, 9997])


def caches(s):
    path = "/api/v1/signals/?page_size=50"
    status, fields, body = s.get(path)
    _, again, packed = s.get(path, Accept_Encoding="gzip")
    check("gzip", again["content-encoding"] == "gzip" and gzip.decompress(packed) == body)
    check("the tags of both differ", fields["etag"] != again["etag"])
    for tag, coding in ((fields["etag"], "identity"), (again["etag"], "gzip"), ("*", "identity"), (f'"x", {fields["etag"]}', "identity")):
        status, _, nothing = s.get(path, If_None_Match=tag, Accept_Encoding=coding)
        check(f"304 for {tag}", status == 304 and nothing == b"")
    check("another tag", s.get(path, If_None_Match='"x"')[0] == 200)
    check("private", "private" in fields["cache-control"] and "Authorization" in fields["vary"])
    other = jwt({"alg": "HS256", "typ": "JWT"}, {"token_type": "access", "exp": int(time.time()) + 99, "iat": int(time.time()), "jti": "ab", "user_id": 1})
    check("the tag is not the token's", s.ask("GET", path, {"Authorization": f"Bearer {other}"})[1]["etag"] == fields["etag"])
    check("nobody gets what is kept", s.ask("GET", path)[0] == 401)
    results = []
    crowd = [threading.Thread(target=lambda: results.append(s.get("/api/v1/pulse/?q=market&include=meta")[2])) for _ in range(20)]
    [t.start() for t in crowd]
    [t.join() for t in crowd]
    check("twenty at once get the same", len(set(results)) == 1 and len(results) == 20)


def questions(s):
    rows = s.json("/api/v1/signals/?platform=reddit,youtube&min_velocity=4&sentiment_min=0.5&page_size=100")["results"]
    check("filters", rows and all(r["platform"] in ("reddit", "youtube") and r["velocity"] >= 4 and r["sentiment_compound"] >= 0.5 for r in rows))
    rows = s.json("/api/v1/signals/?topic=Rust&fields=id,topics")["results"]
    check("topic, fields", rows and all("rust" in r["topics"] and set(r) == {"id", "topics"} for r in rows))
    rows = s.json("/api/v1/signals/?ordering=-velocity&since=2026-01-03&page_size=50")["results"]
    check("ordering", [r["velocity"] for r in rows] == sorted((r["velocity"] for r in rows), reverse=True))
    for wrong in ("since=yesterdayish", "ordering=nonsense", "min_velocity=fast", "kind=poem", "fields=nosuch", "step=1h"):
        check(wrong, s.get(f"/api/v1/signals/?{wrong}")[0] == 400)
    check("a cursor that was never given", s.get("/api/v1/signals/?cursor=xyz")[0] == 404)
    one = s.json("/api/v1/signals/?page_size=1")["results"][0]
    post = s.json(f"/api/v1/signals/{one['platform']}/{one['source_id']}/")
    check("one post", post["title"] == one["title"] and post["history"][0]["score"] == one["raw_score"])
    check("its explanation", {"sentiment", "entities", "trending"} == set(post["explanation"]))
    check("no post", s.get("/api/v1/signals/reddit/nosuch/")[0] == 404)
    topics = s.json("/api/v1/pulse/")["topics"]
    check("a pulse says of how many", all(t["n_scored"] > 0 and t["sentiment_low"] <= t["avg_sentiment"] <= t["sentiment_high"] for t in topics))
    check("compare", len(s.json("/api/v1/compare/?topic=rust&by=platform&since=2026-01-01")["platforms"]) == 4)
    problem = s.get("/api/v1/signals/?page=x", Accept="application/problem+json")
    check("a problem", problem[1]["content-type"] == "application/problem+json" and json.loads(problem[2])["status"] == 404)


HOSTILE = ["'", '"', "';--", "' OR '1'='1", "1); DROP TABLE signals; --", '" OR 1=1 --', "\\", "%", "_", "*", "NEAR(a b)", "title:x", "-x", "^x", "{a}", "(", ")",
           "?1", ":a", "$a", "\0", "\n", "é", "\ufffd", "a" * 1100, "null", "[]", "{}", "1e999", "-1", "0", "9" * 40, "../..", "<script>", "${x}", "\u202e"]
NAMES = ["platform", "topic", "q", "since", "until", "as_of", "channel", "author", "lang", "label", "labels", "without_label", "kind", "min_velocity", "min_score",
         "min_comments", "min_sentiment", "max_sentiment", "sentiment_min", "sentiment_max", "rising", "significant", "deleted", "step", "by", "ordering", "fields", "include", "cursor", "page",
         "page_size", "format"]


def injections(s):
    before = s.json("/api/v1/signals/?page_size=1&include=meta,x1")["count"]
    paths = ["signals/", "trending/", "compare/", "pulse/", "trending/topics/", "signals/export/"]
    r = random.Random(5)
    for name in NAMES:
        for value in r.sample(HOSTILE, 12):
            path = f"/api/v1/{r.choice(paths)}?{name}={urllib.parse.quote(value)}"
            status, _, body = s.get(path)
            check(f"{path}: {status} {body[:100]}", status in (200, 400, 404))
    for value in HOSTILE:
        status, _, _ = s.get(f"/api/v1/signals/reddit/{urllib.parse.quote(value, safe='')}/")
        check(f"detail {value!r}: {status}", status == 404)
        check(f"login {value!r}", s.login(value, value)[0] in (400, 401))
    check("all is still there", s.json("/api/v1/signals/?page_size=1&include=meta,x2")["count"] == before)


def exports(s):
    lines = s.get("/api/v1/signals/export/?platform=reddit&fields=id,title")[2].decode().splitlines()
    method = json.loads(lines[0])["method"]
    rows = [json.loads(line) for line in lines[1:]]
    check("as many as it says", method["n"] == len(rows) == 2482)
    check("each once", len({r["id"] for r in rows}) == 2482)
    check("nobody watched", "reddit" in method["coverage"] and not any(method["coverage"].values()))
    check("it says how", method["query"] == "platform=reddit&fields=id,title" and method["version"] and method["analysis"])
    text = s.get("/api/v1/signals/export/?platform=reddit&fields=id,title&format=csv")[2].decode()
    table = list(csv.reader(io.StringIO(text.partition("\r\n")[2])))
    check("CSV has the same", table[0] == ["id", "title"] and [int(r[0]) for r in table[1:]] == [r["id"] for r in rows])


# ---- users -------------------------------------------------------------------------------------------------------------------


def users(s):
    check("a user", s.run("user", "add", "ann", stdin="ann's password\n").returncode == 0)
    check("twice", s.run("user", "add", "ann", stdin="ann's password\n").returncode == 2)
    check("a short password", s.run("user", "add", "bob", stdin="short\n").returncode == 2)
    pair = s.login("ann", "ann's password")[1]
    ask = lambda: s.ask("GET", "/api/v1/signals/?page_size=1", {"Authorization": f"Bearer {pair['access']}"})[0]
    check("she may ask", ask() == 200)
    status, _, c = websocket(s, Authorization=f"Bearer {pair['access']}")
    check("and listen", status == 101)
    check("verify", s.post("/api/token/verify/", token=pair["access"]) == (200, {}) and s.post("/api/token/verify/", token="x")[0] == 401)
    check("disabled", s.run("user", "disable", "ann").returncode == 0)
    started = time.monotonic()
    let_in = began = 0
    while ask() == 200:
        let_in, began = began, time.monotonic() - started
        check("she is let in still", began < 30)
    c.settimeout(30)
    try:
        while c.recv(4096):
            pass
    except TimeoutError:
        raise AssertionError("her socket stays open")
    check(f"asked {let_in:.1f} s later she was let in", let_in < 5)
    check("nor again", s.login("ann", "ann's password")[0] == 401 and s.post("/api/token/refresh/", refresh=pair["refresh"])[0] == 401)
    check("enabled", s.run("user", "enable", "ann").returncode == 0)
    pair = s.login("ann", "ann's password")[1]
    check("passwd", s.run("user", "passwd", "ann", stdin="another password\n").returncode == 0)
    check("the old one is out", s.login("ann", "ann's password")[0] == 401 and s.post("/api/token/refresh/", refresh=pair["refresh"])[0] == 401)
    pair = s.login("ann", "another password")[1]
    check("blacklist", s.post("/api/token/blacklist/", refresh=pair["refresh"]) == (200, {}))
    check("is blacklisted", s.post("/api/token/refresh/", refresh=pair["refresh"])[1]["detail"] == "Token is blacklisted")
    check("list", s.run("user", "list").stdout.splitlines()[0].split("\t")[1:3] == ["ann", "active"])
    if s.store.startswith("sqlite:"):
        mode = os.stat(s.store[7:] + ".users").st_mode & 0o777
        check("only the owner reads hashes", mode == 0o600)


def race(s):
    """Of many who use the same refresh token at once, one gets a pair."""
    token, got = s.login()[1]["refresh"], []
    crowd = [threading.Thread(target=lambda: got.append(s.post("/api/token/refresh/", refresh=token)[0])) for _ in range(8)]
    [t.start() for t in crowd]
    [t.join() for t in crowd]
    check(f"one pair: {got}", sorted(got) == [200] + [401] * 7)


def throttled(program):
    with Server(program, "--login-rate", "3/min", "--trusted-proxy", "127.0.0.1", "--sockets-per-user", "2") as s:
        s.token()
        forwarded = lambda ip, name, password: s.ask("POST", "/api/token/", {**JSON, "X-Forwarded-For": f"6.6.6.6, {ip}"},
                                                     json.dumps({"username": name, "password": password}).encode())
        got = [forwarded(f"10.0.0.{i}", "demo", "wrong")[0] for i in range(5)]
        check(f"a name: {got}", got == [401] * 3 + [429] * 2)
        got = [forwarded("10.1.0.1", f"nobody{i}", "wrong") for i in range(8)]
        check("an address", [g[0] for g in got] == [401] * 6 + [429] * 2 and int(got[-1][1]["retry-after"]) > 0)
        got = [forwarded("10.2.0.1", "off", "off-pass-1")[0] for _ in range(3)]
        check("inactive users tell nothing", got == [401] * 3)
        opened = [websocket(s, Authorization=f"Bearer {s.token()}") for _ in range(3)]
        check(f"two sockets of a user: {opened}", [o[0] for o in opened] == [101, 101, 503] and b"\r\nRetry-After: " in opened[2][1])
        stream = s.get("/api/v1/stream/")
        check("and no stream beside them", stream[0] == 503)
        [o[2].close() for o in opened]
        until(lambda: websocket(s, Authorization=f"Bearer {s.token()}")[0] == 101, 5)
        secure = s.ask("GET", "/health/", {"X-Forwarded-Proto": "https"})[1]
        check("HSTS behind TLS alone", "strict-transport-security" in secure and "strict-transport-security" not in s.ask("GET", "/health/")[1])


# ---- time, and the end -----------------------------------------------------------------------------------------------------------


def slow(program, *options, **how):
    """Clients that hang about do not keep others from asking, and are let go."""
    with Server(program, *options, **how) as s:
        crowd = [s.connect() for _ in range(300)]
        for i, c in enumerate(crowd):
            c.sendall([b"", b"GET /health/ HTTP/1.1\r\nX: ", b"POST /api/token/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"][i % 3])
        started = time.monotonic()
        check("others are served", s.ask("GET", "/health/")[0] == 200 and time.monotonic() - started < 5)
        crowd[0].settimeout(20)
        crowd[1].settimeout(20)
        with s.connect() as c:  # and who sends a byte now and then, so as never to be silent
            c.settimeout(0.5)
            for byte in b"GET /health/ HTTP/1.1\r\nX: " + b"a" * 60:
                try:
                    c.sendall(bytes([byte]))
                    told = c.recv(100)
                    break
                except TimeoutError:
                    told = b""
            check(f"dripping is no way out: {told} after {time.monotonic() - started:.1f} s", told.startswith(b"HTTP/1.1 408") and time.monotonic() - started < 15)
        check("who says nothing is let go", crowd[0].recv(100) == b"")
        check("who never ends is told", crowd[1].recv(100).startswith(b"HTTP/1.1 408"))
        for c in crowd:
            c.close()


def away(program):
    """A store that is not there yet: what needs it says so, and comes by itself once it is."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "later.db"
        with Server(program, store=f"sqlite:{path}") as s:
            check("a user", s.run("user", "add", "demo", stdin="demo-pass-1\n").returncode == 0)
            check("alive", s.ask("GET", "/health/")[0] == 200)
            status, fields, body = s.get("/api/v1/signals/")
            check(f"away: {status} {body}", status == 503 and int(fields["retry-after"]) > 0)
            status, _, body = s.ask("GET", "/ready/")
            check("it says what is away", status == 503 and json.loads(body)["store"] is False and json.loads(body)["users"] is True)
            beside = pathlib.Path(folder) / "made.db"
            load_reference(program, f"sqlite:{beside}")
            beside.rename(path)
            until(lambda: s.ask("GET", "/ready/")[0] == 200, 6)
            check("there", s.json("/api/v1/signals/")["count"] == 10000)


def ends(program, *options, **how):
    """SIGTERM while many ask: every request that was begun is answered."""
    s = Server(program, *options, **how)
    wrong, answered, stop = [], [0], threading.Event()

    def ask_on():
        while not stop.is_set():
            try:
                c = s.connect()
            except OSError:
                return  # it listens no more
            head = f"GET /api/v1/signals/?page_size=100 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
            try:
                c.sendall(head.encode())
                out = b""
                while part := c.recv(65536):
                    out += part
                n = int(out.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                if len(out.partition(b"\r\n\r\n")[2]) != n:
                    wrong.append("cut off")
                answered[0] += 1
            except (OSError, IndexError) as e:
                wrong.append(repr(e))
            c.close()

    with s:
        token = s.token()
        crowd = [threading.Thread(target=ask_on) for _ in range(8)]
        [t.start() for t in crowd]
        time.sleep(1)
        s.process.send_signal(signal.SIGTERM)
        check("it ends", s.process.wait(12) == 0)
        stop.set()
        [t.join() for t in crowd]
    check(f"{len(wrong)} of {answered[0]} lost: {wrong[:3]}", not wrong and answered[0] > 50)


def main():
    program, shared = sys.argv[1], pathlib.Path(os.environ.setdefault("SF_SHARED", sys.argv[2]))
    if not (shared / "tools/reference-django/seed.py").is_file():
        print(f"no reference below {shared}: skipped")
        sys.exit(1 if os.environ.get("SF_REQUIRE_SHARED") == "1" else 77)
    with contextlib.ExitStack() as stack:
        place = stack.enter_context(stores.place())
        live = ["--live", stack.enter_context(Redis()).url + "/2"] if stores.wants_postgres() else []
        s = stack.enter_context(Server(program, "--login-rate", "off", "--allowed-origin", "http://localhost:3000", *live,
                                       store=place.new("reference"), load=True))
        conforms(s, shared)
        parts = (pages, caches, questions, injections, exports, users, race)
        for part in parts if stores.wants_postgres() else (better, sockets, smuggling, *parts):
            part(s)
            print(part.__name__, "ok", flush=True)
    for part in () if stores.wants_postgres() else (throttled, slow, away, ends):
        part(program)
        print(part.__name__, "ok", flush=True)


if __name__ == "__main__":
    main()
