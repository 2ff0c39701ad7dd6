"""Fusion: of several places that a pixel's colour may be taken from, which to believe.

Every candidate gets a score from how well it fits; their colours are mixed by the softmax of the
scores. What tells which fits was learned from clips in colour (benchmarks.fusion): a
perceptron, with the same few hundred weights for every candidate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from kinemacolor.engine.color.planes import resize_plane
from kinemacolor.engine.guidance.matching.sight import Sight
from kinemacolor.engine.motion.optical_flow import compose_flow, identity_grid, warp

KINDS = 3  # of candidates: by a straight search, by joined motion, by likeness
DIRECT, JOINED, ALIKE = range(KINDS)
FEATURES = 11 + KINDS
_WEIGHTS = Path(__file__).with_name("fusion.npz")
_LONG = 32  # frames
_FAR = 30.0  # ab units, from which a disagreement grows no more


@dataclass(frozen=True, eq=False)
class Candidate:
    """Colours that a frame's pixels may take.

    Args:
        kind: one of `DIRECT`, `JOINED`, `ALIKE`.
        ab: (h, w, 2) float32.
        known: (h, w) float32 in 0..1: how far the exemplar's colours are known there.
        distance: frames to the exemplar; 0 where that means nothing.
        fit: (5, h / 2, w / 2) float32, as `Fit` tells; None of what has no place.
    """

    kind: int
    ab: np.ndarray
    known: np.ndarray
    distance: int = 0
    fit: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Likeness:
    """What is known of the match at a frame's cells.

    Args:
        highest: (rows, columns) float32: the largest similarity.
        spread: (rows, columns) float32: standard deviation of the colours that look alike.
    """

    highest: np.ndarray
    spread: np.ndarray


class Fit:
    """How well places of an exemplar fit a frame's pixels.

    Args:
        frame, exemplar: of the same size, (h, w).
    """

    def __init__(self, frame: Sight, exemplar: Sight) -> None:
        self._lightness = exemplar.lightness
        self._here = _halved(frame.lightness)
        self._grid = identity_grid(*frame.lightness.shape)
        self._ours, self._theirs = [], []
        for (mean, deviation), here, other in zip(
            exemplar.statistics, frame.maps, exemplar.maps, strict=True
        ):
            unit = _unit(here, mean, deviation)
            self._ours.append(F.interpolate(unit, size=self._here.shape, mode="bilinear"))
            self._theirs.append(_unit(other, mean, deviation))

    def __call__(self, there: np.ndarray, back: np.ndarray) -> np.ndarray:
        """The fit of places.

        Args:
            there, back: (2, h, w) float32: positions of the frame's pixels in the exemplar, and of
                the exemplar's in the frame.

        Returns:
            (5, h / 2, w / 2) float32: similarity of features at two scales, difference of lightness
            over 3x3 and 7x7 pixels, error of the way there and back (logarithms all three).
        """
        height, width = self._lightness.shape
        error = _halved(np.hypot(*(compose_flow(back, there) - self._grid)))
        places = np.stack([_halved(plane) for plane in there])
        difference = warp(self._lightness, places) - self._here
        difference = np.abs(difference - np.float32(np.median(difference[::2, ::2])))
        scale = np.array([2 / width, 2 / height], np.float32)
        grid = torch.from_numpy((places.transpose(1, 2, 0) + np.float32(0.5)) * scale - 1)[None]
        alike = [
            (F.grid_sample(theirs, grid, align_corners=False) * ours).sum(1)[0].numpy()
            for ours, theirs in zip(self._ours, self._theirs, strict=True)
        ]
        blurred = (cv2.blur(difference, (side, side)) for side in (3, 7))
        return np.stack([*alike, *(np.log1p(plane) for plane in (*blurred, error))])


def features_of(
    lightness: np.ndarray, likeness: Likeness, candidates: Sequence[Candidate]
) -> np.ndarray:
    """What the perceptron sees of candidates: (candidates, FEATURES, h / 2, w / 2) float32."""
    texture = cv2.blur(np.abs(lightness - cv2.blur(lightness, (5, 5))), (5, 5))
    texture = np.log1p(_halved(texture))
    shape = texture.shape
    highest, spread = (resize_plane(p, shape) for p in (likeness.highest, likeness.spread))
    shared = [texture, highest, np.log1p(spread)]
    colors = [np.stack([_halved(p) for p in cv2.split(item.ab)]) for item in candidates]
    seen = []
    for item, ab in zip(candidates, colors, strict=True):
        others = [np.hypot(*(ab - other)).clip(0, _FAR) for other in colors]
        alike = [d for d, other in zip(others, candidates, strict=True) if other.kind == ALIKE]
        agreement = [sum(others) / (10 * len(others)), np.log1p(sum(alike))]
        fit = [np.zeros_like(texture)] * 5 if item.fit is None else list(item.fit)
        stated = (item.distance / _LONG, *(item.kind == kind for kind in range(KINDS)))
        constant = [np.full(shape, value, np.float32) for value in stated]
        seen.append(np.stack([*fit, *shared, *agreement, *constant]))
    return np.stack(seen).astype(np.float32)


def fused(lightness: np.ndarray, likeness: Likeness, candidates: Sequence[Candidate]) -> np.ndarray:
    """(h, w, 2) float32 ab of a frame, mixed from candidates by what fits.

    Args:
        lightness: (h, w) float32 L* of the frame.
        likeness: of the match.
        candidates: one of kind ALIKE among them.
    """
    features = features_of(lightness, likeness, candidates)
    scores = _scores(features).reshape(len(candidates), *features.shape[2:])
    best = scores.max(0)
    total = np.zeros((*lightness.shape, 2), np.float32)
    weights = np.zeros(lightness.shape, np.float32)
    for item, score in zip(candidates, scores, strict=True):
        weight = resize_plane(np.exp(score - best), lightness.shape) * item.known
        weight += 1e-9
        total += item.ab * weight[..., None]
        weights += weight
    mixed: np.ndarray = total / weights[..., None]
    return mixed


def _scores(features: np.ndarray) -> np.ndarray:
    """(candidates, pixels) of (candidates, FEATURES, h, w)."""
    x = torch.from_numpy(features).flatten(2).transpose(1, 2)
    layers = _layers()
    for place, (weight, bias) in enumerate(layers):
        x = x @ weight + bias
        if place < len(layers) - 1:
            x = x.relu()
    scores: np.ndarray = x[..., 0].numpy()
    return scores


@lru_cache(maxsize=1)
def _layers() -> list[tuple[Tensor, Tensor]]:
    with np.load(_WEIGHTS) as stored:
        arrays = [torch.from_numpy(stored[name]) for name in sorted(stored.files)]
    return list(zip(arrays[0::2], arrays[1::2], strict=True))


def _unit(planes: Tensor, mean: Tensor, deviation: Tensor) -> Tensor:
    """(1, c, h, w) features of unit length, in another picture's terms."""
    return F.normalize((planes - mean) / deviation, dim=0)[None]


def _halved(plane: np.ndarray) -> np.ndarray:
    height, width = plane.shape
    return resize_plane(np.ascontiguousarray(plane, np.float32), (height // 2, width // 2))
