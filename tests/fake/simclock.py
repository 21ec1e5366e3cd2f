# SPDX-License-Identifier: MIT
"""The clock that the simulator shares with the programs it tests: tools/common/clock.h says what the file holds.

As long as `now` is before `limit`, time passes by the program's sleeping alone. With a scale, the simulator moves `now` itself, so
many times as fast as real time; that suits several programs at once. Without a file it is the machine's own clock.
"""
import mmap
import struct
import threading
import time


class Clock:
    def __init__(self, path=None, now=None):
        self.memory = None
        self.scale = 0.0
        self.ticker = None
        self.target, self.held = 0, None
        if path:
            with open(path, "a+b") as f:
                if f.tell() < 16:
                    f.write(bytes(16))
                    f.flush()
                self.memory = mmap.mmap(f.fileno(), 16)
            if now is not None:
                self.set(now=now)

    def now(self):
        return struct.unpack_from("<q", self.memory, 0)[0] if self.memory else int(time.time() * 1000)

    def limit(self):
        return struct.unpack_from("<q", self.memory, 8)[0] if self.memory else 0

    def set(self, now=None, limit=None, advance=None, scale=None):
        """Moves time, or how far it may run, or makes it run by itself. All in milliseconds, but the scale."""
        if not self.memory:
            raise ValueError("this simulator runs by the machine's clock")
        if now is not None:
            struct.pack_into("<q", self.memory, 0, int(now))
        if advance is not None:
            struct.pack_into("<q", self.memory, 0, self.now() + int(advance))
        if limit is not None:
            self.target = int(limit)
            self._write_limit()
        if scale is not None:
            self.scale = float(scale)
            if self.scale and not self.ticker:
                self.ticker = threading.Thread(target=self._tick, daemon=True)
                self.ticker.start()

    def hold(self, until):
        """Lets time run no further than that for now, whatever the limit is; None: no longer."""
        if self.memory and until != self.held:
            self.held = until
            self._write_limit()

    def _write_limit(self):
        limit = self.target if self.held is None else min(self.target, self.held)
        struct.pack_into("<q", self.memory, 8, limit)

    def _tick(self):
        before, exact = time.monotonic(), float(self.now())
        while True:
            time.sleep(0.001)
            at = time.monotonic()
            if abs(exact - self.now()) > 1:
                exact = float(self.now())  # someone has set it
            exact += (at - before) * 1000 * self.scale
            before = at
            if self.scale:
                struct.pack_into("<q", self.memory, 0, int(exact))
