"""The provenance tag of stills, in their XMP packet."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from kinemacolor.engine.media.provenance.tag import NAMESPACE, Provenance
from kinemacolor.engine.media.provenance.xmp_packet import find_packet

HEAD_BYTES = 16  # of a still, that tell its format
_MARK = NAMESPACE.encode()


class _DocumentType(ValueError):
    """A document type, whose entities might explode."""


def is_colored(file: BinaryIO, head: bytes) -> bool:
    """Whether a still carries the tag; fast enough for every file of a large folder.

    Args:
        file: the still, opened; its position changes.
        head: its first `HEAD_BYTES` bytes or more.

    Raises:
        OSError: it cannot be read.
    """
    return _MARK in find_packet(file, head)


def is_colored_still(data: bytes) -> bool:
    """Whether the still in `data`, a whole file, carries the tag."""
    return is_colored(BytesIO(data), data[:HEAD_BYTES])


def tag_of_still(data: bytes | Path) -> Provenance | None:
    """The tag of a still; None where it carries none.

    Args:
        data: the whole file, or its path.

    Raises:
        OSError: it cannot be read.
    """
    with BytesIO(data) if isinstance(data, bytes) else open(data, "rb") as file:
        head = file.read(HEAD_BYTES)
        packet = find_packet(file, head)
    return Provenance.of(_properties(packet)) if _MARK in packet else None


def _properties(packet: bytes) -> dict[str, str]:
    """Our properties in an XMP packet by name, whether elements or attributes."""
    found: dict[str, str] = {}
    inside: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        for attribute, value in attributes.items():
            if attribute.startswith(NAMESPACE):
                found[attribute.rpartition(" ")[2]] = value
        inside.append(name)

    def text(part: str) -> None:
        if inside[-1].startswith(NAMESPACE):
            name = inside[-1].rpartition(" ")[2]
            found[name] = found.get(name, "") + part

    def refuse(*_: object) -> None:
        raise _DocumentType

    # Extended XMP is a document of its own behind the first; the tag is in one of them.
    start_of_last = packet.rfind(b"<x:xmpmeta", 0, packet.find(_MARK))
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.CharacterDataHandler = start, text
    parser.EndElementHandler = lambda _: inside.pop()
    parser.StartDoctypeDeclHandler = refuse
    # What stands before the trouble counts; padding behind the packet is such.
    with suppress(expat.ExpatError, _DocumentType):
        parser.Parse(packet[max(start_of_last, packet.find(b"<"), 0) :], True)
    return found
