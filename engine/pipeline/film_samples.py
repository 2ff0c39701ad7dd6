"""Samples of a film: given frames, and a few of each shot at places that its ends decide."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from typing import NamedTuple

import numpy as np

from kinemacolor.engine.backends.base import Network
from kinemacolor.engine.color.planes import resize_plane
from kinemacolor.engine.concurrency import map_ordered
from kinemacolor.engine.guidance.guide_file.film_guide import FilmGuide
from kinemacolor.engine.guidance.matching.likeness import look_shape
from kinemacolor.engine.media.video.index import FilmIndex
from kinemacolor.engine.media.video.seeking import read_range
from kinemacolor.engine.pipeline.film_stages import FilmStages
from kinemacolor.engine.pipeline.sample_places import sample_places
from kinemacolor.engine.pipeline.seen_frames import SeenFrames
from kinemacolor.engine.process import pin_torch_thread

_READ_ON = 48  # frames that are rather decoded than sought over

Lit = tuple[int, np.ndarray]  # a frame's number and its (h, w) float32 L*


def places_of(
    guide: FilmGuide, stop: int, kept: Sequence[tuple[int, int]], *, everywhere: bool
) -> list[list[int]]:
    """By shot: numbers of the frames that are taken of it; none where it keeps its colours.

    Args:
        guide: what a person said of the film.
        stop: the number behind the film's last frame.
        kept: runs of frames that keep their colours, as (start, stop).
        everywhere: not of those shots alone that others are to be like.
    """
    models = {wish.like for wish in guide.wishes}

    def keeps(places: Sequence[int]) -> bool:
        return all(any(first <= place < end for first, end in kept) for place in places)

    return [
        places if (everywhere or shot in models) and not keeps(places) else []
        for shot, places in enumerate(sample_places(guide.shots, stop))
    ]


class FilmSamples:
    """Frames of a film, read and coloured once.

    Args:
        read: the frames of some numbers, which rise.
        looked_at: numbers of the frames that are wanted as looks have them.
        colored: of these their colours are wanted, too.
        whole: numbers of the frames that are wanted at the working size.
        network: colours single frames.
        on_frame: called after each frame.

    Attributes:
        lightness: of those looked at, (h, w) float32 L* at the size of looks, by number.
        ab: (h, w, 2) float32 of them, where it is wanted.
        whole: L* and ab at the working size, by number.

    Raises:
        MediaError: the film cannot be read, or has changed.
    """

    def __init__(
        self,
        read: Callable[[Sequence[int]], Generator[Lit, None, None]],
        looked_at: AbstractSet[int],
        colored: bool,
        whole: AbstractSet[int],
        network: Network,
        on_frame: Callable[[], None],
    ) -> None:
        self.lightness: dict[int, np.ndarray] = {}
        self.ab: dict[int, np.ndarray] = {}
        self.whole: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        frames = read(sorted(looked_at | whole))

        def color(batch: list[Lit]) -> list[tuple[Lit, np.ndarray | None]]:
            asked = [lit for lit in batch if colored or lit[0] in whole]
            found = network([lightness for _, lightness in asked]) if asked else []
            ab = {number: colors for (number, _), colors in zip(asked, found, strict=True)}
            return [(lit, ab.get(lit[0])) for lit in batch]

        batches = iter(lambda: list(islice(frames, network.batch)), [])
        with (
            closing(frames),
            ThreadPoolExecutor(network.calls, initializer=pin_torch_thread) as pool,
            closing(map_ordered(pool, color, batches, depth=network.calls)) as results,
        ):
            for batch in results:
                for (number, plane), ab in batch:
                    if number in whole:
                        assert ab is not None
                        self.whole[number] = plane, ab
                    if number in looked_at:
                        shape = look_shape(plane.shape)
                        self.lightness[number] = resize_plane(plane, shape)
                        if colored:
                            assert ab is not None
                            self.ab[number] = resize_plane(ab, shape)
                    on_frame()


class SampledFilm(NamedTuple):
    """A film's frames.

    Args:
        read: those of some numbers, which rise.
        stop: the number behind the last one.
        in_color: runs that keep their colours, as (start, stop).
    """

    read: Callable[[Sequence[int]], Generator[Lit, None, None]]
    stop: int
    in_color: Sequence[tuple[int, int]]


def read_lightness(
    film: FilmStages,
    index: FilmIndex,
    salvage: bool,
    seen: SeenFrames | None,
    numbers: Sequence[int],
) -> Generator[Lit, None, None]:
    """Frames of a film by their numbers, which rise; those near each other are read in one go.

    Raises:
        MediaError: the film cannot be read, or has changed.
    """
    known = {} if seen is None else {n: seen.lightness(n, index) for n in numbers}
    unseen = [number for number in numbers if known.get(number) is None]
    with closing(_read(film, index, salvage, unseen)) as frames:
        for number in numbers:
            lightness = known.pop(number, None)
            yield next(frames) if lightness is None else (number, lightness)


def _read(
    film: FilmStages, index: FilmIndex, salvage: bool, numbers: Sequence[int]
) -> Generator[Lit, None, None]:
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number - runs[-1][-1] <= _READ_ON:
            runs[-1].append(number)
        else:
            runs.append([number])
    for run in runs:
        among = set(run)
        with closing(read_range(film.info, index, run[0], run[-1] + 1, salvage=salvage)) as frames:
            for frame in frames:
                if frame.index in among:
                    yield frame.index, film.lightness(frame)
