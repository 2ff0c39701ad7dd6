"""What of a Matroska file is not carried over is told."""

from __future__ import annotations

import pytest

from kinemacolor.engine.media.video.matroska_extras import matroska_losses
from tests.engine.media.video.film_pass import pass_film
from tests.engine.media.video.films import make_film


def element(number, *content):
    body = b"".join(content)
    return bytes.fromhex(number) + (1 << 56 | len(body)).to_bytes(8, "big") + body


def display(name):
    return element("80", element("85", name))


def chapters(*atom):
    return element("1043A770", element("45B9", element("B6", element("91", b"\0"), *atom)))


def tags(*targets):
    entry = element("67C8", element("45A3", b"TITLE"), element("4487", b"Box"))
    return element("1254C367", *(element("7373", element("63C0", t), entry) for t in targets))


PLAIN = chapters(display(b"One")) + tags(b"", element("68CA", bytes([50])))
CASES = [
    (PLAIN, []),
    (chapters(display(b"One"), element("B6", element("91", b"\0"))), ["within chapters"]),
    (chapters(display(b"One"), display(b"Eins")), ["several languages"]),
    (tags(b"", element("68CA", bytes([70])), element("68CA", bytes([30]))), ["2 tags"]),
    (element("1654AE6B", element("AE", element("E0", element("54BB", b"\2")))), ["PixelCrop"]),
]


@pytest.mark.parametrize(("extras", "told"), CASES)
def test_losses_are_told(tmp_path, extras, told):
    source = make_film(tmp_path / "in.mkv", frames=2)
    content = source.read_bytes()
    segment = content.index(bytes.fromhex("18538067"))
    length = int.from_bytes(content[segment + 4 : segment + 12], "big") + len(extras)
    longer = content[: segment + 4] + length.to_bytes(8, "big") + content[segment + 12 :] + extras
    source.write_bytes(longer)
    lines = matroska_losses(source)
    assert len(lines) == len(told)
    assert all(part in line for part, line in zip(told, lines, strict=True))
    notes = pass_film(source, tmp_path).writer.notes
    assert [note for note in notes if note in lines] == lines


@pytest.mark.parametrize("content", [b"", b"\0" * 99, b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\xff"])
def test_damage_is_nothing(tmp_path, content):
    path = tmp_path / "in.mkv"
    path.write_bytes(content)
    assert matroska_losses(path) == []
