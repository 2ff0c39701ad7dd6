"""Gallery of grey, coloured and true pictures.

Usage: python -m examples.gallery OUT.webp SOURCE ... --every K

Shows every K-th picture of the sources, from the K-th: chosen by rule, not by taste. Pictures in
colour are turned grey first, and their true colours are shown beside.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

from kinemacolor.engine.files import atomic_write
from kinemacolor.models.errors import KinemacolorError
from kinemacolor.models.weights import load
from kinemacolor.trainers.evaluation import SIZE, centre_lab, composed, predictor
from kinemacolor.trainers.evaluation.run import Predict
from kinemacolor.trainers.evaluation.sheet import KINDS
from kinemacolor.trainers.photos import color_kind
from kinemacolor.trainers.pictures import Pictures, open_pictures

GAP, HEADING = 6, 26  # pixels
BACKGROUND, INK = (24, 24, 26), (235, 235, 235)
HEADINGS = ("before", "after", "truth")


def triples(
    predict: Predict, pictures: Pictures, every: int
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray | None]]:
    """Grey, coloured and, of pictures in colour, true (256, 256, 3) uint8 RGB of each picture."""
    for number in range(every - 1, len(pictures), every):
        rgb = pictures.read(number)
        lab = centre_lab(rgb)[None]
        grey = lab[:, 1:] * 0
        shown = [grey, predict(lab[:, :1], None)]
        shown += [lab[:, 1:]] if color_kind(rgb) == "colour" else []
        before, after, *truth = (_pixels(composed(lab, ab)) for ab in shown)
        yield before, after, truth[0] if truth else None


def gallery(
    rows: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray | None]], columns: int = 2
) -> Image.Image:
    """Draw all triples as one picture, `columns` of them side by side."""
    step = SIZE + GAP
    block = len(HEADINGS) * step + 2 * GAP
    lines = -(-len(rows) // columns)
    sheet = Image.new("RGB", (columns * block, HEADING + lines * step), BACKGROUND)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(15)
    for place in range(columns):
        for i, heading in enumerate(HEADINGS):
            middle = place * block + i * step + GAP + SIZE / 2
            pen.text((middle, HEADING / 2), heading, fill=INK, font=font, anchor="mm")
    for number, triple in enumerate(rows):
        line, place = divmod(number, columns)
        for i, tile in enumerate(triple):
            if tile is not None:
                left = place * block + i * step + GAP
                sheet.paste(Image.fromarray(tile), (left, HEADING + line * step))
    return sheet


def _pixels(rgb: torch.Tensor) -> np.ndarray:
    return (rgb[0].permute(1, 2, 0) * 255).round().byte().cpu().numpy()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m examples.gallery", description=__doc__)
    parser.add_argument("out", type=Path, help="picture to write: .webp, .png or .jpg")
    parser.add_argument("sources", nargs="+", help="folders, archives or films")
    parser.add_argument("--every", type=int, default=1, metavar="K", help="every K-th picture")
    parser.add_argument("--model", default="kinema", help="network or weights file")
    options = parser.parse_args(arguments)
    if options.every < 1:
        parser.error("--every: give 1 or more")
    if options.out.suffix.lower() not in KINDS:
        parser.error(f"{options.out}: give a name that ends in {', '.join(KINDS)}")
    try:
        pictures = open_pictures(options.sources)
        rows = list(triples(predictor(load(options.model).network()), pictures, options.every))
    except KinemacolorError as error:
        parser.exit(1, f"{error}\n")
    if not rows:
        parser.error(f"--every {options.every}: there are only {len(pictures)} pictures")
    with atomic_write(options.out) as part:
        gallery(rows).save(part, KINDS[options.out.suffix.lower()], quality=85)
    print(f"{options.out}: {len(rows)} of {len(pictures)} pictures")


if __name__ == "__main__":
    main()
