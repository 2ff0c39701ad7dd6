"""WebP reader and writer (RFC 9649); a lossless file stays lossless."""

from __future__ import annotations

import io
import struct

import numpy as np
from PIL import Image

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.stills import exif
from kinemacolor.engine.media.stills.pillow import open_checked
from kinemacolor.engine.media.stills.still import Still, check_size, truncated

QUALITY = 95
_ANIMATION = 0x02
_KNOWN = (b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ICCP", b"EXIF", b"XMP ")


def read(data: bytes, name: str, salvage: bool = False) -> Still:
    """Decode a WebP file; always RGB, since the format knows no grey.

    Args:
        data: the whole file.
        name: of the file.
        salvage: changes nothing: libwebp gives a picture whole or not at all.

    Raises:
        MediaError: truncated, animated, or too large.
    """
    chunks, end = _chunks(data, name)
    lossless = b"VP8L" in chunks
    if b"VP8X" in chunks:
        head = chunks[b"VP8X"].ljust(10, b"\0")
        if head[0] & _ANIMATION:
            raise MediaError(name, "an animated WebP is not a still", "extract its frames first")
        width, height = (1 + int.from_bytes(head[at : at + 3], "little") for at in (4, 7))
        check_size(name, width, height)
    check_size(name, *_frame_size(chunks, name))
    with open_checked(data[:end]) as image:
        pixels = np.asarray(image)
    alpha = None
    if pixels.shape[2] == 4:
        pixels, alpha = np.ascontiguousarray(pixels[..., :3]), np.ascontiguousarray(pixels[..., 3])
    block = chunks.get(b"EXIF")
    block = exif.without_thumbnail(exif.bare(block)) if block else None
    notes: tuple[str, ...] = () if lossless else ("lossy WebP halves the resolution of colour",)
    notes += tuple(
        f"its chunk {kind.decode('latin-1').strip()!r} is not kept"
        for kind in chunks
        if kind not in _KNOWN
    )
    return Still(
        name,
        "WEBP",
        pixels,
        alpha,
        orientation=exif.orientation(block),
        exif=block,
        icc=chunks.get(b"ICCP"),
        xmp=chunks.get(b"XMP "),
        passthrough=lossless,
        qualities=None if lossless else (QUALITY, QUALITY),
        notes=notes,
    )


def write(still: Still, rgb: np.ndarray, xmp: bytes | None) -> bytes:
    """Encode (H, W, 3) uint8 as WebP: lossless where the source was, else at its `qualities`.

    Args:
        still: source of alpha and metadata; its `passthrough` says whether it was lossless.
        rgb: the pixels.
        xmp: XMP packet to write; None for none.
    """
    if still.alpha is not None:
        rgb = np.dstack([rgb, still.alpha])
    target = io.BytesIO()
    Image.fromarray(rgb).save(
        target,
        "WEBP",
        lossless=bool(still.passthrough),
        exact=True,  # keeps colour under full transparency
        # Of a lossless file the quality is the effort; 95 takes ten times as long for 1 %.
        quality=still.qualities[0] if still.qualities else 50,
        exif=still.exif or b"",
        icc_profile=still.icc or b"",
        xmp=xmp or b"",
    )
    return target.getvalue()


def pixels(data: bytes) -> np.ndarray:
    """(H, W, 3) RGB of a file of ours."""
    with open_checked(data) as image:
        return np.asarray(image)[..., :3]


def _chunks(data: bytes, name: str) -> tuple[dict[bytes, bytes], int]:
    """The first chunk of every kind, and where the file says that it ends."""
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise truncated(name, "WebP")
    chunks: dict[bytes, bytes] = {}
    position = 12
    while position + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, position)
        if position + 8 + length > end:
            raise truncated(name, "WebP")
        chunks.setdefault(kind, data[position + 8 : position + 8 + length])
        position += 8 + length + length % 2
    return chunks, end


def _frame_size(chunks: dict[bytes, bytes], name: str) -> tuple[int, int]:
    """(width, height) in the bitstream's own header."""
    if len(frame := chunks.get(b"VP8 ", b"")) >= 10:
        width, height = struct.unpack_from("<HH", frame, 6)
        return width & 0x3FFF, height & 0x3FFF
    if len(frame := chunks.get(b"VP8L", b"")) >= 5:
        (bits,) = struct.unpack_from("<I", frame, 1)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    raise MediaError(name, "the WebP holds no picture")
