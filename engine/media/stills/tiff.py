"""TIFF reader and writer (TIFF 6.0, BigTIFF): 1 to 16 bits by tifffile, tags passed through."""

from __future__ import annotations

import io
import math
import struct
from dataclasses import dataclass
from typing import Literal, TypedDict

import numpy as np
import tifffile

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.stills import photoshop, tiff_directory
from kinemacolor.engine.media.stills.still import Still, check_size, truncated
from kinemacolor.engine.media.stills.tiff_directory import Layout, Tag

_XMP, _ICC, _PHOTOSHOP, _LAYERS, _ORIENTATION, _DNG = 700, 34675, 34377, 37724, 274, 50706
_RESOLUTION = (282, 283, 296)  # X, Y, unit
_NAMES = {tiff_directory.EXIF: "ExifTag", tiff_directory.GPS: "GPSTag"}
# How the samples were stored, which the writer says anew, and what describes grey samples alone.
_STRUCTURE = {
    *range(254, 260), *range(262, 267), 273, *range(277, 282), 284, *range(288, 294), 301, 317,
    320, 321, 322, 323, 324, 325, 330, 332, 333, 334, 336, 338, 339, 340, 341, 347,
    *range(512, 522), 529, 530, 531, 532, *_RESOLUTION, _XMP, _ICC, _LAYERS, 400,
}  # fmt: skip
_COMPRESSIONS = {1: None, 5: "lzw", 8: "zlib", 32946: "zlib", 32773: "packbits", 50000: "zstd"}
_PREDICTABLE = ("lzw", "zlib", "zstd")
_LOSSY = (6, 7, 34892, 33007)


@dataclass(frozen=True)
class _Passthrough:
    """Structure and tags of the source file that the written one keeps."""

    layout: Layout
    tags: tuple[Tag, ...]
    resolution: dict[int, Tag]
    compression: str | None
    predictor: bool
    extra: int | None  # the fourth sample: 0 unspecified, 1 associated, 2 unassociated alpha


class _Resolution(TypedDict, total=False):
    """Arguments of `tifffile.TiffWriter.write`."""

    resolution: tuple[tuple[int, int], tuple[int, int]]
    resolutionunit: int


def read(data: bytes, name: str) -> Still:
    """Decode a TIFF file of one page; depths under 8 bits become 8, under 16 become 16.

    Returns:
        Grey with black at 0, RGB, or (H, W, 4) ink codes where the file is CMYK.

    Raises:
        MediaError: truncated, several pages, raw camera data, samples that are no unsigned integers
            of up to 16 bits, or too large.
    """
    if _first_directory(data) + 2 > len(data):
        raise truncated(name, "TIFF")
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages.first
        colors = _check(page, data, name)
        notes = _check_pages(file, name)
        full = 255 if page.bitspersample <= 8 else 65535
        pixels = _samples(page)
        layout = Layout(file.byteorder, file.is_bigtiff)
        tags = {
            tag.code: tag for tag in tiff_directory.read(data, layout, page.offset, tuple(_NAMES))
        }
    alpha = np.ascontiguousarray(pixels[..., colors]) if pixels.shape[2] > colors else None
    pixels = np.ascontiguousarray(pixels[..., :colors] if colors > 1 else pixels[..., 0])
    if page.photometric == tifffile.PHOTOMETRIC.MINISWHITE:
        pixels = full - pixels
    if page.compression in _LOSSY:
        notes.append("its lossy compression becomes a lossless one")
    if _LAYERS in tags:
        notes.append("its Photoshop layers are not kept: they hold the grey picture")
    return Still(
        name,
        "TIFF",
        pixels,
        alpha,
        orientation=_orientation(tags.get(_ORIENTATION), layout),
        icc=tags[_ICC].value if _ICC in tags else None,
        xmp=tags[_XMP].value if _XMP in tags else None,
        passthrough=_Passthrough(
            layout,
            tuple(_without_thumbnail(tag) for tag in tags.values() if tag.code not in _STRUCTURE),
            {code: tags[code] for code in _RESOLUTION if code in tags},
            _COMPRESSIONS.get(page.compression, "zlib"),
            page.predictor == 2 or page.compression not in _COMPRESSIONS,
            None if alpha is None else int((page.extrasamples or (0,))[0]),
        ),
        notes=tuple(notes),
    )


def write(still: Still, rgb: np.ndarray, xmp: bytes | None) -> bytes:
    """Encode (H, W, 3) uint8 or uint16 as TIFF with the source's byte order, compression, tags.

    Args:
        still: source of alpha and metadata, as `read` gave it.
        rgb: the pixels.
        xmp: XMP packet to write; None for none.
    """
    source = still.passthrough
    assert isinstance(source, _Passthrough)
    if still.alpha is not None:
        rgb = np.dstack([rgb, still.alpha])
    directories = [tag for tag in source.tags if tag.code in _NAMES]
    tags: list[tuple[int | str, int, int, bytes | int, bool]] = [
        (tag.code, tag.dtype, tag.count, tag.value, True)
        for tag in source.tags
        if tag.code not in _NAMES
    ]
    # Pointers are filled in below; tifffile accepts them only by name.
    tags += [(_NAMES[tag.code], 4, 1, 0, True) for tag in directories]
    if xmp:
        tags.append((_XMP, 1, len(xmp), xmp, True))
    target = io.BytesIO()
    layout = source.layout
    with tifffile.TiffWriter(target, bigtiff=layout.big, byteorder=layout.order) as file:
        file.write(
            rgb,
            photometric="rgb",
            planarconfig="contig",
            extrasamples=None if source.extra is None else [source.extra],
            compression=source.compression,
            predictor=source.predictor and source.compression in _PREDICTABLE,
            iccprofile=still.icc,
            metadata=None,
            software=False,
            extratags=tags,
            maxworkers=1,
            **_resolution(source),
        )
    for tag in directories:
        tiff_directory.append(target, layout, tag)
    return target.getvalue()


def _first_directory(data: bytes) -> int:
    order: Literal["little", "big"] = "little" if data[:1] == b"I" else "big"
    big = data[2:4] in (b"+\0", b"\0+")
    return int.from_bytes(data[8:16] if big else data[4:8], order)


def _check(page: tifffile.TiffPage, data: bytes, name: str) -> int:
    """Refuse what cannot be read.

    Returns:
        The number of samples a pixel that are colours; a further one is alpha.
    """
    check_size(name, page.imagewidth, page.imagelength)
    raw = page.photometric in (tifffile.PHOTOMETRIC.CFA, 34892) or _DNG in page.tags
    if raw or (page.is_reduced and 330 in page.tags):
        raise MediaError(name, "raw camera data is not read", "develop it to a TIFF first")
    photometric = tifffile.PHOTOMETRIC
    by_kind: dict[int, int] = {
        photometric.MINISWHITE: 1, photometric.MINISBLACK: 1, photometric.PALETTE: 1,
        photometric.RGB: 3, photometric.YCBCR: 3, photometric.SEPARATED: 4,
    }  # fmt: skip
    colors = by_kind.get(int(page.photometric))
    subsampled = page.photometric == photometric.YCBCR and page.compression not in _LOSSY
    if colors is None or subsampled:
        kind = getattr(page.photometric, "name", page.photometric)
        raise MediaError(name, f"a TIFF of the kind {kind} is not read", "convert it to RGB first")
    if page.samplesperpixel - colors not in (0, 1):  # some writers do not declare their alpha
        problem = f"a TIFF of {page.samplesperpixel} channels is not read"
        raise MediaError(name, problem, "keep grey or RGB and one alpha")
    bits = page.bitspersample
    if not isinstance(bits, int) or bits > 16 or page.sampleformat not in (1, 4):
        kind = {2: "signed", 3: "floating-point"}.get(page.sampleformat, "unsigned")
        problem = f"{kind} samples of {bits} bits are not read"
        raise MediaError(name, problem, "convert it to 16-bit first")
    parts = list(zip(page.dataoffsets, page.databytecounts, strict=True))
    # tifffile would leave what is not there black.
    missing = any(count == 0 or offset + count > len(data) for offset, count in parts)
    if missing or len(parts) < math.prod(page.chunked):
        raise truncated(name, "TIFF")
    return 3 if page.photometric == photometric.PALETTE else colors


def _check_pages(file: tifffile.TiffFile, name: str) -> list[str]:
    """Refuse further pages; thumbnails among them are left behind."""
    others = len(file.pages) - 1
    pages = (file.pages[index] for index in range(1, others + 1))
    if not all(isinstance(page, tifffile.TiffPage) and page.is_reduced for page in pages):
        problem = f"a TIFF of {others + 1} pages is not a still"
        raise MediaError(name, problem, "split it into its pages")
    return ["the reduced pictures beside the main one are not kept"] if others else []


def _samples(page: tifffile.TiffPage) -> np.ndarray:
    """Samples of a page, (H, W, samples), uint8 or uint16 scaled to the full range."""
    pixels: np.ndarray = page.asarray(maxworkers=1)
    if page.photometric == tifffile.PHOTOMETRIC.PALETTE:
        palette = np.asarray(page.colormap, dtype=np.uint32)
        if palette.max() > 255:  # else a writer that gives 8-bit values where the standard has 16
            palette = (palette + 128) // 257
        colors: np.ndarray = palette.astype(np.uint8).T[pixels]
        return colors
    if page.planarconfig == 2 and page.samplesperpixel > 1:
        pixels = np.moveaxis(pixels, 0, -1)
    pixels = pixels.reshape(page.imagelength, page.imagewidth, page.samplesperpixel)
    bits = page.bitspersample
    if bits in (8, 16):
        return pixels
    target, full = (np.uint8, 255) if bits < 8 else (np.uint16, 65535)
    highest = (1 << bits) - 1
    scaled: np.ndarray = (pixels.astype(np.uint32) * full + highest // 2) // highest
    return scaled.astype(target)


def _orientation(tag: Tag | None, layout: Layout) -> int:
    if tag is None or tag.dtype != 3:
        return 1
    (value,) = struct.unpack_from(layout.order + "H", tag.value)
    return value if 1 <= value <= 8 else 1


def _without_thumbnail(tag: Tag) -> Tag:
    if tag.code != _PHOTOSHOP:
        return tag
    value = photoshop.without_thumbnail(tag.value)
    return Tag(tag.code, tag.dtype, len(value), value)


def _resolution(source: _Passthrough) -> _Resolution:
    """Arguments of `TiffWriter.write` for the source's resolution, as exact fractions."""
    horizontal, vertical, unit = (source.resolution.get(code) for code in _RESOLUTION)
    if not horizontal or not vertical or {horizontal.dtype, vertical.dtype} != {5}:
        return {}
    order = source.layout.order
    x, x_divisor = struct.unpack(order + "II", horizontal.value[:8])
    y, y_divisor = struct.unpack(order + "II", vertical.value[:8])
    if not (x_divisor and y_divisor):
        return {}
    named = struct.unpack(order + "H", unit.value)[0] if unit and len(unit.value) == 2 else 2
    return {
        "resolution": ((x, x_divisor), (y, y_divisor)),
        "resolutionunit": named if named in (1, 2, 3) else 1,
    }
