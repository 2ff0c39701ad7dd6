"""Parts of a picture that are missing, over which FFmpeg's decoders pass in silence.

What they give there is what their memory held before: another picture at every decoding.
"""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.jpeg_scans import lacks_a_scan
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.media.video.reader import read_frames
from tests.engine.media.video.damaging import MJPEG, MPEG2, damage_packet, packets_in
from tests.engine.media.video.films import make_film

DNXHR = {
    "codec": "dnxhd",
    "pix_fmt": "yuv422p",
    "size": (256, 128),
    "options": {"profile": "dnxhr_hq"},
}
SCAN, FRAME = b"\xff\xda", b"\xff\xc0"


def check_told(path: Path, count: int) -> None:
    """The sixth frame is damaged, and no other."""
    with pytest.raises(MediaError, match=r"is damaged: 1 frame is damaged: 5 "):
        list(read_frames(probe(path)))
    kept = list(read_frames(probe(path), salvage=True))
    assert [frame.index for frame in kept if frame.damaged] == [5]
    assert len(kept) == count


class TestAJpegWithoutItsScan:
    def without_scan(self, packet: bytes) -> bytes:
        at = packet.rindex(SCAN)
        return packet[:at] + b"HJ" + packet[at + 2 :]

    @pytest.mark.parametrize("suffix", [".mov", ".avi", ".mkv", ".nut"])
    def test_is_told_in_a_container(self, tmp_path, suffix):
        base = Fraction(1, 24) if suffix == ".avi" else None
        path = make_film(tmp_path / f"film{suffix}", **MJPEG, time_base=base)
        assert len(list(read_frames(probe(path)))) == 12
        damage_packet(path, 5, self.without_scan)
        check_told(path, 12)

    def test_is_told_in_a_raw_film(self, tmp_path):
        packets = packets_in(make_film(tmp_path / "film.mov", **MJPEG))
        path = tmp_path / "film.mjpeg"
        path.write_bytes(b"".join(packets))
        assert len(list(read_frames(probe(path)))) == 12
        packets[5] = self.without_scan(packets[5])
        path.write_bytes(b"".join(packets))
        check_told(path, 12)

    def test_is_told_where_zeros_swallow_the_frame_header(self, tmp_path):
        path = make_film(tmp_path / "film.mov", **MJPEG)

        def zeroed(packet: bytes) -> bytes:
            begin, end = packet.index(FRAME) + 4, packet.index(SCAN) + 4
            return packet[:begin] + bytes(end - begin) + packet[end:]

        damage_packet(path, 5, zeroed)
        with pytest.raises(MediaError, match=r"is damaged: 1 frame is (damaged|missing): 5 "):
            list(read_frames(probe(path)))


class TestAWholeJpeg:
    def coded(self, **options: object) -> bytes:
        file = io.BytesIO()
        pixels = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
        Image.fromarray(pixels).save(file, "JPEG", **options)
        return file.getvalue()

    @pytest.mark.parametrize(
        "options",
        [
            {},
            {"progressive": True},
            {"restart_marker_blocks": 2},
            {"exif": b"Exif\0\0" + b"\xff\xd8\xff\xc0\0\x11 a preview \xff\xd9"},
            {"comment": b"\xff\xda"},
        ],
        ids=lambda options: next(iter(options), "plain"),
    )
    def test_is_no_fault(self, options):
        whole = self.coded(**options)
        assert not lacks_a_scan(whole)
        assert not lacks_a_scan(whole + b"\xff" * 5 + bytes(7) + whole + b"\xff\xd8 is no picture")
        assert lacks_a_scan(whole + whole.replace(SCAN, b"HJ"))

    def test_of_components_in_scans_of_their_own_needs_each(self):
        whole = self.coded(progressive=True)
        first, *others = whole.split(SCAN)
        one_component = b"\0\x08\1" + others[0][3:5] + b"\0\0\0" + others[0][-8:]
        assert lacks_a_scan(SCAN.join((first, one_component)))


def test_mpeg2_without_its_last_rows_is_told(tmp_path):
    """A decoder takes them for rows that were never coded."""
    path = make_film(tmp_path / "film.mkv", **(MPEG2 | {"options": {"g": "1"}}))
    assert len(list(read_frames(probe(path)))) == 12

    def without_last_slice(packet: bytes) -> bytes:
        at = packet.index(b"\0\0\1\3")  # of the third row, the last
        return packet[:at] + b"\0\0\1\xb2" + packet[at + 4 :]  # data of a user's

    damage_packet(path, 5, without_last_slice)
    check_told(path, 12)


def test_dnxhd_that_counts_no_rows_is_told(tmp_path):
    path = make_film(tmp_path / "film.mov", **DNXHR)
    assert len(list(read_frames(probe(path)))) == 12
    damage_packet(path, 5, lambda packet: packet[:0x16C] + bytes(2) + packet[0x16E:])
    check_told(path, 12)
