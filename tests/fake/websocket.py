# SPDX-License-Identifier: MIT
"""The server's side of WebSocket (RFC 6455): the handshake's proof, frames out, and as much of frames in as a client of streams sends."""
import base64
import hashlib
import struct

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def proof(key):
    return base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()


def frame(payload, opcode=TEXT):
    n = len(payload)
    if n < 126:
        return struct.pack("!BB", 0x80 | opcode, n) + payload
    if n < 65536:
        return struct.pack("!BBH", 0x80 | opcode, 126, n) + payload
    return struct.pack("!BBQ", 0x80 | opcode, 127, n) + payload


def read_frame(data):
    """(opcode, payload, rest) of a client's frame; None if there is more to come."""
    if len(data) < 6:
        return None
    opcode, n, at = data[0] & 15, data[1] & 127, 2
    if not data[1] & 128:
        raise ValueError("a client's frame is not masked")
    if n == 126:
        n, at = struct.unpack_from("!H", data, 2)[0], 4
    elif n == 127:
        raise ValueError("a long frame")
    if len(data) < at + 4 + n:
        return None
    mask = data[at:at + 4]
    payload = bytes(b ^ mask[i % 4] for i, b in enumerate(data[at + 4:at + 4 + n]))
    return opcode, payload, data[at + 4 + n:]
