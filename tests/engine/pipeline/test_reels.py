"""Worn reels with sound through the whole pipeline: luma, times and sound are kept.

The reels are made here; real ones are used too where `shared/data/clips/reels` lies beside the
repository.
"""

from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest

from kinemacolor.trainers import film_degradation as film
from tests.engine.media.video.films import pictures_of, tracks_of
from tests.engine.tint import pan, tinting_worker

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "data" / "clips" / "reels"
REELS = sorted(path for path in FOLDER.glob("*") if path.suffix in (".mkv", ".mp4"))
FRAMES = 60


def write_worn_reel(path: Path) -> Path:
    """A pan over soft detail with flicker, grain, scratches and dirt, as long-GOP H.264."""
    rng = np.random.default_rng(1908)
    with av.open(str(path), "w") as reel:
        video = reel.add_stream("libx264", rate=18, options={"crf": "20", "preset": "veryfast"})
        video.width, video.height, video.pix_fmt = 160, 120, "yuv420p"
        for number, grey in enumerate(pan(FRAMES, 120, 160)):
            worn = grey / np.float32(255)
            for fault in (film.flicker, film.grain, film.scratches, film.dirt):
                worn = fault(worn, rng).clip(0, 1)
            luma = (16 + 219 * worn).round().astype(np.uint8)
            planes = np.concatenate([luma, np.full((60, 160), 128, np.uint8)])
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 18)
            reel.mux(video.encode(frame))
        reel.mux(video.encode(None))
    return path


def with_sound(source: Path, target: Path) -> Path:
    """The first frames of a reel as they are coded, beside three seconds of noise in AAC."""
    with av.open(str(source)) as film, av.open(str(target), "w") as copy:
        picture = copy.add_stream_from_template(film.streams.video[0])
        sound = copy.add_stream("aac", rate=48000, layout="mono")
        noise = np.random.default_rng(0).normal(0, 0.1, (1, 48000 * 3)).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(noise, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48000, 0, Fraction(1, 48000)
        resampler = av.AudioResampler("fltp", "mono", 48000, frame_size=1024)
        packets = [
            packet
            for part in (*resampler.resample(frame), *resampler.resample(None), None)
            for packet in sound.encode(part)
        ]
        for packet in islice(film.demux(video=0), FRAMES):
            if packet.size:
                packet.stream = picture
                copy.mux(packet)
        copy.mux(packets)
    return target


def assert_keeps_light_times_and_sound(reel: Path, folder: Path, patch: pytest.MonkeyPatch) -> None:
    source = with_sound(reel, folder / f"in{reel.suffix}")
    target = folder / f"out{reel.suffix}"
    report = tinting_worker(patch, working_size=64).film(source, target, lambda: None)
    before, after = pictures_of(source), pictures_of(target)
    assert len(after) == len(before) == report.frames > 20
    assert [p.time for p in after] == [p.time for p in before]
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(old.planes[0], new.planes[0])
    color = np.stack([plane.astype(int) - 128 for p in after for plane in p.planes[1:]])
    assert np.abs(color).mean() > 3

    sounds = [[t for t in tracks_of(path) if t.type == "audio"] for path in (source, target)]
    assert [[t.codec for t in tracks] for tracks in sounds] == [["aac"], ["aac"]]
    assert sounds[0][0].packets == sounds[1][0].packets
    assert len(sounds[0][0].packets) > 100


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_made_reel(suffix, tmp_path, monkeypatch):
    reel = write_worn_reel(tmp_path / f"reel{suffix}")
    assert_keeps_light_times_and_sound(reel, tmp_path, monkeypatch)


@pytest.mark.skipif(not REELS, reason=f"real reels are not in the repository, nor in {FOLDER}")
@pytest.mark.parametrize("reel", REELS or [FOLDER], ids=lambda path: path.stem)
def test_real_reel(reel, tmp_path, monkeypatch):
    assert_keeps_light_times_and_sound(reel, tmp_path, monkeypatch)
