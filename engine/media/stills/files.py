"""Reading and writing of still files; the format is recognised by content, not by name."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Protocol

import imagecodecs
import numpy as np

from kinemacolor.engine.color.still_spaces import SRGB
from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.faults import raised_by
from kinemacolor.engine.media.stills import icc, jpeg, png, tiff, webp, xmp
from kinemacolor.engine.media.stills.header import without_padding
from kinemacolor.engine.media.stills.still import Still, damaged


class _Format(Protocol):
    """Module of a still format."""

    def read(self, data: bytes, name: str, salvage: bool = False) -> Still: ...

    def write(self, still: Still, rgb: np.ndarray, xmp: bytes | None) -> bytes: ...


class _LossyFormat(_Format, Protocol):
    """Module of a still format that may lose some of the pixels."""

    def pixels(self, data: bytes) -> np.ndarray: ...


_LOSSY: dict[str, _LossyFormat] = {"JPEG": jpeg, "WEBP": webp}
_FORMATS: dict[str, _Format] = {"JPEG": jpeg, "PNG": png, "TIFF": tiff, "WEBP": webp}
_SEARCHED = 1024  # bytes for a picture that begins late
_BEGINNINGS = (  # what is told of a picture, and how far from its beginning
    (b"\xff\xd8\xff", "a JPEG", 0),
    (b"\x89PNG\r\n\x1a\n", "a PNG", 0),
    (b"WEBPVP8", "a WebP", 8),
    (b"II*\0", "a TIFF", 0),
    (b"MM\0*", "a TIFF", 0),
)
_INTERNAL = re.compile(r"\w\.\w+ ?=|[A-Za-z]_[A-Za-z]|^\W*$")  # a library's words to itself
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
# Who finds data damaged, by types of their own or in their own code; whatever else is raised is a
# fault of ours and must be seen.
_DECODERS = frozenset({"PIL", "imagecodecs", "tifffile", "simplejpeg", "struct", "zlib", "cv2"})


def read_still(data: bytes, name: str, *, salvage: bool = False) -> Still:
    """Decode a still.

    Grey and RGB pixels come as stored, with the space that they are in, by their profile, gamma or
    code points; CMYK, and RGB by a profile with tables, come as sRGB.

    Args:
        data: the whole file.
        name: of the file, for messages and to compare its extension with the format.
        salvage: whether a damaged picture is read as far as it can be, with a note.

    Raises:
        MediaError: a format that is not read, truncated, damaged, animated, of several pages, or
            too large, which is found before memory is allocated for the pixels.
    """
    data, notes = without_padding(data)
    kind = _format(data, name)
    still = _guarded(lambda: _FORMATS[kind].read(data, name, salvage), name, kind, salvage)
    still = _placed(still)
    notes += still.notes
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


def written_pixels(still: Still, data: bytes) -> np.ndarray | None:
    """(H, W, 3) RGB that a still as written shows; None where its format loses nothing.

    Args:
        still: the source.
        data: its coloured version, by `write_still`.
    """
    return None if still.qualities is None else _LOSSY[still.format].pixels(data)


def _format(data: bytes, name: str) -> str:
    if not data:
        raise MediaError(name, "the file is empty")
    if data.startswith(b"\xff\xd8"):
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
    for mark, what, before in _BEGINNINGS:
        start = data.find(mark, 0, _SEARCHED) - before
        if start > 0:
            problem = f"{what} begins at byte {start} of it"
            raise MediaError(name, problem, "cut off what is before it")
    raise MediaError(name, "it is no picture", "JPEG, PNG, TIFF and WebP are read")


def _placed(still: Still) -> Still:
    """Still with the colour space of its pixels; CMYK, and RGB by tables, are converted to sRGB."""
    profile = still.shown_by or still.icc
    kind = icc.space(profile) if profile else ""
    if still.pixels.ndim == 3 and still.pixels.shape[2] == 4:
        return _from_cmyk(still, profile if kind == "CMYK" else None)
    if profile is None:
        return still
    grey = still.pixels.ndim == 2
    try:
        if grey and kind == "GRAY":
            return dataclasses.replace(still, space=icc.grey_space(profile), icc=icc.SRGB)
        if kind == "RGB":
            space = icc.rgb_space(profile)
            if not grey and space is not None:
                return dataclasses.replace(still, space=space)
            if not grey:
                pixels = icc.rgb_to_srgb(still.pixels, profile)
                note = "its colours, of a profile with tables, were converted to sRGB"
                notes = (*still.notes, note)
                return dataclasses.replace(still, pixels=pixels, icc=icc.SRGB, notes=notes)
            if space is SRGB:
                return still
    except imagecodecs.CmsError:
        return _without_profile(still, "is damaged")
    return _without_profile(still, "does not fit its pixels")


def _without_profile(still: Still, fault: str) -> Still:
    note = f"its ICC profile {fault} and is not kept; its codes are taken as sRGB's"
    return dataclasses.replace(still, icc=None, notes=(*still.notes, note))


def _from_cmyk(still: Still, profile: bytes | None) -> Still:
    formula = "by its profile" if profile else "without a profile, by the plain formula"
    try:
        pixels = icc.cmyk_to_srgb(still.pixels, profile)
    except imagecodecs.CmsError:
        formula = "by the plain formula, since its profile is damaged"
        pixels = icc.cmyk_to_srgb(still.pixels, None)
    note = f"CMYK was converted to sRGB {formula}"
    return dataclasses.replace(still, pixels=pixels, icc=icc.SRGB, notes=(*still.notes, note))


def _guarded(work: Callable[[], Still], name: str, kind: str, salvage: bool) -> Still:
    """A still, or an error that blames the file where a decoder or the file's structure does.

    Python's own exceptions that begin in this project are its faults, and pass.
    """
    try:
        return work()
    except (MediaError, MemoryError):
        raise
    except Exception as error:
        if not raised_by(error, _DECODERS):
            raise
        own = type(error).__module__.partition(".")[0] in _DECODERS or type(error) is OSError
        words = " ".join(str(error).split()) if own else ""  # not Python's own
        if _INTERNAL.search(words):
            words = "its structure makes no sense"
        if salvage:
            raise MediaError(name, f"nothing of the {kind} can be decoded: {words}") from error
        raise damaged(name, kind, words) from error
