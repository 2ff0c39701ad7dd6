"""Damage of a film: which of its pictures are lost or spoiled, and how a user is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from kinemacolor.engine.media.video.probe import VideoInfo

_PLACES = 6  # that a line names


@dataclass(frozen=True, order=True)
class Picture:
    """A picture of a film that has suffered.

    Args:
        number: from 0, in the order of showing, of all pictures that the film had.
        seconds: from the film's first picture to this one; None where that is not known.
    """

    number: int
    seconds: float | None


@dataclass(frozen=True)
class Damage:
    """What a damaged film has suffered; nothing of it is true of a whole one.

    Args:
        lost: pictures that cannot be decoded.
        spoiled: pictures that were decoded with errors, or from others that were.
        unnamed: more pictures that the container counts and does not have.
        unknown: a hole in a film without a constant rate: nobody can say what is lost there.
        cut_off: the file breaks off before the film's end.
        before: pictures at the beginning that build on others before it: the film was cut there.
    """

    lost: tuple[Picture, ...] = ()
    spoiled: tuple[Picture, ...] = ()
    unnamed: int = 0
    unknown: bool = False
    cut_off: bool = False
    before: int = 0

    def __bool__(self) -> bool:
        told = self.lost or self.spoiled or self.unnamed or self.unknown or self.cut_off
        return bool(told)

    @property
    def missing(self) -> int:
        """How many pictures are lost, as far as one can know."""
        return len(self.lost) + self.unnamed

    @property
    def lines(self) -> tuple[str, ...]:
        """What a user should be told, a line each."""
        lines = []
        if self.lost:
            lines.append(f"{_frames(len(self.lost))} missing: {places(self.lost)}")
        if self.unnamed:
            more = " more" if self.lost else ""
            lines.append(
                f"{_frames(self.unnamed, more)} missing that its container counts, at unknown times"
            )
        if self.unknown:
            lines.append("frames may be missing at a hole in the file")
        if self.cut_off:
            lines.append("the film breaks off: what followed is missing")
        if self.spoiled:
            lines.append(f"{_frames(len(self.spoiled))} damaged: {places(self.spoiled)}")
        return tuple(lines)

    @classmethod
    def of_frames(cls, damaged: Iterable[tuple[int, int]], info: VideoInfo) -> Damage:
        """What an excerpt has suffered, as far as its frames tell.

        Args:
            damaged: numbers and times (in the film's time base) of its damaged frames, rising.
            info: of the film.
        """
        start, base = info.start, info.time_base
        pictures = (Picture(number, float((pts - start) * base)) for number, pts in damaged)
        return cls(spoiled=tuple(pictures))

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should be told of a film that was coloured, a line each."""
        if not self.before:
            return self.lines
        begins = f"{_frames(self.before)} left out at its beginning: they build on others before it"
        return (begins, *self.lines)


def places(pictures: Sequence[Picture]) -> str:
    """Where pictures stand: by numbers and by times, as ranges; the first few of many.

    Args:
        pictures: in rising order.
    """
    runs = list(_runs(pictures))
    texts = [_place(first, last) for first, last in runs[:_PLACES]]
    more = len(runs) - _PLACES
    if more > 0:
        texts.append(f"and {more:,} more places")
    return ", ".join(texts)


def _runs(pictures: Iterable[Picture]) -> Iterable[tuple[Picture, Picture]]:
    """First and last of every run of successive numbers."""
    everyone = list(pictures)
    if not everyone:
        return
    first = everyone[0]
    for one, following in pairwise(everyone):
        if following.number > one.number + 1:
            yield first, one
            first = following
    yield first, everyone[-1]


def _place(first: Picture, last: Picture) -> str:
    numbers = str(first.number) if first == last else f"{first.number} to {last.number}"
    if first.seconds is None or last.seconds is None:
        return numbers
    times = (
        f"{first.seconds:.3f}" if first == last else f"{first.seconds:.3f} to {last.seconds:.3f}"
    )
    return f"{numbers} ({times} s)"


def _frames(count: int, more: str = "") -> str:
    return f"{count:,}{more} frame is" if count == 1 else f"{count:,}{more} frames are"
