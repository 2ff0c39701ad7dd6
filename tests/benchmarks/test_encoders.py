"""The encoders' table: sizes, losses and times of a tiny film."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.encoders import Choice, colored_losslessly, measure
from benchmarks.reels import write_reel
from kinemacolor.engine.settings import Settings
from tests.engine.media.video.films import pictures_of


@pytest.fixture(scope="module")
def colored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoders")
    write_reel(folder / "in.mkv", 48, 64, 9)
    return colored_losslessly(folder / "in.mkv", folder, Settings(codec="ffv1", working_size=32))


def test_what_is_lossless_has_no_ratio_and_a_lower_quality_a_smaller_one(colored, tmp_path):
    rows = {
        quality: measure(colored, tmp_path, Choice("h264", quality=quality)) for quality in (8, 40)
    }
    assert rows[8]["mbit_s"] > 2 * rows[40]["mbit_s"] and rows[8]["psnr"] > rows[40]["psnr"] + 6
    assert measure(colored, tmp_path, Choice("ffv1"))["psnr"] is None
    assert all(row["cpu_ms"] > 0 for row in rows.values())


def test_the_ratio_and_the_rate_are_those_of_the_encoded_film(colored, tmp_path):
    row = measure(colored, tmp_path, Choice("h264", "ultrafast", 30))
    shown, true = (
        [picture.planes[0].astype(float) for picture in pictures_of(path)]
        for path in (tmp_path / "encoded.mkv", colored)
    )
    ratios = 10 * np.log10(
        255**2 / np.mean([((a - b) ** 2).mean() for a, b in zip(shown, true, strict=True)])
    )
    assert row["psnr"] == pytest.approx(ratios, abs=0.06)
    bits = (tmp_path / "segment").stat().st_size * 8
    assert row["mbit_s"] == pytest.approx(bits / 1e6 / (9 / 24), abs=0.01)
