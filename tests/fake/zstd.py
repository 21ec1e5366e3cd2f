# SPDX-License-Identifier: MIT
"""zstd with a dictionary, by the libzstd that the program under test uses too."""
import ctypes

library = ctypes.CDLL("libzstd.so.1")
size = ctypes.c_size_t
for name, result, arguments in (
        ("ZDICT_trainFromBuffer", size, [ctypes.c_void_p, size, ctypes.c_char_p, ctypes.POINTER(size), ctypes.c_uint]),
        ("ZSTD_createCCtx", ctypes.c_void_p, []), ("ZSTD_CCtx_loadDictionary", size, [ctypes.c_void_p, ctypes.c_char_p, size]),
        ("ZSTD_compressBound", size, [size]),
        ("ZSTD_compress2", size, [ctypes.c_void_p, ctypes.c_void_p, size, ctypes.c_char_p, size]), ("ZSTD_isError", ctypes.c_uint, [size])):
    function = getattr(library, name)
    function.restype, function.argtypes = result, arguments


def good(n):
    if library.ZSTD_isError(n):
        raise ValueError(f"zstd: {n}")
    return n


def train(samples, most=8192):
    """A dictionary that fits the samples."""
    out = ctypes.create_string_buffer(most)
    sizes = (size * len(samples))(*map(len, samples))
    n = good(library.ZDICT_trainFromBuffer(out, most, b"".join(samples), sizes, len(samples)))
    return out.raw[:n]


class Packer:
    def __init__(self, dictionary):
        self.context = library.ZSTD_createCCtx()
        good(library.ZSTD_CCtx_loadDictionary(self.context, dictionary, len(dictionary)))

    def pack(self, message):
        out = ctypes.create_string_buffer(library.ZSTD_compressBound(len(message)))
        n = good(library.ZSTD_compress2(self.context, out, len(out), message, len(message)))
        return out.raw[:n]
