"""Damaged films: not a frame vanishes, and none is passed off as whole, without a word."""

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
from kinemacolor.engine.media.video.index import FilmIndex, index_film, luma_crc32
from kinemacolor.engine.media.video.probe import VideoInfo, probe
from kinemacolor.engine.media.video.reader import DecodedFrame, read_frames
from kinemacolor.engine.media.video.seeking import read_range
from kinemacolor.engine.media.video.truncation import is_cut_short
from tests.engine.media.video.damaging import (
    CONTAINERS,
    H264,
    MJPEG,
    MPEG2,
    damage_packet,
    film_in,
    flip,
    half,
    hole,
    packets_in,
    zeros,
)
from tests.engine.media.video.films import make_film

INTRA = {
    "ffv1.mkv": {"codec": "ffv1", "options": {"slices": "4", "g": "1"}},
    "ffv1.nut": {"codec": "ffv1", "options": {"slices": "4", "g": "1"}},
    "prores.mov": {"codec": "prores_ks", "pix_fmt": "yuv422p10le"},
    "mjpeg.avi": MJPEG | {"time_base": Fraction(1, 24)},
    "utvideo.avi": {"codec": "utvideo", "pix_fmt": "yuv422p", "time_base": Fraction(1, 24)},
    "huffyuv.avi": {"codec": "huffyuv", "pix_fmt": "yuv422p", "time_base": Fraction(1, 24)},
    "png.mov": {"codec": "png", "pix_fmt": "gray16be"},
}
INTER = {
    "h264.mkv": H264,
    "h264.mp4": H264,
    "hevc.mkv": {
        "codec": "libx265",
        "pix_fmt": "yuv420p",
        "options": {"x265-params": "log-level=none:keyint=12:pools=1"},
    },
    "mpeg2.mkv": MPEG2,
    "mpeg4.avi": {
        "codec": "mpeg4",
        "pix_fmt": "yuv420p",
        "options": {"g": "12", "bf": "2"},
        "time_base": Fraction(1, 24),
    },
    "vp9.mkv": {"codec": "libvpx-vp9", "pix_fmt": "yuv420p", "options": {"cpu-used": "8"}},
    "ffv1_long.mkv": {"codec": "ffv1", "options": {"g": "12", "slices": "4"}},
}
COUNT = 36


def film(folder: Path, name: str) -> Path:
    made = INTRA | INTER
    return make_film(folder / name, **({"frames": COUNT, "size": (160, 128)} | made[name]))


def read_whole(path: Path) -> list[DecodedFrame]:
    with_notes = read_frames(probe(path))
    frames = list(with_notes)
    assert with_notes.notes == ()
    return frames


def indexed(info: VideoInfo, *, salvage: bool = True) -> FilmIndex:
    return index_film(info, salvage=salvage, begins_shot=lambda frame: frame.index == 0)


def refused(path: Path, *words: str) -> str:
    with pytest.raises(MediaError) as error:
        for _ in read_frames(probe(path)):
            pass
    line = str(error.value)
    assert "\n" not in line
    assert all(word in line for word in (path.name, "--salvage", *words)), line
    return line


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


class TestAHole:
    @pytest.mark.parametrize(
        "suffix", [s for s in CONTAINERS if s not in (".mpg", ".mov", ".webm")]
    )
    def test_in_a_container_is_told(self, tmp_path, suffix):
        size = {} if suffix == ".dv" else {"size": (160, 128)}
        path = film_in(tmp_path, suffix, **size)
        count = len(read_whole(path))
        path.write_bytes(hole(path.read_bytes(), 4096))
        refused(path, "is damaged: ")
        reader = read_frames(probe(path), salvage=True)
        kept = list(reader)
        assert len(kept) + reader.missing == count
        assert 0 < reader.missing + sum(frame.damaged for frame in kept) < count

    def test_that_swallows_packets_of_a_transport_stream(self, tmp_path):
        path = film_in(tmp_path, ".ts", size=(160, 128))
        content = path.read_bytes()
        at = len(content) // 2 // 188 * 188
        path.write_bytes(content[:at] + content[at + 7 * 188 :])
        refused(path, "is damaged: ")

    def test_that_swallows_a_chunk_of_an_avi(self, tmp_path):
        path = film_in(tmp_path, ".avi")
        content, packets = path.read_bytes(), packets_in(path)
        at = content.index(packets[20]) - 8
        end = content.index(packets[22]) - 8
        path.write_bytes(
            content[:at]
            + b"JUNK"
            + (end - at - 8).to_bytes(4, "little")
            + bytes(end - at - 8)
            + content[end:]
        )
        refused(path, "is damaged: ")

    def test_that_swallows_a_chunk_is_no_gap_elsewhere(self, tmp_path):
        """AVI has an empty chunk where a frame is shown for longer; that frame was never there."""
        path = film_in(tmp_path, ".avi", pts=[0, *range(2, 31)])
        content, packets = path.read_bytes(), packets_in(path)
        begin, end = (content.index(packet) - 8 for packet in packets[20:22])
        path.write_bytes(content[:begin] + bytes(end - begin) + content[end:])
        refused(path, "is damaged: 1 frame is missing: 20 (0.875 s);")
        salvaged = read_frames(probe(path), salvage=True)
        assert [frame.pts for frame in salvaged] == [0, *range(2, 21), *range(22, 31)]

    def test_counts_no_empty_chunk_of_an_avi_as_a_frame(self, tmp_path):
        path = film_in(tmp_path, ".avi", pts=[0, *range(2, 31)])
        content, packets = path.read_bytes(), packets_in(path)
        path.write_bytes(content[: content.index(packets[20]) - 8])
        refused(path, "is cut short: 20 of 30 frames are left")
        salvaged = read_frames(probe(path), salvage=True)
        assert (len(list(salvaged)), salvaged.missing) == (20, 10)

    def test_counts_the_frames_of_an_flv_from_its_first(self, tmp_path):
        path = film_in(tmp_path, ".flv", pts=range(1, 31), audio=["aac"])
        assert probe(path).frames == 30

    def test_that_swallows_a_whole_picture_of_an_asf(self, tmp_path):
        """FFmpeg leaves out a picture of which something is missing, and says nothing."""
        path = film_in(tmp_path, ".wmv", size=(320, 240))
        content = path.read_bytes()
        packet = 3200
        begin = content.index(bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c")) + 50
        at = begin + (len(content) - begin) // packet // 2 * packet
        path.write_bytes(content[:at] + bytes(packet) + content[at + packet :])
        refused(path, "missing")

    def test_within_a_picture_of_a_transport_stream_is_told(self, tmp_path):
        """No start code follows the zeros: a decoder takes them for the picture's end."""
        path = film_in(tmp_path, ".ts", size=(320, 240))
        content = bytearray(path.read_bytes())
        at = len(content) // 2 // 188 * 188
        content[at + 40 : at + 140] = bytes(100)
        path.write_bytes(content)
        refused(path, "damaged: ")

    def test_in_an_ogg_is_told(self, tmp_path):
        """Its pages have checksums; those of a short film are read while it is opened."""
        path = tmp_path / "film.ogv"
        vp8 = make_film(tmp_path / "vp8.mkv", codec="libvpx", pix_fmt="yuv420p", frames=48)
        with av.open(str(vp8)) as one, av.open(str(path), "w", format="ogg") as film:
            copy = film.add_stream_from_template(one.streams.video[0])
            for packet in one.demux(video=0):
                if packet.size:
                    packet.stream = copy
                    film.mux(packet)
        assert len(read_whole(path)) == 48
        content = path.read_bytes()
        path.write_bytes(hole(content, 512))
        refused(path, "is damaged: ")

    def test_in_a_variable_rate_is_none(self, tmp_path):
        """Gaps between frames are no holes where nothing else tells of one."""
        pts = [0, 40, 80, 900, 940, 2000, 2040, 5000]
        path = make_film(tmp_path / "in.mkv", **H264, pts=pts, durations=[40] * 8)
        assert len(read_whole(path)) == 8


class TestTruncation:
    @pytest.mark.parametrize("suffix", [s for s in CONTAINERS if s not in (".nut", ".mp4", ".mov")])
    @pytest.mark.parametrize("share", [0.4, 0.77, 0.97])
    def test_is_recognised(self, tmp_path, suffix, share):
        path = film_in(tmp_path, suffix)
        assert not is_cut_short(path)
        content = path.read_bytes()
        length = int(share * len(content)) | 1  # no multiple of what files are made of
        path.write_bytes(content[:length])
        assert is_cut_short(path)
        refused(path, "is cut short: ")
        reader = read_frames(probe(path), salvage=True)
        assert len(list(reader)) > 0
        assert any("breaks off" in note for note in reader.notes)

    @pytest.mark.parametrize("suffix", CONTAINERS)
    def test_is_not_said_of_whole_films(self, tmp_path, suffix):
        path = film_in(tmp_path, suffix)
        count = len(read_whole(path))
        path.write_bytes(path.read_bytes() + b"trailing junk, as some tools leave it")
        assert not is_cut_short(path)
        if suffix not in (".nut", ".dv"):  # whose demuxers take it for a frame
            assert len(read_whole(path)) == count

    def test_of_a_fragment_in_the_middle(self, tmp_path):
        muxer = {"movflags": "frag_keyframe+empty_moov"}
        path = film_in(tmp_path, ".mp4", muxer=muxer)
        assert len(read_whole(path)) == 48
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2] + content[len(content) // 2 + 1000 :])
        refused(path, "is cut short: ")


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


class TestABeginning:
    def test_amid_a_group_of_pictures_is_told_and_no_damage(self, tmp_path):
        """As where a transmission was switched on: nobody can decode the first frames."""
        path = film_in(tmp_path, ".ts")
        content = path.read_bytes()
        tables = content[: 3 * 188]
        packet = packets_in(path)[4][:64]
        at = content.index(packet) // 188 * 188
        path.write_bytes(tables + content[at:])
        reader = read_frames(probe(path))
        assert 30 < len(list(reader)) < 48
        assert any("left out at its beginning" in note for note in reader.notes)


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
