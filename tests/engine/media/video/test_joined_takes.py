"""Takes joined by `cat`: one offset for all streams of each, however long sound and picture are."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest

from kinemacolor.engine.media.video.joined_takes import TimedPacket, plan_takes, restarts
from kinemacolor.engine.media.video.numbered_frames import NumberedFrames
from kinemacolor.engine.media.video.probe import probe
from tests.engine.media.video.film_pass import pass_film
from tests.engine.media.video.films import picture, pictures_of, tracks_of

PERIOD = Fraction(1, 25)
MUXERS = {".ts": "mpegts", ".mpg": "mpeg", ".vob": "vob", ".mkv": "matroska"}


def take(path, pictures, sound, *, reordered=False, start=0):
    """Write a recording of so many pictures and so many seconds of sound."""
    with av.open(str(path), "w", format=MUXERS[path.suffix]) as film:
        video = film.add_stream("mpeg2video", rate=25, width=64, height=48, pix_fmt="yuv420p")
        video.codec_context.time_base = PERIOD
        video.codec_context.max_b_frames = 2 if reordered else 0
        track = film.add_stream("mp2", rate=48000, layout="stereo")
        film.start_encoding()
        noise = np.random.default_rng(5).integers(-9999, 9999, (1, 2 * round(48000 * sound)))
        heard = av.AudioFrame.from_ndarray(noise.astype(np.int16), "s16", "stereo")
        heard.sample_rate, heard.pts, heard.time_base = 48000, 0, Fraction(1, 48000)
        resampler = av.AudioResampler(track.format, "stereo", 48000, frame_size=1152)
        parts = [part for whole in (heard, None) for part in resampler.resample(whole)]
        packets = [packet for part in (*parts, None) for packet in track.encode(part)]
        for index in range(pictures):
            frame = picture(index, "yuv420p", (64, 48))
            frame.pts, frame.time_base = index, PERIOD
            packets += video.encode(frame)
        packets += video.encode(None)
        for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
            for name in ("pts", "dts"):
                setattr(packet, name, getattr(packet, name) + round(start / packet.time_base))
            film.mux(packet)
    return path


def joined(folder, suffix, *takes, reordered=False, starts=(0, 0, 0)):
    parts = [
        take(folder / f"{number}{suffix}", *lengths, reordered=reordered, start=starts[number])
        for number, lengths in enumerate(takes)
    ]
    whole = folder / f"joined{suffix}"
    whole.write_bytes(b"".join(part.read_bytes() for part in parts))
    return whole, parts


def sound_starts(path):
    (track,) = [track for track in tracks_of(path) if track.type == "audio"]
    return [at for at, _ in track.packets], [body for _, body in track.packets]


@pytest.mark.parametrize(
    ("suffix", "reordered"), [(".ts", False), (".ts", True), (".mpg", False), (".vob", False)]
)
@pytest.mark.parametrize(
    "takes",
    [
        ((50, 1.6), (30, 1.2)),  # sound ends before the picture
        ((30, 1.2), (50, 1.2), (30, 0.8)),  # and again
        ((20, 0.8), (20, 0.8)),  # less than a second: times fall by less
        ((8, 0.3), (8, 0.3), (8, 0.3)),
        ((50, 2.0), (30, 1.2)),
    ],
)
def test_picture_and_sound_stay_together(tmp_path, takes, suffix, reordered):
    check_together(tmp_path, takes, suffix, reordered)


@pytest.mark.parametrize("takes", [((50, 1.6), (30, 1.2)), ((20, 0.5), (20, 0.8))])
def test_in_matroska_they_stay_together(tmp_path, takes):
    check_together(tmp_path, takes, ".mkv", False)


def check_together(tmp_path, takes, suffix, reordered):
    source, parts = joined(tmp_path, suffix, *takes, reordered=reordered)
    done = pass_film(source, tmp_path)
    grid = Fraction(1, 500)
    times = [shown.time for shown in pictures_of(done.target)]
    assert len(times) == sum(pictures for pictures, _ in takes)
    assert all(abs(b - a - PERIOD) < grid for a, b in pairwise(times))
    starts, bodies = sound_starts(done.target)
    picture_at = sound_at = 0
    for part, (pictures, _) in zip(parts, takes, strict=True):
        own, own_bodies = sound_starts(part)
        assert bodies[sound_at : sound_at + len(own)] == own_bodies
        apart = own[0] - pictures_of(part)[0].time
        assert abs(starts[sound_at] - times[picture_at] - apart) < grid
        picture_at, sound_at = picture_at + pictures, sound_at + len(own)
    assert any(f"{len(takes)} recordings" in note for note in done.reader.notes)
    assert not any("impossible" in note for note in done.reader.notes)


def test_sound_longer_than_the_picture_is_not_overlapped(tmp_path):
    source, _ = joined(tmp_path, ".ts", (25, 1.6), (25, 1.0))
    done = pass_film(source, tmp_path)
    times = [shown.time for shown in pictures_of(done.target)]
    starts, _ = sound_starts(done.target)
    steps = [b - a for a, b in pairwise(starts)]
    assert max(steps) - min(steps) < Fraction(1, 200)
    assert times[25] - times[24] > Fraction(1, 2)
    assert len(times) == 50


def test_a_film_from_before_its_clock_began_anew_starts_at_zero(tmp_path):
    """The clock of 33 bits is at its end after 26 hours; Matroska has no times before zero."""
    wrap = Fraction(1 << 33, 90_000)
    source = take(tmp_path / "in.ts", 25, 1.0, start=wrap - 1)
    done = pass_film(source, tmp_path)
    was, now = pictures_of(source), pictures_of(done.target)
    assert was[0].time < 0
    moved = now[0].time - was[0].time
    assert 0 <= now[0].time < Fraction(1, 5)
    assert all(
        abs(b.time - a.time - moved) < Fraction(1, 500) for a, b in zip(was, now, strict=True)
    )
    heard = [sound_starts(path)[0][0] for path in (source, done.target)]
    assert abs(heard[1] - heard[0] - moved) < Fraction(1, 500)


def test_a_later_recording_keeps_its_distance(tmp_path):
    """Times that go on are the camera's own; nothing is joined there.

    A smaller gap, where the stream's counters jump, is a hole.
    """
    parts = [
        take(tmp_path / "a.ts", 25, 1, start=0),
        take(tmp_path / "b.ts", 25, 1, start=13),
    ]
    source = tmp_path / "in.ts"
    source.write_bytes(b"".join(part.read_bytes() for part in parts))
    done = pass_film(source, tmp_path)
    times = [shown.time for shown in pictures_of(done.target)]
    assert times == [shown.time for shown in pictures_of(source)]
    assert times[25] - times[24] > 5
    assert not any("recordings" in note for note in done.reader.notes)


def test_frames_that_are_read_by_number_have_the_times_of_the_whole(tmp_path):
    source, _ = joined(
        tmp_path, ".ts", (20, 0.8), (20, 0.7), reordered=True, starts=(0, Fraction(1, 50))
    )
    info = probe(source)
    numbers = NumberedFrames(info)
    assert numbers.count == 40
    steps = {numbers.seconds(n + 1) - numbers.seconds(n) for n in range(39)}
    assert steps == {PERIOD}
    luma = [frame.luma for frame in numbers.read(20, 22)]
    assert np.array_equal(luma[0], pictures_of(source)[20].planes[0])


class TestPlan:
    @pytest.fixture
    def info(self, tmp_path):
        return replace(probe(take(tmp_path / "a.ts", 5, 0.2)), stream=0)

    def test_sound_that_begins_in_the_second_take_alone(self, info):
        period = info.frame_period
        packets = [TimedPacket(0, n, n * period, n * period, period) for n in range(10)]
        packets += [TimedPacket(0, 20 + n, n * period, n * period, period) for n in range(10)]
        packets += [TimedPacket(1, 25, 100, 100, period)]
        takes = plan_takes(packets, info, sounds=[1])
        assert takes.begins == (0, 20)
        assert takes.offsets == (0, 10 * PERIOD)
        assert [takes.at(position) for position in (0, 9, 20, 25, 99)] == [0, 0, 1, 1, 1]

    def test_sound_that_stumbles_joins_nothing(self, info):
        """As behind damage, where FFmpeg's parser counts its frames on."""
        period = info.frame_period
        packets = [TimedPacket(0, 9 * n, n * period, n * period, period) for n in range(40)]
        sound = [n - 5 * (n > 20) for n in range(40)]
        packets += [
            TimedPacket(1, 9 * n + 4, m * period, m * period, 0) for n, m in enumerate(sound)
        ]
        assert plan_takes(packets, info, sounds=[1]).begins == (0,)

    def test_sound_that_stumbles_before_a_joint_does_not_move_it(self, info):
        period = info.frame_period
        sound = [*(n - 5 * (n > 5) for n in range(20)), *range(20)]
        packets = [
            TimedPacket(stream, 9 * n + 4 * stream, m * period, m * period, period)
            for stream, times in ((0, [*range(20), *range(20)]), (1, sound))
            for n, m in enumerate(times)
        ]
        assert plan_takes(packets, info, sounds=[1]).begins == (0, 180)

    def test_no_packets_are_one_take(self, info):
        assert len(plan_takes([], info, sounds=[])) == 1

    @pytest.mark.parametrize(
        ("times", "begin"),
        [
            ([0, 1, 2, 3, 4], []),
            ([0, 1, 1, 1, 4], []),  # standing still
            ([0, 1, 2, 1, 4, 5], []),  # one packet out of order
            ([0, 1, 2, 0, 1, 2], [3]),
            ([0, 1, 2, 3, 2], [4]),
            ([0, 1, 2, 0, 1, 2, 0, 1], [3, 6]),
            ([0, 10, 20, 30, 0, 40], [4]),  # far back
        ],
    )
    def test_of_restarts(self, times, begin):
        assert restarts(times, 25) == begin
