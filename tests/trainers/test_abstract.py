"""Generated pictures: pure functions, of two unlike kinds, colourful, no two alike."""

import subprocess
import sys
from zlib import crc32

import cv2
import numpy as np
import pytest
from skimage.color import rgb2lab

from kinemacolor.trainers.abstract import KINDS, compositions, fluid, picture, tilings
from kinemacolor.trainers.abstract.canvas import Canvas
from kinemacolor.trainers.abstract.flow import noise, still, stirred
from kinemacolor.trainers.abstract.palette import Palette

COUNT = 40


@pytest.fixture(scope="module")
def series():
    return {kind: [picture(kind, i) for i in range(COUNT)] for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_are_rgb_of_the_size_asked_for(kind):
    for size in (64, 255):
        rgb = picture(kind, 3, size)
        assert rgb.shape == (size, size, 3) and rgb.dtype == np.uint8


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_depends_on_its_arguments_alone(kind, series):
    for i in (7, 0, 7):
        assert (picture(kind, i) == series[kind][i]).all()
    assert (picture(kind, 7, seed=1) != series[kind][7]).any()


def test_a_picture_does_not_depend_on_the_process_or_its_threads(series):
    numbers = range(0, COUNT, 4)
    code = f"""
import cv2, torch, zlib
from kinemacolor.trainers.abstract import picture
cv2.setNumThreads(4); torch.set_num_threads(3)
print([zlib.crc32(picture(k, i)) for k in {KINDS} for i in {numbers}])
"""
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True, timeout=120
    )
    assert out.stdout.strip() == str([crc32(series[k][i]) for k in KINDS for i in numbers])


@pytest.mark.parametrize("kind", KINDS)
def test_no_two_pictures_are_alike(kind, series):
    small = [cv2.resize(rgb, (16, 16), interpolation=cv2.INTER_AREA) for rgb in series[kind]]
    for i in range(COUNT):
        for j in range(i):
            assert np.abs(small[i].astype(int) - small[j]).mean() > 8, (i, j)


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_are_never_grey(kind, series):
    for rgb in series[kind]:
        assert np.hypot(*np.moveaxis(rgb2lab(rgb), -1, 0)[1:]).mean() > 5


def test_geometric_is_flat_with_hard_edges_and_fluid_is_not(series):
    def flat(rgb):
        """Share of neighbours that are equal."""
        return (np.diff(rgb.astype(int), axis=1) == 0).all(axis=-1).mean()

    def steep(rgb):
        """Share of strong changes among all changes."""
        change = np.abs(np.diff(rgb.astype(int), axis=1)).max(axis=-1)
        return (change > 40).sum() / max(1, (change > 2).sum())

    for measure, gap in ((flat, 0.3), (steep, 0.15)):
        geometric, flowing = ([measure(rgb) for rgb in series[kind]] for kind in KINDS)
        assert np.median(geometric) > np.median(flowing) + gap, measure.__name__
        assert np.quantile(geometric, 0.2) > np.quantile(flowing, 0.5), measure.__name__


def test_lightness_tells_some_of_the_color_but_not_all(series):
    for kind in KINDS:
        small = [cv2.resize(rgb, (32, 32), interpolation=cv2.INTER_AREA) for rgb in series[kind]]
        light, _, b = rgb2lab(np.concatenate(small)).reshape(-1, 3).T
        basis = np.vander(light / 100, 6)
        left = b - basis @ np.linalg.lstsq(basis, b, rcond=None)[0]
        assert 0.03 < 1 - (left**2).mean() / (b**2).mean() < 0.6
    # Light warm colours and dark cold ones, rather than the other way round.
    assert b[light > 75].mean() > b[light < 40].mean() + 5


@pytest.mark.parametrize("kind", KINDS)
def test_another_size_shows_the_same_picture(kind):
    for i in range(6):
        small, large = picture(kind, i, 128), picture(kind, i, 256)
        reduced = cv2.resize(large, (128, 128), interpolation=cv2.INTER_AREA)
        assert np.abs(reduced.astype(int) - small).mean() < 9


@pytest.mark.parametrize("style", [*tilings.STYLES, *compositions.STYLES])
def test_every_geometric_style_draws(style):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        canvas = Canvas(64, np.zeros(3))
        style(canvas, Palette.draw(rng), rng)
        assert canvas.pixels.std() > 5 and np.isfinite(canvas.pixels).all()


@pytest.mark.parametrize("style", fluid.STYLES)
def test_every_fluid_style_draws(style):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        rgb = style(rng, Palette.draw(rng), 64)
        assert rgb.shape == (64, 64, 3) and rgb.std() > 5 and np.isfinite(rgb).all()


def test_unknown_kinds_are_told():
    with pytest.raises(ValueError, match="'cubist' is none of geometric, fluid"):
        picture("cubist", 0)


def test_shapes_cover_what_they_should():
    canvas = Canvas(100, np.zeros(3))
    canvas.box(0.1, 0.2, 0.405, 0.6, np.full(3, 200.0))
    assert canvas.pixels.sum() / 3 / 200 == pytest.approx(30.5 * 40, rel=1e-5)
    assert canvas.pixels[30, 40, 0] == pytest.approx(100) and canvas.pixels[19].max() == 0
    canvas = Canvas(100, np.zeros(3))
    canvas.sector((0.5, 0.5), 0.2, 0.4, 0, 2 * np.pi, np.full(3, 200.0))
    area = np.pi * (40**2 - 20**2)
    assert canvas.pixels.sum() / 3 / 200 == pytest.approx(area, rel=0.04)
    assert canvas.pixels[50, 50, 0] == 0 and canvas.pixels[50, 80, 0] == 200
    canvas.polygon(np.array([[0, 0], [1, 0], [1, 1], [0, 1]]), np.zeros(3), to=np.full(3, 100.0))
    assert canvas.pixels[50, [0, 50, 99], 0] == pytest.approx([0, 50, 99])


def test_a_stirred_fluid_keeps_its_volume():
    x, y = stirred(np.random.default_rng(0), still(160), 2, 0.3)
    area = np.gradient(x, axis=1) * np.gradient(y, axis=0)
    area -= np.gradient(x, axis=0) * np.gradient(y, axis=1)
    assert np.median(area) * 160**2 == pytest.approx(1, abs=0.1)
    assert np.hypot(x - still(160)[0], y - still(160)[1]).mean() > 0.1


def test_noise_is_normalised_and_scales():
    fields = [noise(np.random.default_rng(5), size, 3, 3) for size in (80, 160)]
    for field in fields:
        assert field.mean() == pytest.approx(0, abs=1e-4)
        assert field.std() == pytest.approx(1, abs=1e-3)
    reduced = cv2.resize(fields[1], (80, 80), interpolation=cv2.INTER_AREA)
    assert np.abs(reduced - fields[0]).max() < 0.1
