"""The frames at which a film's shots are sampled."""

from __future__ import annotations

from collections.abc import Sequence

_EVERY = 32  # frames for which one is taken
_MOST_OF_SHOT = 6
_MOST_OF_FILM = 1024  # of films with fewer shots: 300 kB each are held in memory


def sample_places(starts: Sequence[int], stop: int) -> list[list[int]]:
    """Numbers of a few frames of each shot, evenly spread and away from its ends; rising.

    Args:
        starts: numbers of the frames that begin a shot, rising.
        stop: the number behind the film's last frame.
    """
    most = max(1, min(_MOST_OF_SHOT, _MOST_OF_FILM // max(1, len(starts))))
    found = []
    for start, end in zip(starts, (*starts[1:], stop), strict=True):
        count = max(1, min(most, round((end - start) / _EVERY)))
        found.append([start + (2 * n + 1) * (end - start) // (2 * count) for n in range(count)])
    return found
