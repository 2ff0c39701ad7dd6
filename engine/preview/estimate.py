"""What the whole would take, concluded from what a preview took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kinemacolor.engine.jobs.formatting import format_duration
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.preview.coloring import Work
from kinemacolor.engine.preview.subjects import Subject

# Besides decoding and colouring, a job decodes a film once to find its shots, and encodes it: by
# `benchmarks.throughput` together some four times what decoding takes.
_BESIDES = 4


@dataclass(frozen=True)
class Whole:
    """The whole job that a preview is of.

    Args:
        film_frames, stills: that it colours.
        seconds: that it takes on this machine; None where nothing could be measured.
        guessed: some films were not opened, and their frames are concluded from their sizes.
    """

    film_frames: int
    stills: int
    seconds: float | None
    guessed: bool

    @property
    def frames(self) -> int:
        """Frames and stills together."""
        return self.film_frames + self.stills

    def line(self) -> str:
        """The whole for a person."""
        counts = ((self.film_frames, "frame"), (self.stills, "still"))
        known = [f"{count:,} {name}{'s' * (count != 1)}" for count, name in counts if count]
        line = f"The whole: {'about ' * self.guessed}{' and '.join(known)}"
        if self.seconds is None:
            return line
        seconds = _rounded(self.seconds)
        spoken = f"{seconds:.0f} s" if seconds < 60 else format_duration(seconds)
        return f"{line}, about {spoken} on this machine"


def _rounded(seconds: float) -> float:
    """Seconds with as many digits as an estimate deserves."""
    step = 1.0
    while seconds >= step * (10 if seconds < 100 else 100):
        step *= 10
    return round(seconds / step) * step


@dataclass(frozen=True)
class Measured:
    """What a preview took.

    Args:
        starting: seconds until the first picture could be coloured.
        films, stills: what every picture in every column took.
        every: frames of a film from one that the network colours to the next.
        abreast: pictures that were coloured side by side.
    """

    starting: float
    films: Sequence[Work]
    stills: Sequence[Work]
    every: int
    abreast: int


def estimate_whole(
    subjects: Sequence[Subject], film_frames: dict[Subject, int], measured: Measured
) -> Whole:
    """Estimate the job.

    Args:
        subjects: everything that it would colour.
        film_frames: of the films that were opened.
        measured: what some of it took.
    """
    stills = sum(subject.kind is Kind.STILL for subject in subjects)
    films = [subject for subject in subjects if subject.kind is Kind.FILM]
    unopened = [film for film in films if film not in film_frames]
    frames = sum(film_frames.values())
    size = sum(film.size for film in film_frames)
    if size:
        frames += round(sum(film.size for film in unopened) * frames / size)
    seconds = _seconds_a_frame(measured) * frames + _seconds_a_still(measured) * stills
    tried = (measured.films or not frames) and (measured.stills or not stills)
    return Whole(
        frames, stills, measured.starting + seconds if tried else None, guessed=bool(unopened)
    )


def _seconds_a_still(measured: Measured) -> float:
    if not measured.stills:
        return 0
    seconds = sum(work.coloring for work in measured.stills) / len(measured.stills)
    return seconds / measured.abreast


def _seconds_a_frame(measured: Measured) -> float:
    works = measured.films
    frames, decoded = sum(w.frames for w in works), sum(w.decoded for w in works)
    if not frames or not decoded:
        return 0
    decoding = sum(work.decoding for work in works) / decoded
    # The few frames of a preview have more key frames among them than a film's have.
    in_network = sum(work.network for work in works)
    coloring = max(0.0, sum(work.coloring for work in works) - in_network) / frames
    network = in_network / max(1, sum(work.keys for work in works)) / measured.every
    return (decoding * (1 + _BESIDES) + coloring + network) / measured.abreast
