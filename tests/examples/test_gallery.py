"""The gallery shows every k-th picture, coloured ones beside their truth."""

import numpy as np
import pytest
from PIL import Image

from examples import gallery
from kinemacolor.trainers.evaluation import SIZE


@pytest.fixture
def folder(tmp_path):
    """Five pictures; number 3 is grey."""
    rng = np.random.default_rng(0)
    place = tmp_path / "photos"
    place.mkdir()
    for number in range(5):
        rgb = rng.integers(0, 255, (6, 8, 3), np.uint8)
        rgb = rgb[..., :1].repeat(3, axis=2) if number == 3 else rgb
        Image.fromarray(rgb).resize((320, 256), Image.Resampling.BICUBIC).save(
            place / f"{number}.png"
        )
    return place


def test_every_second_picture_with_its_truth_where_it_has_one(folder, tmp_path, capsys):
    out = tmp_path / "sheet.png"
    gallery.main([str(out), str(folder), "--every", "2"])
    assert "2 of 5" in capsys.readouterr().out
    sheet = np.asarray(Image.open(out).convert("RGB")).astype(int)
    top = gallery.HEADING

    def tile(block, column):
        left = block * (3 * (SIZE + gallery.GAP) + 2 * gallery.GAP) + gallery.GAP
        left += column * (SIZE + gallery.GAP)
        return sheet[top : top + SIZE, left : left + SIZE]

    before, after, truth = (tile(0, column) for column in range(3))
    assert np.ptp(before, axis=2).max() <= 2 < np.ptp(after, axis=2).max()
    true = np.asarray(Image.open(folder / "1.png")).astype(int)[:, 32:288]
    assert np.abs(truth - true).max() <= 2
    assert np.ptp(tile(1, 0), axis=2).max() <= 2
    assert (tile(1, 2) == gallery.BACKGROUND).all()  # the grey one has no truth


def test_too_few_pictures_are_said(folder, tmp_path, capsys):
    with pytest.raises(SystemExit):
        gallery.main([str(tmp_path / "x.png"), str(folder), "--every", "9"])
    assert "only 5 pictures" in capsys.readouterr().err
