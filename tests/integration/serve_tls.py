#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""sf-serve with certificate files: much of what serve.py asks, through TLS; certificates that change; clients that do not behave.

  serve_tls.py SF_SERVE SF_PROCESS SHARED"""
import contextlib
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

import serve
import stores
from serve import check, websocket
from serve_server import Server, parse, until


def certify(folder, name, days="2"):
    """A certificate that vouches for itself: (file, key)."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", days, "-keyout", key,
                    "-out", cert, "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    return cert, key


def trust(cert):
    return ssl.create_default_context(cafile=cert)


def presented(s):
    """The certificate that a new connection is shown."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", s.port), timeout=10) as c, context.wrap_socket(c) as t:
        return t.getpeercert(binary_form=True)


def secure(s):
    """Answers know that they go out encrypted."""
    _, fields, _ = s.ask("GET", "/health/")
    check("HSTS", "strict-transport-security" in fields)
    check("links", s.json("/api/v1/signals/?page_size=1")["next"].startswith(s.base + "/"))
    with s.connect() as c:
        check("at least 1.2", c.version() in ("TLSv1.2", "TLSv1.3"))


def offers(s, cert):
    for protocols, chosen in ((["http/1.1"], "http/1.1"), (["h2", "http/1.1"], "http/1.1"), ([], None)):
        context = trust(cert)
        if protocols:
            context.set_alpn_protocols(protocols)
        with socket.create_connection(("127.0.0.1", s.port), timeout=10) as c, context.wrap_socket(c, server_hostname="127.0.0.1") as t:
            check(f"{protocols}: {t.selected_alpn_protocol()}", t.selected_alpn_protocol() == chosen)
    context = trust(cert)
    context.set_alpn_protocols(["h2"])
    with contextlib.suppress(ssl.SSLError, ConnectionResetError):
        with socket.create_connection(("127.0.0.1", s.port), timeout=10) as c, context.wrap_socket(c, server_hostname="127.0.0.1"):
            check("h2 alone", False)


def ill_behaved(s):
    """None of these keeps others from asking."""
    for what, data in (("plain HTTP", b"GET /health/ HTTP/1.1\r\nHost: x\r\n\r\n"), ("noise", bytes(range(256)) * 40), ("half a hello", b"\x16\x03\x01\x02\x00\x01")):
        with socket.create_connection(("127.0.0.1", s.port), timeout=15) as c:
            c.sendall(data)
            check(what, s.ask("GET", "/health/")[0] == 200)
            if what != "half a hello":
                with contextlib.suppress(ConnectionResetError):
                    while c.recv(4096):
                        pass
    idle = [socket.create_connection(("127.0.0.1", s.port), timeout=20) for _ in range(200)]
    check("200 that say nothing", s.ask("GET", "/health/")[0] == 200)
    check("are let go", idle[0].recv(1) == b"")
    for c in idle:
        c.close()
    c = s.connect()
    c.sendall(b"GET /health/ HTTP/1.1\r\n")
    os.close(c.detach())  # gone without farewell, in the middle of a request
    c = s.connect()
    c.sendall(b"GET /health/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    check("answered", c.recv(100).startswith(b"HTTP/1.1 200"))
    c.close()


def stalls(s):
    """Exports to clients that read late, or never: each gets all it reads, and nobody waits for them."""
    path = "/api/v1/signals/export/?fields=all"
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{s.port}\r\nAuthorization: Bearer {s.token()}\r\nConnection: close\r\n\r\n".encode()
    waiting = [s.connect() for _ in range(4)]
    for c in waiting:
        c.sendall(head)
    time.sleep(0.5)
    whole = s.get(path)[2]
    for c in waiting[:2]:
        out = b""
        while part := c.recv(65536):
            out += part
        check("late, but all of it", parse(out)[2].count(b"\n") == whole.count(b"\n"))
    for c in waiting:
        c.close()


def live(s, process):
    """Messages reach a socket through TLS."""
    status, _, c = websocket(s, Authorization=f"Bearer {s.token()}")
    check("a socket", status == 101)
    line = ('{"v":1,"platform":"reddit","source_id":"t3_tls","kind":"post","title":"Through TLS","body":"%s","raw_score":45,'
            '"ts":"2026-01-02T03:00:00Z","observed_at":"2026-01-02T03:04:05Z"}\n' % ("x" * 40000))
    subprocess.run([process, "--store", s.store, "--quiet"], input=line, text=True, check=True)
    out = b""
    while b'"analysis"' not in out:
        part = c.recv(65536)
        check("it goes on", part)
        out += part
    check("whole", b'"source_id":"t3_tls"' in out and b"x" * 40000 in out)
    c.close()


def changes(s, folder):
    """A new certificate is shown once it is there and SIGHUP came; one that is no good is not."""
    first = presented(s)
    stays = s.connect()
    certify(folder, "second")
    check("not by itself", presented(s) == first)
    s.process.send_signal(signal.SIGHUP)
    until(lambda: presented(s) != first, 10)
    second = presented(s)
    (folder / "cert.pem").write_text("nonsense")
    s.process.send_signal(signal.SIGHUP)
    time.sleep(0.5)
    check("nonsense changes nothing", presented(s) == second)
    stays.sendall(b"GET /health/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    check("who was there goes on", stays.recv(100).startswith(b"HTTP/1.1 200"))
    stays.close()


def wrong_use(program, folder, store):
    cert, key = certify(folder, "a")
    (folder / "other").mkdir()
    _, other = certify(folder / "other", "b")
    for options in ([f"--tls-cert={cert}"], [f"--tls-key={key}"], [f"--tls-cert={cert}", f"--tls-key={other}"], [f"--tls-cert={key}", f"--tls-key={key}"],
                    ["--tls-cert=/nonexistent", f"--tls-key={key}"]):
        done = subprocess.run([program, "--store", store, "--listen", "127.0.0.1:0", *options], text=True, capture_output=True, timeout=20,
                              env={**os.environ, "SF_JWT_SECRET": "x" * 40})
        check(f"{options}: {done.returncode} {done.stderr}", done.returncode == 2 and "--tls-" in done.stderr)


def main():
    program, process, shared = sys.argv[1], sys.argv[2], pathlib.Path(os.environ.setdefault("SF_SHARED", sys.argv[3]))
    if not (shared / "tools/reference-django/seed.py").is_file():
        stores.skip(f"no reference below {shared}")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        cert, key = certify(folder, "first")
        options = ["--login-rate", "off", "--allowed-origin", "http://localhost:3000", f"--tls-cert={cert}", f"--tls-key={key}"]
        with Server(program, *options, tls=trust(cert)) as s:
            for part in (serve.sockets, serve.smuggling, serve.caches, serve.exports, secure, ill_behaved, stalls):
                part(s)
                print(part.__name__, "ok", flush=True)
            offers(s, cert)
            live(s, process)
            print("offers, live ok", flush=True)
            changes(s, folder)
        print("changes ok", flush=True)
        cert, key = certify(folder, "third")
        serve.ends(program, *options[-2:], tls=trust(cert))
        print("ends ok", flush=True)
        wrong_use(program, folder, f"sqlite:{folder}/none.db")


if __name__ == "__main__":
    main()
