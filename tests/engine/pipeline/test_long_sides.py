"""Stills as wide and as high as is promised, beyond what OpenCV's remapping takes."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from kinemacolor.engine.color.planes import interpolate
from kinemacolor.engine.media.stills import MAX_SIDE
from tests.engine.media.stills.pictures import encoded
from tests.engine.tint import tinting_worker

Image.MAX_IMAGE_PIXELS = None


@pytest.mark.parametrize("side", [32_767, MAX_SIDE])
@pytest.mark.parametrize("form", ["PNG", "TIFF", "JPEG"])
@pytest.mark.parametrize("upright", [False, True])
def test_get_colors(monkeypatch, side, form, upright):
    wedge = np.tile(np.arange(side, dtype=np.uint32) // 300 % 256, (8, 1)).astype(np.uint8)
    content = encoded(np.ascontiguousarray(wedge.T if upright else wedge), form)
    [(_, result, report)] = list(tinting_worker(monkeypatch).stills([("a", lambda: content)]))
    assert isinstance(result, bytes), result
    shape = np.asarray(Image.open(io.BytesIO(result))).shape
    assert shape == ((side, 8, 3) if upright else (8, side, 3))
    assert report.lightness_error_mean < 1


def test_tables_are_interpolated_alike_in_pieces():
    table = np.random.default_rng(0).random((64, 64), np.float32)
    x = np.linspace(-1, 64, 40_000, dtype=np.float32)[None].repeat(2, 0)
    y = x[:, ::-1].copy()
    wide = interpolate(table, x, y)
    for start in (0, 16_000, 30_000):
        part = slice(start, start + 5_000)
        piece = interpolate(table, x[:, part].copy(), y[:, part].copy())
        np.testing.assert_array_equal(wide[:, part], piece)
