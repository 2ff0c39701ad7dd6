"""Tracks: where the pixels of a frame lie in a frame whose colours are given, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Frames to either side within which a given frame is followed. Finite, so that a segment needs no
# more context than this.
TRACK_REACH = 32


@dataclass(frozen=True, eq=False)
class Track:
    """The motion between a frame and a given frame of the same shot, chained from flow to flow.

    Args:
        frame: number of the given frame.
        positions: (2, h, w) float32: columns and rows of this frame's pixels in the given one.
        onward: (2, h, w) float32: those of the given frame's pixels in this one.
        distance: frames between the two, 0 to `TRACK_REACH`; 0 is the given frame itself.
    """

    frame: int
    positions: np.ndarray
    onward: np.ndarray
    distance: int
