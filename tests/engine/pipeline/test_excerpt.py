"""Excerpts of films: the frames, and the sound, that the whole result has there."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.frame_times import frame_times, read_numbered
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.media.video.reader import read_frames
from kinemacolor.engine.media.video.time_span import TimeSpan, chapters_within
from kinemacolor.engine.pipeline.excerpt import expected_frames, find_excerpt
from kinemacolor.engine.pipeline.segmentation import plan_segments
from kinemacolor.engine.settings import Settings
from tests.engine.media.video.films import make_film
from tests.engine.tint import cut_after_still, pan, tinting_worker, write_grey

SHOTS = (31, 20, 29)
SOURCES = {
    "ffv1.mkv": {"codec": "ffv1"},
    "h264.mp4": {"codec": "libx264", "pix_fmt": "yuv420p", "options": {"bf": "3", "g": "25"}},
    "open.mkv": {
        "codec": "libx264",
        "pix_fmt": "yuv420p",
        "options": {"x264-params": "open-gop=1:keyint=12:bframes=3"},
    },
    "mpeg2.ts": {
        "codec": "mpeg2video",
        "pix_fmt": "yuv420p",
        "time_base": Fraction(1, 24),
        "options": {"g": "12", "bf": "2"},
    },
}


def planes(path):
    """Every frame of a film as (Y, Cb, Cr), with its time in seconds."""
    with av.open(str(path)) as film:
        return [
            (
                float(frame.pts * frame.time_base),
                [
                    np.frombuffer(p, np.uint8).reshape(p.height, -1)[:, : p.width].copy()
                    for p in frame.planes
                ],
            )
            for frame in film.decode(video=0)
        ]


def reel(path):
    """Three shots of a moving camera, 80 frames."""
    return write_grey(path, [f for n, length in enumerate(SHOTS) for f in pan(length, seed=n)])


def color(worker, source, target):
    """Colour a film in segments, as a job does."""
    index, settings = worker.index(source, lambda: None), worker.settings
    cut = plan_segments(
        index.stop,
        index.shots,
        settings.segment_frames,
        settings.smoothing_window,
        settings.key_distance,
        index.wanted,
    )
    parts = [target.with_name(f"{target.stem}-{part.start}") for part in cut]
    for part, place in zip(cut, parts, strict=True):
        worker.segment(source, index, part, place, lambda: None)
    return worker.assemble(source, index, parts, target)


class TestFrames:
    @pytest.mark.parametrize(
        "asked", ["0-0", "0-20", "7-40", "28-33", "31-31", "50-51", "60-79", "79-200"]
    )
    @pytest.mark.parametrize("longest", [480, 11])
    def test_the_planes_are_those_of_the_whole_result(self, tmp_path, monkeypatch, asked, longest):
        source = reel(tmp_path / "in.mkv")
        whole, part, once = (tmp_path / name for name in ("whole.mkv", "part.mkv", "once.mkv"))
        color(tinting_worker(monkeypatch), source, whole)
        worker = tinting_worker(monkeypatch, frames=asked, segment_frames=longest)
        report = color(worker, source, part)
        worker.film(source, once, lambda: None)
        first, last = map(int, asked.split("-"))
        expected = planes(whole)[first : last + 1]
        assert report.frames == len(expected)
        for target in (part, once):
            found = planes(target)
            assert len(found) == len(expected)
            for (at, ours), (there, theirs) in zip(found, expected, strict=True):
                assert all(map(np.array_equal, ours, theirs))
                assert at == pytest.approx(there - expected[0][0], abs=0.002)

    def test_a_cut_that_only_the_stillness_before_it_tells_is_seen(self, tmp_path, monkeypatch):
        source = write_grey(tmp_path / "in.mkv", cut_after_still(25, 35))
        whole, part = tmp_path / "whole.mkv", tmp_path / "part.mkv"
        worker = tinting_worker(monkeypatch)
        assert worker.index(source, lambda: None).shots == [0, 25]
        color(worker, source, whole)
        asked = tinting_worker(monkeypatch, frames="27-40")
        assert 25 in asked.index(source, lambda: None).shots
        asked.film(source, part, lambda: None)
        for (_, ours), (_, theirs) in zip(planes(part), planes(whole)[27:41], strict=True):
            assert all(map(np.array_equal, ours, theirs))

    def test_times_choose_the_frames_that_are_shown_between_them(self, tmp_path):
        info = probe(reel(tmp_path / "in.mkv"))  # 25 frames a second
        found = {
            (begin, end): find_excerpt(info, Settings(from_time=begin, to_time=end))
            for begin, end in ((0.4, 0.8), (0.41, 0.79), (None, 0.04), (3.16, None), (0, 99))
        }
        numbers = {asked: (excerpt.start, excerpt.stop) for asked, excerpt in found.items()}
        assert numbers == {
            (0.4, 0.8): (10, 20),
            (0.41, 0.79): (10, 20),
            (None, 0.04): (0, 1),
            (3.16, None): (79, 80),
            (0, 99): (0, 80),
        }

    @pytest.mark.parametrize("asked", [{"frames": "80-90"}, {"from_time": 3.2}])
    def test_an_excerpt_behind_the_end_is_told(self, tmp_path, asked):
        with pytest.raises(
            MediaError, match=r"has 80 frames \(3.20 s\), and none of those that are"
        ):
            find_excerpt(probe(reel(tmp_path / "in.mkv")), Settings(**asked))

    def test_the_expected_number_is_that_of_the_excerpt(self, tmp_path):
        info = probe(reel(tmp_path / "in.mkv"))
        assert expected_frames(info, Settings()) == info.frames
        assert expected_frames(info, Settings(frames="70-99")) == info.frames - 70
        assert expected_frames(info, Settings(from_time=1, to_time=2)) == 25
        assert expected_frames(replace(info, frames=None), Settings(frames="0-9")) is None


class TestNumbers:
    @pytest.mark.parametrize("name", SOURCES)
    def test_frames_are_numbered_as_a_decoding_of_the_whole_numbers_them(self, tmp_path, name):
        info = probe(make_film(tmp_path / name, frames=70, **SOURCES[name]))
        whole = list(read_frames(info))
        times = frame_times(info)
        assert times is not None and times.pts == [frame.pts for frame in whole]
        for start, stop in ((0, 3), (1, 2), (24, 30), (37, 60), (69, 99)):
            found = list(read_numbered(info, times, start, stop))
            assert [frame.index for frame in found] == list(range(start, min(stop, 70)))
            for frame in found:
                assert np.array_equal(frame.luma, whole[frame.index].luma)
                assert frame.pts == whole[frame.index].pts

    def test_packets_without_times_are_read_from_the_beginning(self, tmp_path):
        options = {"bf": "2", "g": "12"}
        source = make_film(
            tmp_path / "in.avi",
            frames=30,
            codec="mpeg4",
            pix_fmt="yuv420p",
            time_base=Fraction(1, 24),
            options=options,
        )
        info = probe(source)
        whole = list(read_frames(info))
        found = list(read_numbered(info, None, 20, 24))
        assert [frame.index for frame in found] == [20, 21, 22, 23]
        assert all(np.array_equal(frame.luma, whole[frame.index].luma) for frame in found)
        excerpt = find_excerpt(info, Settings(frames="20-23", smoothing_window=0, color_every="1"))
        assert (excerpt.start, excerpt.stop) == (20, 24)

    @given(
        st.integers(1, 400),
        st.sets(st.integers(1, 399)),
        st.integers(1, 90),
        st.integers(0, 9),
        st.integers(1, 9),
        st.data(),
    )
    def test_segments_of_an_excerpt_give_it_with_the_context_that_they_have_in_the_whole(
        self, frames, cuts, longest, window, every, data
    ):
        shots = [0, *sorted(cut for cut in cuts if cut < frames)]
        start = data.draw(st.integers(0, frames - 1))
        stop = data.draw(st.integers(start + 1, frames))
        parts = plan_segments(frames, shots, longest, window, every, (start, stop))
        given = [n for part in parts for n in range(part.start, part.stop)]
        assert given == list(range(start, stop))
        assert all(part.stop - part.start <= longest for part in parts)
        bounds = [*shots, frames]
        for part in parts:
            shot = max(b for b in bounds if b <= part.start)
            end = min(b for b in bounds if b >= part.stop)
            assert part.decode_start <= max(shot, part.start - window)
            assert part.decode_start == shot or part.decode_start % every == 0
            assert part.decode_stop >= min(end, part.stop + window)


class TestOtherStreams:
    def test_sound_and_chapters_are_cut_to_the_excerpt(self, tmp_path, monkeypatch):
        source = make_film(
            tmp_path / "in.mkv", frames=48, audio=["pcm_s16le"], chapters=True, subtitle="subrip"
        )
        target = tmp_path / "out.mkv"
        color(tinting_worker(monkeypatch, frames="12-35"), source, target)

        def sound(path):
            with av.open(str(path)) as film:
                packets = [packet for packet in film.demux(audio=0) if packet.size]
                return [(float(p.pts * p.time_base), bytes(p)) for p in packets]

        expected = [(at - 0.5, data) for at, data in sound(source) if 0.5 <= at < 1.5]
        found = sound(target)
        assert [data for _, data in found] == [data for _, data in expected]
        assert [at for at, _ in found] == pytest.approx([at for at, _ in expected], abs=0.0015)
        with av.open(str(target)) as film:
            assert film.chapters() == []  # both end before the excerpt begins

    def test_chapters_keep_their_part(self):
        base = Fraction(1, 1000)
        chapters = [
            {"id": n, "start": 1000 * n, "end": 1000 * (n + 1), "time_base": base, "metadata": {}}
            for n in range(4)
        ]
        found = chapters_within(chapters, TimeSpan(Fraction(3, 2), Fraction(3)))
        assert [(c["id"], c["start"], c["end"]) for c in found] == [(1, 0, 500), (2, 500, 1500)]
        assert chapters_within(chapters, None) is chapters
