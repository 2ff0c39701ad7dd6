"""Twelve whole files, of which damaged ones are made."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

from tests.engine.media.video.films import make_film

FILMS = {
    "ffv1.mkv": {"codec": "ffv1", "options": {"level": "3", "slices": "4", "slicecrc": "1"}},
    "h264.mp4": {"codec": "libx264", "pix_fmt": "yuv420p", "audio": ["aac"]},
    "mpeg4.avi": {"codec": "mpeg4", "pix_fmt": "yuv420p", "audio": ["pcm_s16le"]},
    "mjpeg.mov": {"codec": "mjpeg", "pix_fmt": "yuvj420p"},
    "mpeg2.ts": {
        "codec": "mpeg2video",
        "pix_fmt": "yuv420p",
        "audio": ["mp2"],
        "time_base": Fraction(1, 25),
    },
}
_SIZE = (64, 48)


def _picture(dtype: type = np.uint8, seed: int = 0) -> np.ndarray:
    """(48, 64) with slopes and a little grain."""
    rows, columns = np.mgrid[: _SIZE[1], : _SIZE[0]]
    light = (rows / 96 + columns / 128 + np.random.default_rng(seed).random(rows.shape) / 16) / 1.1
    return (light * np.iinfo(dtype).max).astype(dtype)


def _pillow(format: str, **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(_picture()).save(file, format, **options)
    return file.getvalue()


def _png() -> bytes:
    file = io.BytesIO()
    Image.fromarray(_picture(np.uint16)).save(file, "PNG")
    return file.getvalue()


def _tiff() -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, _picture(np.uint16), compression="lzw", description="a square")
    return file.getvalue()


def _zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.png", _png())
        archive.writestr("notes.txt", "words " * 50)
        archive.writestr("sub/b.jpg", _pillow("JPEG"))
    return file.getvalue()


def _tar(mode: str) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        for name, content in (("a.jpg", _pillow("JPEG")), ("b.txt", b"words"), ("c.tif", _tiff())):
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(content), 800_000_000
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


_MADE: dict[str, Callable[[], bytes]] = {
    "grey.jpg": lambda: _pillow("JPEG", quality=90, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0"),
    "grey.png": _png,
    "grey.tif": _tiff,
    "grey.webp": lambda: _pillow("WEBP", lossless=True),
    "some.zip": _zip,
    "some.tar": lambda: _tar("w"),
    "some.tar.gz": lambda: _tar("w:gz"),
}
NAMES = (*_MADE, *FILMS)


def make_input(name: str, scratch: Path) -> bytes:
    """The whole file of that name.

    Args:
        name: one of `NAMES`.
        scratch: a folder for what is made on the way.
    """
    if name in _MADE:
        return _MADE[name]()
    path = make_film(scratch / name, size=_SIZE, frames=12, rate=Fraction(25), **FILMS[name])
    content = path.read_bytes()
    path.unlink()
    return content
