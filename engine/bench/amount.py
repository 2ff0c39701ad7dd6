"""How much generated media is coloured for a measurement."""

from __future__ import annotations

from dataclasses import dataclass

VERSION = 1  # of media and amounts; figures of different versions must not be compared


@dataclass(frozen=True)
class Amount:
    """How much is coloured.

    Args:
        frames: of the film that is coloured as a job.
        staged: frames, the film's first, whose stages are measured one by one.
        photos: that are different.
        stills: in the archive: the photos again and again.
    """

    frames: int
    staged: int
    photos: int
    stills: int


FULL, QUICK = Amount(360, 48, 8, 16), Amount(48, 16, 2, 2)
