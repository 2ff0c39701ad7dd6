"""Contact sheet of the worst and the best pictures of an evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import torch.nn.functional as F
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from kinemacolor.models.colorizer import Hints
from kinemacolor.models.plain_files import replace_plain
from kinemacolor.trainers.evaluation.protocol import SIZE, centre_lab, composed, draw_hints
from kinemacolor.trainers.evaluation.run import Predict
from kinemacolor.trainers.evaluation.scores import PhotoScores, Scores
from kinemacolor.trainers.hints import spread_nearest
from kinemacolor.trainers.pictures import Pictures

KINDS = {".png": "PNG", ".webp": "WEBP", ".jpg": "JPEG"}
_GAP, _CAPTION, _HEADING = 8, 24, 34  # pixels
_BACKGROUND, _INK, _FAINT = (24, 24, 26), (240, 240, 240), (165, 165, 170)


def worst_and_best(scores: Scores, count: int) -> tuple[list[PhotoScores], list[PhotoScores]]:
    """The photos with the least and the most gain over grey, at most `count` each, none in both.

    Ordered by how much smaller CIEDE2000 is than plain grey's, so a photo that hardly has any
    colour is neither. Worst first, and best first.
    """
    order = sorted(scores.each, key=lambda photo: photo.gain)
    count = min(count, len(order) // 2) if len(order) > 1 else 1
    return order[:count], order[count:][::-1][:count]


def write_sheet(
    path: Path,
    scores: Scores,
    predictors: Mapping[str, Predict],
    pictures: Pictures,
    *,
    hint_rate: float = 0.0,
    hint_points: int = 0,
    aged: bool = False,
    count: int = 6,
) -> None:
    """Write a picture with a row for each photo: grey (with the hints), network, truth.

    With hints, the baseline `spread_nearest` stands between. The worst photos are on the left, the
    best on the right; the scores above each row are CIEDE2000 of the network and of plain grey.

    Args:
        path: its suffix is one of `KINDS`; written beside and renamed.
        scores: of the network on `pictures`, with the same hints and degradation.
        predictors: the network and, if asked for, what else is made of the hints, by captions.
        pictures: the photos that were scored.
        hint_rate, hint_points, aged: as for `evaluate`.
        count: rows.
    """
    groups = worst_and_best(scores, count)
    blocks = []
    for heading, photos in zip(
        ("Least gain over grey", "Most gain over grey"), groups, strict=True
    ):
        if photos:
            rows = [
                (photo, list(_tiles(photo, predictors, pictures, hint_rate, hint_points, aged)))
                for photo in photos
            ]
            blocks.append(_block(heading, rows))
    width = sum(block.width for block in blocks) + 3 * _GAP * (len(blocks) - 1)
    sheet = Image.new("RGB", (width, max(block.height for block in blocks)), _BACKGROUND)
    left = 0
    for block in blocks:
        sheet.paste(block, (left, 0))
        left += block.width + 3 * _GAP
    part = path.with_name(f".{path.name}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(part, KINDS[path.suffix.lower()], optimize=True, quality=85)
    replace_plain(part, path)


def _tiles(
    photo: PhotoScores,
    predictors: Mapping[str, Predict],
    pictures: Pictures,
    rate: float,
    points: int,
    aged: bool,
) -> Iterator[tuple[str, np.ndarray]]:
    """Captions and (256, 256, 3) uint8 pictures of one row."""
    lab = centre_lab(pictures.read(photo.number), photo.number if aged else None)[None]
    hints = draw_hints(lab, [photo.number], rate, points)
    if hints is None:
        yield "grey", _pixels(composed(lab, lab[:, 1:] * 0))
    else:
        yield "given", _pixels(composed(lab, _dots(hints)))
        yield "nearest hints", _pixels(composed(lab, spread_nearest(lab[:, :1], hints)))
    for caption, predict in predictors.items():
        yield caption, _pixels(composed(lab, predict(lab[:, :1], hints).float().cpu()))
    yield "truth", _pixels(composed(lab, lab[:, 1:]))


def _dots(hints: Hints) -> Tensor:
    """(N, 2, H, W) ab of the hints, enlarged to 3x3 pixels to be seen."""
    ab, mask = (F.avg_pool2d(plane, 3, stride=1, padding=1) for plane in hints)
    return ab / mask.clamp_min(1e-6)


def _pixels(rgb: Tensor) -> np.ndarray:
    return (rgb[0].permute(1, 2, 0) * 255).round().byte().numpy()


def _block(
    heading: str, rows: list[tuple[PhotoScores, list[tuple[str, np.ndarray]]]]
) -> Image.Image:
    """One column of the sheet."""
    step = SIZE + _GAP
    wide = len(rows[0][1]) * step + _GAP
    tall = _CAPTION + step
    block = Image.new("RGB", (wide, _HEADING + _CAPTION + len(rows) * tall), _BACKGROUND)
    pen = ImageDraw.Draw(block)
    _write(pen, _GAP, _HEADING / 2, heading, 19, _INK)
    for column, (caption, _) in enumerate(rows[0][1]):
        _write(pen, _GAP + column * step, _HEADING + _CAPTION / 2, caption, 14, _FAINT)
    for row, (photo, tiles) in enumerate(rows):
        top = _HEADING + _CAPTION + row * tall
        _caption(pen, photo, wide, top + _CAPTION / 2)
        for column, (_, tile) in enumerate(tiles):
            block.paste(Image.fromarray(tile), (_GAP + column * step, top + _CAPTION))
    return block


def _caption(pen: ImageDraw.ImageDraw, photo: PhotoScores, wide: int, middle: float) -> None:
    """The photo's name, cut at its front where it is too long, and its scores."""
    ours, grey = (photo.columns[column]["ciede2000"] for column in ("network", "grey"))
    text = f"CIEDE2000 {ours:.2f}, grey {grey:.2f}: {photo.gain:+.2f}"
    font = ImageFont.load_default(14)
    room = wide - 4 * _GAP - font.getlength(text)
    name = photo.name
    while font.getlength(name) > room and len(name) > 2:
        name = "…" + name[2:]
    _write(pen, _GAP, middle, name, 14, _INK)
    pen.text((wide - _GAP, middle), text, fill=_INK, font=font, anchor="rm")


def _write(
    pen: ImageDraw.ImageDraw,
    left: float,
    middle: float,
    text: str,
    size: int,
    ink: tuple[int, int, int],
) -> None:
    pen.text((left, middle), text, fill=ink, font=ImageFont.load_default(size), anchor="lm")
