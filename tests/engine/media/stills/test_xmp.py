from __future__ import annotations

from xml.etree import ElementTree

import pytest

from kinemacolor.engine.media.stills.xmp import DIGITAL_SOURCE_TYPE, UnreadableXMP, merged
from tests.engine.media.stills.pictures import XMP

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
IPTC = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
OURS = "{urn:kinemacolor:provenance#}"
HEAD = (
    "<x:xmpmeta xmlns:x='adobe:ns:meta/'><r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
    "<r:Description r:about='uuid:1' xmlns:i='http://iptc.org/std/Iptc4xmpExt/2008-02-29/'"
    " xmlns:xmp='http://ns.adobe.com/xap/1.0/'"
)
TAIL = "</r:RDF></x:xmpmeta>"


def values(packet: bytes, name: str) -> list[str | None]:
    """Of a property, written as an element or as an attribute, anywhere in the packet."""
    root = ElementTree.fromstring(packet)
    found = [element.text for element in root.iter(name)]
    return found + [element.attrib[name] for element in root.iter() if name in element.attrib]


def test_a_new_packet() -> None:
    packet = merged(None, {"weights hash": "a<b & c", "1st": "x\0y"})
    assert values(packet, IPTC + "DigitalSourceType") == [DIGITAL_SOURCE_TYPE]
    assert DIGITAL_SOURCE_TYPE.endswith("/digitalsourcetype/compositeWithTrainedAlgorithmicMedia")
    assert values(packet, OURS + "Software") == ["Kinemacolor"]
    versioned = merged(None, {"software": "Kinemacolor 1.2"})
    assert values(versioned, OURS + "Software") == ["Kinemacolor 1.2"]
    assert values(packet, OURS + "weights_hash") == ["a<b & c"]
    assert values(packet, OURS + "_1st") == ["x\ufffdy"]
    assert packet.startswith(b"<?xpacket begin") and packet.endswith(b'<?xpacket end="w"?>')


def test_what_was_there_stays_byte_for_byte() -> None:
    packet = merged(XMP, {})
    head, tail = XMP.split(b"</rdf:RDF>")
    assert packet.startswith(head) and packet.endswith(b"</rdf:RDF>" + tail)
    assert values(packet, IPTC + "DigitalSourceType") == [DIGITAL_SOURCE_TYPE]
    descriptions = ElementTree.fromstring(packet).iter(RDF + "Description")
    assert {node.attrib[RDF + "about"] for node in descriptions} == {"uuid:7"}, "one resource"


@pytest.mark.parametrize(
    "rest",
    [
        " i:DigitalSourceType='old' xmp:Rating='5'/>",
        " xmp:Rating='5' i:DigitalSourceType = \"a > 'b'\"></r:Description>",
        "><xmp:Rating>5</xmp:Rating><i:DigitalSourceType>old</i:DigitalSourceType></r:Description>",
        "><i:DigitalSourceType r:resource='old'/><xmp:Rating>5</xmp:Rating></r:Description>",
        "><xmp:Thumbnails><r:Alt><r:li>/9j/</r:li></r:Alt></xmp:Thumbnails>"
        "<xmp:Rating>5</xmp:Rating></r:Description>",
    ],
)
def test_an_earlier_disclosure_is_replaced(rest: str) -> None:
    packet = merged((HEAD + rest + TAIL).encode(), {})
    assert values(packet, IPTC + "DigitalSourceType") == [DIGITAL_SOURCE_TYPE]
    assert values(packet, "{http://ns.adobe.com/xap/1.0/}Rating") == ["5"]
    assert values(packet, "{http://ns.adobe.com/xap/1.0/}Thumbnails") == []


def test_again_and_again() -> None:
    once = merged(XMP, {"model": "a", "older": "x"})
    twice = merged(once, {"model": "b"})
    assert values(twice, OURS + "model") == ["b"]
    assert values(twice, OURS + "older") == []
    assert len(merged(twice, {"model": "b"})) < len(twice) + 400


def test_utf16_and_padding() -> None:
    packet = merged(
        XMP.decode().replace("\n<?xpacket end", " " * 2000 + "<?xpacket end").encode("utf-16"), {}
    )
    assert "Brücke".encode() in packet and b" " * 100 not in packet
    assert merged(XMP + b"\0\0", {}) == merged(XMP, {})


@pytest.mark.parametrize(
    "packet",
    [
        b"junk",
        XMP[:200],
        b"<a/>",
        b"\xff\xfe\x00",
        b"\xff\xfe\xff",
        b"<!DOCTYPE a [<!ENTITY b 'b'>]>" + XMP,
        ("<!DOCTYPE a>" + HEAD + "/>" + TAIL).encode("utf-16"),
        b"<a>" * 50_000,
        XMP.replace("ü".encode(), b"\xfc"),
    ],
)
def test_what_cannot_be_parsed(packet: bytes) -> None:
    with pytest.raises(UnreadableXMP):
        merged(packet, {})
