"""Generator of abstract colour pictures, for training without any data."""

from __future__ import annotations

import numpy as np

from kinemacolor.trainers.abstract import compositions, fluid, tilings
from kinemacolor.trainers.abstract.canvas import Canvas
from kinemacolor.trainers.abstract.palette import Palette

KINDS = ("geometric", "fluid")
_GEOMETRIC = (*tilings.STYLES, *compositions.STYLES)


def picture(kind: str, number: int, size: int = 256, seed: int = 0) -> np.ndarray:
    """Generated picture, a pure function of the arguments.

    Lightness predicts colour in part, as in paintings: yellows are light, blues dark, grounds
    cream, outlines dark. The palette is drawn anew for every picture, so lightness never predicts
    it wholly.

    Args:
        kind: "geometric" (polygons, circles, stripes, grids) or "fluid" (ink, marbling, pours).
        number: index in the endless series, from 0.
        size: side, pixels; at another size the same picture differs in detail alone.
        seed: seed of the series.

    Returns:
        (size, size, 3) uint8 sRGB.

    Raises:
        ValueError: there is no such kind.
    """
    if kind not in KINDS:
        raise ValueError(f"kind: {kind!r} is none of {', '.join(KINDS)}")
    rng = np.random.default_rng((seed, KINDS.index(kind), number))
    palette = Palette.draw(rng)
    if kind == "fluid":
        rgb = fluid.STYLES[rng.integers(len(fluid.STYLES))](rng, palette, size)
    else:
        canvas = Canvas(size, palette.ground(rng))
        _GEOMETRIC[rng.integers(len(_GEOMETRIC))](canvas, palette, rng)
        rgb = canvas.pixels
    return np.rint(np.clip(rgb, 0, 255)).astype(np.uint8)
