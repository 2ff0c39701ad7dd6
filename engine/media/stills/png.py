"""PNG reader and writer (W3C PNG, third edition): 8 and 16 bits by libpng, other chunks kept."""

from __future__ import annotations

import struct
import zlib
from typing import cast

import imagecodecs
import numpy as np

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.stills import exif, icc
from kinemacolor.engine.media.stills.still import Still, check_size, truncated

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PIXELS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
# They hold for the coloured pixels only where the source is RGB too.
_COLOR_SPACE = (b"cICP", b"sRGB", b"gAMA", b"cHRM", b"mDCV", b"cLLI")
_XMP = b"XML:com.adobe.xmp"
_LARGEST_TEXT = 64 << 20
# Four times as fast as libpng's own choice for a tenth more bytes.
_ENCODER = {"level": 4, "filter": imagecodecs.PNG.FILTER.PAETH}
_SRGB_GAMMA = 45455

Chunks = tuple[tuple[bytes, bytes], ...]  # (type, body) in the file's order


def read(data: bytes, name: str) -> Still:
    """Decode a PNG file of any colour type; palettes become RGB, transparent colours become alpha.

    Raises:
        MediaError: truncated, damaged, animated, or too large.
    """
    chunks = _chunks(data, name)
    pixels = imagecodecs.png_decode(
        _SIGNATURE + b"".join(_chunk(kind, body) for kind, body in chunks if kind in _PIXELS)
    )
    alpha = None
    if pixels.ndim == 3 and pixels.shape[2] in (2, 4):
        pixels, alpha = pixels[..., :-1], np.ascontiguousarray(pixels[..., -1])
        pixels = np.ascontiguousarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    first = dict(reversed(chunks))
    block = exif.without_thumbnail(exif.bare(first[b"eXIf"])) if b"eXIf" in first else None
    profile = _inflated(first[b"iCCP"].partition(b"\0")[2][1:]) if b"iCCP" in first else None
    grey = pixels.ndim == 2
    if grey and profile is None and b"gAMA" in first and b"sRGB" not in first:
        pixels = _gamma_to_srgb(pixels, first[b"gAMA"])
    if grey and profile is None and any(kind in first for kind in _COLOR_SPACE):
        profile = icc.SRGB  # says for RGB what the grey file's chunks said for grey
    kept = [
        (kind, body)
        for kind, body in chunks
        if kind not in (*_PIXELS, b"eXIf", b"iCCP")
        and not _is_xmp(kind, body)
        and (kind[3] & 0x20 or kind == b"tIME" or (kind in _COLOR_SPACE and not grey))
    ]
    return Still(
        name,
        "PNG",
        pixels,
        alpha,
        orientation=exif.orientation(block),
        exif=block,
        icc=profile,
        xmp=next((_itxt(body) for kind, body in chunks if _is_xmp(kind, body)), None),
        passthrough=tuple(kept),
    )


def write(still: Still, rgb: np.ndarray, xmp: bytes | None) -> bytes:
    """Encode (H, W, 3) uint8 or uint16 as PNG of the same depth, with the still's alpha.

    Args:
        still: source of alpha and metadata.
        rgb: the pixels.
        xmp: XMP packet to write; None for none.
    """
    if still.alpha is not None:
        rgb = np.dstack([rgb, still.alpha])
    encoded = imagecodecs.png_encode(np.ascontiguousarray(rgb), **_ENCODER)
    chunks = list(cast(Chunks, still.passthrough or ()))
    if still.icc:
        chunks.insert(0, (b"iCCP", b"ICC Profile\0\0" + zlib.compress(still.icc)))
    if still.exif:
        chunks.append((b"eXIf", still.exif))
    if xmp:
        chunks.append((b"iTXt", _XMP + b"\0\0\0\0\0" + xmp))
    body = len(_SIGNATURE) + 25  # behind IHDR
    head = b"".join(_chunk(kind, content) for kind, content in chunks)
    return b"".join([encoded[:body], head, memoryview(encoded)[body:]])


def _chunks(data: bytes, name: str) -> list[tuple[bytes, bytes]]:
    """(type, body) of every chunk, checksums verified where pixels depend on them."""
    chunks: list[tuple[bytes, bytes]] = []
    position = len(_SIGNATURE)
    while not chunks or chunks[-1][0] != b"IEND":
        if position + 12 > len(data):
            raise truncated(name, "PNG")
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if end > len(data):
            raise truncated(name, "PNG")
        body = data[position + 8 : end - 4]
        if not chunks:
            if kind != b"IHDR" or length != 13:
                raise MediaError(name, "the PNG does not begin with its size")
            check_size(name, *struct.unpack_from(">II", body))
        if kind == b"acTL":
            raise MediaError(name, "an animated PNG is not a still", "extract its frames first")
        if kind in _PIXELS and zlib.crc32(data[position + 4 : end - 4]) != _checksum(data, end):
            raise MediaError(name, f"the PNG is damaged: a wrong checksum at byte {position}")
        chunks.append((kind, body))
        position = end
    return chunks


def _checksum(data: bytes, end: int) -> int:
    return int.from_bytes(data[end - 4 : end], "big")


def _chunk(kind: bytes, body: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))
    return b"".join([struct.pack(">I", len(body)), kind, body, checksum])


def _is_xmp(kind: bytes, body: bytes) -> bool:
    return kind == b"iTXt" and body.startswith(_XMP + b"\0")


def _itxt(body: bytes) -> bytes:
    """Text of an iTXt chunk, which follows its keywords, flags and language."""
    _, _, rest = body.partition(b"\0")
    text = rest[2:].split(b"\0", 2)[-1]
    return _inflated(text) if rest[:1] == b"\1" else text


def _inflated(content: bytes) -> bytes:
    """Decompressed bytes, at most `_LARGEST_TEXT` of them: a guard against bombs."""
    return zlib.decompressobj().decompress(content, _LARGEST_TEXT)


def _gamma_to_srgb(pixels: np.ndarray, chunk: bytes) -> np.ndarray:
    """Grey codes of a gAMA chunk (100,000 / gamma) as sRGB codes; unchanged near sRGB's gamma."""
    (gamma,) = struct.unpack(">I", chunk)
    if gamma == 0 or abs(gamma / _SRGB_GAMMA - 1) < 0.05:
        return pixels
    return icc.grey_to_srgb(pixels, icc.grey_gamma(100_000 / gamma))
