"""What a still's report says holds for the file as written; what is wrong is not written."""

from __future__ import annotations

import io

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from kinemacolor.engine.pipeline import stills as pipeline
from kinemacolor.engine.pipeline.stills import color_pixels
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError
from tests.engine.media.stills.pictures import encoded, gradient, grey_profile
from tests.engine.media.stills.test_jpeg_of_the_wild import noisy
from tests.engine.pipeline.test_stills import lightness, loaded
from tests.engine.tint import Tint, tinting_worker


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    ("format", "options"),
    [
        ("JPEG", {"quality": 60}),
        ("JPEG", {"quality": 95}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
        ("PNG", {}),
    ],
)
def test_lightness_error_is_that_of_the_file(
    monkeypatch: pytest.MonkeyPatch, format: str, options: dict[str, object], channels: int
) -> None:
    source = encoded(noisy(channels), format, **options)
    [(_, result, report)] = tinting_worker(monkeypatch).stills([("a", loaded(source))])
    before, after = (
        lightness(np.asarray(Image.open(io.BytesIO(content)).convert(mode)) / 255)
        for content, mode in ((source, "RGB"), (result, "RGB"))
    )
    error = np.abs(after - before)
    assert report.lightness_error_mean == pytest.approx(error.mean(), abs=0.01)
    assert report.lightness_error_max == pytest.approx(error.max(), abs=0.02)


def test_lightness_error_is_by_the_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    source = encoded(gradient(), "PNG", icc_profile=grey_profile(1.8))
    [(_, result, report)] = tinting_worker(monkeypatch).stills([("a.png", loaded(source))])
    y = (gradient() / 255) ** (461 / 256)
    before = np.where(y > 216 / 24389, 116 * np.cbrt(y) - 16, y * 24389 / 27)
    error = np.abs(lightness(np.asarray(Image.open(io.BytesIO(result))) / 255) - before)
    assert report.lightness_error_mean == pytest.approx(error.mean(), abs=0.01)
    assert report.lightness_error_max == pytest.approx(error.max(), abs=0.02)


class Broken(Tint):
    """A network whose colours are no numbers, in one pixel at least."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self.value = value

    def forward(self, lightness, hints=None):  # type: ignore[no-untyped-def]
        color = super().forward(lightness, hints).clone()
        color[..., :1, :1] = self.value
        return color


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_colors_that_are_no_numbers_are_not_written(
    monkeypatch: pytest.MonkeyPatch, value: float, format: str
) -> None:
    source = encoded(gradient(), format)
    worker = tinting_worker(monkeypatch, Broken(value))
    [(_, result, report)] = worker.stills([("a", loaded(source))])
    assert isinstance(result, KinemacolorError) and report is None
    assert str(result).startswith("a: the network gives colours that are no numbers")


@pytest.mark.parametrize("pixels", [gradient(), gradient(3), gradient(dtype="uint16")])
def test_another_lightness_is_not_written(
    monkeypatch: pytest.MonkeyPatch, pixels: np.ndarray
) -> None:
    def too_dark(self, lightness, a, b, dtype):  # type: ignore[no-untyped-def]
        return real(self, lightness * np.float32(0.9), a, b, dtype)

    real = type(pipeline.SRGB).codes
    monkeypatch.setattr(type(pipeline.SRGB), "codes", too_dark)
    with pytest.raises(KinemacolorError, match=r"^b: .*lightness would change by"):
        color_pixels(
            pixels, lambda light: [np.ones((*light[0].shape, 2), np.float32)], Settings(), name="b"
        )


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_every_color_is_within_the_rounding(dtype: str) -> None:
    """The bound is no obstacle: extreme colours on every code pass."""
    random = np.random.default_rng(2)
    pixels = random.integers(0, np.iinfo(dtype).max + 1, (256, 256)).astype(dtype)
    for strength in (10, 60, 400):
        color_pixels(
            pixels,
            lambda light, strength=strength: [
                random.normal(0, strength, (*light[0].shape, 2)).astype(np.float32)
            ],
            Settings(),
        )


def test_a_damaged_still_is_salvaged_where_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(noisy(1), "JPEG")
    cut = data[: len(data) * 2 // 3]
    whole = imagecodecs.jpeg8_decode(data)
    [(_, refused, _)] = tinting_worker(monkeypatch).stills([("a.jpg", loaded(cut))])
    assert isinstance(refused, KinemacolorError)
    worker = tinting_worker(monkeypatch, salvage=True)
    [(_, result, report)] = worker.stills([("a.jpg", loaded(cut))])
    assert any("is damaged" in note for note in report.notes)
    assert np.asarray(Image.open(io.BytesIO(result))).shape == (*whole.shape, 3)
