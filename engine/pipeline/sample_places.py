"""The frames at which a film's shots are sampled."""

from __future__ import annotations

from collections.abc import Sequence

_EVERY = 32  # frames for which one is taken
_MOST_OF_SHOT = 6
_MOST_OF_FILM = 1024  # of films with fewer shots: 300 kB each are held in memory
_AMONG = 64  # frames of a shot, at least, among which the places are chosen


def stride(length: int) -> int:
    """How far apart the frames of a shot are among which its places are chosen, from its first.

    A power of two that grows with the shot: what it leaves out of a shot's beginning, it leaves out
    of the whole, so that a few frames may be held while the shot's end is not known.

    Args:
        length: frames of the shot, so far or in all.
    """
    return 1 << max(0, (length // _AMONG).bit_length() - 1)


def sample_places(starts: Sequence[int], stop: int) -> list[list[int]]:
    """Numbers of a few frames of each shot, evenly spread and away from its ends; rising.

    Where a film has many shots, each has some of those that it would have alone.

    Args:
        starts: numbers of the frames that begin a shot, rising.
        stop: the number behind the film's last frame.
    """
    most = max(1, _MOST_OF_FILM // max(1, len(starts)))
    found = []
    for start, end in zip(starts, (*starts[1:], stop), strict=True):
        length = end - start
        count = max(1, min(_MOST_OF_SHOT, round(length / _EVERY)))
        step = stride(length)
        places = [start + offset // step * step for offset in _spread(count, length)]
        found.append([places[n] for n in _spread(min(count, most), count)])
    return found


def _spread(count: int, length: int) -> list[int]:
    """So many whole numbers below `length`, evenly spread."""
    return [(2 * n + 1) * length // (2 * count) for n in range(count)]
