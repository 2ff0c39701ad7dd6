"""Provenance tags: written by the writers of stills and films, found without decoding."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image

from kinemacolor.engine.media.provenance.stills import is_colored_still, tag_of_still
from kinemacolor.engine.media.provenance.tag import Provenance
from kinemacolor.engine.media.stills import read_still, write_still
from kinemacolor.engine.media.video.provenance_tag import tag_of_film
from tests.engine.media.stills.pictures import encoded, exif, gradient, tiff, with_xmp
from tests.engine.media.video.films import make_film

SETTINGS = {"saturation": 1.5, "model": "kinema"}
TAG = Provenance("Kinemacolor 0.2.0", "kinema", "ab" * 32, SETTINGS)
PROPERTIES = {
    "software": TAG.software,
    "network": TAG.network,
    "weights": f"sha256:{TAG.weights}",
    "settings": json.dumps(SETTINGS),
}
GREY = gradient()
OTHER_XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:dc="http://purl.org/dc/elements/1.1/" dc:format="%s"/></rdf:RDF></x:xmpmeta>'
)
SOURCES = {
    "JPEG": encoded(GREY, "JPEG"),
    "JPEG with EXIF": encoded(GREY, "JPEG", exif=exif(thumbnail=True)),
    "JPEG with XMP": with_xmp(GREY, "JPEG", OTHER_XMP % b"x"),
    "JPEG with much XMP": with_xmp(GREY, "JPEG", OTHER_XMP % (b"x" * 65000)),
    "PNG": encoded(GREY, "PNG"),
    "PNG with EXIF": encoded(GREY, "PNG", exif=exif()),
    "TIFF": tiff(GREY),
    "TIFF big-endian": tiff(GREY, byteorder=">"),
    "BigTIFF": tiff(GREY, bigtiff=True),
    "WebP": encoded(GREY, "WEBP"),
    "lossless WebP": encoded(GREY, "WEBP", lossless=True),
}


def colored(source: bytes, properties: dict[str, str] = PROPERTIES) -> bytes:
    """A source as the engine writes it, coloured."""
    still = read_still(source, "a")
    rgb = np.dstack([still.pixels] * 3) if still.pixels.ndim == 2 else still.pixels
    return write_still(still, rgb, provenance=properties)


class TestStills:
    @pytest.mark.parametrize("name", SOURCES)
    def test_of_every_format(self, name, tmp_path):
        data = colored(SOURCES[name])
        assert tag_of_still(data) == TAG and is_colored_still(data)
        (tmp_path / "a").write_bytes(data)
        assert tag_of_still(tmp_path / "a") == TAG

    @pytest.mark.parametrize("name", SOURCES)
    def test_sources_have_none(self, name):
        assert tag_of_still(SOURCES[name]) is None and not is_colored_still(SOURCES[name])

    @pytest.mark.parametrize("name", SOURCES)
    def test_what_is_cut_short_does_no_harm(self, name):
        data = colored(SOURCES[name])
        for end in range(0, min(len(data), 3000), 37):
            tag = tag_of_still(data[:end])
            assert tag is None or tag.weights == TAG.weights
            is_colored_still(data[:end])

    def test_survives_an_editor_that_writes_attributes(self):
        properties = " ".join(
            f"kinemacolor:{name}='{value}'" for name, value in PROPERTIES.items()
        ).replace("software", "Software")
        packet = OTHER_XMP.replace(
            b'dc:format="%s"', b"xmlns:kinemacolor='urn:kinemacolor:provenance#' %s"
        )
        assert tag_of_still(with_xmp(GREY, "PNG", packet % properties.encode())) == TAG

    def test_of_a_packet_with_a_document_type_is_not_read(self):
        bomb = b'<!DOCTYPE x [<!ENTITY a "aa">]><x a="urn:kinemacolor:provenance#">&a;</x>'
        assert tag_of_still(with_xmp(GREY, "PNG", bomb)) is None

    def test_of_other_programs_is_none(self):
        assert tag_of_still(colored(SOURCES["PNG"], PROPERTIES | {"software": "Other"})) is None

    def test_what_is_no_still(self):
        assert tag_of_still(b"") is None and not is_colored_still(b"RIFF1234AVI ")


class TestFilms:
    @pytest.mark.parametrize("name", ["a.mkv", "a.mp4", "a.mov"])
    def test_of_every_container(self, tmp_path, name):
        path, muxer = tmp_path / name, {}
        if name != "a.mkv":
            muxer = {"movflags": "use_metadata_tags"}
        make_film(path, codec="libx264", metadata=PROPERTIES, muxer=muxer)
        assert tag_of_film(path) == TAG

    def test_in_the_comment_beside_cover_art(self, tmp_path):
        lines = "\n".join(["a comment", *(f"{k}={v}" for k, v in PROPERTIES.items())])
        make_film(tmp_path / "a.mp4", codec="libx264", metadata={"comment": lines})
        assert tag_of_film(tmp_path / "a.mp4") == TAG

    def test_of_other_programs_is_none(self, tmp_path):
        make_film(tmp_path / "a.mkv", metadata={"software": "Kinemacolor"})
        assert tag_of_film(tmp_path / "a.mkv") is None


@pytest.mark.parametrize("settings", ["", "[]", "{"])
def test_settings_that_cannot_be_read_are_none(settings):
    tag = Provenance.of(PROPERTIES | {"settings": settings})
    assert tag is not None and tag.settings == {}


def test_plain_pictures_of_pillow_have_none():
    target = io.BytesIO()
    Image.new("RGB", (8, 8)).save(target, "TIFF")
    assert tag_of_still(target.getvalue()) is None
