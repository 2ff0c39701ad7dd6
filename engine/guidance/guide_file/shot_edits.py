"""A person's edits of a film's cuts, and shots as a guide names them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kinemacolor.engine.guidance.guide_file.checks import Subject, Where
from kinemacolor.engine.guidance.guide_file.film_guide import ShotWish
from kinemacolor.engine.guidance.guide_file.guide import AddCut, DropCut, MoveCut, Said, Shot
from kinemacolor.engine.guidance.guide_file.shown_frames import ShownFrames
from kinemacolor.models.errors import KinemacolorError


def edited_shots(
    shots: Sequence[int],
    cuts: Sequence[AddCut | DropCut | MoveCut],
    subject: Subject,
    where: Where,
) -> list[int]:
    """The frames that begin a shot after edits, one after the other; those outside are left out.

    Args:
        shots: as they were found, rising; the first is that of the film or excerpt.
        cuts: the edits.
        subject: the film.
        where: names places of the guide, for errors.

    Raises:
        KinemacolorError: a cut to be dropped or moved is not there, or one to be added is.
    """
    starts = list(shots)
    for index, cut in enumerate(cuts):
        assert subject.frames is not None
        at = where(f"cuts[{index}].frame")
        frame = subject.frames.number(cut.frame, at)
        to = subject.frames.number(cut.to, at) if isinstance(cut, MoveCut) else frame
        if frame is None or to is None:
            continue
        if isinstance(cut, AddCut):
            if frame in starts:
                raise KinemacolorError(at, f"a shot begins at frame {frame} already")
        elif frame not in starts[1:]:
            raise KinemacolorError(at, *_no_cut(frame, starts))
        if not isinstance(cut, AddCut):
            starts.remove(frame)
        if not isinstance(cut, DropCut):
            if to in starts:
                raise KinemacolorError(
                    where(f"cuts[{index}].to"), f"a shot begins at frame {to} already"
                )
            starts = sorted([*starts, to])
    return starts


def count_outside(said: Said, subject: Subject) -> int:
    """How many cuts, wishes and references are of no frame of an excerpt, and left out.

    Args:
        said: of a film; checked.
        subject: the film.
    """

    def is_outside(*names: int | str | None) -> bool:
        frames = subject.frames
        return frames is not None and any(
            name is not None and frames.number(name, "") is None for name in names
        )

    cuts = sum(is_outside(cut.frame, getattr(cut, "to", None)) for cut in said.cuts)
    times = [
        [name for name in (shot.shot, shot.like) if isinstance(name, str)] for shot in said.shots
    ]
    wishes = sum(is_outside(*names) for names in times)
    listed = [one.shots for one in said.references if one.shots not in ("all", ())]
    nowhere = (all(isinstance(n, str) and is_outside(n) for n in names) for names in listed)
    return cuts + wishes + sum(nowhere)


def _no_cut(frame: int, starts: Sequence[int]) -> tuple[str, str]:
    if frame == starts[0]:  # of an excerpt
        return f"frame {frame} is the first, where no cut is", "leave it out"
    problem = f"no shot begins at frame {frame}"
    if len(starts) == 1:
        return problem, "the film is a single shot"
    nearest = min(starts[1:], key=lambda start: (abs(start - frame), start))
    return problem, f"the nearest that does begins at frame {nearest}"


@dataclass(frozen=True)
class ShotNumbers:
    """The shots of a film by what a guide calls them.

    Args:
        starts: the frames that begin them.
        frames: of the film; None for a still, whose only shot is 0.
        knows_numbers: the shots are counted from the film's first.
    """

    starts: Sequence[int]
    frames: ShownFrames | None
    knows_numbers: bool = True

    def number(self, name: int | str, where: str) -> int | None:
        """A shot's number; None where it is a time outside of an excerpt.

        Args:
            name: the number, or a time within the shot.
            where: names its place in the guide.

        Raises:
            KinemacolorError: there is no such shot, or numbers are not known.
        """
        if isinstance(name, str):
            assert self.frames is not None
            frame = self.frames.number(name, where)
            return None if frame is None else max(0, bisect_right(self.starts, frame) - 1)
        if not self.knows_numbers:
            problem = "numbers of shots count from the film's start, which this excerpt lacks"
            raise KinemacolorError(where, problem, "name the shot by a time within it")
        if name >= len(self.starts):
            count = len(self.starts)
            problem = f"there is no shot {name} among {count:,}"
            raise KinemacolorError(where, problem, f"use 0 to {count - 1}")
        return name

    def several(
        self, names: Sequence[int | str] | Literal["all"], where: str
    ) -> tuple[int, ...] | None:
        """The numbers of several shots; None for all.

        Raises:
            KinemacolorError: as `number` does.
        """
        if names == "all":
            return None
        found = [self.number(name, f"{where}.shots[{at}]") for at, name in enumerate(names)]
        return tuple(sorted({number for number in found if number is not None}))

    def wishes(self, shots: Sequence[Shot], where: Where) -> tuple[ShotWish, ...]:
        """What was asked for whole shots, by their numbers.

        Raises:
            KinemacolorError: as `number` does; two wishes are of one shot, or shots take their
                colours from each other in a circle.
        """
        wishes: dict[int, ShotWish] = {}
        for index, shot in enumerate(shots):
            at = f"shots[{index}]"
            number = self.number(shot.shot, where(f"{at}.shot"))
            like = None if shot.like is None else self.number(shot.like, where(f"{at}.like"))
            if number is None or (shot.like is not None and like is None):
                continue
            if number in wishes:
                problem = f"shot {number} is there twice"
                raise KinemacolorError(where(f"{at}.shot"), problem, "put all of it into one")
            wishes[number] = ShotWish(number, like, shot.strength, shot.saturation, shot.warmth)
            met, leads = {number}, like
            while leads is not None:
                if leads in met:
                    problem = f"leads from shot {number} back to itself"
                    raise KinemacolorError(where(f"{at}.like"), problem, "name another shot")
                met.add(leads)
                leads = wishes[leads].like if leads in wishes else None
        return tuple(wishes[number] for number in sorted(wishes))
