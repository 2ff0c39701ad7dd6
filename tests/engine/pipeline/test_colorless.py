"""What got no colour is not called coloured."""

from pathlib import Path

import numpy as np
import pytest

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.pipeline.colorless import (
    FrameColors,
    refuse_colorless_film,
    refuse_colorless_still,
)
from kinemacolor.engine.pipeline.stills import color_pixels
from kinemacolor.engine.settings import Settings
from kinemacolor.models.color.encoding import YCbCrEncoding

FILM = Path("reel.mkv")


@pytest.mark.parametrize(("depth", "output"), [(8, 8), (8, 10), (10, 12), (16, 16)])
def test_frames_are_told_by_their_chroma(depth, output):
    dtype = np.uint8 if depth == 8 else np.uint16
    neutral = np.full((4, 6), 1 << (output - 1), np.uint8 if output == 8 else np.uint16)
    grey, black = np.full((8, 12), 90 << (depth - 8), dtype), np.full((8, 12), 16, dtype)
    spot = neutral.copy()
    spot[2, 3] += 1
    frames, encodings = FrameColors(), (YCbCrEncoding(depth=depth), YCbCrEncoding(depth=output))
    assert frames.counting(grey, neutral, neutral, *encodings) == FrameColors(0, 1)
    assert frames.counting(black, neutral, neutral, *encodings) == FrameColors(0, 0)
    assert frames.counting(grey, neutral, spot, *encodings) == FrameColors(1, 0)
    assert frames.counting(grey, spot, neutral, *encodings) == FrameColors(1, 0)


def test_films():
    assert refuse_colorless_film(FILM, FrameColors(1, 99), Settings()) == ()
    assert "black or white" in refuse_colorless_film(FILM, FrameColors(0, 0), Settings())[0]
    assert refuse_colorless_film(FILM, FrameColors(0, 9), Settings(saturation=0)) == ()
    with pytest.raises(MediaError, match=r"reel.mkv: the network gives no colour"):
        refuse_colorless_film(FILM, FrameColors(0, 9), Settings())


def test_stills():
    none, some = np.zeros((4, 4, 2), np.float32), np.full((4, 4, 2), 3, np.float32)
    grey, black = np.full((4, 4), 50, np.float32), np.zeros((4, 4), np.float32)
    refuse_colorless_still(some, grey, Settings(), "a")
    refuse_colorless_still(none, black, Settings(), "a")
    refuse_colorless_still(none, grey, Settings(saturation=0), "a")
    with pytest.raises(MediaError, match="no colour"):
        refuse_colorless_still(none, grey, Settings(), "a")
    with pytest.raises(MediaError, match="no colour"):
        pixels = np.full((64, 64), 120, np.uint8)
        color_pixels(pixels, lambda batch: [np.zeros((*batch[0].shape, 2), np.float32)], Settings())
