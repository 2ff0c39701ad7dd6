"""Pictures that cannot be decoded, or with errors: none vanishes, none is passed off as whole."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.damage import Damage, Picture, places
from kinemacolor.engine.media.video.index import FilmIndex, luma_crc32
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.media.video.reader import read_frames
from kinemacolor.engine.media.video.seeking import read_range
from kinemacolor.engine.media.video.watched_decoding import SuspicionError, decode_watched
from tests.engine.media.video.damaged_films import (
    COUNT,
    INTER,
    INTRA,
    film,
    indexed,
    read_whole,
    refused,
)
from tests.engine.media.video.damaging import (
    MJPEG,
    damage_packet,
    flip,
    half,
    packets_in,
    zeros,
)
from tests.engine.media.video.films import make_film
from tests.fuzz.inputs import make_input
from tests.fuzz.mutations import mutant


class TestAnUndecodablePicture:
    """Near the end above all: there, frame threads swallow the error and good frames with it."""

    @pytest.mark.parametrize("place", [0.4, 1])
    @pytest.mark.parametrize("name", [*INTRA, *INTER])
    def test_is_told_and_all_others_kept(self, tmp_path, name, place):
        path = film(tmp_path, name)
        whole = {luma_crc32(frame.luma) for frame in read_whole(path)}
        number = round(place * (len(packets_in(path)) - 1))
        damage_packet(path, number, zeros)
        refused(path, "is damaged: ")
        reader = read_frames(probe(path), salvage=True)
        kept = list(reader)
        assert len(kept) + reader.missing == COUNT
        assert reader.missing + sum(frame.damaged for frame in kept) > 0
        if name in INTRA or place == 1:
            assert reader.missing + sum(frame.damaged for frame in kept) == 1
        assert {luma_crc32(frame.luma) for frame in kept if not frame.damaged} <= whole

    def test_is_named_by_number_and_time(self, tmp_path):
        path = film(tmp_path, "png.mov")
        damage_packet(path, 20, zeros)
        refused(path, "1 frame is missing: 20 (0.833 s)")
        reader = read_frames(probe(path), salvage=True)
        assert [frame.index for frame in reader] == list(range(COUNT - 1))
        assert reader.notes == ("1 frame is missing: 20 (0.833 s)",)

    def test_of_which_no_decoder_speaks(self, tmp_path):
        """MPEG-2 without a start code is nothing to its decoder: only the count tells."""
        path = film(tmp_path, "mpeg2.mkv")
        damage_packet(path, COUNT - 1, zeros)
        refused(path, "1 frame is missing")

    def test_of_a_few_bytes_is_told(self, tmp_path):
        """Codes of a picture that is the one before are as short, and no decoder refuses them."""
        source, path = film(tmp_path, "mjpeg.avi"), tmp_path / "film.mkv"
        with av.open(str(source)) as one, av.open(str(path), "w") as copied:
            copy = copied.add_stream_from_template(one.streams.video[0])
            for number, whole in enumerate(packets_in(source)):
                packet = av.Packet(b"no JPEG" if number == COUNT - 1 else whole)
                packet.stream, packet.time_base = copy, Fraction(1, 24)
                packet.pts = packet.dts = number
                packet.is_keyframe = True
                copied.mux(packet)
        refused(path, "1 frame is missing: 35 (1.458 s)")


class TestADamagedPicture:
    @pytest.mark.parametrize("how", [flip, half])
    @pytest.mark.parametrize("name", ["ffv1.mkv", "ffv1.nut", "ffv1_long.mkv"])
    def test_whose_checksum_fails_is_told(self, tmp_path, name, how):
        """FFmpeg gives such a frame without an error: its log alone tells."""
        path = film(tmp_path, name)
        damage_packet(path, 30, how)
        refused(path, "is damaged: ", " 30")

    @pytest.mark.parametrize("name", ["prores.mov", "mjpeg.avi", "utvideo.avi", "huffyuv.avi"])
    def test_half_of_which_is_lost_is_told(self, tmp_path, name):
        path = film(tmp_path, name)
        damage_packet(path, 20, half)
        refused(path, "1 frame is damaged: 20 (0.833 s)")

    @pytest.mark.parametrize("name", ["h264.mkv", "mpeg2.mkv", "mpeg4.avi", "hevc.mkv"])
    def test_spoils_those_that_build_on_it(self, tmp_path, name):
        path = film(tmp_path, name)
        damage_packet(path, 13, half)
        refused(path, "is damaged: ")
        index = indexed(probe(path))
        assert 0 < len(index.damaged) <= 23
        assert index.missing + len(index.pts) == COUNT

    def test_is_told_at_every_decoding(self, tmp_path):
        """Where frame threads decoded MPEG-4, a third of all decodings found nothing wrong."""
        content, _ = mutant(make_input("mpeg4.avi", tmp_path), "mpeg4.avi", 2, 552)
        path = tmp_path / "in.avi"
        path.write_bytes(content)
        info = probe(path)
        for _ in range(20):
            with pytest.raises(SuspicionError):
                list(decode_watched(info))

    def test_in_hundreds_blocks_no_thread(self, tmp_path):
        """Decoders' threads write their errors while others decode."""
        path = make_film(
            tmp_path / "in.mkv",
            codec="ffv1",
            frames=300,
            options={"slices": "4", "g": "1"},
        )
        content = bytearray(path.read_bytes())
        for packet in packets_in(path):
            content[bytes(content).index(packet) + len(packet) // 2] ^= 4
        path.write_bytes(content)
        before = av.logging.get_level()
        told = re.search(r"(\d+) frames are damaged", refused(path))
        assert told is not None
        assert int(told[1]) > 250
        assert av.logging.get_level() == before


class TestFramesOfAnotherSize:
    def mixed(self, folder: Path, order: str) -> Path:
        """A Motion JPEG film whose frames are large or small, as the letters of `order`."""
        sizes = {"l": (64, 48), "s": (32, 24)}
        packets = {
            letter: packets_in(make_film(folder / f"{letter}.avi", **MJPEG, size=size, frames=1))
            for letter, size in sizes.items()
        }
        path = folder / "film.mkv"
        with av.open(str(folder / "l.avi")) as one, av.open(str(path), "w") as film:
            copy = film.add_stream_from_template(one.streams.video[0])
            for number, letter in enumerate(order):
                packet = av.Packet(packets[letter][0])
                packet.stream, packet.time_base = copy, Fraction(1, 24)
                packet.pts = packet.dts = number
                packet.is_keyframe = True
                film.mux(packet)
        return path

    def test_between_others_are_damage(self, tmp_path):
        path = self.mixed(tmp_path, "l" * 10 + "ss" + "l" * 10)
        refused(path, "2 frames are missing: 10 to 11")
        assert len(list(read_frames(probe(path), salvage=True))) == 20

    def test_to_the_end_are_another_film(self, tmp_path):
        path = self.mixed(tmp_path, "l" * 10 + "s" * 10)
        for salvage in (False, True):
            with pytest.raises(MediaError, match="at frame 10; split it there"):
                list(read_frames(probe(path), salvage=salvage))


class TestSegments:
    @pytest.mark.parametrize(
        ("name", "how"),
        [("ffv1_long.mkv", flip), ("h264.mkv", half), ("h264.mkv", zeros), ("png.mov", zeros)],
    )
    def test_of_a_salvaged_film_are_those_of_its_index(
        self, tmp_path: Path, name: str, how: Callable[[bytes], bytes]
    ):
        path = film(tmp_path, name)
        damage_packet(path, 14, how)
        info = probe(path)
        index = indexed(info)
        assert indexed(info) == index
        index.write(tmp_path / "index.json")
        assert FilmIndex.read(tmp_path / "index.json") == index
        for start in range(0, index.stop, 9):
            stop = min(start + 9, index.stop)
            once, again = (
                list(read_range(info, index, start, stop, salvage=True)) for _ in range(2)
            )
            assert [frame.index for frame in once] == list(range(start, stop))
            assert [frame.pts for frame in once] == index.pts[start:stop]
            for one, other in zip(once, again, strict=True):
                np.testing.assert_array_equal(one.luma, other.luma)

    def test_do_not_depend_on_how_damage_is_mended(self, tmp_path):
        """An index whose damaged frames came out otherwise is as good."""
        path = film(tmp_path, "ffv1.mkv")
        damage_packet(path, 20, flip)
        info = probe(path)
        index = indexed(info)
        assert index.damaged == [20]
        index.luma_crc32[20] ^= 1
        part = list(read_range(info, index, 18, 25, salvage=True))
        assert [frame.index for frame in part] == list(range(18, 25))


class TestPlaces:
    @pytest.mark.parametrize(
        ("numbers", "text"),
        [
            ([3], "3 (0.300 s)"),
            ([3, 4, 5], "3 to 5 (0.300 to 0.500 s)"),
            ([3, 5, 6], "3 (0.300 s), 5 to 6 (0.500 to 0.600 s)"),
        ],
    )
    def test_are_ranges(self, numbers, text):
        assert places([Picture(number, number / 10) for number in numbers]) == text

    def test_of_many_are_the_first(self):
        text = places([Picture(2 * number, None) for number in range(20)])
        assert text == "0, 2, 4, 6, 8, 10, and 14 more places"

    def test_without_damage_are_none(self):
        assert not Damage()
        assert not Damage(before=3)
        assert Damage(unnamed=2).lines == (
            "2 frames are missing that its container counts, at unknown times",
        )
