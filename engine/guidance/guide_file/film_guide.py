"""A guide resolved for one film or still: frames are numbers, colours ab, pictures files."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Point:
    """A colour that is known at a place of a frame.

    Args:
        frame: its number; 0 for a still.
        x, y: column and row from the left and top of the picture as shown, as fractions of its
            width and height, 0..1 (1 excluded).
        ab: a* and b*.
        radius: as a fraction of the picture's width; 0 is a single pixel of the working size.
        until: number of the last frame that it holds for; None is as far as it is led.
        name: of it in notes, such as "points[2] at 310,95".
    """

    frame: int
    x: float
    y: float
    ab: tuple[float, float]
    radius: float = 0.0
    until: int | None = None
    name: str = ""


@dataclass(frozen=True)
class KeyFrame:
    """A colour picture of a frame of this very film, which is law for that frame.

    Args:
        frame: its number.
        picture: the file; of any size.
    """

    frame: int
    picture: Path


@dataclass(frozen=True)
class Reference:
    """A colour picture of other framing.

    Args:
        picture: the file.
        shots: numbers of the shots, from 0, that take colours from it; None is all.
    """

    picture: Path
    shots: tuple[int, ...] | None = None


@dataclass(frozen=True)
class ShotWish:
    """What was asked for a shot as a whole.

    Args:
        shot: its number, from 0.
        like: number of the shot that it takes its colours from.
        strength, saturation, warmth: as of `ShotExemplars`.
    """

    shot: int
    like: int | None = None
    strength: float = 1.0
    saturation: float = 1.0
    warmth: float = 0.0


@dataclass(frozen=True)
class FilmGuide:
    """All that a person said of one film or still, resolved.

    Args:
        shots: numbers of the frames that begin a shot, rising, after a person's edits.
        points, key_frames, references, wishes: as given.
        candidates: pictures from which the likeliest are chosen for each shot (--references).
        notes: what its author should know, such as what is not used, a line each.
    """

    shots: tuple[int, ...] = (0,)
    points: tuple[Point, ...] = ()
    key_frames: tuple[KeyFrame, ...] = ()
    references: tuple[Reference, ...] = ()
    wishes: tuple[ShotWish, ...] = ()
    candidates: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing of colours; it may state cuts."""
        said = self.points, self.key_frames, self.references, self.wishes, self.candidates
        return not any(said)

    def shot_of(self, frame: int) -> int:
        """The number of the shot that a frame is in."""
        return max(0, bisect_right(self.shots, frame) - 1)
