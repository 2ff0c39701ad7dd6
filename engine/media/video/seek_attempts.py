"""Attempts to read a range of frames by seeking, one after another from further back."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence

from kinemacolor.engine.media.video.index import FilmIndex
from kinemacolor.engine.media.video.reader import DecodedFrame


def read_by_seeking(
    index: FilmIndex,
    start: int,
    stop: int,
    backs: Sequence[int],
    attempt: Callable[[int, int], Iterator[DecodedFrame]],
) -> Generator[DecodedFrame, None, int]:
    """The frames `start` to `stop` (excluded), as far as attempts give them.

    Args:
        index: of the film.
        start, stop: numbers of frames.
        backs: frames before the first wanted one to which it is sought, one attempt each.
        attempt: gives frames from a number on, as far as they are the right ones, when decoding
            begins at a time of presentation as the source states it.

    Returns:
        The number of the first frame that is still wanted.
    """
    number = start
    for back in backs if start else ():
        seek_pts = index.source_pts[max(0, number - index.first - back)]
        if number == stop or seek_pts is None:
            break
        for frame in attempt(number, seek_pts):
            yield frame
            number += 1
    return number
