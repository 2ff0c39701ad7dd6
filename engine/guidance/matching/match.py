"""The match of two pictures by a learned metric: which cells of one look like the other's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from kinemacolor.engine.color.planes import resize_plane
from kinemacolor.engine.guidance.matching.sight import Sight
from kinemacolor.engine.motion.optical_flow import identity_grid
from kinemacolor.models.device import quick_bfloat16
from kinemacolor.models.metric import joined, projected, shipped_head, statistics_of

_TEMPERATURE = 0.03  # of the softmax over cosine similarities
_ROWS = 256  # cells matched at once: their similarities stay in the cache
_MEDIAN = 5  # cells, over which displacements are steadied


@dataclass(frozen=True, eq=False)
class Match:
    """What a picture's cells found in another picture.

    Attributes:
        cells: their (rows, columns).
        values: (cells, c) float32: sums of the other's values by exp(similarity / temperature).
        weight: (cells,) float32: the sum of those weights, each as far as its cell is known.
        total: (cells,) float32: their sum all the same.
        likeness: (cells,) float32: the largest similarity, up to 1.
        best: (cells,) int64: the other's cell of that similarity.
        best_back: (other's cells,) int64: this picture's cell that is most like each of those.
    """

    cells: tuple[int, int]
    values: Tensor
    weight: Tensor
    total: Tensor
    likeness: Tensor
    best: Tensor
    best_back: Tensor


class Matcher:
    """A picture whose cells those of others are matched with.

    Args:
        sight: of it.
        values: (h, w, c) float32: what its cells hold.
        known: (h, w) float32 in 0..1: how far; what is unknown is matched with less.
    """

    def __init__(self, sight: Sight, values: np.ndarray, known: np.ndarray) -> None:
        self.cells = sight.cells
        self._statistics = statistics_of(sight.features)
        self._dtype = torch.bfloat16 if quick_bfloat16(torch.device("cpu")) else torch.float32
        self._keys = self._normalized(sight)
        weight = resize_plane(known, self.cells)
        held = resize_plane(values * known[..., None], self.cells)
        held /= np.maximum(weight, 1e-6)[..., None]
        planes = np.dstack([held * weight[..., None], weight, np.ones_like(weight)])
        exact = torch.from_numpy(planes.reshape(-1, planes.shape[2]).astype(np.float32))
        # Few bits multiply several times as quickly; what they leave over goes beside them.
        coarse = exact.to(self._dtype)
        self._values = torch.cat([coarse, (exact - coarse.float()).to(self._dtype)], 1)

    def __call__(self, sight: Sight) -> Match:
        """What the cells of another picture find here; its size may be another."""
        queries = self._normalized(sight)
        found, likeness, best = [], [], []
        back_best = torch.full((len(self._keys),), -2.0)
        back = torch.zeros(len(self._keys), dtype=torch.int64)
        for first in range(0, len(queries), _ROWS):
            coarse = queries[first : first + _ROWS] @ self._keys.T
            alike = coarse.float()
            # By NumPy, which finds a place ten times as quickly.
            place = torch.from_numpy(alike.numpy().argmax(1))
            likeness.append(alike.gather(1, place[:, None])[:, 0])
            best.append(place)
            column, row = alike.max(0)
            higher = column > back_best
            back_best = torch.where(higher, column, back_best)
            back = torch.where(higher, row + first, back)
            # Similarities end at 1: no row overflows, and matches with several pictures add up.
            found.append(coarse.sub_(1).mul_(1 / _TEMPERATURE).exp_() @ self._values)
        parts = torch.cat(found).float()
        sums = parts[:, : parts.shape[1] // 2] + parts[:, parts.shape[1] // 2 :]
        return Match(
            sight.cells,
            sums[:, :-2],
            sums[:, -2],
            sums[:, -1],
            torch.cat(likeness),
            torch.cat(best),
            back,
        )

    def _normalized(self, sight: Sight) -> Tensor:
        """(cells, d) of unit length, by the learned metric."""
        seen = joined(sight.features, sight.tone, self._statistics)
        return projected(seen, shipped_head()).to(self._dtype)


def mean_values(matches: Sequence[Match]) -> np.ndarray:
    """(rows, columns, c) float32 values that a picture's cells found in several others together."""
    values = torch.stack([match.values for match in matches]).sum(0)
    weight = torch.stack([match.weight for match in matches]).sum(0)
    found: np.ndarray = (values / weight.clamp_min(1e-30)[:, None]).numpy()
    return found.reshape(*matches[0].cells, -1)


def likeness_to_known(matches: Sequence[Match]) -> tuple[np.ndarray, np.ndarray]:
    """How alike that is in which a picture's cells find most that is known, and how far it is.

    Of several pictures it is one for each cell: what is unknown in another one, however alike,
    takes nothing away.

    Returns:
        Two (rows, columns) float32: likeness up to 1, and 0..1.
    """
    likeness = torch.stack([match.likeness for match in matches])
    known = torch.stack([match.weight / match.total.clamp_min(1e-30) for match in matches])
    best = (likeness.clamp_min(0) * known).argmax(0, keepdim=True)
    cells = matches[0].cells
    one, other = (each.gather(0, best)[0].numpy().reshape(cells) for each in (likeness, known))
    return one, other


def matched_positions(match: Match, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Where a match leads and back, for two pictures of the same (h, w).

    Returns:
        Two (2, h, w) float32: columns and rows of the one's pixels in the other, and of the other's
        in the one, steadied by a median.
    """
    there = _positions(match.best, match.cells, shape)
    return there, _positions(match.best_back, match.cells, shape)


def _positions(best: Tensor, cells: tuple[int, int], shape: tuple[int, int]) -> np.ndarray:
    found = best.numpy().reshape(cells)
    rows, columns = cells
    x, y = (plane.astype(np.float32) for plane in (found % columns, found // columns))
    scale = shape[1] / columns
    moved = [
        resize_plane(cv2.medianBlur(plane - still, _MEDIAN), shape) * np.float32(scale)
        for plane, still in zip((x, y), identity_grid(rows, columns), strict=True)
    ]
    positions: np.ndarray = identity_grid(*shape) + np.stack(moved)
    return positions
