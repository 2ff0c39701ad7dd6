"""Pillow's own bound on pixels is neither asked nor changed."""

import io

import numpy as np
import pytest
from PIL import Image

from kinemacolor.engine.media.stills import read_still
from tests.engine.media.stills.pictures import encoded, gradient


@pytest.mark.parametrize("form", ["WEBP", "JPEG"])
def test_pictures_above_it_are_read(monkeypatch, form):
    picture = Image.fromarray(gradient(3))
    source = encoded(picture.convert("CMYK") if form == "JPEG" else picture, form)
    usual = read_still(source, "a").pixels
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(Image.DecompressionBombError):  # as Pillow alone would have it
        Image.open(io.BytesIO(source))
    np.testing.assert_array_equal(read_still(source, "a").pixels, usual)
    assert Image.MAX_IMAGE_PIXELS == 100
