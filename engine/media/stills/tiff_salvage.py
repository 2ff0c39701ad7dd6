"""What can be decoded of a damaged TIFF: its strips or tiles, each as far as it goes."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress

import imagecodecs
import numpy as np
import tifffile

from kinemacolor.engine.media.stills import tiff_page
from kinemacolor.engine.media.stills.png_salvage import unpacked
from kinemacolor.engine.media.stills.tiff_page import Picture

LZW, PACKBITS = 5, 32773
_PLAIN, _DEFLATE = 1, (8, 32946)
ERRORS = (RuntimeError, tifffile.TiffFileError, ValueError, IndexError)


def what_remains(picture: Picture, data: bytes, stored: np.ndarray | None) -> np.ndarray | None:
    """Samples of what can be decoded; the others are 0.

    Args:
        picture: the page.
        data: the whole file.
        stored: the samples, where the page could be decoded as if it were whole.

    Returns:
        Samples as stored, (H, W, samples); None where there are none.
    """
    page = picture.page
    if picture.needs_libtiff:
        return stored
    if page.compression in tiff_page.FAX:  # libtiff finds its way back at the next row
        try:
            fax = imagecodecs.tiff_decode(data, index=picture.index)
            return fax.reshape(page.imagelength, page.imagewidth, 1)
        except ERRORS:
            pass
    if stored is not None and not picture.missing:
        return stored
    return _part_by_part(page, data)


def part_lengths(page: tifffile.TiffPage) -> list[int]:
    """Bytes that the strips or tiles of a page hold once they are unpacked."""
    width, height = page.imagewidth, page.imagelength
    planes = page.samplesperpixel if page.planarconfig == 2 else 1
    rows = page.rowsperstrip
    if page.is_tiled:
        width, rows = page.tilewidth, page.tilelength
    line = math.ceil(width * page.samplesperpixel // planes * page.bitspersample / 8)
    count = len(page.dataoffsets)
    if page.is_tiled:
        return [rows * line] * count
    strips = max(1, count // planes)
    return [max(0, min(rows, height - index % strips * rows)) * line for index in range(count)]


def _part_by_part(page: tifffile.TiffPage, data: bytes) -> np.ndarray | None:
    planes = page.samplesperpixel if page.planarconfig == 2 else 1
    shape = (planes, page.imagelength, page.imagewidth, page.samplesperpixel // planes)
    result = np.zeros(shape, page.dtype)
    is_any = False
    parts = zip(page.dataoffsets, page.databytecounts, part_lengths(page), strict=False)
    for index, (at, count, length) in enumerate(parts):
        coded = data[at : at + count]
        for attempt in _attempts(page, coded, count, length):
            try:
                part, (plane, _, row, column, _), _ = page.decode(
                    attempt, index, jpegtables=page.jpegtables
                )
            except ERRORS:
                continue
            if part is not None:
                place = result[plane, row : row + part.shape[1], column : column + part.shape[2]]
                place[:] = part[0, : place.shape[0], : place.shape[1]]
                is_any = True
                break
    return np.concatenate(list(result), axis=-1) if is_any else None


def _attempts(page: tifffile.TiffPage, coded: bytes, count: int, length: int) -> Iterator[bytes]:
    """A strip or tile as it is, where all of its bytes are there, and mended."""
    if len(coded) == count:
        yield coded
    with suppress(*ERRORS):
        yield _mended(page, coded, length)


def _mended(page: tifffile.TiffPage, coded: bytes, length: int) -> bytes:
    """A strip or tile anew, of what can be unpacked of it, and of zeros.

    Raises:
        one of `ERRORS`: that is nothing.
    """
    if page.fillorder == 2:
        coded = bytes(imagecodecs.bitorder_decode(coded))
    raw: bytes | bytearray
    pack: Callable[[bytes], bytes | bytearray]
    if page.compression == _PLAIN:
        raw, pack = coded, bytes
    elif page.compression in _DEFLATE:
        raw, pack = unpacked(coded, length), zlib.compress
    elif page.compression == LZW:
        raw, pack = imagecodecs.lzw_decode(coded), imagecodecs.lzw_encode
    elif page.compression == PACKBITS:
        raw, pack = imagecodecs.packbits_decode(_whole_runs(coded)), imagecodecs.packbits_encode
    else:
        return coded
    if not raw.strip(b"\0"):
        raise ValueError
    packed = bytes(pack(bytes(raw).ljust(length, b"\0")))
    return bytes(imagecodecs.bitorder_decode(packed)) if page.fillorder == 2 else packed


def _whole_runs(coded: bytes) -> bytes:
    """PackBits without the run that breaks off at the end."""
    at = end = 0
    while at < len(coded):
        end, count = at, coded[at]
        at += count + 2 if count < 128 else 1 if count == 128 else 2
    return coded[:end] if at > len(coded) else coded
