"""A range of a film that is read for the film's index beside others; loads no codec."""

from __future__ import annotations

from dataclasses import dataclass

RANGE_FRAMES = 1500  # that a range has at least: some ten seconds of decoding


@dataclass(frozen=True)
class IndexRange:
    """Successive frames of a film, the first of which is a key frame.

    Args:
        first: number of its first frame, 0 for the film's.
        stop: the number behind its last frame.
        begins: when its first frame is shown, as the source states it, in its time base.
        ends: the same of the next range's first frame; None at the end of the film.
        decoded: when its first frame is decoded, by which some containers are sought.
    """

    first: int
    stop: int
    begins: int
    ends: int | None
    decoded: int
