"""Still recombination: lightness stays, colours are the wanted ones."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import rgb2lab

from kinemacolor.engine.color.recombination.still import StillRecombiner


def grey_ramp(dtype: type, shape: tuple[int, int] = (60, 90)) -> np.ndarray:
    peak = np.iinfo(dtype).max
    return np.broadcast_to(np.linspace(0.02, 0.98, shape[1]) * peak, shape).astype(dtype)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_lightness_is_the_reference_s(dtype):
    grey = grey_ramp(dtype)
    rgb = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (20, 30, 3), dtype=dtype)
    for pixels in (grey, rgb):
        as_rgb = pixels if pixels.ndim == 3 else np.dstack([pixels] * 3)
        reference = rgb2lab(as_rgb / np.iinfo(dtype).max)[..., 0]
        ours = StillRecombiner(pixels).lightness(pixels.shape[:2])
        np.testing.assert_allclose(ours, reference, atol=0.01)


@settings(deadline=None, max_examples=25)
@given(a=st.floats(-90, 90), b=st.floats(-90, 90), dtype=st.sampled_from([np.uint8, np.uint16]))
def test_lightness_survives_any_color(a, b, dtype):
    """To within the rounding of the pixels; out-of-gamut colours give up chroma, not lightness."""
    pixels = grey_ramp(dtype)
    still = StillRecombiner(pixels)
    ab = np.broadcast_to(np.float32([a, b]), (32, 48, 2)).copy()
    rgb, mean, largest = still(ab, still.lightness((32, 48)))
    assert rgb.dtype == dtype and rgb.shape == (*pixels.shape, 3)
    before = rgb2lab(np.dstack([pixels] * 3) / np.iinfo(dtype).max)[..., 0]
    after = rgb2lab(rgb / np.iinfo(dtype).max)[..., 0]
    error = np.abs(after - before)
    assert error.mean() < 0.3 and error.max() < 1.0
    assert mean == pytest.approx(error.mean(), abs=0.01)
    assert largest == pytest.approx(error.max(), abs=0.02)


def test_color_is_the_wanted_one_where_it_fits():
    pixels = grey_ramp(np.uint16)[:, 25:70]
    still = StillRecombiner(np.ascontiguousarray(pixels))
    ab = np.broadcast_to(np.float32([12, -9]), (32, 32, 2)).copy()
    rgb, *_ = still(ab, still.lightness((32, 32)))
    np.testing.assert_allclose(
        rgb2lab(rgb / 65535)[..., 1:], np.broadcast_to([12, -9], (60, 45, 2)), atol=0.1
    )


def test_strips_make_no_seams(monkeypatch):
    """A still larger than one strip equals one that is done in a single strip."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (700, 300), dtype=np.uint8)
    still = StillRecombiner(pixels)
    lightness = still.lightness((64, 32))
    ab = rng.uniform(-40, 40, (64, 32, 2)).astype(np.float32)
    striped, *_ = still(ab, lightness)

    monkeypatch.setattr("kinemacolor.engine.color.recombination.still._STRIP_PIXELS", 1 << 30)
    whole, *_ = still(ab, lightness)
    assert np.abs(striped.astype(int) - whole).max() <= 1


def test_grey_stays_grey_without_color():
    pixels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    still = StillRecombiner(pixels)
    rgb, mean, largest = still(np.zeros((32, 32, 2), np.float32), still.lightness((32, 32)))
    assert (rgb == pixels[..., None]).all()
    assert 0 <= mean <= largest < 1e-4


@pytest.mark.parametrize("size", [(1201, 1799), (1200, 1792), (640, 5001)])
def test_averaging_in_halves_is_averaging(size):
    """Held against the mean over parts of pixels, of a picture with detail down to 16 pixels."""
    rng = np.random.default_rng(1)
    noise = rng.uniform(0, 255, (size[0] // 16 + 1, size[1] // 16 + 1)).astype(np.uint8)
    pixels = np.kron(noise, np.ones((16, 16), np.uint8))[: size[0], : size[1]]
    still = StillRecombiner(np.ascontiguousarray(pixels))
    small = cv2.resize(pixels, (96, 64), interpolation=cv2.INTER_AREA)
    wanted = StillRecombiner(small).lightness((64, 96))
    error = np.abs(still.lightness((64, 96)) - wanted)
    assert error.mean() < 0.15 * wanted.std()  # an odd side costs half a pixel


@pytest.mark.parametrize("size", [(50, 70), (40, 20_000)])  # of the second, a strip has three rows
def test_one_row_in_eight_is_measured(size):
    pixels = np.random.default_rng(2).integers(0, 256, size, dtype=np.uint8)
    still = StillRecombiner(pixels)
    ab = np.full((32, 64, 2), 20, np.float32)
    rgb, mean, largest = still(ab, still.lightness((32, 64)), measured=8)
    whole, *_ = still(ab, still.lightness((32, 64)))
    assert (rgb == whole).all()
    rows = StillRecombiner(np.ascontiguousarray(pixels[::8]))
    wanted = rows.lightness_error(np.ascontiguousarray(rgb[::8]))
    assert (mean, largest) == pytest.approx(wanted, rel=1e-5)
