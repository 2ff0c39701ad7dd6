"""JPEG reader and writer (ITU-T T.81): pixels by libjpeg-turbo, other segments passed through."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

import cv2
import imagecodecs
import numpy as np

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.stills import exif, jpeg_metadata
from kinemacolor.engine.media.stills.jpeg_quantization import luma_quality
from kinemacolor.engine.media.stills.pillow import open_checked
from kinemacolor.engine.media.stills.still import Still, check_size, truncated

QUALITY = 95  # of colours, and of luma where the source's is unknown
_START_OF_FRAME = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_SCAN, _END, _TEMPORARY = 0xDA, 0xD9, 0x01
_NEXT_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # no stuffing, restart, filler


@dataclass(frozen=True)
class _Layout:
    """Segments before the first scan, the frame header's values, and the picture's end."""

    segments: tuple[tuple[int, bytes], ...]
    width: int
    height: int
    components: int
    end: int


def read(data: bytes, name: str) -> Still:
    """Decode a JPEG file.

    Returns:
        Grey, RGB, or (H, W, 4) ink codes with 0 for no ink where the file is CMYK.

    Raises:
        MediaError: truncated, more than 8 bits, or too large.
    """
    layout = _layout(data, name)
    if layout.components == 4:
        # Pillow knows which CMYK files are inverted.
        with open_checked(data) as image:
            pixels = np.asarray(image.convert("CMYK"))
    else:
        pixels = imagecodecs.jpeg8_decode(data)
        if _ended_early(data, layout.end, pixels):
            raise truncated(name, "JPEG")
    metadata = jpeg_metadata.read(layout.segments)
    trailing = len(data) - layout.end
    notes = metadata.notes
    if trailing > 16 and not metadata.has_previews:
        notes += (f"{trailing} bytes after the picture's end are not kept",)
    return Still(
        name,
        "JPEG",
        pixels,
        orientation=exif.orientation(metadata.exif),
        exif=metadata.exif,
        icc=metadata.icc,
        xmp=metadata.xmp,
        passthrough=metadata.others,
        qualities=((layout.components < 4 and luma_quality(data)) or QUALITY, QUALITY),
        notes=notes,
    )


def write(still: Still, rgb: np.ndarray, xmp: bytes | None) -> bytes:
    """Encode (H, W, 3) uint8 as JPEG without chroma subsampling (4:4:4), Huffman tables optimised.

    A source's own luma table costs its luma least: its coefficients are multiples of these steps
    already. A finer table stores the source's artefacts more exactly than the source does.

    Args:
        still: source of the metadata; its `qualities` are those of luma and chroma.
        rgb: the pixels.
        xmp: XMP packet to write; None for none.
    """
    luma, chroma = still.qualities or (QUALITY, QUALITY)
    _, code = cv2.imencode(
        ".jpg",
        cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR),
        [
            *(cv2.IMWRITE_JPEG_LUMA_QUALITY, luma),
            *(cv2.IMWRITE_JPEG_CHROMA_QUALITY, chroma),
            *(cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444),
            *(cv2.IMWRITE_JPEG_OPTIMIZE, 1),
        ],
    )
    encoded = code.tobytes()
    body = 2
    while encoded[body + 1] & 0xF0 == 0xE0:  # the encoder's own application segments
        body += 2 + int.from_bytes(encoded[body + 2 : body + 4], "big")
    head = jpeg_metadata.write(still, xmp)
    return b"".join([encoded[:2], head, memoryview(encoded)[body:]])


def _layout(data: bytes, name: str) -> _Layout:
    segments, frame, position = [], None, 2
    while True:
        marker, payload, position = _segment(data, position, name)
        if marker in _START_OF_FRAME:
            frame_header = payload.ljust(6, b"\0")
            precision, height, width, components = struct.unpack_from(">BHHB", frame_header)
            check_size(name, width, height)
            if precision != 8 or components not in (1, 3, 4):
                raise MediaError(
                    name,
                    f"a JPEG of {components} channels at {precision} bits is not supported",
                    "convert it to TIFF first",
                )
            frame = width, height, components
        elif marker == _SCAN:
            break
        elif marker == _END:
            raise MediaError(name, "the JPEG holds no picture")
        else:
            segments.append((marker, payload))
    if frame is None:
        raise MediaError(name, "the JPEG says no size before its pixels")
    while marker != _END:
        marker, _, position = _segment(data, position, name)
    return _Layout(tuple(segments), *frame, position)


def _segment(data: bytes, position: int, name: str) -> tuple[int, bytes, int]:
    """(marker, payload, end) of the next segment; coded data before it is skipped."""
    found = _NEXT_MARKER.search(data, position)
    if found is None:
        raise truncated(name, "JPEG")
    marker, position = data[found.end() - 1], found.end()
    if marker in (_END, _TEMPORARY):
        return marker, b"", position
    end = position + int.from_bytes(data[position : position + 2], "big")
    if end > len(data):
        raise truncated(name, "JPEG")
    return marker, data[position + 2 : end], end


def _ended_early(data: bytes, end: int, pixels: np.ndarray) -> bool:
    """Whether the file has its end marker but lacks coded data before it.

    libjpeg fills what is missing with middle grey and says nothing. So where the last pixel is just
    that, more coded data is put before the end marker: a whole picture does not change by it.
    """
    if (pixels[-1, -1] != 128).any():
        return False
    longer = b"".join([data[: end - 2], b"\x55" * 4096, data[end - 2 : end]])
    return not np.array_equal(imagecodecs.jpeg8_decode(longer), pixels)
