"""The quality of results: a JPEG's own luma table, or what is asked for."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from kinemacolor.engine.media.stills import read_still, write_still
from kinemacolor.engine.media.stills.jpeg_quantization import luma_quality


def _jpeg(quality: int, **options: object) -> bytes:
    noise = np.random.default_rng(0).normal(0, 30, (64, 96))
    grey = np.clip(np.linspace(20, 230, 96) + noise, 0, 255).astype(np.uint8)
    target = io.BytesIO()
    Image.fromarray(grey).save(target, "JPEG", quality=quality, **options)
    return target.getvalue()


def _written(data: bytes, quality: int | None = None) -> bytes:
    still = read_still(data, "a.jpg")
    return write_still(still, np.dstack([still.pixels] * 3), quality=quality)


@pytest.mark.parametrize("quality", [1, 30, 49, 50, 75, 92, 100])
def test_luma_has_the_source_s_own_table(quality):
    data = _jpeg(quality)
    assert luma_quality(data) == quality
    with Image.open(io.BytesIO(data)) as a, Image.open(io.BytesIO(_written(data))) as b:
        assert a.quantization[0] == b.quantization[0]


def test_a_table_that_is_not_libjpeg_s_becomes_95():
    data = _jpeg(75, qtables=[[7] * 64])
    assert luma_quality(data) is None
    assert luma_quality(_written(data)) == 95


def test_luma_of_a_grey_picture_comes_back_better_than_at_95():
    data = _jpeg(75)
    source = read_still(data, "a.jpg").pixels.astype(int)

    def error(result: bytes) -> float:
        return np.abs(read_still(result, "b.jpg").pixels[..., 1] - source).mean()

    own, finer = _written(data), _written(data, 95)
    assert len(own) < len(finer) and error(own) <= error(finer)


def test_the_quality_asked_for_is_taken_and_shrinks():
    data = _jpeg(90)
    assert luma_quality(_written(data, 40)) == 40
    assert len(_written(data, 40)) < len(data) < len(_written(data, 98))
