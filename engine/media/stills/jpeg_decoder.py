"""Pixels of JPEG files by libjpeg-turbo, whose warnings count: it repairs damage in silence.

The decoder is given what pixels depend on alone, so that odd metadata is no damage.
"""

from __future__ import annotations

from contextlib import suppress

import imagecodecs
import numpy as np
import simplejpeg

from kinemacolor.engine.media.stills.jpeg_progression import lacks_scans
from kinemacolor.engine.media.stills.pillow import open_checked

_START, _END = b"\xff\xd8", b"\xff\xd9"
_JFIF, _ADOBE = b"JFIF\0", b"Adobe"
_APP0, _APP14 = 0xE0, 0xEE
_HARMLESS = "unknown JFIF revision"  # of a header that no decoder needs
_ODD_SAMPLING = "Could not determine subsampling"
_MODES = {1: "GRAY", 3: "RGB", 4: "CMYK"}

Segments = tuple[tuple[int, bytes], ...]  # (marker, payload)


class DamagedJpeg(ValueError):
    """libjpeg's complaint about a file, in its own words."""


class UnreadableJpeg(ValueError):
    """A kind of JPEG that libjpeg does not read, in its own words."""


def coded(segments: Segments, scans: bytes) -> bytes:
    """A file of the segments that pixels depend on, and of its scans.

    Args:
        segments: those before the first scan, the frame header among them.
        scans: from the first scan's marker to the end of the image, whose marker may be missing.
    """
    kept = [_START]
    if not scans.endswith(_END):
        scans += _END
    for marker, payload in segments:
        if marker == _APP0 and payload.startswith(_JFIF):
            payload = _JFIF + b"\1\1" + payload[7:12] + b"\0\0"
        elif marker & 0xF0 == 0xE0 and not (marker == _APP14 and payload.startswith(_ADOBE)):
            continue
        kept.append(bytes([0xFF, marker]) + (len(payload) + 2).to_bytes(2, "big") + payload)
    return b"".join([*kept, scans])


def decode(data: bytes, components: int) -> np.ndarray:
    """(H, W) grey, (H, W, 3) RGB or (H, W, 4) ink codes, 0 for no ink, of a whole file.

    Args:
        data: the file, from `coded`.
        components: 1, 3 or 4.

    Raises:
        DamagedJpeg: libjpeg has something to complain about.
        UnreadableJpeg: it does not know this kind.
    """
    try:
        pixels = _decoded(data, components, strict=True)
    except DamagedJpeg:
        # Some cameras fill the last block of their memory with zeros.
        unpadded = data.removesuffix(_END).rstrip(b"\0") + _END
        if len(unpadded) == len(data):
            raise
        pixels = _decoded(unpadded, components, strict=True)
    if lacks_scans(data):
        raise DamagedJpeg("scans are missing")
    return _inks(data) if components == 4 else pixels


def check(data: bytes, components: int) -> None:
    """Decode a whole file for libjpeg's complaints alone; kinds that it does not read pass.

    Raises:
        DamagedJpeg: there is one.
    """
    if components in _MODES:
        with suppress(UnreadableJpeg):
            _decoded(data, components, strict=True)


def decode_damaged(data: bytes, components: int) -> np.ndarray:
    """As `decode`, as far as it can be read; what cannot is grey.

    Raises:
        DamagedJpeg: it cannot be read at all.
    """
    pixels = _decoded(data, components, strict=False)
    return _inks(data) if components == 4 else pixels


def decode_lossless(data: bytes, components: int) -> np.ndarray:
    """(H, W) grey or (H, W, 3) RGB of a lossless file (T.81, process 14), whose colours are RGB's.

    Raises:
        imagecodecs.Jpeg8Error: it is damaged.
    """
    space = "rgb" if components == 3 else "grayscale"
    return imagecodecs.jpeg8_decode(data, colorspace=space, outcolorspace=space)


def _decoded(data: bytes, components: int, *, strict: bool) -> np.ndarray:
    try:
        pixels: np.ndarray = simplejpeg.decode_jpeg(data, _MODES[components], strict=strict)
    except ValueError as error:
        if _ODD_SAMPLING in str(error):
            return _of_odd_sampling(data, strict=strict)
        if _HARMLESS in str(error):  # an error all the same, strict or not
            return np.asarray(imagecodecs.jpeg8_decode(data))
        text = str(error).removeprefix("Corrupt JPEG data: ")
        text = text[:1].lower() + text[1:]
        kind = UnreadableJpeg if text.startswith("unsupported") else DamagedJpeg
        raise kind(text) from error
    return pixels[..., 0] if components == 1 else pixels


def _of_odd_sampling(data: bytes, *, strict: bool) -> np.ndarray:
    """Pixels of a file whose chroma has a size that TurboJPEG does not know, but libjpeg does.

    libjpeg's complaints cannot be heard here. But it fills what is missing with middle grey; where
    the last pixel is just that, more coded data does not change a whole picture.
    """
    try:
        pixels = imagecodecs.jpeg8_decode(data)
        if strict and (pixels[-1, -1] == 128).all():
            longer = imagecodecs.jpeg8_decode(data.removesuffix(_END) + b"\x55" * 4096 + _END)
            if not np.array_equal(longer, pixels):
                raise DamagedJpeg("premature end of data segment")
    except imagecodecs.Jpeg8Error as error:
        raise DamagedJpeg(" ".join(str(error).split())) from error
    return pixels


def _inks(data: bytes) -> np.ndarray:
    """Pillow knows which CMYK files are inverted."""
    with open_checked(data) as image:
        return np.asarray(image.convert("CMYK"))
