"""TIFF reader and writer (TIFF 6.0, BigTIFF): 1 to 16 bits by tifffile, tags passed through."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import Literal

import numpy as np
import tifffile

from kinemacolor.engine.media.stills import photoshop, tiff_directory, tiff_page, tiff_samples
from kinemacolor.engine.media.stills.still import Still, truncated
from kinemacolor.engine.media.stills.tiff_directory import Layout, Tag
from kinemacolor.engine.media.stills.tiff_parts import check_parts

_XMP, _ICC, _PHOTOSHOP, _LAYERS, _ORIENTATION = 700, 34675, 34377, 37724, 274
_RESOLUTION = (282, 283, 296)  # X, Y, unit
_NAMES = {tiff_directory.EXIF: "ExifTag", tiff_directory.GPS: "GPSTag"}
# How the samples were stored, which the writer says anew, and what describes grey samples alone.
_STRUCTURE = {
    *range(254, 260), *range(262, 267), 273, *range(277, 282), 284, *range(288, 294), 301, 317,
    320, 321, 322, 323, 324, 325, 330, 332, 333, 334, 336, 338, 339, 340, 341, 347,
    *range(512, 522), 529, 530, 531, 532, *_RESOLUTION, _XMP, _ICC, _LAYERS, 400,
}  # fmt: skip
_CURVES = {291: "GrayResponseCurve", 301: "TransferFunction"}
_COMPRESSIONS = {1: None, 5: "lzw", 8: "zlib", 32946: "zlib", 32773: "packbits", 50000: "zstd"}
_PREDICTABLE = ("lzw", "zlib", "zstd")
_FRACTIONS = {5: "I", 10: "i"}  # RATIONAL, SRATIONAL


@dataclass(frozen=True)
class _Passthrough:
    """Structure and tags of the source file that the written one keeps."""

    layout: Layout
    tags: tuple[Tag, ...]
    resolution: dict[int, Tag]
    compression: str | None
    predictor: bool
    extra: int | None  # the fourth sample: 0 unspecified, 1 associated, 2 unassociated alpha
    tile: tuple[int, int] | None  # rows, columns


def read(data: bytes, name: str, salvage: bool = False) -> Still:
    """Decode a TIFF file of one picture; depths under 8 bits become 8, under 16 become 16.

    Args:
        data: the whole file.
        name: of the file, for errors.
        salvage: whether a damaged picture is decoded as far as it can be.

    Returns:
        Grey with black at 0, RGB, or (H, W, 4) ink codes where the file is CMYK.

    Raises:
        MediaError: truncated, damaged, several pages, raw camera data, samples that are no unsigned
            integers of up to 16 bits, or too large.
    """
    if _first_directory(data) + 2 > len(data):
        raise truncated(name, "TIFF")
    tiff_directory.check_row(data, name)
    notes: list[str] = []
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        picture = tiff_page.picture(file, len(data), name, salvage=salvage, notes=notes)
        page = picture.page
        check_parts(page, data, name)
        pixels = tiff_samples.samples(picture, data, name, salvage=salvage, notes=notes)
        layout = Layout(file.byteorder, file.is_bigtiff)
        tags = {
            tag.code: tag
            for tag in tiff_directory.read(data, layout, page.offset, tuple(_NAMES), name)
        }
    colors = 3 if picture.photometric == tiff_page.PALETTE else picture.stored_colors
    alpha = np.ascontiguousarray(pixels[..., colors]) if pixels.shape[2] > colors else None
    pixels = np.ascontiguousarray(pixels[..., :colors] if colors > 1 else pixels[..., 0])
    if picture.photometric == tiff_page.MINISWHITE:
        pixels = np.iinfo(pixels.dtype).max - pixels
    if page.compression in tiff_page.LOSSY:
        notes.append("its lossy compression becomes a lossless one")
    if _LAYERS in tags:
        notes.append("its Photoshop layers are not kept: they hold the grey picture")
    notes += [
        f"without {words}, which is about the source's own pixels"
        for code, words in _CURVES.items()
        if code in tags
    ]
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
            None if alpha is None else _kind_of_alpha(page),
            (page.tilelength, page.tilewidth) if page.is_tiled else None,
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
    tags: list[tuple[int | str, int, int, bytes | int | tuple[int, ...], bool]] = [
        (tag.code, tag.dtype, tag.count, _written(tag, source.layout), True)
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
            tile=source.tile,
            predictor=source.predictor and source.compression in _PREDICTABLE,
            iccprofile=still.icc,
            metadata=None,
            software=False,
            extratags=tags,
            maxworkers=1,
        )
    # Always written by tifffile, and only as it sees them.
    resolution = {code: source.resolution.get(code) for code in _RESOLUTION}
    tiff_directory.replace(target, layout, resolution)
    for tag in directories:
        tiff_directory.append(target, layout, tag)
    return target.getvalue()


def _written(tag: Tag, layout: Layout) -> bytes | tuple[int, ...]:
    """A tag's values for tifffile, which miscounts fractions that come as bytes."""
    form = _FRACTIONS.get(tag.dtype)
    if form is None:
        return tag.value
    return struct.unpack(f"{layout.order}{2 * tag.count}{form}", tag.value)


def _first_directory(data: bytes) -> int:
    order: Literal["little", "big"] = "little" if data[:1] == b"I" else "big"
    big = data[2:4] in (b"+\0", b"\0+")
    return int.from_bytes(data[8:16] if big else data[4:8], order)


def _kind_of_alpha(page: tifffile.TiffPage) -> int:
    kind = int((page.extrasamples or (0,))[0])
    return kind if kind in (0, 1, 2) else 0


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
