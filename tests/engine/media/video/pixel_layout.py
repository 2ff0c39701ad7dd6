"""Samples of a frame by FFmpeg's own description of its layout, read in plain NumPy."""

from __future__ import annotations

import ctypes
from functools import lru_cache
from pathlib import Path

import av
import numpy as np

BIG_ENDIAN, PALETTE, BITS, HARDWARE, _, RGB, _, ALPHA, BAYER, FLOAT, XYZ = (
    1 << bit for bit in range(11)
)


class _Component(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in ("plane", "step", "offset", "shift", "depth")]


class Layout(ctypes.Structure):
    """AVPixFmtDescriptor of libavutil/pixdesc.h."""

    _fields_ = [
        ("name", ctypes.c_char_p),
        ("components", ctypes.c_uint8),
        ("log2_chroma_w", ctypes.c_uint8),
        ("log2_chroma_h", ctypes.c_uint8),
        ("flags", ctypes.c_uint64),
        ("component", _Component * 4),
        ("alias", ctypes.c_char_p),
    ]


@lru_cache
def layout(pix_fmt: str) -> Layout:
    """The layout of a pixel format, out of the library that PyAV has loaded."""
    av.VideoFormat("gray")
    maps = Path("/proc/self/maps").read_text()
    path = next(line.split()[-1] for line in maps.splitlines() if "libavutil" in line)
    library = ctypes.CDLL(path)
    library.av_pix_fmt_desc_get.restype = ctypes.POINTER(Layout)
    return library.av_pix_fmt_desc_get(library.av_get_pix_fmt(pix_fmt.encode())).contents


def random_frame(pix_fmt: str, size: tuple[int, int], seed: int = 0) -> av.VideoFrame:
    """A frame whose samples are random, and whose unused bits are zero as a decoder leaves them."""
    known, rng = layout(pix_fmt), np.random.default_rng(seed)
    frame = av.VideoFrame(*size, pix_fmt)
    for number, plane in enumerate(frame.planes):
        data = np.frombuffer(memoryview(plane), np.uint8)
        data[:] = rng.integers(0, 256, data.size)
        here = [part for part in known.component[: known.components] if part.plane == number]
        if not here or known.flags & (BITS | PALETTE):
            continue
        part = here[0]
        words = (known.flags & BIG_ENDIAN and ">") or "<"
        if known.flags & FLOAT:
            values = data.view(f"{words}f{part.depth // 8}")
            values[:] = rng.random(values.size)
        elif 8 < part.depth < 16 and part.step == 2 * len(here):
            samples = data.view(f"{words}u2")
            samples &= ((1 << part.depth) - 1) << part.shift
    return frame


def samples(frame: av.VideoFrame, number: int) -> np.ndarray:
    """(height, width) int64 codes of a component of full size: grey, luma, R, G, B or alpha."""
    known = layout(frame.format.name)
    part = known.component[number]
    plane = frame.planes[part.plane]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: frame.height]
    if frame.format.name == "uyyvyy411":  # four pixels of which libavutil describes one
        four = rows[:, : -(-frame.width // 4) * 6].reshape(frame.height, -1, 6)
        return four[:, :, [1, 2, 4, 5]].reshape(frame.height, -1)[:, : frame.width].astype(int)
    if known.flags & BITS:
        return np.unpackbits(rows, axis=1)[:, : frame.width].astype(int)
    count = -(-(part.shift + part.depth) // 8)
    count = 4 if count == 3 else count
    big = bool(known.flags & BIG_ENDIAN)
    first = np.arange(frame.width) * part.step + part.offset + (big and count == 1)
    value = np.zeros((frame.height, frame.width), np.int64)
    for byte in range(count) if big else reversed(range(count)):
        value = value << 8 | rows[:, first + byte]
    return value >> part.shift & ((1 << part.depth) - 1)
