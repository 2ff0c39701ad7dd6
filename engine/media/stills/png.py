"""PNG reader and writer (W3C PNG, third edition): 8 and 16 bits by libpng, other chunks kept."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import cast

import imagecodecs
import numpy as np

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.stills import exif, icc, png_color, png_interlace, png_salvage
from kinemacolor.engine.media.stills.still import Still, check_size, damaged, truncated

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PIXELS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
# Chunks that hold for coloured pixels as well, though other programs may not copy them.
_STILL_TRUE = (b"tIME", b"sCAL", b"sTER")
_XMP = b"XML:com.adobe.xmp"
_LARGEST_TEXT = 4 << 20  # bytes of a packed profile or XMP packet, once unpacked
_PALETTE = 3  # the colour type
_MOST_CHUNKS = 1_000_000  # each takes some hundred bytes of memory
# Four times as fast as libpng's own choice for a tenth more bytes.
_ENCODER = {"level": 4, "filter": imagecodecs.PNG.FILTER.PAETH}

Chunks = tuple[tuple[bytes, bytes], ...]  # (type, body) in the file's order


def read(data: bytes, name: str, salvage: bool = False) -> Still:
    """Decode a PNG file of any colour type; palettes become RGB, transparent colours become alpha.

    Args:
        data: the whole file.
        name: of the file, for errors.
        salvage: whether a damaged picture is decoded as far as it can be.

    Raises:
        MediaError: truncated, damaged, animated, or too large.
    """
    chunks, fault = _chunks(data, name, salvage)
    pixels, fault = _pixels(chunks, name, salvage, fault)
    alpha = None
    if pixels.ndim == 3 and pixels.shape[2] in (2, 4):
        pixels, alpha = pixels[..., :-1], np.ascontiguousarray(pixels[..., -1])
        pixels = np.ascontiguousarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    first = dict(reversed(chunks))
    block = exif.without_thumbnail(exif.bare(first[b"eXIf"])) if b"eXIf" in first else None
    packet, xmp_notes = _packet(chunks)
    grey = pixels.ndim == 2
    light = any(kind in first for kind in png_color.CHUNKS)
    profile, notes = (None, ()) if b"cICP" in first else _embedded_profile(first.get(b"iCCP"))
    if fault:
        notes += (f"is damaged ({fault}): coloured as far as it could be decoded",)
    if profile and light and not icc.fits(profile, grey):
        profile, notes = None, (*notes, "its ICC profile does not fit and is not kept")
    shown_by, light_notes = (None, ()) if profile else png_color.profile(first, grey, name)
    notes += light_notes
    if grey and light and profile is None:
        profile = icc.SRGB  # says for RGB what the grey file's chunks said for grey
    kept = [
        (kind, body)
        for kind, body in chunks
        if kind not in (*_PIXELS, b"eXIf")
        and (kind != b"iCCP" or (b"cICP" in first and not grey))  # which comes before iCCP
        and not _is_xmp(kind, body)
        # Chunks on light hold for the coloured pixels only where the source is RGB too.
        and ((kind in png_color.CHUNKS and not grey) or kind[3] & 0x20 or kind in _STILL_TRUE)
    ]
    understood = {*_PIXELS, *_STILL_TRUE, *png_color.CHUNKS, b"eXIf", b"iCCP"}
    unsafe = {kind for kind, _ in chunks if not kind[3] & 0x20 and kind not in understood}
    if lost := sorted(kind.decode("latin-1") for kind in unsafe):
        notes += (f"without {', '.join(lost)}, which is about the source's own pixels",)
    return Still(
        name,
        "PNG",
        pixels,
        alpha,
        orientation=exif.orientation(block),
        exif=block,
        icc=profile,
        shown_by=shown_by,
        xmp=packet,
        passthrough=tuple(kept),
        notes=notes + xmp_notes,
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


def _pixels(
    chunks: Chunks, name: str, salvage: bool, fault: str | None
) -> tuple[np.ndarray, str | None]:
    """Pixels, and what is wrong with them."""
    if chunks[0][1][9] == _PALETTE and not any(kind == b"PLTE" for kind, _ in chunks):
        raise MediaError(name, "the PNG is damaged: its palette is missing")
    if fault is None:
        try:
            return _decoded(chunks), None
        except (imagecodecs.PngError, zlib.error) as error:
            fault = " ".join(str(error).split()) or "its pixels make no sense"
            if not salvage:
                raise damaged(name, "PNG", fault) from error
    return _decoded(png_salvage.repaired(chunks)), fault


def _decoded(chunks: Sequence[tuple[bytes, bytes]]) -> np.ndarray:
    header = chunks[0][1]
    tables = [pair for pair in chunks if pair[0] in (b"PLTE", b"tRNS")]
    packed = b"".join(body for kind, body in chunks if kind == b"IDAT")

    def decode_one(header: bytes, packed: bytes) -> np.ndarray:
        parts = ((b"IHDR", header), *tables, (b"IDAT", packed), (b"IEND", b""))
        pixels: np.ndarray = imagecodecs.png_decode(
            _SIGNATURE + b"".join(_chunk(kind, body) for kind, body in parts)
        )
        return pixels

    if png_interlace.is_interlaced(header):
        return png_interlace.decode(header, packed, decode_one)
    return decode_one(header, packed)


def _chunks(data: bytes, name: str, salvage: bool) -> tuple[Chunks, str | None]:
    """(type, body) of every chunk, and what is wrong with its pixels where that can be salvaged.

    Checksums are verified where pixels depend on them.
    """
    chunks: list[tuple[bytes, bytes]] = []
    fault = None
    position = len(_SIGNATURE)
    while not chunks or chunks[-1][0] != b"IEND":
        rest = len(data) - position
        length, kind = struct.unpack_from(">I4s", data, position) if rest >= 8 else (0, b"")
        end = position + 12 + length
        begun = any(kind == b"IDAT" for kind, _ in chunks) or kind == b"IDAT"
        if rest < 12 or end > len(data):
            if not (salvage and begun):
                raise truncated(name, "PNG", salvageable=begun)
            body = data[position + 8 :] if kind == b"IDAT" else b""
            return (*chunks, (b"IDAT", body), (b"IEND", b"")), "it breaks off"
        body = data[position + 8 : end - 4]
        if not chunks:
            if kind != b"IHDR" or length != 13:
                raise MediaError(name, "the PNG does not begin with its size")
            check_size(name, *struct.unpack_from(">II", body))
        if kind == b"acTL":
            raise MediaError(name, "an animated PNG is not a still", "extract its frames first")
        if len(chunks) > _MOST_CHUNKS:
            raise MediaError(name, f"the PNG has more than {_MOST_CHUNKS:,} chunks")
        if kind in _PIXELS and zlib.crc32(data[position + 4 : end - 4]) != _checksum(data, end):
            fault = f"a wrong checksum at byte {position}"
            if kind not in (b"IDAT", b"IEND"):
                raise MediaError(name, f"the PNG is damaged: {fault}")
            if not salvage:
                raise damaged(name, "PNG", fault)
        chunks.append((kind, body))
        position = end
    return tuple(chunks), fault


def _checksum(data: bytes, end: int) -> int:
    return int.from_bytes(data[end - 4 : end], "big")


def _chunk(kind: bytes, body: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))
    return b"".join([struct.pack(">I", len(body)), kind, body, checksum])


def _is_xmp(kind: bytes, body: bytes) -> bool:
    return kind == b"iTXt" and body.startswith(_XMP + b"\0")


def _packet(chunks: Chunks) -> tuple[bytes | None, tuple[str, ...]]:
    """The XMP packet, and a note where it cannot be unpacked."""
    body = next((body for kind, body in chunks if _is_xmp(kind, body)), None)
    if body is None:
        return None, ()
    try:
        return _itxt(body), ()
    except zlib.error:
        return None, ("its XMP cannot be unpacked, or is a bomb, and is not kept",)


def _itxt(body: bytes) -> bytes:
    """Text of an iTXt chunk, which follows its keywords, flags and language."""
    _, _, rest = body.partition(b"\0")
    text = rest[2:].split(b"\0", 2)[-1]
    return _inflated(text) if rest[:1] == b"\1" else text


def _embedded_profile(chunk: bytes | None) -> tuple[bytes | None, tuple[str, ...]]:
    """The profile in an iCCP chunk, and a note where it cannot be unpacked."""
    if chunk is None:
        return None, ()
    try:
        return _inflated(chunk.partition(b"\0")[2][1:]), ()
    except zlib.error:
        return None, ("its ICC profile cannot be unpacked and is not kept",)


def _inflated(content: bytes) -> bytes:
    """Decompressed bytes.

    Raises:
        zlib.error: damaged, or more than `_LARGEST_TEXT`, which is not written out either.
    """
    stream = zlib.decompressobj()
    inflated = stream.decompress(content, _LARGEST_TEXT + 1)
    if len(inflated) > _LARGEST_TEXT:
        raise zlib.error(f"it unpacks to more than {_LARGEST_TEXT:,} bytes")
    return inflated
