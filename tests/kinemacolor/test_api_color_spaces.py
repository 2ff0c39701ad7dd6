"""What is shown or given as an array is sRGB, whatever the file's colour space."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kinemacolor import Settings, colorize_image
from kinemacolor.engine.media.stills import read_still
from kinemacolor.engine.media.thumbnails import still_thumbnail
from kinemacolor.engine.preview.pictures import still_picture
from kinemacolor.models.errors import KinemacolorError
from tests.engine.media.stills.pictures import encoded, gradient, grey_profile, tiff
from tests.engine.media.stills.test_color_spaces import lab, profile
from tests.engine.pipeline.test_stills import lightness
from tests.engine.tint import Tint
from tests.kinemacolor.test_api_memory import network_of

SETTINGS = Settings(working_size=32, device="cpu")
GREY = gradient(dtype="uint16")


def files() -> dict[str, tuple[bytes, np.ndarray]]:
    """Files, and the L* that they show, by the published formulas."""
    wide = np.dstack([GREY] * 3)
    eight = gradient()
    y = (eight / 255) ** (461 / 256)
    return {
        "prophoto": (
            tiff(wide, photometric="rgb", iccprofile=profile("prophoto")),
            lab(wide, "prophoto")[..., 0],
        ),
        "adobe": (
            tiff(wide, photometric="rgb", iccprofile=profile("adobe")),
            lab(wide, "adobe")[..., 0],
        ),
        "grey": (
            encoded(eight, "PNG", icc_profile=grey_profile(1.8)),
            np.where(y > 216 / 24389, 116 * np.cbrt(y) - 16, y * 24389 / 27),
        ),
    }


@pytest.mark.parametrize("case", files())
def test_a_colored_array_has_the_file_s_lightness(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, shown = files()[case]
    (tmp_path / "in").write_bytes(data)
    tint = network_of(monkeypatch, Tint())
    rgb = colorize_image(tmp_path / "in", network=tint, settings=SETTINGS)
    found = lightness(rgb / np.iinfo(rgb.dtype).max)
    assert np.abs(found - shown).max() < (0.4 if rgb.dtype == np.uint8 else 0.1)


@pytest.mark.parametrize("case", files())
def test_previews_and_thumbnails_have_it(case: str) -> None:
    data, shown = files()[case]
    still = read_still(data, "a")
    small = still_picture(still, still.pixels)
    assert np.abs(lightness(small / 255) - shown).max() < 0.8
    thumbnail = np.asarray(Image.open(io.BytesIO(still_thumbnail(data, "a"))).convert("RGB"))
    assert np.abs(lightness(thumbnail / 255) - shown).mean() < 1


def test_salvage_holds_for_arrays_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in.jpg").write_bytes(encoded(gradient(), "JPEG")[:-200])
    tint = network_of(monkeypatch, Tint())
    with pytest.raises(KinemacolorError, match="truncated"):
        colorize_image(tmp_path / "in.jpg", network=tint, settings=SETTINGS)
    salvaging = Settings(working_size=32, device="cpu", salvage=True)
    assert colorize_image(tmp_path / "in.jpg", network=tint, settings=salvaging).shape == (
        48,
        64,
        3,
    )
