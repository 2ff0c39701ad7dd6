"""JPEG reader and writer (ITU-T T.81): pixels by libjpeg-turbo, other segments passed through."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import cv2
import numpy as np

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media import raw_mjpeg
from kinemacolor.engine.media.stills import exif, jpeg_decoder, jpeg_metadata
from kinemacolor.engine.media.stills.header import NEXT_MARKER, START_OF_FRAME
from kinemacolor.engine.media.stills.jpeg_decoder import Segments
from kinemacolor.engine.media.stills.jpeg_quantization import luma_quality
from kinemacolor.engine.media.stills.still import Still, check_size, damaged, truncated

QUALITY = 95  # of colours, and of luma where the source's is unknown
_READ = (0xC0, 0xC1, 0xC2, 0xC9, 0xCA)  # sequential and progressive, Huffman and arithmetic
_LOSSLESS, _JPEG_LS = 0xC3, 0xF7
_SCAN, _END, _TEMPORARY = 0xDA, 0xD9, 0x01


@dataclass(frozen=True)
class _Layout:
    """Parts of a file.

    Args:
        segments: metadata and tables before the first scan.
        tables: these and the frame header.
        components: of the frame.
        lossless: whether it is coded without loss.
        scans, end: where the first scan begins, and where the picture ends.
        between: bytes between segments before the first scan that are no filler.
    """

    segments: Segments
    tables: Segments
    components: int
    lossless: bool
    scans: int
    end: int
    between: int


def read(data: bytes, name: str, salvage: bool = False) -> Still:
    """Decode a JPEG file.

    Args:
        data: the whole file.
        name: of the file, for errors.
        salvage: whether a damaged picture is decoded as far as it can be.

    Returns:
        Grey, RGB, or (H, W, 4) ink codes with 0 for no ink where the file is CMYK.

    Raises:
        MediaError: truncated, damaged, of a kind that is not read, too large, or the first frame of
            a film.
    """
    layout = _layout(data, name, salvage)
    if data.startswith(raw_mjpeg.HEAD, layout.end) and raw_mjpeg.begins_with_two_frames(data):
        problem = "is a film of JPEG pictures under a still's name"
        raise MediaError(name, problem, f"rename it to end in {raw_mjpeg.SUFFIXES[0]}")
    metadata = jpeg_metadata.read(layout.segments)
    notes = list(metadata.notes)
    if layout.between:
        notes.append(f"{layout.between} bytes between its segments are not kept")
    scans = data[layout.scans : layout.end]
    coded = jpeg_decoder.coded(layout.tables, scans)
    pixels = _pixels(layout, coded, name, salvage, notes)
    notes += _behind(data[layout.end :], metadata.has_previews)
    luma = 100 if layout.lossless else (layout.components < 4 and luma_quality(coded)) or QUALITY
    return Still(
        name,
        "JPEG",
        pixels,
        orientation=exif.orientation(metadata.exif),
        exif=metadata.exif,
        icc=metadata.icc,
        xmp=metadata.xmp,
        passthrough=metadata.others,
        qualities=(luma, 100 if layout.lossless else QUALITY),
        notes=tuple(notes),
    )


def pixels(data: bytes) -> np.ndarray:
    """(H, W, 3) RGB of a file of ours."""
    return jpeg_decoder.decode(data, 3)


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


def _pixels(
    layout: _Layout, coded: bytes, name: str, salvage: bool, notes: list[str]
) -> np.ndarray:
    if layout.lossless:
        notes.append("its lossless compression becomes a lossy one of quality 100")
        return jpeg_decoder.decode_lossless(coded, layout.components)
    try:
        return jpeg_decoder.decode(coded, layout.components)
    except jpeg_decoder.UnreadableJpeg as error:
        problem = f"a JPEG of this kind is not read ({error})"
        raise MediaError(name, problem, "convert it to PNG or TIFF") from error
    except jpeg_decoder.DamagedJpeg as error:
        if not salvage:
            raise damaged(name, "JPEG", str(error)) from error
        notes.append(f"is damaged ({error}): coloured as far as it could be decoded")
        try:
            return jpeg_decoder.decode_damaged(coded, layout.components)
        except jpeg_decoder.DamagedJpeg as worse:
            raise MediaError(name, f"nothing of the JPEG can be decoded: {worse}") from worse


def _behind(rest: bytes, has_previews: bool) -> list[str]:
    """What follows the picture and is not kept, for the user."""
    film = rest.find(b"ftyp") - 4
    if film >= 0:
        return [f"a film of {len(rest) - film} bytes behind the picture is not kept"]
    if len(rest) > 16 and not has_previews:
        return [f"{len(rest)} bytes after the picture's end are not kept"]
    return []


def _layout(data: bytes, name: str, salvage: bool) -> _Layout:
    segments: list[tuple[int, bytes]] = []
    frame: tuple[int, int] | None = None
    position = scans = 2
    between = 0
    while True:
        scans = position
        marker, payload, position = _segment(data, position, name)
        start = NEXT_MARKER.search(data, scans)
        gap = data[scans : start.start() if start else None]
        between += len(gap) if gap.strip(b"\0\xff") else 0
        if marker in START_OF_FRAME:
            frame = marker, _components(marker, payload, name)
        elif marker == _JPEG_LS:
            raise MediaError(
                name, "it is a JPEG-LS, which is not read", "convert it to PNG or TIFF"
            )
        elif marker == _SCAN:
            break
        elif marker == _END:
            raise MediaError(name, "the JPEG holds no picture")
        segments.append((marker, payload))
    if frame is None:
        raise MediaError(name, "the JPEG says no size before its pixels")
    scans = data.index(b"\xff\xda", scans)
    while marker != _END:
        try:
            marker, _, position = _segment(data, position, name)
        except MediaError as error:
            if not salvage:
                raise truncated(name, "JPEG", salvageable=True) from error
            position, marker = len(data), _END
    tables = tuple(segments)
    metadata = tuple(pair for pair in tables if pair[0] not in START_OF_FRAME)
    return _Layout(metadata, tables, frame[1], frame[0] == _LOSSLESS, scans, position, between)


def _components(marker: int, payload: bytes, name: str) -> int:
    """The number of a frame header's components, where the picture can be read."""
    precision, height, width, components = struct.unpack_from(">BHHB", payload.ljust(6, b"\0"))
    check_size(name, width, height)
    if marker not in (*_READ, _LOSSLESS):
        kind = "a lossless or hierarchical JPEG"
        raise MediaError(name, f"it is {kind}, which is not read", "convert it to PNG or TIFF")
    if precision != 8 or components not in (1, 3, 4) or (marker == _LOSSLESS and components == 4):
        raise MediaError(
            name,
            f"a JPEG of {components} channels at {precision} bits is not supported",
            "convert it to TIFF first",
        )
    return int(components)


def _segment(data: bytes, position: int, name: str) -> tuple[int, bytes, int]:
    """(marker, payload, end) of the next segment; coded data before it is skipped."""
    found = NEXT_MARKER.search(data, position)
    if found is None:
        raise truncated(name, "JPEG")
    marker, position = data[found.end() - 1], found.end()
    if marker in (_END, _TEMPORARY):
        return marker, b"", position
    end = position + int.from_bytes(data[position : position + 2], "big")
    if end > len(data):
        raise truncated(name, "JPEG")
    return marker, data[position + 2 : end], end
