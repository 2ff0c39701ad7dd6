"""Frames seen while a film was indexed, kept for the samples that are taken of its shots next."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kinemacolor.engine.media.video.index import FilmIndex
from kinemacolor.engine.pipeline.sample_places import sample_places

_MOST = 96 << 20  # bytes that are held, at most; what does not fit is read once more


class SeenFrames:
    """The lightness of the frames at which a film's shots are sampled, caught as it is indexed.

    How long a shot is, its end tells: until then all its frames are held, of a very long one none.

    Args:
        source: the film.
    """

    def __init__(self, source: Path) -> None:
        self.source = source
        self._held: dict[int, np.ndarray] = {}
        self._shot: dict[int, np.ndarray] = {}
        self._room = _MOST
        self._fits = True  # the shot, so far
        self._checks: dict[int, int] = {}

    def see(self, number: int, lightness: np.ndarray, *, begins_shot: bool) -> None:
        """Take the next frame.

        Args:
            number: of it.
            lightness: (h, w) float32 L*.
            begins_shot: the shot before it has ended.
        """
        if begins_shot:
            self._end_shot()
        if self._room < lightness.nbytes:
            self._room += sum(plane.nbytes for plane in self._shot.values())
            self._shot.clear()
            self._fits = False
        if self._fits:
            self._shot[number] = lightness
            self._room -= lightness.nbytes

    def _end_shot(self) -> None:
        if self._shot:
            start, stop = min(self._shot), max(self._shot) + 1
            [places] = sample_places([start], stop)
            self._room += sum(plane.nbytes for plane in self._shot.values())
            taken = {number: self._shot[number] for number in places}
            self._room -= sum(plane.nbytes for plane in taken.values())
            self._held |= taken
        self._shot.clear()
        self._fits = True

    def end(self, index: FilmIndex) -> None:
        """Take the film's end; `index` is what was made of the frames."""
        self._end_shot()
        self._checks = {number: index.luma_crc32[number - index.first] for number in self._held}

    def lightness(self, number: int, index: FilmIndex) -> np.ndarray | None:
        """(h, w) float32 L* of a frame; None where it is not held, or is another in `index`.

        None, too, of a damaged one: whoever reads it sees another, and all shall see the same.
        """
        if number in index.damaged or not index.first <= number < index.stop:
            return None
        same = self._checks.get(number) == index.luma_crc32[number - index.first]
        return self._held[number] if same else None
