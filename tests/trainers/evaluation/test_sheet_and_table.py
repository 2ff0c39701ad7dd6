"""What users see of scores: the aligned table, and the worst and best pictures."""

import numpy as np
import pytest
import torch
from PIL import Image

from kinemacolor.trainers.evaluation import (
    PhotoScores,
    Scores,
    centre_lab,
    composed,
    draw_hints,
    evaluate,
    table,
)
from kinemacolor.trainers.evaluation.sheet import worst_and_best, write_sheet
from kinemacolor.trainers.pictures import open_pictures


@pytest.fixture
def photos(photo_folder):
    (photo_folder / "broken.jpg").unlink()
    return open_pictures([str(photo_folder)])


def tint(lightness, hints=None):
    return torch.cat([lightness - 50, 50 - lightness], dim=1) / 3


def made(*gains):
    """Scores of photos that gain so much over grey's CIEDE2000 of 10."""
    each = tuple(
        PhotoScores(
            str(n), n, 0, 20.0, {"network": {"ciede2000": 10 - gain}, "grey": {"ciede2000": 10}}
        )
        for n, gain in enumerate(gains)
    )
    return Scores(each, each[0].columns)


@pytest.mark.parametrize(
    ("gains", "count", "worst", "best"),
    [
        ((1, -3, 5, 0, 2), 2, [1, 3], [2, 4]),
        ((1, -3, 5), 6, [1], [2]),
        ((1, -3), 6, [1], [0]),
        ((4,), 6, [0], []),
    ],
)
def test_worst_and_best_by_gain(gains, count, worst, best):
    groups = worst_and_best(made(*gains), count)
    assert [[photo.number for photo in group] for group in groups] == [worst, best]


@pytest.mark.parametrize(("points", "columns"), [(0, 3), (200, 4)])
def test_sheet_shows_given_network_and_truth(photos, tmp_path, points, columns):
    scores = evaluate(tint, photos, hint_points=points)
    target = tmp_path / "new" / "sheet.png"
    write_sheet(target, scores, {"network": tint}, photos, hint_points=points, count=2)
    sheet = np.asarray(Image.open(target))
    assert [path.name for path in target.parent.iterdir()] == ["sheet.png"]

    def shows(group, row, column, lab, ab):
        top, left = 58 + 288 * row + 24, group * (columns * 264 + 32) + 8 + 264 * column
        tile = (composed(lab, ab)[0].permute(1, 2, 0) * 255).round().byte().numpy()
        return (sheet[top : top + 256, left : left + 256] == tile).all()

    for group, chosen in enumerate(worst_and_best(scores, 2)):
        for row, photo in enumerate(chosen):
            lab = centre_lab(photos.read(photo.number))[None]
            assert shows(group, row, columns - 1, lab, lab[:, 1:])
            assert shows(group, row, columns - 2, lab, tint(lab[:, :1]))
            assert shows(group, row, 0, lab, lab[:, 1:] * 0) == (points == 0)
    assert sheet.shape[1] == 2 * (columns * 264 + 8) + 24


def test_sheet_shows_all_that_is_made_of_hints(photos, tmp_path):
    def own(lightness, hints):
        return hints.ab

    scores = evaluate(tint, photos, guided=own, hint_points=9)
    target = tmp_path / "sheet.png"
    write_sheet(target, scores, {"network": tint, "guided": own}, photos, hint_points=9, count=1)
    lab = centre_lab(photos.read(worst_and_best(scores, 1)[0][0].number))[None]
    right = np.asarray(Image.open(target))[82 : 82 + 256, 8 + 264 * 3 :][:, :256]
    hints = draw_hints(lab, [worst_and_best(scores, 1)[0][0].number], 0.0, 9)
    shown = composed(lab, hints.ab)[0].permute(1, 2, 0) * 255
    assert (right == shown.round().byte().numpy()).all()


def test_table_is_aligned_and_complete(photos):
    scores = evaluate(tint, photos, hint_rate=0.01, nearest=True)
    text = table(scores)
    lines = text.splitlines()
    assert lines[0].startswith(f"{len(photos)} photos, ")
    assert lines[1].split("  ") and "nearest hints" in lines[1] and "gain over grey" in lines[1]
    gained = [line for line in lines[2:] if not line.startswith("  of")]
    assert {len(line) for line in gained} == {len(lines[1])}
    row = next(line for line in lines if line.startswith("PSNR")).split()
    columns = (scores.columns[name]["psnr"] for name in ("network", "nearest", "grey"))
    assert [float(cell) for cell in row[2:5]] == pytest.approx(list(columns), abs=1e-3)
    assert float(row[5]) == pytest.approx(scores.to_dict()["psnr_gain"], abs=1e-3)
    assert f"{scores.ratio:.3f}" in text


def test_table_tells_guided_colors_beside_the_network(photos):
    def truth(lightness, hints):
        return hints.ab

    scores = evaluate(tint, photos, guided=truth, hint_rate=1.0)
    lines = table(scores).splitlines()
    assert lines[1].split()[:2] == ["network", "guided"]
    row = next(line for line in lines if line.startswith("CIEDE2000")).split()
    assert float(row[2]) == 0 < float(row[1])
    assert scores.to_dict()["ciede2000_guided"] == pytest.approx(0, abs=1e-3)


def test_table_without_hints_has_no_such_column(photos):
    text = table(evaluate(tint, photos, every=3))
    assert "nearest" not in text and "hints" not in text and "where hinted" not in text
