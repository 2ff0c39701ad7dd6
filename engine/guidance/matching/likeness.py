"""Which places of two pictures look alike: by motion that leads there and back, and by features.

All at half the working size, where it is cheap: colours that are held together vary slowly.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from kinemacolor.engine.color.planes import pixels_of, planes_of, resize_plane, resize_planes
from kinemacolor.engine.guidance.matching.correspondence import trusted
from kinemacolor.engine.guidance.matching.encoder import Encoder
from kinemacolor.engine.motion.optical_flow import (
    displacements,
    flow_codes,
    identity_grid,
    warp_planes,
)
from kinemacolor.models.metric import joined, statistics_of, tone_of

SHORT_SIDE = 128  # pixels of a look's
_MULTIPLE = 32
_CELL = 8  # pixels of a look along a cell's side
_TEMPERATURE = 0.03  # of the softmax over similarities
_LIKE = (0.5, 0.65)  # likeness of cells at which a match leads nowhere, and all the way
_DETAIL = 0.6  # share of what differs within a cell that a match leaves as it is
_ROUND_TRIP = 1.0  # pixels: the error of going there and back at which trust has fallen to 1/e


@dataclass(frozen=True, eq=False)
class Look:
    """A picture as others are compared with it.

    Attributes:
        lightness: (h, w) float32 L*, reduced.
        cells: (h / 8, w / 8) of its grid of cells.
        features: (cells, c) float32, of unit length.
    """

    lightness: np.ndarray
    cells: tuple[int, int]
    features: Tensor


def look_shape(shape: tuple[int, ...]) -> tuple[int, int]:
    """The (rows, columns) of the look of a picture of `shape`; a look's own stays as it is."""
    scale = min(1.0, SHORT_SIDE / min(shape))
    rows, columns = (max(1, round(side * scale / _MULTIPLE)) * _MULTIPLE for side in shape)
    return rows, columns


def look_at(lightness: np.ndarray, encoder: Encoder) -> Look:
    """What a picture looks like.

    Args:
        lightness: (h, w) float32 L*, of any size.
        encoder: of the features.
    """
    rows, columns = look_shape(lightness.shape)
    small = resize_plane(lightness, (rows, columns))
    seen = encoder(small)
    cells = rows // _CELL, columns // _CELL
    coarse = F.interpolate(seen.sixteenth[None], size=cells, mode="bilinear")[0]
    features = [planes.flatten(1).T for planes in (seen.eighth, coarse)]
    tone = tone_of(torch.from_numpy(small), cells)
    return Look(small, cells, joined(features, tone, statistics_of(features)))


class Link:
    """What one picture would change in another's colours, where both show the same.

    Where motion leads there and back, to the colours there; elsewhere, by match, to the mean colour
    of the cells that look alike there. A match tells cells apart and no more: of what differs
    within a cell, such as a thin arm before a road, a part is left.

    Args:
        here, there: the looks; of different sizes they are matched alone.
        moves: look for motion.

    Attributes:
        trust: (h, w) float32 in 0..1: how far motion leads there and back.
        known: (h, w) float32 in 0..1: how far the match leads to what looks alike.
        likeness: of the places here to those most like them there; the mean, up to 1.
    """

    def __init__(self, here: Look, there: Look, *, moves: bool = True) -> None:
        self._here, self._there = here, there
        alike = here.features @ there.features.T
        likest = alike.amax(1)
        self._chances = torch.softmax(alike.div_(_TEMPERATURE), 1)
        low, high = _LIKE
        known = ((likest - low) / (high - low)).clamp(0, 1)
        shape = here.lightness.shape
        self.likeness = float(likest.mean())
        self.known = resize_plane(known.reshape(here.cells).numpy(), shape)
        self.trust: np.ndarray = np.zeros(shape, np.float32)
        self._positions: np.ndarray | None = None
        if moves:
            self.follow()

    def follow(self) -> None:
        """Look for motion."""
        if self._there.lightness.shape == self._here.lightness.shape:
            self._positions, self.trust = motion(self._here, self._there)

    def change(self, ab: np.ndarray, ab_there: np.ndarray) -> np.ndarray:
        """(h, w, 2) float32 to be added to the colours here.

        Args:
            ab, ab_there: (h, w, 2) float32 of both pictures, at their looks' sizes.
        """
        own, theirs = planes_of(ab), planes_of(ab_there)
        cells, cells_there = (
            torch.from_numpy(resize_planes(planes, look.cells).reshape(2, -1))
            for planes, look in ((own, self._here), (theirs, self._there))
        )
        matched = cells_there @ self._chances.T - _DETAIL * cells
        shape = self._here.lightness.shape
        change = resize_planes(matched.reshape(2, *self._here.cells).numpy(), shape)
        change -= (1 - _DETAIL) * own
        if self._positions is not None:
            moved = warp_planes(theirs, self._positions)
            moved -= own
            moved -= change
            moved *= self.trust
            change += moved
        return pixels_of(change)


def motion(here: Look, there: Look) -> tuple[np.ndarray, np.ndarray]:
    """(2, h, w) positions of a look's pixels in another of its size, and (h, w) trust in 0..1."""
    grid = identity_grid(*here.lightness.shape)
    one, other = flow_codes(here.lightness), flow_codes(there.lightness)
    onward, back = (
        grid + displacements(*pair, cv2.DISOPTICAL_FLOW_PRESET_FAST)
        for pair in ((one, other), (other, one))
    )
    found = trusted(onward, back, here.lightness, there.lightness, _ROUND_TRIP)
    return found.positions, found.trust
