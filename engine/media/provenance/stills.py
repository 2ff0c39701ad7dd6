"""The provenance tag of stills, in their XMP packet."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from kinemacolor.engine.media.provenance.tag import NAMESPACE, Provenance
from kinemacolor.engine.media.provenance.xmp_packet import find_packets

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
    return any(_MARK in packet for packet in find_packets(file, head))


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
        packets = find_packets(file, head)
    return _tag_in(packets) if any(_MARK in packet for packet in packets) else None


@lru_cache(maxsize=8)  # stills without XMP of their own have the same packet
def _tag_in(packets: tuple[bytes, ...]) -> Provenance | None:
    return Provenance.of({k: v for packet in packets for k, v in _properties(packet).items()})


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

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.CharacterDataHandler = start, text
    parser.EndElementHandler = lambda _: inside.pop()
    parser.StartDoctypeDeclHandler = refuse
    # What stands before the trouble counts; padding behind the packet is such.
    with suppress(expat.ExpatError, _DocumentType):
        parser.Parse(packet[max(packet.find(b"<"), 0) :], True)
    return found
