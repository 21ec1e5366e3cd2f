#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The page's files as the server gives them, without a browser: all there, small, with tags and a policy, and what is not ours unchanged.

  assets.py SF_INGEST SF_PROCESS SF_AGGREGATE SF_SERVE"""
import gzip
import hashlib
import pathlib
import re
import subprocess
import sys
import urllib.error
import urllib.request

from running import ROOT, Running

WEB = ROOT / "web"
MOST = 150_000


def check(what, true, *more):
    if not true:
        raise AssertionError(f"{what} {more}")


def get(url, **headers):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, headers={k.replace("_", "-"): v for k, v in headers.items()})
    try:
        with opener.open(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as e:
        return e.code, e.headers, e.read()


def vendored():
    for line in (WEB / "vendor/CHECKSUMS").read_text().splitlines():
        digest, name = line.split()
        check(f"{name} is as it came", hashlib.sha256((WEB / "vendor" / name).read_bytes()).hexdigest() == digest)


def served(r):
    paths = ["/"] + ["/web/" + p.relative_to(WEB).as_posix() for p in sorted(WEB.rglob("*")) if p.suffix in (".js", ".css", ".svg") or p.name == "LICENSE"]
    total = 0
    for path in paths:
        status, fields, body = get(r.base + path[1:])
        check(path, status == 200, status)
        total += len(body)
        policy = fields["Content-Security-Policy"]
        check("policy", "default-src 'none'" in policy and "script-src 'self';" in policy and "unsafe" not in policy, policy)
        check("types are not guessed", fields["X-Content-Type-Options"] == "nosniff")
        check("known by its tag", get(r.base + path[1:], If_None_Match=fields["ETag"])[0] == 304)
        status, packed, short = get(r.base + path[1:], Accept_Encoding="gzip")
        check("packed", packed["Content-Encoding"] == "gzip" and gzip.decompress(short) == body and packed["ETag"] != fields["ETag"])
        check("imports are there", all(f"/web/{name}" in paths for name in re.findall(rb'from "\./([^"]+)"', body) for name in [name.decode()]))
    check("small", total < MOST, total)
    check("nothing else", get(r.base + "web/embed.py")[0] == 404 and get(r.base + "web/../README.md")[0] == 404)
    check("a program with a token means the API", get(r.base, Authorization="Bearer x")[0] == 404)
    print(f"{len(paths)} files, {total} bytes")


def demo(programs):
    with Running(*programs, "--demo", sample=False) as r:
        check("guests read", get(r.base + "api/v1/signals/")[0] == 200)
        check("a wrong token is no guest's", get(r.base + "api/v1/signals/", Authorization="Bearer x")[0] == 401)
        check("other names are refused", get(r.base + "api/v1/signals/", Host="evil.example")[0] == 400)
        for more in (["--listen", "0.0.0.0:0"], ["--listen", "127.0.0.1.example.org:80"], ["--listen", "127.0.0.1:0", "--allowed-host", "x"], ["--listen", "127.0.0.1:0", "--trusted-proxy", "127.0.0.1"]):
            done = subprocess.run([programs[3], "--store", r.store, "--demo", *more], env=r.env, text=True, capture_output=True, timeout=30)
            check("--demo is for this machine alone", done.returncode == 2 and "--demo" in done.stderr, more, done)
    with Running(*programs, sample=False) as r:
        check("without --demo nobody is a guest", get(r.base + "api/v1/signals/")[0] == 401)


def main():
    programs = sys.argv[1:5]
    vendored()
    with Running(*programs, sample=False) as r:
        served(r)
    demo(programs)


main()
