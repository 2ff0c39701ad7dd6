"""Real reels with sound through the whole pipeline: the light, the times and the sound stay.

Films are looked for in `shared/data/clips/reels` beside the repository.
"""

from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest

from tests.engine.media.video.films import pictures_of, tracks_of
from tests.engine.tint import tinting_worker

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "clips" / "reels"
REELS = sorted(path for path in FOLDER.glob("*") if path.suffix in (".mkv", ".mp4"))
FRAMES = 60


def with_sound(source: Path, target: Path) -> Path:
    """The first frames of a reel as they are coded, beside a second of noise in AAC and more."""
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


@pytest.mark.skipif(not REELS, reason=f"no reels in {FOLDER.name} of the shared clips")
@pytest.mark.parametrize("reel", REELS, ids=lambda path: path.stem)
def test_keeps_light_times_and_sound(reel, tmp_path, monkeypatch):
    source = with_sound(reel, tmp_path / f"in{reel.suffix}")
    target = tmp_path / "out.mkv" if reel.suffix == ".mkv" else tmp_path / "out.mp4"
    report = tinting_worker(monkeypatch, working_size=64).film(source, target, lambda: None)
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
