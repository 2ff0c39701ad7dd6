"""Holes in containers and ends that are cut off: not a frame vanishes without a word."""

from __future__ import annotations

import av
import pytest

from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.media.video.reader import read_frames
from kinemacolor.engine.media.video.truncation import is_cut_short
from tests.engine.media.video.damaged_films import (
    read_whole,
    refused,
)
from tests.engine.media.video.damaging import (
    CONTAINERS,
    H264,
    film_in,
    hole,
    packets_in,
)
from tests.engine.media.video.films import make_film


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
