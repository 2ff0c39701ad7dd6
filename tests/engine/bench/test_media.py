"""Media for measurements: the same every time, and what films and photos are like."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image

from kinemacolor.engine.bench import measure, media
from kinemacolor.engine.motion.shots import is_cut, thumbnail


def test_pictures_are_the_same_every_time_and_differ_from_each_other():
    one, again, other = (media.picture(number, 128) for number in (1, 1, 2))
    assert np.array_equal(one, again)
    assert np.abs(one.astype(int) - other).mean() > 20
    assert one.std() > 20


def test_a_film_has_a_cut_after_every_shot(monkeypatch):
    monkeypatch.setattr(measure, "_SHOT", 5)
    frames = list(measure._frames((64, 48), 12))
    assert len(frames) == 12 and {frame.shape for frame in frames} == {(48, 64)}
    small = [thumbnail(frame.astype(np.float32) * (100 / 255)) for frame in frames]
    cuts = [n for n in range(1, 12) if is_cut(small[n - 1], small[n])]
    assert cuts == [5, 10]


def test_a_short_film_is_the_beginning_of_a_long_one():
    long, short = measure._frames((64, 48), 9), list(measure._frames((64, 48), 4))
    assert all(np.array_equal(a, b) for a, b in zip(long, short, strict=False))


def test_grain_moves_from_frame_to_frame():
    still, grainy = (
        np.stack(list(media.scene(media.picture(1, 64), 48, 64, 6, grain=grain))).astype(int)
        for grain in (0.01, 8)
    )
    noise = np.abs(np.diff(grainy, axis=0)).mean(), np.abs(np.diff(still, axis=0)).mean()
    assert noise[0] > noise[1] + 3


def test_photos_are_grey_jpegs_of_two_to_twelve_megapixels():
    pictures = [Image.open(BytesIO(code)) for code in media.photos(3, media.picture(0, 64))]
    assert [round(p.width * p.height / 1e6) for p in pictures] == [2, 7, 12]
    assert {(p.format, p.mode) for p in pictures} == {("JPEG", "L")}
