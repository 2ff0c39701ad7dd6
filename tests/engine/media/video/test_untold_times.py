"""Times that a container does not tell, or tells by what it leaves out."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.media.video.untimed_lead import lead_times
from kinemacolor.engine.settings import Settings
from tests.engine.media.video.film_pass import pass_film
from tests.engine.media.video.films import make_film, pictures_of, tracks_of


def reordered_avi(path, *, frames=20, rate=25, step=1):
    """H.264 whose frames are stored in another order: AVI has no times of presentation."""
    film = make_film(
        path.with_suffix(".mkv"),
        codec="libx264",
        pix_fmt="yuv420p",
        rate=25,
        frames=frames,
        options={"bf": "2", "g": "12"},
    )
    with av.open(str(film)) as source, av.open(str(path), "w", format="avi") as avi:
        video = source.streams.video[0]
        annexb = av.BitStreamFilterContext("h264_mp4toannexb", video)
        copy = avi.add_stream("libx264", rate=rate, width=64, height=48, pix_fmt="yuv420p")
        copy.codec_context.time_base = Fraction(1, rate)
        number = 0
        for packet in source.demux(video):
            for whole in annexb.filter(packet if packet.size else None):
                stored = av.Packet(bytes(whole))
                stored.pts = stored.dts = number
                stored.duration, stored.time_base = 1, Fraction(1, rate)
                stored.is_keyframe, stored.stream = whole.is_keyframe, copy
                avi.mux(stored)
                number += step
    return path, film


class TestAvi:
    def test_frames_are_spread_by_the_rate(self, tmp_path):
        source, original = reordered_avi(tmp_path / "in.avi")
        done = pass_film(source, tmp_path)
        shown = pictures_of(done.target)
        assert [picture.time for picture in shown] == [Fraction(n, 25) for n in range(20)]
        assert done.reader.notes == ()
        before = pictures_of(original)
        errors = [
            np.abs(a.planes[0].astype(int) - b.planes[0]).mean()
            for a, b in zip(shown, before, strict=True)
        ]
        assert max(errors) < 6  # in the order in which they were filmed

    def test_empty_chunks_are_no_frames(self, tmp_path):
        """Written at twice the rate, with an empty chunk after every frame."""
        source, _ = reordered_avi(tmp_path / "in.avi", rate=50, step=2)
        info = probe(source)
        assert (info.rate, info.frames) == (25, 20)
        shown = pictures_of(pass_film(source, tmp_path).target)
        assert [picture.time for picture in shown] == [Fraction(n, 25) for n in range(20)]

    def test_the_last_frame_lasts_as_long_as_the_others(self, tmp_path):
        source, _ = reordered_avi(tmp_path / "in.avi")
        assert probe(source).rate == 25
        assert pictures_of(pass_film(source, tmp_path).target)[-1].duration == Fraction(1, 25)


@pytest.mark.parametrize(
    ("shown", "times"),
    [
        ([], ()),
        ([0, 40, 80], ()),
        ([None, None, 0], (-80, -40)),
        ([None, None, 80], (0, 40)),
        ([0, None, None, 120], (0, 40, 80)),
        ([0, None, None, 0], (-120, -80, -40)),  # the first is no better than the others
        ([0, None, 79], (0, 39)),
        ([None, None], ()),
    ],
)
def test_first_frames_without_a_time_are_before_those_that_have_one(shown, times):
    assert lead_times(shown, 40) == times


@pytest.mark.parametrize("container", ["mkv", "mov"])
def test_a_film_that_begins_before_zero_is_moved_as_a_whole(tmp_path, container):
    """As `ffmpeg -ss -c copy` cuts it: what was before zero has no time when it is read."""
    whole = make_film(tmp_path / "whole.mkv", rate=25, frames=30, audio=["ac3"])
    source = tmp_path / "in.mkv"
    options = {"avoid_negative_ts": "disabled"}
    with av.open(str(whole)) as film, av.open(str(source), "w", options=options) as cut:
        copies = {s.index: cut.add_stream_from_template(s, opaque=True) for s in film.streams}
        for packet in film.demux():
            if packet.size and (packet.stream.type == "video" or packet.pts >= 240):
                packet.pts, packet.dts = packet.pts - 240, packet.pts - 240
                packet.stream = copies[packet.stream.index]
                cut.mux(packet)
    with av.open(str(source)) as film:
        assert [frame.pts for frame in film.decode(video=0)][:7] == 6 * [None] + [0]
    done = pass_film(source, tmp_path, Settings(container=container))
    shown = pictures_of(done.target)
    assert [picture.time for picture in shown] == [Fraction(n, 25) for n in range(30)]
    before, after = heard_from(whole), heard_from(done.target)
    wanted = [packet for packet in before if packet[0] >= Fraction(240, 1000)]
    assert [body for _, body in after] == [body for _, body in wanted]
    assert abs(after[0][0] - wanted[0][0]) <= Fraction(1, 1000)
    assert any("state no time" in note for note in done.reader.notes)
    assert not any("impossible" in note for note in done.reader.notes)


def cut_by_edit_list(path, codec, *, at):
    """An MP4 or MOV whose edit list begins `at` seconds after its first picture and sound."""
    suffix = path.suffix
    whole = make_film(
        path.with_stem("whole"), codec="libx264", pix_fmt="yuv420p", frames=48, audio=[codec]
    )
    with av.open(str(whole)) as film, av.open(str(path), "w", format=suffix[1:]) as cut:
        copies = {s.index: cut.add_stream_from_template(s, opaque=True) for s in film.streams}
        for packet in film.demux():
            if packet.size:
                ticks = round(at / packet.time_base)
                packet.pts, packet.dts = packet.pts - ticks, packet.dts - ticks
                packet.stream = copies[packet.stream.index]
                cut.mux(packet)
    return path


def heard_from(path):
    (track,) = [track for track in tracks_of(path) if track.type == "audio"]
    return track.packets


class TestSoundCutByAnEditList:
    @pytest.mark.parametrize(("suffix", "codec"), [(".mp4", "aac"), (".mov", "pcm_s16le")])
    def test_stays_cut_in_matroska(self, tmp_path, suffix, codec):
        source = cut_by_edit_list(tmp_path / f"in{suffix}", codec, at=Fraction(3, 4))
        with av.open(str(source)) as film:
            kept = [bytes(p) for p in film.demux(audio=0) if p.size and not p.is_discard]
        assert len(heard_from(source)) > len(kept) + 20
        done = pass_film(source, tmp_path, Settings(container="mkv"))
        after = heard_from(done.target)
        assert [body for _, body in after] == kept
        assert after[0][0] > Fraction(-1, 40)

    def test_keeps_the_edit_list_where_there_is_one(self, tmp_path):
        source = cut_by_edit_list(tmp_path / "in.mp4", "aac", at=Fraction(3, 4))
        done = pass_film(source, tmp_path)
        before, after = heard_from(source), heard_from(done.target)
        assert [body for _, body in before] == [body for _, body in after]

    def test_what_a_decoder_needs_first_is_no_cut(self, tmp_path):
        source = make_film(tmp_path / "in.mp4", codec="libx264", pix_fmt="yuv420p", audio=["aac"])
        done = pass_film(source, tmp_path, Settings(container="mkv"))
        before, after = heard_from(source), heard_from(done.target)
        assert [body for _, body in before] == [body for _, body in after]
