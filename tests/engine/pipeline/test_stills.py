"""Streams of stills through the whole pipeline: order, light, colour, and the broken ones."""

import io
import threading

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageOps

from kinemacolor.engine.media.stills import from_upright
from kinemacolor.models.errors import KinemacolorError
from tests.engine.media.stills.pictures import colored, encoded, exif, gradient, tiff
from tests.engine.tint import Tint, tinting_worker

SIZE = (64, 96)


def loaded(content):
    """An archive's promise of a member's content."""
    return lambda: content


def rgb_of(content):
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(int)


def lightness(pixels):
    """L* by CIE's formula, of sRGB pixels in 0..1, by NumPy alone."""
    linear = np.where(pixels <= 0.04045, pixels / 12.92, ((pixels + 0.055) / 1.055) ** 2.4)
    y = linear @ [0.2126, 0.7152, 0.0722] if pixels.ndim == 3 else linear
    return np.where(y > 216 / 24389, 116 * np.cbrt(y) - 16, y * 24389 / 27)


def test_keep_their_order_and_the_broken_ones_their_place(monkeypatch):
    whole = {
        f"{i:02}.{form.lower()}": encoded(gradient(size=(32 + 8 * i, 96)), form)
        for i, form in enumerate(["PNG", "JPEG", "TIFF", "WEBP"] * 3)
    }

    def unreadable():
        raise OSError("the tape is torn")

    items = [(name, loaded(content)) for name, content in whole.items()]
    items.insert(2, ("empty.png", loaded(b"")))
    items.insert(5, ("cut.jpg", loaded(whole["01.jpeg"][:300])))
    items.insert(9, ("torn.tif", unreadable))
    items.append(("text.png", loaded(b"not a picture")))
    results = list(tinting_worker(monkeypatch).stills(items))
    assert [name for name, _, _ in results] == [name for name, _ in items]
    for name, result, report in results:
        if name in whole:
            assert report.lightness_error_mean < 0.5
            assert np.ptp(rgb_of(result), axis=2).mean() > 10
            assert rgb_of(result).shape == rgb_of(whole[name]).shape
        else:
            assert isinstance(result, KinemacolorError) and report is None
            assert name in str(result) and "\n" not in str(result)


@pytest.mark.parametrize("error", [RuntimeError("broke"), MemoryError()])
def test_go_on_after_the_network_failed(monkeypatch, error):
    class Moody(Tint):
        def forward(self, lightness, hints=None):
            if lightness.shape[-1] == 128:
                raise error
            return super().forward(lightness, hints)

    wide = encoded(gradient(size=(32, 128)), "PNG")
    plain = encoded(gradient(size=(32, 64)), "PNG")
    items = [("a", loaded(plain)), ("b", loaded(wide)), ("c", loaded(plain))]
    worker = tinting_worker(monkeypatch, Moody())
    first, second, third = (result for _, result, _ in worker.stills(items))
    assert isinstance(second, KinemacolorError) and "b" in str(second)
    assert first == third and isinstance(first, bytes)


@pytest.mark.parametrize("color", [False, True])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_keep_their_lightness(monkeypatch, dtype, color):
    pixels = gradient(dtype=dtype, size=SIZE)
    if color:
        pixels = colored(pixels)
    worker = tinting_worker(monkeypatch)
    [(_, result, report)] = worker.stills([("a.tif", loaded(tiff(pixels)))])
    after = tifffile.imread(io.BytesIO(result))
    assert after.dtype == dtype
    full = np.iinfo(dtype).max
    error = np.abs(lightness(after / full) - lightness(pixels / full))
    steps = {"uint8": 0.5, "uint16": 0.01}[dtype]
    assert error.mean() < steps / 2
    assert report.lightness_error_mean == pytest.approx(error.mean(), abs=0.01)
    assert report.lightness_error_max == pytest.approx(error.max(), abs=0.02)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_stored_turned_are_colored_as_the_upright_one(monkeypatch, orientation):
    upright = gradient(size=SIZE)
    stored = from_upright(upright, orientation)
    network = Tint()
    worker = tinting_worker(monkeypatch, network)
    results = worker.stills(
        [
            ("upright.png", loaded(encoded(upright, "PNG"))),
            ("stored.png", loaded(encoded(stored, "PNG", exif=exif(orientation)))),
        ]
    )
    expected, content = (result for _, result, _ in results)
    picture = Image.open(io.BytesIO(content))
    assert picture.getexif()[0x0112] == orientation and picture.size == stored.shape[::-1]
    shown = from_pillow(picture)
    assert np.abs(shown - rgb_of(expected)).mean() < 0.5
    assert np.abs(shown - rgb_of(expected)[::-1]).mean() > 5
    assert set(network.sizes) == {(32, 64)}


def from_pillow(picture):
    """A picture as Pillow turns it for display."""
    return np.asarray(ImageOps.exif_transpose(picture).convert("RGB")).astype(int)


def test_are_not_all_read_at_once_and_stop_when_nobody_wants_more(monkeypatch):
    content, begun = encoded(gradient(size=SIZE), "PNG"), []

    def endless():
        for i in range(1000):
            begun.append(i)
            yield str(i), loaded(content)

    before = set(threading.enumerate())
    results = tinting_worker(monkeypatch).stills(endless())
    next(results)
    prefetch = len(begun)
    results.close()
    assert 1 < prefetch < 100
    assert len(begun) == prefetch
    assert set(threading.enumerate()) <= before


def test_are_the_same_whatever_they_travel_with(monkeypatch):
    content = encoded(gradient(size=SIZE), "JPEG")
    others = [(f"{i}.png", loaded(encoded(gradient(size=(40, 50 + i)), "PNG"))) for i in range(5)]
    worker = tinting_worker(monkeypatch)
    alone = next(worker.stills([("a.jpg", loaded(content))]))
    among = list(worker.stills([*others, ("a.jpg", loaded(content))]))[-1]
    assert alone == among
