"""Provenance in XMP packets (ISO 16684-1).

The disclosure is the IPTC's digital source type for a photograph with content added by a trained
model. An existing packet is extended, not rewritten: its contents stay byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from kinemacolor.engine.media.provenance.tag import NAMESPACE, NOTE

DIGITAL_SOURCE_TYPE = (
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
)

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_OURS = NAMESPACE
_RDF_ROOT, _DESCRIPTION, _ABOUT = f"{_RDF} RDF", f"{_RDF} Description", f"{_RDF} about"
# An earlier disclosure, and thumbnails, which would still show the grey picture.
_REPLACED = (f"{_IPTC} DigitalSourceType", "http://ns.adobe.com/xap/1.0/ Thumbnails")
_LARGEST = 16 << 20  # bytes of a packet that is parsed
_EMPTY = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}">\n'
    '</rdf:RDF></x:xmpmeta>\n<?xpacket end="w"?>'
).encode()


class UnreadableXMP(ValueError):
    """An XMP packet that cannot be parsed, and so cannot be extended."""


def merged(packet: bytes | None, provenance: Mapping[str, str]) -> bytes:
    """XMP packet with the disclosure and the provenance added.

    Args:
        packet: the file's packet, or None for a new one.
        provenance: further properties by name, such as the model and the hash of its weights.

    Returns:
        A UTF-8 packet. An earlier disclosure of the same kind is replaced, everything else is kept.

    Raises:
        UnreadableXMP: the packet is not well-formed, has a document type (and so perhaps entities
            that explode), holds no RDF, or is larger than 16 MB.
    """
    if packet and len(packet) > _LARGEST:
        raise UnreadableXMP(f"it is larger than {_LARGEST >> 20} MB")
    source = _utf8(packet) if packet else _EMPTY
    scan = _Scan(source)
    if scan.insert_at is None:
        raise UnreadableXMP("it holds no RDF")
    pieces, position = [], 0
    for start, end in sorted([*scan.cuts, (scan.insert_at, scan.insert_at)]):
        pieces.append(source[position:start])
        if start == scan.insert_at:
            pieces.append(_description(scan.about, provenance))
        position = end
    pieces.append(source[position:])
    return _without_padding(b"".join(pieces))


def _without_padding(packet: bytes) -> bytes:
    """A packet without the room that editors leave for each other; JPEG's segments have 64 KiB."""
    head, end, tail = packet.rpartition(b"<?xpacket end")
    kept = head.rstrip()
    return b"".join([kept, b"\n", end, tail]) if end and len(head) - len(kept) >= 32 else packet


class _Scan:
    """Parser of a packet: where new properties go, and which byte ranges are replaced."""

    def __init__(self, source: bytes) -> None:
        self.insert_at: int | None = None
        self.about = ""
        self.cuts: list[tuple[int, int]] = []
        self._source = source
        self._open: list[tuple[str, int]] = []
        self._parser = expat.ParserCreate("utf-8", " ")
        self._parser.namespace_prefixes = True
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        try:
            self._parser.Parse(source, True)
        except expat.ExpatError as error:
            raise UnreadableXMP(str(error)) from error

    def _doctype(self, *_: object) -> None:
        raise UnreadableXMP("it has a document type")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name, index = _plain(name), self._parser.CurrentByteIndex
        if name == _DESCRIPTION and self._inside(_RDF_ROOT):
            for attribute, value in attributes.items():
                if _plain(attribute) == _ABOUT:
                    self.about = self.about or value
                elif _is_replaced(_plain(attribute)):
                    prefixed = ":".join(attribute.split(" ")[:0:-1])
                    self._cut_attribute(index, prefixed.encode())
        self._open.append((name, index))

    def _end(self, _: str) -> None:
        name, start = self._open.pop()
        index = self._parser.CurrentByteIndex
        empty = not self._source.startswith(b"</", index)  # <name/> ends where its tag does
        if name == _RDF_ROOT and self.insert_at is None and not empty:
            self.insert_at = index
        elif _is_replaced(name) and self._inside(_RDF_ROOT, _DESCRIPTION):
            end = index if empty else self._source.index(b">", index) + 1
            self.cuts.append((len(self._source[:start].rstrip()), end))

    def _inside(self, *names: str) -> bool:
        return tuple(name for name, _ in self._open[-len(names) :]) == names

    def _cut_attribute(self, tag: int, name: bytes) -> None:
        quoted = rb"\s*=\s*(?:\"[^\"]*\"|'[^']*')"
        for match in re.compile(rb"\s+([^\s=<>]+)" + quoted).finditer(self._source, tag):
            if match[1] == name:
                self.cuts.append((match.start(), match.end()))
                return


def _description(about: str, provenance: Mapping[str, str]) -> bytes:
    others = {name: value for name, value in provenance.items() if name != "software"}
    software = provenance.get("software", "Kinemacolor")
    properties = {"Software": software, "Note": NOTE, **others}
    tag = "Iptc4xmpExt:DigitalSourceType"
    lines = [f"  <{tag}>{DIGITAL_SOURCE_TYPE}</{tag}>"]
    for name, value in properties.items():
        tag = f"kinemacolor:{_xml_name(name)}"
        # XML cannot hold control characters and surrogates even as references.
        text = re.sub("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", value)
        lines.append(f"  <{tag}>{escape(text)}</{tag}>")
    body = "\n".join(lines)
    return (
        f' <rdf:Description xmlns:rdf="{_RDF}" rdf:about={quoteattr(about)}'
        f' xmlns:Iptc4xmpExt="{_IPTC}" xmlns:kinemacolor="{_OURS}">\n{body}\n </rdf:Description>\n'
    ).encode()


def _utf8(packet: bytes) -> bytes:
    if packet[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            packet = packet.decode("utf-16").encode()
        except UnicodeDecodeError as error:
            raise UnreadableXMP(str(error)) from error
    return packet.removeprefix(b"\xef\xbb\xbf").strip(b"\0 \t\r\n")


def _plain(name: str) -> str:
    """ "namespace name" of expat's "namespace name prefix"."""
    return " ".join(name.split(" ")[:2])


def _is_replaced(name: str) -> bool:
    return name in _REPLACED or name.startswith(f"{_OURS} ")


def _xml_name(name: str) -> str:
    name = re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)
    return name if re.match(r"[A-Za-z_]", name) else f"_{name}"
