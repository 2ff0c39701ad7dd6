"""Frames seen while a film was indexed, kept for the samples that are taken of its shots next."""

from __future__ import annotations

import tempfile
import weakref
from contextlib import suppress
from pathlib import Path
from typing import IO

import numpy as np

from kinemacolor.engine.media.video.index import FilmIndex
from kinemacolor.engine.pipeline.sample_places import sample_places, stride

_MOST = 96 << 20  # bytes of a shot that are held in memory, at most
_MOST_IN_FILE = 1 << 30  # of the film; what does not fit is read once more


class SeenFrames:
    """The lightness of the frames at which a film's shots are sampled, caught as it is indexed.

    How long a shot is, its end tells: until then all frames that may be its samples are held. The
    samples of shots that have ended lie in a temporary file.

    Args:
        source: the film.
    """

    def __init__(self, source: Path) -> None:
        self.source = source
        self._shot: dict[int, np.ndarray] = {}
        self._first: int | None = None  # number of the shot's first frame
        self._fits = True  # the shot, so far
        self._file: IO[bytes] | None = None
        self._places: dict[int, tuple[int, tuple[int, ...]]] = {}  # in the file, with shapes
        self._checks: dict[int, int] = {}

    def see(self, number: int, lightness: np.ndarray, *, begins_shot: bool) -> None:
        """Take the next frame.

        Args:
            number: of it.
            lightness: (h, w) float32 L*.
            begins_shot: the shot before it has ended.
        """
        if begins_shot or self._first is None:
            self._end_shot(number)
            self._first = number
        first, apart = self._first, stride(number + 1 - self._first)
        if apart > stride(number - first):
            self._shot = {n: one for n, one in self._shot.items() if (n - first) % apart == 0}
        if self._fits and (number - first) % apart == 0:
            self._shot[number] = lightness
            self._fits = len(self._shot) * lightness.nbytes <= _MOST
            if not self._fits:
                self._shot.clear()

    def _end_shot(self, stop: int) -> None:
        if self._shot:
            assert self._first is not None
            [places] = sample_places([self._first], stop)
            with suppress(OSError):  # where there is no room they are read once more
                for number in places:
                    self._store(number, self._shot[number])
        self._shot.clear()
        self._fits = True

    def _store(self, number: int, lightness: np.ndarray) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115
            weakref.finalize(self, self._file.close)
        place = self._file.seek(0, 2)
        if place + lightness.nbytes <= _MOST_IN_FILE:
            self._file.write(np.ascontiguousarray(lightness).data)
            self._file.flush()  # a full disk is told here
            self._places[number] = place, lightness.shape

    def end(self, index: FilmIndex) -> None:
        """Take the film's end; `index` is what was made of the frames."""
        self._end_shot(index.stop)
        self._checks = {n: index.luma_crc32[n - index.first] for n in self._places}

    def lightness(self, number: int, index: FilmIndex) -> np.ndarray | None:
        """(h, w) float32 L* of a frame; None where it is not held, or is another in `index`.

        None, too, of a damaged one: whoever reads it sees another, and all shall see the same.
        """
        if number in index.damaged or not index.first <= number < index.stop:
            return None
        if self._checks.get(number) != index.luma_crc32[number - index.first]:
            return None
        place, shape = self._places[number]
        assert self._file is not None
        self._file.seek(place)
        data = self._file.read(4 * shape[0] * shape[1])
        return np.frombuffer(data, np.float32).reshape(shape).copy()
