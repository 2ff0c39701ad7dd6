"""Reading and writing of still files; the format is recognised by content, not by name."""

from __future__ import annotations

import dataclasses
import struct
import zlib
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Protocol

import numpy as np

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.stills import icc, jpeg, png, tiff, webp, xmp
from kinemacolor.engine.media.stills.still import Still


class _Format(Protocol):
    """Module of a still format."""

    def read(self, data: bytes, name: str) -> Still: ...

    def write(self, still: Still, rgb: np.ndarray, xmp: bytes | None) -> bytes: ...


_FORMATS: dict[str, _Format] = {"JPEG": jpeg, "PNG": png, "TIFF": tiff, "WEBP": webp}
_SUFFIXES = {
    ".jpg": "JPEG", ".jpeg": "JPEG", ".jpe": "JPEG", ".jfif": "JPEG",
    ".png": "PNG", ".tif": "TIFF", ".tiff": "TIFF", ".webp": "WEBP",
}  # fmt: skip
_OTHERS = (
    (b"GIF8", "a GIF"),
    (b"BM", "a BMP"),
    (b"8BPS", "a Photoshop document"),
    (b"%PDF", "a PDF"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000"),
    (b"SDPX", "a DPX"),
    (b"XPDS", "a DPX"),
)
# What the decoders raise on damaged data; anything else is a fault of ours and must be seen.
_DAMAGED = (
    OSError, ValueError, TypeError, RuntimeError, SyntaxError, EOFError, LookupError,
    ArithmeticError, struct.error, zlib.error,
)  # fmt: skip


def read_still(data: bytes, name: str) -> Still:
    """Decode a still.

    Grey pixels come as sRGB codes whatever their profile or gamma; CMYK comes as sRGB. RGB pixels
    come as stored, with their profile.

    Args:
        data: the whole file.
        name: of the file, for messages and to compare its extension with the format.

    Raises:
        MediaError: a format that is not read, truncated, damaged, animated, of several pages, or
            too large, which is found before memory is allocated for the pixels.
    """
    kind = _format(data, name)
    still = _guarded(lambda: _FORMATS[kind].read(data, name), name, kind)
    still = _guarded(lambda: _in_srgb(still), name, kind)
    notes = still.notes
    claimed = _SUFFIXES.get(PurePath(name).suffix.lower())
    if claimed and claimed != kind:
        notes += (f"it is a {kind} in spite of its name, and stays one",)
    if still.xmp:
        try:
            xmp.merged(still.xmp, {})
        except xmp.UnreadableXMP as error:
            notes += (f"its XMP cannot be parsed ({error}): kept as it is, without provenance",)
    return dataclasses.replace(still, notes=notes)


def write_still(
    still: Still,
    rgb: np.ndarray,
    *,
    provenance: Mapping[str, str] | None = None,
    quality: int | None = None,
) -> bytes:
    """Encode a coloured still in its source's format, with its source's metadata.

    Args:
        still: the source, from `read_still`.
        rgb: (H, W, 3), rows, columns and type as in `still.pixels`.
        provenance: properties for the XMP packet by name: model, weights' hash, ...
        quality: of luma and chroma, 1 to 100, where the format loses some; None is the still's own.

    Raises:
        ValueError: `rgb` is not of the still's size and type.
        MediaError: the format cannot hold the picture.
    """
    if rgb.shape != (*still.pixels.shape[:2], 3) or rgb.dtype != still.pixels.dtype:
        raise ValueError(
            f"RGB of {rgb.shape} {rgb.dtype} does not fit a still of"
            f" {still.pixels.shape} {still.pixels.dtype}"
        )
    if quality is not None and still.qualities is not None:
        still = dataclasses.replace(still, qualities=(quality, quality))
    packet: bytes | None
    try:
        packet = xmp.merged(still.xmp, provenance or {})
    except xmp.UnreadableXMP:
        packet = still.xmp  # as the still's notes say
    return _FORMATS[still.format].write(still, np.ascontiguousarray(rgb), packet)


def _format(data: bytes, name: str) -> str:
    if not data:
        raise MediaError(name, "the file is empty")
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "TIFF"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    other = next((other for magic, other in _OTHERS if data.startswith(magic)), None)
    if data[4:8] == b"ftyp" and data[8:11] in (b"hei", b"hev", b"mif", b"avi"):
        other = "a HEIF or AVIF"
    if other:
        raise MediaError(name, f"it is {other}, which is not read", "convert it to PNG or TIFF")
    raise MediaError(name, "it is no picture", "JPEG, PNG, TIFF and WebP are read")


def _in_srgb(still: Still) -> Still:
    """Still with grey and CMYK codes converted to sRGB, without a profile of another space."""
    space = icc.space(still.icc) if still.icc else None
    if still.pixels.ndim == 3 and still.pixels.shape[2] == 4:
        profile = still.icc if space == "CMYK" else None
        formula = "by its profile" if profile else "without a profile, by the plain formula"
        pixels = icc.cmyk_to_srgb(still.pixels, profile)
        note = f"CMYK was converted to sRGB {formula}"
        return dataclasses.replace(still, pixels=pixels, icc=icc.SRGB, notes=(*still.notes, note))
    if space in (None, "RGB"):
        return still
    if space == "GRAY" and still.pixels.ndim == 2:
        pixels = icc.grey_to_srgb(still.pixels, still.icc or b"")
        return dataclasses.replace(still, pixels=pixels, icc=icc.SRGB)
    note = "its ICC profile does not fit its pixels and is not kept"
    return dataclasses.replace(still, icc=None, notes=(*still.notes, note))


def _guarded(work: Callable[[], Still], name: str, kind: str) -> Still:
    try:
        return work()
    except MediaError:
        raise
    except _DAMAGED as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise MediaError(name, f"the {kind} is damaged ({reason})") from error
