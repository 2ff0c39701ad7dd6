"""Canvas with anti-aliased shapes; positions and lengths are fractions of its side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict, Unpack

import cv2
import numpy as np

_SHIFT = 8  # OpenCV draws at 1/256 pixel
Point = Sequence[float] | np.ndarray


class Fill(TypedDict, total=False):
    """Fill options of a shape.

    Args:
        to: colour at a gradient's other end; left out, the fill is flat.
        angle: the gradient's direction, radians.
        alpha: opacity.
    """

    to: np.ndarray
    angle: float
    alpha: float


class Canvas:
    """Square canvas; `pixels` is (size, size, 3) float32 sRGB, 0..255."""

    def __init__(self, size: int, ground: np.ndarray) -> None:
        self.size = size
        self.pixels = np.empty((size, size, 3), np.float32)
        self.pixels[:] = ground

    def polygon(self, points: np.ndarray, color: np.ndarray, **how: Unpack[Fill]) -> None:
        """Fill a polygon.

        Args:
            points: (N, 2) x, y.
            color: (3,) RGB.
        """
        points = np.asarray(points, dtype=np.float64) * self.size
        left, top = np.clip(np.floor(points.min(0)) - 1, 0, self.size).astype(int)
        right, bottom = np.clip(np.ceil(points.max(0)) + 1, 0, self.size).astype(int)
        if right <= left or bottom <= top:
            return
        mask = np.zeros((2 * (bottom - top), 2 * (right - left)), np.uint8)
        # Pixel centres lie at half coordinates.
        fixed = np.rint((2 * (points - (left, top)) - 0.5) * (1 << _SHIFT)).astype(np.int32)
        cv2.fillPoly(mask, [fixed], 255, cv2.LINE_AA, _SHIFT)
        mask = cv2.resize(mask, (right - left, bottom - top), interpolation=cv2.INTER_AREA)
        self._lay(mask / np.float32(255), (left, top), points, color, how)

    def _lay(
        self,
        cover: np.ndarray,
        corner: tuple[int, int],
        points: np.ndarray,
        color: np.ndarray,
        how: Fill,
    ) -> None:
        """Blend paint in where `cover` (0..1), with its upper left corner there, lets it.

        Args:
            points: (N, 2), in pixels: the gradient goes from the first to the last of them.
        """
        left, top = corner
        bottom, right = top + cover.shape[0], left + cover.shape[1]
        paint: np.ndarray = np.asarray(color, np.float32)
        if "to" in how:
            angle = how.get("angle", 0.0)
            y, x = np.ogrid[top:bottom, left:right]
            along = x * np.cos(angle) + y * np.sin(angle)
            ends = points @ (np.cos(angle), np.sin(angle))
            share = np.clip((along - ends.min()) / max(1e-6, np.ptp(ends)), 0, 1)[..., None]
            paint = paint + share.astype(np.float32) * (np.asarray(how["to"], np.float32) - paint)
        part = self.pixels[top:bottom, left:right]
        part += (paint - part) * (cover * np.float32(how.get("alpha", 1.0)))[..., None]

    def box(
        self, x0: float, y0: float, x1: float, y1: float, color: np.ndarray, **how: Unpack[Fill]
    ) -> None:
        """Fill an upright rectangle, to exact edges."""
        # Pixel by pixel, how much of it lies inside: boxes side by side leave no seam.
        edges = np.arange(self.size + 1)
        across, down = (
            np.diff(np.clip(edges, low * self.size, high * self.size)).clip(0)
            for low, high in ((x0, x1), (y0, y1))
        )
        columns, rows = np.flatnonzero(across), np.flatnonzero(down)
        if columns.size and rows.size:
            inside = np.ix_(rows, columns)
            cover = np.outer(down, across)[inside].astype(np.float32)
            points = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]) * self.size
            self._lay(cover, (int(columns[0]), int(rows[0])), points, color, how)

    def bar(
        self, start: Point, end: Point, width: float, color: np.ndarray, **how: Unpack[Fill]
    ) -> None:
        """Fill the rectangle around a line."""
        start, end = np.asarray(start, float), np.asarray(end, float)
        x, y = (end - start) / max(1e-9, float(np.hypot(*(end - start)))) * width / 2
        side = np.array([-y, x])
        self.polygon(np.stack([start + side, end + side, end - side, start - side]), color, **how)

    def disc(self, centre: Point, radius: float, color: np.ndarray, **how: Unpack[Fill]) -> None:
        """Fill a circle."""
        self.sector(centre, 0.0, radius, 0.0, 2 * np.pi, color, **how)

    def sector(
        self,
        centre: Point,
        inner: float,
        outer: float,
        start: float,
        end: float,
        color: np.ndarray,
        **how: Unpack[Fill],
    ) -> None:
        """Fill what lies between two radii and two angles (radians): wedges, rings, arcs."""
        count = 3 + round(abs(end - start) * (4 + 24 * min(1.0, outer) ** 0.5))
        angles = np.linspace(start, end, count)
        edge = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        # A whole ring's inner edge is walked back, so that it is cut out.
        points = [edge * outer] + ([edge[::-1] * inner] if inner else [])
        if not inner and abs(end - start) < 2 * np.pi - 1e-6:
            points.append(np.zeros((1, 2)))
        self.polygon(np.concatenate(points) + np.asarray(centre), color, **how)


def regular(corners: int, centre: Point, radius: float, turn: float) -> np.ndarray:
    """(corners, 2) points of a regular polygon."""
    angles = turn + 2 * np.pi * np.arange(corners) / corners
    return np.stack([np.cos(angles), np.sin(angles)], axis=1) * radius + np.asarray(centre)
