"""Real colour, one hue, or none: whatever the tone, the noise and the things at the edges."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from kinemacolor.engine.color.chroma import chroma_of_planes, chroma_of_rgb
from tests.engine.tint import photo

SIZE = (240, 320)


def grey(seed=0):
    """(H, W) float32 tones, 0 to 1."""
    return photo(*SIZE, seed).astype(np.float32) / 255


def codes(rgb):
    return np.rint(np.clip(rgb, 0, 1) * 255).astype(np.uint8)


def ramp(dark, middle, light):
    """A grey picture whose tones get colours: a toning and a tint."""
    tones = grey()
    points = zip(dark, middle, light, strict=True)
    planes = [np.interp(tones, [0, 0.5, 1], some) for some in points]
    return codes(np.stack(planes, axis=-1))


def tinted(*light):
    return codes(grey()[..., None] * np.array(light))


def faded():
    """An uneven cast, that is stronger towards the edges."""
    down, across = np.mgrid[-1 : 1 : SIZE[0] * 1j, -1 : 1 : SIZE[1] * 1j]
    cast = 1 - np.array([0, 0.07, 0.16]) * (0.6 + 0.4 * np.hypot(down, across))[..., None]
    return codes(grey()[..., None] * 0.8 * cast + 0.1 * cast)


ONE_HUE = {
    "sepia": (tinted(1, 0.86, 0.65), "sepia"),
    "clipped sepia": (tinted(1.35, 1.2, 0.94), "sepia"),
    "cyanotype": (ramp((0.02, 0.08, 0.22), (0.25, 0.5, 0.7), (0.93, 0.97, 0.98)), "blue"),
    "amber tint": (tinted(1, 0.7, 0.25), "sepia"),
    "red tint": (tinted(1, 0.3, 0.3), "orange"),
    "blue tint": (tinted(0.4, 0.6, 1), "blue"),
    "tint over tone": (ramp((0.05, 0.1, 0.35), (0.5, 0.45, 0.45), (1, 0.85, 0.6)), None),
    "faded": (faded(), "sepia"),
}


def in_color(strength=0.35, seed=1):
    """Soft things whose colours have nothing to do with their tones."""
    tones = grey(seed)
    bend = [cv2.GaussianBlur(photo(*SIZE, seed + n), (0, 0), 12).astype(float) for n in (1, 2)]
    red, blue = ((b - b.mean()) / np.ptp(b) * 2 * strength for b in bend)
    return codes(np.stack([tones * (1 + red), tones, tones * (1 + blue)], axis=-1))


def noisy(rgb, seed=0):
    grain = np.random.default_rng(seed).normal(0, 6, (*SIZE, 3))
    return np.clip(rgb + grain, 0, 255).astype(np.uint8)


def as_jpeg(rgb, quality=60):
    target = io.BytesIO()
    Image.fromarray(rgb).save(target, "JPEG", quality=quality, subsampling=2)
    return np.asarray(Image.open(target))


def with_logo(rgb):
    marked = rgb.copy()
    cv2.circle(marked, (294, 22), 16, (230, 30, 30), -1)
    return marked


def with_time_code(rgb):
    marked = rgb.copy()
    cv2.putText(marked, "10:23:45:12", (80, 230), 0, 0.8, (250, 230, 20), 2)
    return marked


def on_a_mount(rgb):
    mount = np.empty_like(rgb)
    mount[:] = (190, 160, 110)
    mount[24:-24, 32:-32] = rgb[24:-24, 32:-32]
    return mount


def with_bars(rgb):
    barred = rgb.copy()
    barred[:, :40] = barred[:, -40:] = 0
    return barred


def with_dirt(rgb):
    dirty = rgb.copy()
    for x, y in np.random.default_rng(0).integers(10, 230, (12, 2)):
        cv2.circle(dirty, (int(x), int(y)), 2, (20, 160, 60), -1)
    return dirty


SPOILT = [noisy, as_jpeg, with_logo, with_time_code, on_a_mount, with_bars, with_dirt]


class TestOneHue:
    @pytest.mark.parametrize("name", ONE_HUE)
    def test_is_no_color_and_has_its_name(self, name):
        picture, hue = ONE_HUE[name]
        chroma = chroma_of_rgb(picture)
        assert not chroma.is_real and chroma.is_one_hue
        assert hue in (None, chroma.hue)

    @pytest.mark.parametrize("spoil", SPOILT)
    @pytest.mark.parametrize("name", ["sepia", "blue tint", "cyanotype"])
    def test_stays_one_however_it_is_spoilt(self, name, spoil):
        assert not chroma_of_rgb(spoil(ONE_HUE[name][0])).is_real

    @pytest.mark.parametrize("spoil", SPOILT)
    def test_is_not_found_in_grey(self, spoil):
        chroma = chroma_of_rgb(spoil(tinted(1, 1, 1)))
        assert not chroma.is_real
        assert not chroma.is_one_hue or spoil in (on_a_mount,)


class TestColor:
    @pytest.mark.parametrize("strength", [0.2, 0.35, 0.7])
    @pytest.mark.parametrize("seed", [1, 5, 9])
    def test_is_seen(self, strength, seed):
        assert chroma_of_rgb(in_color(strength, seed)).is_real

    @pytest.mark.parametrize("spoil", [noisy, as_jpeg, with_logo, with_bars, on_a_mount])
    def test_is_seen_however_it_is_spoilt(self, spoil):
        assert chroma_of_rgb(spoil(in_color())).is_real

    def test_is_seen_under_a_cast(self):
        assert chroma_of_rgb((in_color() * np.array([1, 0.8, 0.5])).astype(np.uint8)).is_real

    def test_of_16_bits_is_that_of_8(self):
        eight = chroma_of_rgb(in_color())
        sixteen = chroma_of_rgb(in_color().astype(np.uint16) * 257)
        assert sixteen.spread == pytest.approx(eight.spread, rel=0.02)

    @pytest.mark.parametrize(("depth", "down", "across"), [(8, 2, 2), (10, 1, 2), (16, 1, 1)])
    def test_of_planes_is_that_of_the_picture(self, depth, down, across):
        planes = cv2.split(cv2.cvtColor(in_color(), cv2.COLOR_RGB2YCrCb))
        luma, cr, cb = (plane.astype(np.uint16) << (depth - 8) for plane in planes)
        if depth == 8:
            luma, cr, cb = (plane.astype(np.uint8) for plane in (luma, cr, cb))
        found = chroma_of_planes(luma, cb[::down, ::across], cr[::down, ::across], depth)
        assert found.is_real
        assert found.spread == pytest.approx(chroma_of_rgb(in_color()).spread, rel=0.25)


@pytest.mark.parametrize("size", [(1, 1), (1, 700), (3, 2), (40, 3)])
def test_odd_sizes_are_measured(size):
    assert not chroma_of_rgb(np.full((*size, 3), 90, np.uint8)).is_real


def test_the_dark_tells_nothing():
    assert not chroma_of_rgb(np.zeros((40, 60, 3), np.uint8)).tells
    assert chroma_of_rgb(in_color()).tells
