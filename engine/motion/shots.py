"""Shot boundary detection on lightness alone: the correlation of neighbouring thumbnails."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

_THUMBNAIL = (24, 18)  # columns, rows: coarse enough that motion within a shot hardly shows
_MIN_CORRELATION = 0.5  # of neighbouring thumbnails; below it a new shot begins
# Where the frames before were as good as still, less of a change is a cut.
_STILL, _MIN_AFTER_STILL = 0.95, 0.65
UNSURE = 2  # frames: whether the first ones that a `ShotFinder` sees begin a shot, it cannot tell


def thumbnail(lightness: np.ndarray) -> np.ndarray:
    """A frame reduced to a thumbnail of mean 0 and standard deviation 1.

    Brightness and contrast are taken out, so that flicker and fades do not look like cuts.

    Args:
        lightness: (h, w) float32 L*.

    Returns:
        (18, 24) float32; near zero all over where the frame is blank.
    """
    small = cv2.resize(lightness, _THUMBNAIL, interpolation=cv2.INTER_AREA)
    small = small - small.mean()
    deviation = float(np.sqrt((small * small).mean()))
    normalized: np.ndarray = small / max(deviation, 1e-3)
    return normalized


def is_cut(before: np.ndarray, after: np.ndarray) -> bool:
    """Whether two neighbouring frames, given as thumbnails, belong to different shots."""
    blank = [is_blank(before), is_blank(after)]
    if all(blank):
        return False
    if any(blank):
        return True
    return float((before * after).mean()) < _MIN_CORRELATION


class ShotFinder:
    """Tells which of successive frames begin a shot."""

    def __init__(self) -> None:
        self._before: np.ndarray | None = None
        self._was_still = False

    def begins_shot(self, here: np.ndarray) -> bool:
        """Whether the next frame begins a shot, as the first does.

        Args:
            here: the frame as a thumbnail, by `thumbnail`.
        """
        before, self._before = self._before, here
        if before is None:
            return True
        likeness = float((before * here).mean())
        is_sudden = self._was_still and likeness < _MIN_AFTER_STILL
        self._was_still = likeness > _STILL
        return is_cut(before, here) or (is_sudden and not is_blank(here))


def shot_starts(lightness: Iterable[np.ndarray]) -> list[int]:
    """Numbers of the frames that begin a shot, from their (h, w) float32 L*, in order."""
    finder = ShotFinder()
    small = enumerate(map(thumbnail, lightness))
    return [number for number, frame in small if finder.begins_shot(frame)]


def is_blank(frame: np.ndarray) -> bool:
    """Whether a frame, given as a thumbnail, shows nothing."""
    return float((frame * frame).mean()) < 0.5
