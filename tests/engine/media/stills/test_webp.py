from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.stills import read_still, write_still
from tests.engine.media.stills import pictures
from tests.engine.media.stills.pictures import colored, encoded, gradient


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("exif", [b"", pictures.exif(6)])
def test_lossless_stays_lossless(channels: int, exif: bytes) -> None:
    pixels = gradient(channels)
    if channels == 4:
        pixels[:8, :, 3] = 0  # colour under full transparency counts too
    still = read_still(encoded(pixels, "WEBP", lossless=True, exact=True, exif=exif), "a")
    assert np.array_equal(still.pixels, pixels[..., :3])
    rgb = colored(still.pixels)
    written = write_still(still, rgb)
    assert b"VP8L" in written[:100]
    with Image.open(io.BytesIO(written)) as image:
        assert np.array_equal(np.asarray(image)[..., :3], rgb)


def test_lossy_stays_lossy_and_says_so() -> None:
    still = read_still(encoded(gradient(3), "WEBP", quality=70), "a")
    assert any("lossy" in note for note in still.notes)
    written = write_still(still, colored(still.pixels))
    assert b"VP8L" not in written
    assert np.abs(read_still(written, "a").pixels.astype(int) - colored(still.pixels)).mean() < 3


def test_animation_is_refused() -> None:
    frames = [Image.fromarray(gradient(3)), Image.fromarray(np.flipud(gradient(3)))]
    data = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    with pytest.raises(MediaError, match="animated"):
        read_still(data, "a")
