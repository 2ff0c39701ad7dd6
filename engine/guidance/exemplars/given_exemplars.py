"""Exemplars of what a person gave for frames of the film: key frames, and points spread."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinemacolor.engine.guidance.exemplars.earlier import EarlierExemplars
from kinemacolor.engine.guidance.exemplars.exemplar import Authority, Exemplar
from kinemacolor.engine.guidance.exemplars.exemplar_files import rounded
from kinemacolor.engine.guidance.exemplars.inputs import content_of, inputs_digest
from kinemacolor.engine.guidance.guide_file.film_guide import FilmGuide, Point
from kinemacolor.engine.guidance.guide_file.given_colors import fit_points
from kinemacolor.engine.guidance.guide_file.pictures import aligned_to, read_picture
from kinemacolor.engine.guidance.matching.encoder import Encoder
from kinemacolor.engine.guidance.points import spread_points

_Said = tuple[int, tuple[Point, ...]]  # a frame's number, and the points that hold there
Hold = Callable[[int, np.ndarray, np.ndarray], np.ndarray]
Lead = Callable[[Sequence[Exemplar], np.ndarray, np.ndarray], np.ndarray]
Given = list[list[Exemplar]]


@dataclass(frozen=True)
class Stretch:
    """A run of frames of one shot in which the same is given.

    Args:
        shot: the shot's number.
        start: number of the first frame.
    """

    shot: int
    start: int


def stretches(guide: FilmGuide, stop: int) -> list[Stretch]:
    """The film's shots, parted where a point ends that holds until a frame inside.

    Args:
        stop: the number behind the film's last frame.
    """
    ends = {point.until + 1 for point in guide.points if point.until is not None}
    first = guide.shots[0]
    borders = sorted({*guide.shots, *(end for end in ends if first < end < stop)})
    return [Stretch(bisect_right(guide.shots, border) - 1, border) for border in borders]


class GivenExemplars:
    """The exemplars that a person's key frames and points make.

    Those that there are of an earlier guide are taken as they are; the frames of the others are to
    be read.

    Args:
        guide: of the film.
        parts: the stretches of the film, by `stretches`.
        earlier: exemplars by earlier versions of the guide.
        basis: digests of what all exemplars depend on, and of what a shot's own colours do.
        short_side: of the working size.
        encoder: finds what is alike.

    Attributes:
        notes: what the film's owner should know, filled as exemplars are made.
    """

    def __init__(
        self,
        guide: FilmGuide,
        parts: Sequence[Stretch],
        earlier: EarlierExemplars,
        basis: tuple[str, str],
        short_side: int,
        encoder: Encoder,
    ) -> None:
        self.notes: list[str] = []
        self._guide, self._basis = guide, basis
        self._short_side, self._encoder = short_side, encoder
        self._pictures: dict[int, Path] = {}
        for key in guide.key_frames:
            self._pictures.setdefault(key.frame, key.picture)
        self._contents = {n: content_of(picture) for n, picture in self._pictures.items()}
        self._parts = [self._said_of(part) for part in parts]
        self._kept = {
            said: exemplar
            for said in dict.fromkeys(said for part in self._parts for said in part)
            if (exemplar := earlier.get(self._made_of(*said)))
        }

    @property
    def unmade(self) -> set[int]:
        """Numbers of the frames of which exemplars are to be made."""
        return {said[0] for part in self._parts for said in part if said not in self._kept}

    def made(
        self, frames: Mapping[int, tuple[np.ndarray, np.ndarray]], hold: Hold, lead: Lead
    ) -> Given:
        """Those of all stretches, in order; of each by their frames' numbers.

        Args:
            frames: (h, w) float32 L* and (h, w, 2) float32 automatic ab, by number, of those that
                are `unmade`.
            hold: a frame's automatic colours as its shot's other frames have them: of the shot's
                number, L* and ab.
            lead: a frame's colours as exemplars of its shot have them: of these, L* and ab.

        Raises:
            MediaError: a picture cannot be read.
        """
        found = self._kept
        all_said = list(dict.fromkeys(said for part in self._parts for said in part))
        # Points are spread over what the key frames lead to.
        for said in sorted(all_said, key=lambda said: said[0] not in self._pictures):
            if said not in found:
                found[said] = self._make(*said, frames, hold, lead)
        for said in all_said:
            self.notes += [line for line in found[said].notes if line not in self.notes]
        return [[found[said] for said in part] for part in self._parts]

    def _said_of(self, stretch: Stretch) -> list[_Said]:
        """What is said of the frames that a stretch takes colours from."""
        points: dict[int, list[Point]] = {}
        for point in self._guide.points:
            if self._holds(point, stretch):
                points.setdefault(point.frame, []).append(point)
        own = {frame for frame in self._pictures if self._guide.shot_of(frame) == stretch.shot}
        return [(frame, tuple(points.get(frame, ()))) for frame in sorted(own | {*points})]

    def _holds(self, point: Point, stretch: Stretch) -> bool:
        at_home = self._guide.shot_of(point.frame) == stretch.shot
        if point.until is None:  # colours cross no cut unless told
            return at_home
        return point.until >= stretch.start and (at_home or point.frame < stretch.start)

    def _made_of(self, frame: int, points: tuple[Point, ...]) -> str:
        everywhere, shots = self._basis
        under = self._contents.get(frame, shots)
        stated = [(one.x, one.y, one.ab, one.radius, one.name) for one in points]
        # Points are spread over a key frame's colours, or over those of the shot.
        beside = [self._made_of(*said) for said in self._key_frames(frame)] if points else []
        return inputs_digest(everywhere, frame, under, stated, *beside)

    def _key_frames(self, frame: int) -> list[_Said]:
        """What is said of the key frames of a frame's shot, where it is none itself."""
        if frame in self._pictures:
            return []
        shot = self._guide.shot_of(frame)
        said = dict(said for part in self._parts for said in part if said[0] in self._pictures)
        return [one for one in sorted(said.items()) if self._guide.shot_of(one[0]) == shot]

    def _make(
        self,
        frame: int,
        points: tuple[Point, ...],
        frames: Mapping[int, tuple[np.ndarray, np.ndarray]],
        hold: Hold,
        lead: Lead,
    ) -> Exemplar:
        lightness, ab = frames[frame]
        known, notes = np.ones_like(lightness), tuple[str, ...]()
        name = f"points of frame {frame}"
        if frame in self._pictures:
            name = f"frame {frame}"
            light, given = read_picture(self._pictures[frame], self._short_side)
            ab = aligned_to(lightness, light, given)
        if points:
            notes = fit_points(lightness, points)[1]
            is_own = frame in self._pictures
            under = ab if is_own else hold(self._guide.shot_of(frame), lightness, ab)
            # As they are stored: the same, whether this run has made them or one before.
            keys = [rounded(self._kept[said]) for said in self._key_frames(frame)]
            if keys:
                under = lead(keys, lightness, under)
            ab, spread = spread_points(
                lightness, points, under, self._encoder, beside_picture=is_own or bool(keys)
            )
            known = known if is_own else spread
        made_of = self._made_of(frame, points)
        return Exemplar(
            lightness, ab, known, Authority.GIVEN, frame, name, made_of, tuple(dict.fromkeys(notes))
        )
