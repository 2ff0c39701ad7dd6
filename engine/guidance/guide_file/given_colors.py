"""Colours that a person names, as a* and b*, and as the lightness beneath them can show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from kinemacolor.engine.guidance.guide_file.film_guide import Point
from kinemacolor.engine.guidance.guide_file.guide import Ab, Color
from kinemacolor.models.color.lab import fit_gamut, srgb_to_lab

_TOLD = 2.0  # of chroma: less is lost unseen


def ab_of(color: Color) -> tuple[float, float]:
    """The a* and b* of a colour; its own lightness does not matter."""
    if isinstance(color, Ab):
        return color.a, color.b
    if not color.startswith("#"):
        return 0.0, 0.0
    codes = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    _, a, b = srgb_to_lab(torch.tensor(codes, dtype=torch.float64).view(3, 1, 1)).flatten().tolist()
    return round(a, 4), round(b, 4)


def fit_points(
    lightness: np.ndarray, points: Sequence[Point]
) -> tuple[tuple[Point, ...], tuple[str, ...]]:
    """Points whose colours the picture's own lightness can show, and a line for each that changed.

    Chroma is lowered at constant hue angle until the colour is within sRGB's gamut.

    Args:
        lightness: (h, w) float32 L* of their frame, at any size.
        points: of this frame.
    """
    if not points:
        return (), ()
    light = [_lightness_at(lightness, point) for point in points]
    lab = torch.tensor([light, *zip(*(point.ab for point in points), strict=True)])
    fitted = fit_gamut(lab.double()[:, None, :])[1:, 0, :].T.tolist()
    found, notes = [], []
    for point, light_here, (a, b) in zip(points, light, fitted, strict=True):
        asked, shown = float(np.hypot(*point.ab)), float(np.hypot(a, b))
        found.append(replace(point, ab=(a, b)))
        if asked - shown > _TOLD:
            where = point.name or f"the point at {point.x:.0%}, {point.y:.0%}"
            notes.append(
                f"{where}: too strong a colour for a lightness of {light_here:.0f} of 100: "
                f"its chroma was brought from {asked:.0f} to {shown:.0f}, its hue kept"
            )
    return tuple(found), tuple(notes)


def _lightness_at(lightness: np.ndarray, point: Point) -> float:
    """The mean L* of a point's pixels, at least one."""
    rows, columns = lightness.shape
    x, y, reach = point.x * columns, point.y * rows, point.radius * columns
    top, left = max(0, int(y - reach)), max(0, int(x - reach))
    part = lightness[top : int(y + reach) + 1, left : int(x + reach) + 1]
    return min(100.0, max(0.0, float(part.mean())))
