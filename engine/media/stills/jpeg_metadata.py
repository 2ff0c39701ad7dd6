"""Metadata segments of JPEG files: JFIF, EXIF, ICC, XMP, Photoshop with IPTC, comments.

Segments as in JFIF 1.02, EXIF 3.0 section 4.5.4, ICC.1 annex B.4 and XMP part 3 section 1.1.3.
"""

from __future__ import annotations

import hashlib
import re
import struct
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from kinemacolor.engine.media.stills import exif, photoshop
from kinemacolor.engine.media.stills.still import Still
from kinemacolor.engine.media.stills.xmp import UnreadableXMP, merged

_APP0, _APP1, _APP2, _APP11, _APP13, _APP14 = 0xE0, 0xE1, 0xE2, 0xEB, 0xED, 0xEE
_COMMENT = 0xFE
_JFIF = b"JFIF\0"
_EXIF = b"Exif\0\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
_CALLED = {_EXIF: "EXIF", _XMP: "XMP"}
_ICC = b"ICC_PROFILE\0"
_PHOTOSHOP = b"Photoshop 3.0\0"
_LARGEST = 65533  # what a segment's 16-bit length leaves for its payload
_ICC_PART = _LARGEST - len(_ICC) - 2
_EXTENSION_PART = 65400
_ROOM = 8192  # for provenance in a packet that cannot be moved to an extension

Segments = tuple[tuple[int, bytes], ...]  # (marker, payload) in the file's order


@dataclass(frozen=True)
class JpegMetadata:
    """Metadata of a JPEG file, sorted out from its segments.

    Args:
        exif, icc, xmp: the whole blocks, without their segments' headers; None where there is none.
        others: every further segment to keep, in order.
        has_previews: whether further pictures follow the main one in the file.
        notes: what is not kept, for the user.
    """

    exif: bytes | None
    icc: bytes | None
    xmp: bytes | None
    others: Segments
    has_previews: bool
    notes: tuple[str, ...]


def read(segments: Segments) -> JpegMetadata:
    """Metadata in a file's segments; tables and the encoder's own segments are left out."""
    found: dict[bytes, bytes] = {}
    profile: dict[int, bytes] = {}
    parts = 0
    resources = b""
    others: list[tuple[int, bytes]] = []
    notes: list[str] = []
    has_previews = False
    for marker, payload in segments:
        if marker == _APP0:
            has_one = any(marker == _APP0 for marker, _ in others)
            if payload.startswith(_JFIF) and len(payload) >= 14 and not has_one:
                others.insert(0, (_APP0, payload[:12] + b"\0\0"))  # its own thumbnail is grey
        elif marker == _APP1 and payload.startswith((_EXIF, _XMP)):
            kind = _EXIF if payload.startswith(_EXIF) else _XMP
            block = payload[len(kind) :]
            if kind == _EXIF and _EXIF in found and not exif.begins(block):
                found[_EXIF] += block  # one that is too large for a segment
            elif found.setdefault(kind, block) != block:
                notes.append(f"a second block of {_CALLED[kind]} is not kept")
        elif marker == _APP2 and payload.startswith(_ICC) and len(payload) >= 14:
            parts = payload[13]
            profile[payload[12]] = payload[14:]
        elif marker == _APP2 and payload.startswith(b"MPF\0"):
            has_previews = True
            notes.append("the previews or depth maps behind the picture are not kept")
        elif marker == _APP11 and payload.startswith(b"JP"):
            notes.append("its content credentials are not kept: they vouch for other pixels")
        elif marker == _APP13 and payload.startswith(_PHOTOSHOP):
            resources += payload[len(_PHOTOSHOP) :]
        elif (marker & 0xF0 == 0xE0 and marker != _APP14) or marker == _COMMENT:
            others.append((marker, payload))
    if profile and sorted(profile) != list(range(1, parts + 1)):
        notes.append("its ICC profile is incomplete and not kept")
        profile = {}
    if _is_crowded(found.get(_XMP), others):
        notes.append("its XMP leaves no room for provenance: kept as it is, without it")
    others += _parts(_APP13, _PHOTOSHOP, photoshop.without_thumbnail(resources))
    block = exif.bare(found.get(_EXIF, b""))  # some cameras write the header twice
    return JpegMetadata(
        exif=exif.without_thumbnail(block) if block else None,
        icc=b"".join(profile[part] for part in sorted(profile)) or None,
        xmp=found.get(_XMP),
        others=tuple(others),
        has_previews=has_previews,
        notes=tuple(dict.fromkeys(notes)),
    )


def write(still: Still, xmp: bytes | None) -> bytes:
    """Metadata segments as bytes, to stand between start of image and the encoder's tables.

    Args:
        still: source of EXIF and ICC; its `passthrough` holds the other segments.
        xmp: XMP packet to write in place of the still's own; None for none.
    """
    others = list(cast(Segments, still.passthrough or ()))
    segments = others[:1] if others and others[0][0] == _APP0 else []
    others = others[len(segments) :]
    if still.exif:
        segments += _parts(_APP1, _EXIF, still.exif)
    if xmp:
        segments += _xmp_segments(xmp, still.xmp, others)
    if still.icc:
        count = -(-len(still.icc) // _ICC_PART)
        for part in range(count):
            piece = still.icc[part * _ICC_PART : (part + 1) * _ICC_PART]
            segments.append((_APP2, _ICC + bytes([part + 1, count]) + piece))
    return b"".join(
        b"\xff" + bytes([marker]) + struct.pack(">H", len(payload) + 2) + payload
        for marker, payload in segments + others
    )


def _xmp_segments(
    xmp: bytes, old: bytes | None, others: list[tuple[int, bytes]]
) -> list[tuple[int, bytes]]:
    if old and _is_crowded(old, others):
        return [(_APP1, _XMP + old)]
    if len(_XMP) + len(xmp) <= _LARGEST:
        return [(_APP1, _XMP + xmp)]
    whole = re.sub(rb"<\?xpacket.*?\?>", b"", xmp, flags=re.DOTALL).strip()
    digest = hashlib.md5(whole, usedforsecurity=False).hexdigest().upper().encode()
    pointer = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description rdf:about="" xmlns:xmpNote="http://ns.adobe.com/xmp/note/"'
        b' xmpNote:HasExtendedXMP="' + digest + b'"/></rdf:RDF></x:xmpmeta>'
    )
    segments = [(_APP1, _XMP + merged(pointer, {}))]
    for start in range(0, len(whole), _EXTENSION_PART):
        head = _EXTENSION + digest + struct.pack(">II", len(whole), start)
        segments.append((_APP1, head + whole[start : start + _EXTENSION_PART]))
    return segments


def _is_crowded(packet: bytes | None, others: list[tuple[int, bytes]]) -> bool:
    """Whether a packet is full and has an extension already: a second one is not possible."""
    if not packet or not any(payload.startswith(_EXTENSION) for _, payload in others):
        return False
    with suppress(UnreadableXMP):
        packet = merged(packet, {})
    return len(_XMP) + len(packet) > _LARGEST - _ROOM


def _parts(marker: int, header: bytes, content: bytes) -> list[tuple[int, bytes]]:
    size = _LARGEST - len(header)
    return [(marker, header + content[at : at + size]) for at in range(0, len(content), size)]
