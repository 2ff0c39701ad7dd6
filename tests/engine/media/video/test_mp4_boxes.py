"""XMP and clean aperture: kept where MP4 or QuickTime holds them, told where nothing can."""

from __future__ import annotations

import struct

import av
import pytest

from kinemacolor.engine.media.video.mp4_boxes import PassedOver, passed_over, put_back
from kinemacolor.engine.settings import Settings
from tests.engine.media.video.film_pass import pass_film
from tests.engine.media.video.films import make_film, pictures_of, tracks_of

XMP = b'<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"/><?xpacket end="w"?>'
APERTURE = struct.pack(">8i", 60, 1, 40, 1, 0, 1, 0, 1)
UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")


def film_with(path, parts, track=1):
    source = make_film(path, codec="libx264", pix_fmt="yuv420p", audio=["aac"])
    put_back(source, track, parts)
    return source


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
class TestParts:
    def test_are_as_the_standard_has_them(self, tmp_path, suffix):
        plain = make_film(tmp_path / f"a{suffix}", codec="libx264", pix_fmt="yuv420p").read_bytes()
        content = film_with(tmp_path / f"in{suffix}", PassedOver(XMP, APERTURE)).read_bytes()
        assert content.endswith(struct.pack(">I", 24 + len(XMP)) + b"uuid" + UUID + XMP)
        assert content.count(struct.pack(">I", 40) + b"clap" + APERTURE) == 1
        assert b"clap" not in plain

    @pytest.mark.parametrize("settings", [{}, {"codec": "prores", "container": "mov"}])
    def test_are_kept(self, tmp_path, suffix, settings):
        source = film_with(tmp_path / f"in{suffix}", PassedOver(XMP, APERTURE))
        done = pass_film(source, tmp_path, Settings(**settings))
        assert passed_over(done.target, 1) == PassedOver(XMP, APERTURE)
        assert len(pictures_of(done.target)) == len(pictures_of(source))
        assert [t.type for t in tracks_of(done.target)] == [t.type for t in tracks_of(source)]
        assert done.writer.notes == []

    def test_are_told_where_they_are_lost(self, tmp_path, suffix):
        source = film_with(tmp_path / f"in{suffix}", PassedOver(XMP, APERTURE))
        notes = pass_film(source, tmp_path, Settings(container="mkv")).writer.notes
        assert any("XMP" in note for note in notes)
        assert any("clean aperture" in note for note in notes)

    def test_of_sound_are_nobodys(self, tmp_path, suffix):
        source = film_with(tmp_path / f"in{suffix}", PassedOver(b"", APERTURE), track=2)
        assert passed_over(source, 1) == PassedOver()

    def test_that_are_absent_stay_so(self, tmp_path, suffix):
        source = make_film(tmp_path / f"in{suffix}", codec="libx264", pix_fmt="yuv420p")
        done = pass_film(source, tmp_path)
        assert passed_over(done.target, 1) == PassedOver()


def test_xmp_of_quicktime_is_found(tmp_path):
    source = make_film(tmp_path / "in.mov", codec="libx264", pix_fmt="yuv420p")
    content = source.read_bytes()
    moov = content.rindex(b"moov") - 4
    user_data = content.find(b"udta", moov)
    inner = struct.pack(">I", 8 + len(XMP)) + b"XMP_" + XMP
    added = struct.pack(">I", 8 + len(inner)) + b"udta" + inner
    rest = content[moov + 8 :] if user_data < 0 else content[moov + 8 : user_data - 4]
    changed = content[:moov] + struct.pack(">I", 8 + len(rest + added)) + b"moov" + rest + added
    source.write_bytes(changed)
    with av.open(str(source)) as film:
        assert film.streams.video
    assert passed_over(source, 1).xmp == XMP
    assert passed_over(pass_film(source, tmp_path).target, 1).xmp == XMP


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 40, b"\0\0\0\x10moov\xff\xff\xff\xfftrak", b"text" * 9]
)
def test_damage_is_nothing(tmp_path, content):
    path = tmp_path / "in.mp4"
    path.write_bytes(content)
    assert passed_over(path, 1) == PassedOver()
