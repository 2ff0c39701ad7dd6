"""Samples of a TIFF page by tifffile, or by libtiff where it knows more; damage is looked for.

Codecs without checksums decode damage to something, in silence. Fax code is decoded twice, by
decoders that differ where the code makes no sense; LZW and PackBits must give as much as a strip
holds; libjpeg's warnings count.
"""

from __future__ import annotations

import imagecodecs
import numpy as np
import tifffile

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.stills import jpeg_decoder, tiff_page
from kinemacolor.engine.media.stills.still import damaged
from kinemacolor.engine.media.stills.tiff_page import Picture
from kinemacolor.engine.media.stills.tiff_salvage import (
    ERRORS,
    LZW,
    PACKBITS,
    part_lengths,
    what_remains,
)

_PADDING = 2  # bytes that writers may add to a strip
_ORIENTATION, _INTERCHANGE = 274, (513, 514)


def samples(
    picture: Picture, data: bytes, name: str, *, salvage: bool, notes: list[str]
) -> np.ndarray:
    """Samples of a page, (H, W, samples), uint8 or uint16 scaled to the full range.

    Palettes come as RGB. Y'CbCr comes as RGB.

    Args:
        picture: the page.
        data: the whole file.
        name: for errors.
        salvage: whether what cannot be decoded stays empty, with a note.
        notes: get that note.

    Raises:
        MediaError: it is damaged.
    """
    page = picture.page
    if picture.needs_libtiff and page.samplesperpixel > picture.stored_colors:
        notes.append("its alpha is not kept")
    fault = "a part of it is missing" if picture.missing else None
    try:
        stored = _by_libtiff(picture, data) if picture.needs_libtiff else _by_tifffile(page)
        fault = fault or _fault(picture, data, stored)
    except ERRORS as error:
        fault, stored = fault or _reason(error), None
    if fault is not None:
        if not salvage:
            raise damaged(name, "TIFF", fault)
        notes.append(f"is damaged ({fault}): coloured as far as it could be decoded")
        stored = what_remains(picture, data, stored)
    if stored is None:
        raise MediaError(name, f"nothing of the TIFF can be decoded: {fault}")
    return stored if picture.needs_libtiff else _scaled(picture, stored, name)


def _by_tifffile(page: tifffile.TiffPage) -> np.ndarray:
    pixels: np.ndarray = page.asarray(maxworkers=1)
    if page.planarconfig == 2 and page.samplesperpixel > 1:
        pixels = np.moveaxis(pixels, 0, -1)
    return pixels.reshape(page.imagelength, page.imagewidth, page.samplesperpixel)


def _by_libtiff(picture: Picture, data: bytes) -> np.ndarray:
    """(H, W, 3) uint8 RGB, or (H, W, 1) grey, as stored: libtiff would turn it upright."""
    tag = picture.page.tags.get(_ORIENTATION)
    if tag is not None:
        one = (1).to_bytes(2, "little" if data[:1] == b"I" else "big")
        data = data[: tag.valueoffset] + one + data[tag.valueoffset + 2 :]
    rgba = imagecodecs.tiff_decode(data, index=picture.index, asrgb=True)
    return np.ascontiguousarray(rgba[..., : picture.stored_colors])


def _fault(picture: Picture, data: bytes, stored: np.ndarray) -> str | None:
    """What is wrong with a page that could be decoded."""
    page = picture.page
    if page.compression == tiff_page.OLD_JPEG:
        return _old_jpeg_fault(page, data)
    if picture.needs_libtiff:
        return None  # libtiff says where a strip is short
    if page.compression in tiff_page.FAX:
        other = imagecodecs.tiff_decode(data, index=picture.index)
        same = np.array_equal(other.reshape(stored.shape), stored)
        return None if same else "its fax code makes no sense"
    if page.compression in (LZW, PACKBITS) and not all(_is_whole(page, data)):
        return "a strip holds more or less than its rows"
    if page.compression == tiff_page.JPEG and page.bitspersample == 8:
        return _jpeg_fault(page, data)
    return None


def _is_whole(page: tifffile.TiffPage, data: bytes) -> list[bool]:
    """Whether the strips or tiles hold what they should, one by one."""
    decode = imagecodecs.lzw_decode if page.compression == LZW else imagecodecs.packbits_decode
    planes = page.samplesperpixel if page.planarconfig == 2 else 1
    strips = max(1, len(page.dataoffsets) // planes)
    whole = []
    parts = zip(page.dataoffsets, page.databytecounts, part_lengths(page), strict=False)
    for index, (at, count, wanted) in enumerate(parts):
        coded: bytes | bytearray = data[at : at + count]
        if page.fillorder == 2:
            coded = imagecodecs.bitorder_decode(coded)
        length = len(decode(coded))
        last = not page.is_tiled and index % strips == strips - 1
        whole.append(length >= wanted and (last or length <= wanted + _PADDING))
    return whole


def _jpeg_fault(page: tifffile.TiffPage, data: bytes) -> str | None:
    """libjpeg's complaint about a strip or tile."""
    components = 1 if page.planarconfig == 2 else page.samplesperpixel
    tables = page.jpegtables if isinstance(page.jpegtables, bytes) else b""
    for at, count in zip(page.dataoffsets, page.databytecounts, strict=False):
        coded = data[at : at + count]
        whole = tables[:-2] + coded[2:] if tables else coded
        try:
            jpeg_decoder.check(whole, components)
        except jpeg_decoder.DamagedJpeg as error:
            return str(error)
    return None


def _old_jpeg_fault(page: tifffile.TiffPage, data: bytes) -> str | None:
    """libjpeg's complaint about the file of its own that old-style JPEG often is."""
    at, length = (page.tags.valueof(code) for code in _INTERCHANGE)
    at, length = (value[0] if isinstance(value, tuple) else value for value in (at, length))
    if not (isinstance(at, int) and isinstance(length, int)):
        return None
    stream = data[at : at + length].rstrip(b"\0")
    if not (stream.startswith(b"\xff\xd8") and stream.endswith(b"\xff\xd9")):
        return None  # tables alone
    try:
        jpeg_decoder.check(stream, page.samplesperpixel)
    except jpeg_decoder.DamagedJpeg as error:
        return str(error)
    return None


def _scaled(picture: Picture, pixels: np.ndarray, name: str) -> np.ndarray:
    """Samples over the full range of uint8 or uint16, palettes looked up."""
    bits = picture.page.bitspersample
    target, full = (np.uint8, 255) if bits <= 8 else (np.uint16, 65535)
    if picture.photometric == tiff_page.PALETTE:
        colormap = picture.page.colormap
        palette = np.asarray(() if colormap is None else colormap, dtype=np.uint32)
        indices = pixels[..., 0].astype(np.intp)
        if palette.ndim != 2 or indices.max() >= palette.shape[1]:
            raise damaged(name, "TIFF", "its palette is too short")
        if palette.max() > 255:  # else a writer that gives 8-bit values where the standard has 16
            palette = (palette + 128) // 257
        colors: np.ndarray = palette.astype(np.uint8).T[indices]
        alpha = pixels[..., 1:].astype(np.uint32) * 255 // ((1 << bits) - 1)
        return np.concatenate([colors, alpha.astype(np.uint8)], axis=-1)
    if bits in (8, 16):
        return pixels
    highest = (1 << bits) - 1
    scaled: np.ndarray = (pixels.astype(np.uint32) * full + highest // 2) // highest
    return scaled.astype(target)


def _reason(error: Exception) -> str:
    """What a codec says; Python's own words would say nothing to the user."""
    words = " ".join(str(error).split())
    # Nor would the names of a library's own results.
    if type(error).__module__.startswith(("imagecodecs", "tifffile")) and "_" not in words:
        return words
    return "its data cannot be decoded"
