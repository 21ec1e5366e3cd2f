# SPDX-License-Identifier: MIT
"""Clients of the live feed, in plain Python: a WebSocket, and a reader of server-sent events; and the bare server around the hub."""
import json
import os
import socket
import struct
import subprocess
import time


class Server:
    """tests/hub/server.c; feed is a URL or nothing."""

    def __init__(self, program, *arguments):
        self.process = subprocess.Popen([program, "0", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, bufsize=1)
        self.port = int(self.process.stdout.readline())

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def publish(self, message):
        """Returns the status that hub_publish() gave."""
        self.say(message if isinstance(message, str) else json.dumps(message))
        return int(self.process.stdout.readline())

    def stop(self):
        """Returns what it said on stderr; fails if it did not end well."""
        if self.process.poll() is None:
            self.process.stdin.close()
        code = self.process.wait(20)
        errors = self.process.stderr.read()
        assert code == 0, (code, errors)
        return errors


class Client:
    """A WebSocket."""

    def __init__(self, port, query="", receive_buffer=None, token=None):
        more = f"Authorization: Bearer {token}\r\n" if token else ""
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(10)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall((f"GET /ws/signals/{'?' if query else ''}{query} HTTP/1.1\r\nHost: localhost\r\n{more}Upgrade: websocket\r\n"
                             "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                             "Sec-WebSocket-Version: 13\r\n\r\n").encode())
        self.bytes = b""
        while b"\r\n\r\n" not in self.bytes:
            got = self.socket.recv(65536)
            assert got, "no handshake"
            self.bytes += got
        head, self.bytes = self.bytes.split(b"\r\n\r\n", 1)
        assert b" 101 " in head and b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head

    def send(self, opcode, data, final=True):
        mask = os.urandom(4)
        head = bytes([final << 7 | opcode])
        head += bytes([128 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack(">H", len(data))
        self.socket.sendall(head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))

    def say(self, message):
        self.send(1, json.dumps(message).encode())

    def _need(self, n):
        while len(self.bytes) < n:
            got = self.socket.recv(65536)
            if not got:
                raise EOFError
            self.bytes += got

    def frame(self):
        """(opcode, payload) of the next frame; pings are answered and given too."""
        self._need(2)
        n, head = self.bytes[1] & 127, 2
        if n >= 126:
            head = 4 if n == 126 else 10
            self._need(head)
            n = int.from_bytes(self.bytes[2:head], "big")
        self._need(head + n)
        opcode, payload = self.bytes[0] & 15, self.bytes[head:head + n]
        assert self.bytes[0] & 0xF0 == 0x80 and self.bytes[1] < 128
        self.bytes = self.bytes[head + n:]
        if opcode == 9:
            self.send(10, payload)
        return opcode, payload

    def text(self):
        """The next message as it came."""
        while True:
            opcode, payload = self.frame()
            if opcode == 1:
                return payload.decode()
            assert opcode == 9, (opcode, payload)

    def message(self):
        return json.loads(self.text())

    def close_code(self):
        """Reads until the server closes; the messages before are in self.last."""
        self.last = []
        while True:
            opcode, payload = self.frame()
            if opcode == 1:
                self.last.append(json.loads(payload))
            if opcode == 8:
                return struct.unpack(">H", payload[:2])[0]

    def silent(self, seconds=0.3):
        """Does nothing but pings come for so long?"""
        self.socket.settimeout(seconds)
        try:
            while True:
                opcode, payload = self.frame()
                if opcode != 9:
                    return False
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(10)


class Events:
    """A reader of server-sent events."""

    def __init__(self, port, last=None):
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        more = f"Last-Event-ID: {last}\r\n" if last else ""
        self.socket.sendall(f"GET /sse HTTP/1.1\r\nHost: x\r\n{more}\r\n".encode())
        self.file = self.socket.makefile("rb")
        while self.file.readline() != b"\r\n":
            pass

    def event(self):
        """(id or None, object) of the next event."""
        number, data = None, None
        for line in self.file:
            line = line.decode().rstrip("\n")
            if line.startswith("id: "):
                number = line[4:]
            elif line.startswith("data: "):
                data = json.loads(line[6:])
            elif line == "" and data is not None:
                return number, data
        raise EOFError


def wait_for(what, seconds=15):
    """Until what() is true."""
    end = time.time() + seconds
    while not what():
        assert time.time() < end, "it did not come about"
        time.sleep(0.02)
