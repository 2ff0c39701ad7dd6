"""Recordings joined by `cat` where demuxers read the first alone, or none: told, and how many."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.media.video.reader import read_frames
from kinemacolor.engine.media.video.recordings import recordings_in
from tests.engine.media.video.damaging import CONTAINERS, film_in
from tests.engine.media.video.films import make_film

FIRST = (".mp4", ".mov", ".3gp", ".flv", ".wmv")
DAMAGED = (".mxf", ".nut")
ALL = (".mkv", ".avi", ".ts", ".mpg", ".y4m", ".dv")
FRAGMENTS = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}


def take(folder: Path, suffix: str, frames: int = 8) -> Path:
    folder.mkdir(exist_ok=True)
    if suffix == ".ogv":
        return ogg(folder, frames)
    if suffix != ".3gp":
        return film_in(folder, suffix, frames=frames)
    film = film_in(folder, ".mp4", frames=frames)
    return film.rename(folder / "film.3gp")


def ogg(folder: Path, frames: int) -> Path:
    path = folder / "film.ogv"
    vp8 = make_film(folder / "vp8.mkv", codec="libvpx", pix_fmt="yuv420p", frames=frames)
    with av.open(str(vp8)) as one, av.open(str(path), "w", format="ogg") as film:
        copy = film.add_stream_from_template(one.streams.video[0])
        for packet in one.demux(video=0):
            if packet.size:
                packet.stream = copy
                film.mux(packet)
    return path


def joined(folder: Path, suffix: str, times: int = 2) -> Path:
    path = folder / f"joined{suffix}"
    parts = [take(folder / str(n), suffix, 8 + n).read_bytes() for n in range(times)]
    path.write_bytes(b"".join(parts))
    return path


def refused(path: Path, *, salvage: bool = False) -> str:
    with pytest.raises(MediaError) as error:
        list(read_frames(probe(path), salvage=salvage))
    return str(error.value)


@pytest.mark.parametrize("times", [2, 3])
@pytest.mark.parametrize("suffix", FIRST)
def test_behind_the_first_are_told(tmp_path, suffix, times):
    path = joined(tmp_path, suffix, times)
    line = refused(path)
    assert f"holds {times} recordings joined, of which only the first can be read" in line
    assert "split it" in line
    reader = read_frames(probe(path), salvage=True)
    assert len(list(reader)) == 8
    assert any("only the first" in note for note in reader.notes)


def test_that_matroska_passes_over_are_told(tmp_path):
    """Behind a segment that states its length, FFmpeg reads one more and no third."""
    path = joined(tmp_path, ".mkv", 3)
    assert "holds 3 recordings joined, of which not all can be read; split it" in refused(path)
    reader = read_frames(probe(path), salvage=True)
    assert len(list(reader)) >= 8
    assert any("not all can be read" in note for note in reader.notes)


def test_of_matroska_without_lengths_are_all_read(tmp_path):
    """As it is written to a pipe."""
    one = take(tmp_path / "one", ".mkv").read_bytes()
    at = one.index(bytes.fromhex("18538067")) + 4
    path = tmp_path / "joined.mkv"
    path.write_bytes(3 * (one[:at] + b"\1" + 7 * b"\xff" + one[at + 8 :]))
    assert recordings_in(path).count == 1
    assert len(list(read_frames(probe(path)))) == 24


@pytest.mark.parametrize(("cut", "told"), [(0, False), (12, True)])
def test_of_avi_whose_sound_would_drift_are_told(tmp_path, cut, told):
    """The sound of the second would begin where that of the first ends: under its pictures."""
    path = tmp_path / "joined.avi"
    parts = [
        make_film(
            tmp_path / f"{n}.avi", codec="mjpeg", pix_fmt="yuvj420p", audio=["pcm_s16le"], frames=24
        )
        for n in range(2)
    ]
    if cut:
        parts[0] = silenced(parts[0], tmp_path / "short.avi", Fraction(cut, 24))
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    if told:
        assert "2 recordings joined, whose pictures and sound differ in length" in refused(path)
    assert len(list(read_frames(probe(path), salvage=told))) == 48


def silenced(source: Path, target: Path, seconds: Fraction) -> Path:
    """A film with the beginning of its sound alone."""
    with av.open(str(source)) as film, av.open(str(target), "w", format="avi") as copy:
        routes = {s.index: copy.add_stream_from_template(s) for s in film.streams}
        for packet in film.demux():
            kept = packet.stream.type == "video" or packet.dts is None
            if packet.size and (kept or packet.dts * packet.time_base < seconds):
                packet.stream = routes[packet.stream.index]
                copy.mux(packet)
    return target


@pytest.mark.parametrize("suffix", DAMAGED)
def test_that_a_demuxer_takes_for_damage_are_told(tmp_path, suffix):
    path = joined(tmp_path, suffix)
    assert "holds 2 recordings joined" in refused(path)
    reader = read_frames(probe(path), salvage=True)
    assert len(list(reader)) >= 8
    assert any("recordings joined" in note for note in reader.notes)


def test_of_ogg_are_told_though_it_is_salvaged(tmp_path):
    path = joined(tmp_path, ".ogv")
    for salvage in (False, True):
        assert "holds 2 recordings joined" in refused(path, salvage=salvage)


@pytest.mark.parametrize("suffix", ALL)
def test_are_not_told_where_all_are_read(tmp_path, suffix):
    assert len(list(read_frames(probe(joined(tmp_path, suffix))))) == 17


@pytest.mark.parametrize("suffix", [*CONTAINERS, ".3gp", ".ogv"])
@pytest.mark.parametrize("more", [b"", b"trailing junk, as some tools leave it", bytes(999)])
def test_one_is_one(tmp_path, suffix, more):
    path = take(tmp_path, suffix)
    path.write_bytes(path.read_bytes() + more)
    assert recordings_in(path).count == 1


@pytest.mark.parametrize("muxer", [FRAGMENTS, {"movflags": "faststart"}])
def test_of_mp4_are_counted_whatever_its_order(tmp_path, muxer):
    path = film_in(tmp_path, ".mp4", frames=24, muxer=muxer)
    assert recordings_in(path).count == 1
    path.write_bytes(path.read_bytes() * 3)
    assert recordings_in(path).count == 3


def test_are_none_where_streaming_repeats_its_header(tmp_path):
    path = film_in(tmp_path, ".mp4", frames=48, muxer=FRAGMENTS)
    content = path.read_bytes()
    header, second = content.index(b"moof") - 4, content.rindex(b"moof") - 4
    path.write_bytes(content[:second] + content[:header] + content[second:])
    assert recordings_in(path).count == 1
    assert len(list(read_frames(probe(path)))) == 48
