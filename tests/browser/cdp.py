# SPDX-License-Identifier: MIT
"""A real browser, driven over the Chrome DevTools protocol with nothing but the standard library.

  with Browser() as b:
      page = b.page(url)
      page.until("document.title === 'SignalFlow'")"""
import base64
import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import tempfile
import time
import urllib.request

PATIENCE = int(os.environ.get("SF_PATIENCE", "30"))  # seconds that anything may take


def program():
    """The browser, or None."""
    return next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)


class Socket:
    """A WebSocket client (RFC 6455) as far as a browser's debugger needs one: whole texts, masked on the way out."""

    def __init__(self, url):
        host, _, path = url.removeprefix("ws://").partition("/")
        name, _, port = host.partition(":")
        self.socket = socket.create_connection((name, int(port)), timeout=6 * PATIENCE)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        self.bytes = b""
        while b"\r\n\r\n" not in self.bytes:
            self.more()
        head, _, self.bytes = self.bytes.partition(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise ConnectionError(head.decode("latin-1"))

    def more(self):
        part = self.socket.recv(1 << 16)
        if not part:
            raise ConnectionError("the browser has closed")
        self.bytes += part

    def take(self, n):
        while len(self.bytes) < n:
            self.more()
        out, self.bytes = self.bytes[:n], self.bytes[n:]
        return out

    def send(self, text, opcode=1):
        data, mask = text if isinstance(text, bytes) else text.encode(), os.urandom(4)
        n = len(data)
        size = bytes([0x80 | n]) if n < 126 else b"\xfe" + struct.pack(">H", n) if n < 65536 else b"\xff" + struct.pack(">Q", n)
        pad = (mask * (n // 4 + 1))[:n]
        coded = (int.from_bytes(data, "big") ^ int.from_bytes(pad, "big")).to_bytes(n, "big") if n else b""
        self.socket.sendall(bytes([0x80 | opcode]) + size + mask + coded)

    def receive(self):
        """The next text, put together of its frames."""
        text = b""
        while True:
            first, second = self.take(2)
            n = second & 127
            n = n if n < 126 else struct.unpack(">H", self.take(2))[0] if n == 126 else struct.unpack(">Q", self.take(8))[0]
            data = self.take(n)
            if first & 15 == 9:
                self.send(data, 10)
            elif first & 15 == 8:
                raise ConnectionError("the browser has closed")
            elif first & 15 in (0, 1):
                text += data
                if first & 128:
                    return text.decode()


class Page:
    def __init__(self, browser, target):
        self.browser, self.target = browser, target
        self.socket = Socket(target["webSocketDebuggerUrl"])
        self.number, self.said, self.failures = 0, [], []
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.do(domain + ".enable")

    def note(self, event):
        kind, p = event.get("method"), event.get("params", {})
        if kind == "Runtime.exceptionThrown":
            d = p["exceptionDetails"]
            self.failures.append(d.get("exception", {}).get("description") or d["text"])
        elif kind == "Log.entryAdded" and p["entry"]["level"] == "error":
            self.said.append(p["entry"]["text"] + " " + p["entry"].get("url", ""))

    def do(self, method, **params):
        """Sends a command; its result."""
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": params}))
        while True:
            answer = json.loads(self.socket.receive())
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                return answer["result"]
            self.note(answer)

    def run(self, script):
        """The value of an expression; a promise is waited for."""
        r = self.do("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True, userGesture=True)
        if "exceptionDetails" in r:
            raise AssertionError(f"{script}: {r['exceptionDetails'].get('exception', {}).get('description', r['exceptionDetails']['text'])}")
        return r["result"].get("value")

    def until(self, script, seconds=PATIENCE):
        """Waits until an expression is true."""
        end = time.monotonic() + seconds
        while True:
            try:
                value = self.run(f"Boolean({script})")
            except AssertionError as e:  # while a page is being loaded there is none
                if time.monotonic() > end:
                    raise
                value = None
                if "context" not in str(e) and "null" not in str(e) and "undefined" not in str(e):
                    raise
            if value:
                return
            if time.monotonic() > end:
                raise AssertionError(f"it did not come about: {script}\n{self.failures} {self.said}\n{self.text('body')[:2000]}")
            time.sleep(0.05)

    def go(self, url):
        self.do("Page.navigate", url=url)
        self.until("document.readyState === 'complete'")

    def text(self, selector):
        return self.run(f"document.querySelector({json.dumps(selector)})?.innerText") or ""

    def click(self, selector):
        """As a user does: where it is on the screen."""
        self.until(f"document.querySelector({json.dumps(selector)})")
        end = time.monotonic() + PATIENCE
        while True:  # rows may move meanwhile
            x, y, there = self.run(f"""new Promise((done) => {{ const e = document.querySelector({json.dumps(selector)}); e.scrollIntoView({{block: "center"}});
                setTimeout(() => {{ const r = e.getBoundingClientRect(), x = r.left + r.width / 2, y = r.top + r.height / 2;
                    done([x, y, e.contains(document.elementFromPoint(x, y))]); }}, 60); }})""")
            if there:
                break
            if time.monotonic() > end:
                raise AssertionError(f"{selector} cannot be clicked at {x}, {y}")
        for kind in ("mousePressed", "mouseReleased"):
            self.do("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def type(self, selector, text):
        self.until(f"document.querySelector({json.dumps(selector)})")
        self.run(f"(() => {{ const e = document.querySelector({json.dumps(selector)}); e.focus(); e.select?.(); }})()")
        self.do("Input.insertText", text=text)

    def key(self, key):
        code = {"Enter": 13, "Escape": 27, "Tab": 9}.get(key, ord(key[0].upper()))
        text = {"text": "\r" if key == "Enter" else key} if len(key) == 1 or key == "Enter" else {}
        self.do("Input.dispatchKeyEvent", type="keyDown", key=key, windowsVirtualKeyCode=code, **text)
        self.do("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def look(self, width, height, dark=None, phone=False, calm=False):
        self.do("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)
        features = [{"name": "prefers-reduced-motion", "value": "reduce" if calm else ""}]
        if dark is not None:
            features.append({"name": "prefers-color-scheme", "value": "dark" if dark else "light"})
        self.do("Emulation.setEmulatedMedia", features=features)

    def picture(self, path, whole=False):
        data = self.do("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))


class Browser:
    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="browser-")
        home = pathlib.Path(self.folder.name)
        self.process = subprocess.Popen([program(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                                         "--disable-extensions", "--disable-background-networking", "--disable-component-update", "--no-proxy-server",
                                         "--enable-precise-memory-info", "--remote-debugging-port=0", f"--user-data-dir={home / 'profile'}", "about:blank"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "HOME": str(home)})
        told = home / "profile" / "DevToolsActivePort"
        end = time.monotonic() + 2 * PATIENCE
        while not (told.exists() and "\n" in told.read_text()):
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit("the browser did not start")
            time.sleep(0.05)
        self.port = int(told.read_text().split("\n")[0])
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for _ in range(20):  # its children may still be writing
            try:
                self.folder.cleanup()
                return
            except OSError:
                time.sleep(0.1)

    def page(self, url=None, width=1440, height=900, **look):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/json/new?about:blank", method="PUT")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=PATIENCE) as answer:
            page = Page(self, json.load(answer))
        page.look(width, height, **look)
        if url:
            page.go(url)
        return page
