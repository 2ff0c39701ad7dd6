"""Guided colours: what a film's frames take from the exemplars of their shots."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock

import numpy as np

from kinemacolor.engine.guidance.carrying import Carrier
from kinemacolor.engine.guidance.exemplars import exemplar_files
from kinemacolor.engine.guidance.exemplars.exemplar import FilmExemplars, ShotExemplars
from kinemacolor.engine.guidance.guide_file.film_guide import ShotWish
from kinemacolor.engine.guidance.matching.encoder import Encoder
from kinemacolor.engine.motion.frames import LumaFrame
from kinemacolor.engine.pipeline.colorless import has_color

# Shots whose exemplars are kept ready. Frames come in order, so few are in work at a time.
_KEPT = 4
_WARM_A = 1 / 3  # units of a* for one of b*, of warmth


class GuidedColors:
    """Colours frames from the exemplars of their shots; may be called from several threads at once.

    Args:
        starts: numbers of the frames that begin a shot, rising.
        given: numbers of the frames whose colours were given, rising.
        shot: the exemplars of a shot, by its place in `starts`.
        encoder: finds what is alike.

    Attributes:
        starts, given: as above.
        network_colors: the network has given colours, so far, to a frame of a shot of which a
            person said something: if these frames are grey, that is as it was asked for.
    """

    def __init__(
        self,
        starts: Sequence[int],
        given: Sequence[int],
        shot: Callable[[int], ShotExemplars],
        encoder: Encoder,
    ) -> None:
        self.starts, self.given = starts, given
        self._shot, self._encoder = shot, encoder
        self._lock = Lock()
        self._shots: OrderedDict[int, _ShotColors] = OrderedDict()  # by place; last used last
        self._led: dict[int, float] = {}
        self.network_colors = False

    @classmethod
    def of(cls, exemplars: FilmExemplars, encoder: Encoder) -> GuidedColors:
        """By exemplars in memory; their first shot may have begun before the first frame."""
        shots = exemplars.shots
        return cls(exemplars.starts, exemplars.given_frames, shots.__getitem__, encoder)

    @classmethod
    def stored(
        cls, folder: Path, starts: Sequence[int], given: Sequence[int], encoder: Encoder
    ) -> GuidedColors:
        """By a whole film's exemplars in a folder, which are read as they are needed.

        Raises:
            KinemacolorError: when called, if a file is damaged.
        """

        def shot(place: int) -> ShotExemplars:
            start = starts[place]
            return exemplar_files.read(folder, start, start + 1).shots[0]

        return cls(starts, given, shot, encoder)

    def __call__(
        self, frames: Sequence[LumaFrame[object]], automatic: Sequence[np.ndarray]
    ) -> list[np.ndarray]:
        """ab of frames, (h, w, 2) float32 each.

        Args:
            frames: with their tracks.
            automatic: (h, w, 2) float32: the network's own ab of each.
        """
        return [self._colored(frame, ab) for frame, ab in zip(frames, automatic, strict=True)]

    def led(self, start: int, stop: int) -> tuple[tuple[int, float], ...]:
        """The frames before `stop` that met a person's exemplars: number, and how much was led.

        Args:
            start, stop: numbers of frames; `stop` is excluded.

        Returns:
            Numbers, rising, each with the share of the picture that is led, 0..1.
        """
        return tuple(sorted((n, led) for n, led in self._led.items() if start <= n < stop))

    def _colored(self, frame: LumaFrame[object], automatic: np.ndarray) -> np.ndarray:
        shot = self._shot_of(frame.index)
        ab, led = shot(frame, automatic)
        if shot.is_given and has_color(automatic):
            self.network_colors = True
        if led is not None:
            self._led[frame.index] = led
        return ab

    def _shot_of(self, number: int) -> _ShotColors:
        place = max(0, bisect_right(self.starts, number) - 1)
        with self._lock:
            if place not in self._shots:
                self._shots[place] = _ShotColors(self._shot(place), self._encoder)
                if len(self._shots) > _KEPT:
                    self._shots.popitem(last=False)
            self._shots.move_to_end(place)
            return self._shots[place]


class _ShotColors:
    """The colours of one shot's frames."""

    def __init__(self, shot: ShotExemplars, encoder: Encoder) -> None:
        self._shot = shot
        carries = bool(shot.exemplars) and shot.strength > 0
        self._carrier = Carrier(shot, encoder) if carries else None
        self._tells = any(exemplar.is_given for exemplar in shot.exemplars)
        self.is_given = shot.is_given

    def __call__(
        self, frame: LumaFrame[object], automatic: np.ndarray
    ) -> tuple[np.ndarray, float | None]:
        """ab, and the share of the picture that is led; None where no person gave an exemplar."""
        shot, ab, led = self._shot, automatic, None
        if self._carrier is not None:
            carried = self._carrier(frame.lightness, automatic, frame.tracks)
            ab = carried.ab
            if self._tells:
                led = float(carried.led.mean())
        return in_mood(shot, automatic, ab), led


def in_mood(shot: ShotExemplars | ShotWish, automatic: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """Colours with a shot's strength, saturation and warmth.

    Args:
        shot: of these alone.
        automatic: (h, w, 2) float32: the network's own ab.
        ab: the same, as it was led.
    """
    if shot.strength != 1:
        ab = automatic + np.float32(shot.strength) * (ab - automatic)
    if shot.saturation != 1:
        ab = ab * np.float32(shot.saturation)
    if shot.warmth:
        ab = ab + np.array([_WARM_A * shot.warmth, shot.warmth], np.float32)
    return ab
