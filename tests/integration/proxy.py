# SPDX-License-Identifier: MIT
"""A network that can be cut."""
import socket
import threading
import time


class Proxy:
    """Passes connections on to a server, at a path or at (host, port), and cuts them when told to."""

    def __init__(self, target):
        self.target, self.pairs, self.open = target, [], True
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.socket(socket.AF_UNIX if isinstance(self.target, str) else socket.AF_INET)
            try:
                if not self.open:
                    raise OSError
                server.connect(self.target)
            except OSError:
                client.close()
                server.close()
                continue
            self.pairs += [client, server]
            for a, b in ((client, server), (server, client)):
                threading.Thread(target=self.copy, args=(a, b), daemon=True).start()

    def copy(self, a, b):
        try:
            while data := a.recv(65536):
                b.sendall(data)
        except OSError:
            pass
        for s in (a, b):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def shut(self):
        self.open = False
        for s in self.pairs:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.pairs.clear()

    def cut(self, seconds):
        self.shut()
        time.sleep(seconds)
        self.open = True
