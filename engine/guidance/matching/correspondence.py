"""Correspondence: where a frame's pixels lie in an exemplar of the same scene, and how surely."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from kinemacolor.engine.motion.optical_flow import (
    compose_flow,
    displacements,
    flow_codes,
    identity_grid,
    photometric_consistency,
    warp,
)
from kinemacolor.engine.motion.tracks import Track

_ROUND_TRIP = 1.5  # pixels: the error of going there and back at which trust has fallen to 1/e
_DRIFT = 0.1  # added to that by every frame that a track is joined over
_BEGUN = 0.3  # trust in a track from which the search begins at it


@dataclass(frozen=True, eq=False)
class Correspondence:
    """Where a frame's pixels lie in an exemplar.

    Attributes:
        positions: (2, h, w) float32: their columns and rows there.
        onward: (2, h, w) float32: those of the exemplar's pixels in the frame.
        trust: (h, w) float32 in 0..1: going there and back leads home, and both are as light.
    """

    positions: np.ndarray
    onward: np.ndarray
    trust: np.ndarray


def correspond(
    frame: np.ndarray,
    exemplar: np.ndarray,
    matched: tuple[np.ndarray, np.ndarray],
    track: Track | None,
) -> tuple[Correspondence, Correspondence | None]:
    """Search an exemplar for a frame's pixels, straight, from where match and track lead.

    A search that begins near its end finds it over any distance in time, and what joined motion
    loses on its way does not add up.

    Args:
        frame, exemplar: (h, w) float32 L*.
        matched: (2, h, w) float32 each: positions of the frame's pixels in the exemplar and of the
            exemplar's in the frame, by the match of cells.
        track: between the two, if there is one.

    Returns:
        What the search found, and what the track alone tells.
    """
    there, back = matched
    joined = None
    if track is not None:
        width = _ROUND_TRIP + _DRIFT * track.distance
        joined = trusted(track.positions, track.onward, frame, exemplar, width)
        home = trusted(track.onward, track.positions, exemplar, frame, width)
        there = np.where(joined.trust > _BEGUN, track.positions, there)
        back = np.where(home.trust > _BEGUN, track.onward, back)
    here, other = flow_codes(frame), flow_codes(exemplar)
    there, back = _search(here, other, there), _search(other, here, back)
    return trusted(there, back, frame, exemplar, _ROUND_TRIP), joined


def _search(here: np.ndarray, other: np.ndarray, begin: np.ndarray) -> np.ndarray:
    """(2, h, w) float32 positions in `other` of the pixels of `here`."""
    grid = identity_grid(*here.shape)
    preset = cv2.DISOPTICAL_FLOW_PRESET_MEDIUM
    found: np.ndarray = grid + displacements(here, other, preset, begin - grid)
    return found


def trusted(
    there: np.ndarray, back: np.ndarray, frame: np.ndarray, exemplar: np.ndarray, width: float
) -> Correspondence:
    """Positions there and back, each (2, h, w), with the trust in them.

    Args:
        there, back: as `Correspondence` has them.
        frame, exemplar: (h, w) float32 L*.
        width: pixels: the error of going there and back at which trust has fallen to 1/e.
    """
    height, columns = frame.shape
    x, y = (compose_flow(back, there) - identity_grid(height, columns)) / np.float32(width)
    inside = (there > -1).all(0) & (there[0] < columns) & (there[1] < height)
    alike = photometric_consistency(warp(exemplar, there), frame)
    return Correspondence(there, back, cv2.exp(-(x * x + y * y)) * inside * alike)
