"""Set-ups: shots taken from the same place, such as those that a dialogue goes to and fro between.

Found by likeness, cautiously: shots that share colours wrongly are worse than some that do not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from kinemacolor.engine.guidance.matching.likeness import Look
from kinemacolor.engine.motion.shots import is_blank, thumbnail

_CORRELATED = 0.6  # of thumbnails, below which two frames are not looked at more closely
_LOOKED_AT = 3  # frames of other shots that a frame is looked at beside
# Two frames of one view: mean likeness of the cells at the same places, and share of cells whose
# like is at most a cell away. Different views of one room had .47 and .27, moved ones .54 and .5.
_ALIKE, _AT_HOME = 0.5, 0.4


def find_setups(
    frames: Sequence[Sequence[np.ndarray]], look: Callable[[int, int], Look]
) -> list[int]:
    """Which shots are of one set-up.

    Args:
        frames: by shot: some of its frames, (h, w) float32 L*.
        look: of a shot's frame, by the numbers of both.

    Returns:
        By shot: the number of the first shot of its set-up, which may be its own.
    """
    owners = [(shot, place) for shot, group in enumerate(frames) for place in range(len(group))]
    views = np.array([_view(frame) for group in frames for frame in group], np.float32)
    first = list(range(len(frames)))
    begin = np.cumsum([0, *map(len, frames)])
    for here, (shot, place) in enumerate(owners):
        if first[shot] != shot:
            continue  # it has found its set-up
        correlations = views[: begin[shot]] @ views[here]
        # The likest first; of equals the earlier.
        for there in np.argsort(-correlations, kind="stable")[:_LOOKED_AT].tolist():
            other, place_there = owners[there]
            if correlations[there] < _CORRELATED:
                break
            if is_same_view(look(shot, place), look(other, place_there)):
                first[shot] = first[other]
                break
    return first


def _view(frame: np.ndarray) -> np.ndarray:
    """(432,) float32 of unit length: light and dark; zeros where the frame is blank."""
    small = thumbnail(frame)
    return small.ravel() * np.float32(0 if is_blank(small) else small.size**-0.5)


def is_same_view(one: Look, other: Look) -> bool:
    """Whether two frames show the same things at about the same places."""
    if one.cells != other.cells:
        return False
    alike = one.features @ other.features.T
    if float(alike.diagonal().mean()) < _ALIKE:
        return False
    best, here = alike.argmax(1).numpy(), np.arange(len(alike))
    columns = one.cells[1]
    down, right = best // columns - here // columns, best % columns - here % columns
    return float((np.maximum(abs(down), abs(right)) <= 1).mean()) >= _AT_HOME
