"""What is seen of a picture for the match: the encoder's features of cells, and their tones."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from kinemacolor.engine.guidance.matching.encoder import Encoder
from kinemacolor.models.metric import cells_of, tone_of

# The encoder sees pictures enlarged so much: denser cells find finer things.
ENLARGED = 1.5
_CELL = 8  # pixels of the enlarged picture on a cell's side


@dataclass(frozen=True, eq=False)
class Sight:
    """What is seen of a picture, by cells of 16/3 pixels a side.

    Attributes:
        lightness: (h, w) float32 L*: the picture.
        cells: their (rows, columns).
        features: (rows * columns, c) float32 each, of the encoder, as the metric takes them: at an
            eighth and a sixteenth of the enlarged picture, each also averaged over 3x3 cells, and
            at a quarter.
        tone: (rows * columns, 3) float32: a cell's mean and deviation of L*, of unit length.
        maps: (c, rows, columns) float32 each: features at a quarter and an eighth.
        statistics: mean and deviation of each map's channels, (c, 1, 1) float32 each.
    """

    lightness: np.ndarray
    cells: tuple[int, int]
    features: tuple[Tensor, ...]
    tone: Tensor
    maps: tuple[Tensor, ...]
    statistics: tuple[tuple[Tensor, Tensor], ...]


def sight_of(lightness: np.ndarray, encoder: Encoder) -> Sight:
    """What is seen of a picture of (h, w) float32 L*, sides multiples of 32."""
    height, width = (round(side * ENLARGED) for side in lightness.shape)
    large = cv2.resize(lightness, (width, height), interpolation=cv2.INTER_CUBIC)
    seen = encoder(large)
    features = cells_of(seen.quarter, seen.eighth, seen.sixteenth)
    cells = height // _CELL, width // _CELL
    kept = seen.quarter, seen.eighth
    statistics = tuple((x.mean((1, 2), True), x.std((1, 2), keepdim=True) + 1e-3) for x in kept)
    tone = tone_of(torch.from_numpy(lightness), cells)
    return Sight(lightness, cells, features, tone, kept, statistics)
