"""Colours one film: reading, colouring and encoding side by side, a few frames between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import chain, islice
from pathlib import Path

import numpy as np

from engine.backends.eager import EagerBackend
from engine.colour.chroma import FilmRecombiner
from engine.colour.geometry import working_shape
from engine.colour.temporal import Toned, steadied
from engine.media.film_reader import Frame, read_frames
from engine.media.film_writer import FilmWriter
from engine.media.probe import FilmInfo, probe
from engine.settings import Settings
from engine.stages import ahead, map_ahead


@dataclass(frozen=True)
class FilmReport:
    """What became of a film.

    Attributes:
        frames: coloured.
        missing: frames that the damaged source had and the result has not (salvage only).
        notes: what its owner should know.
    """

    frames: int
    missing: int = 0
    notes: tuple[str, ...] = ()


def _upright_shape(info: FilmInfo, short_side: int) -> tuple[int, int]:
    """The working shape of a film as it is displayed: pixels square, rotation done."""
    aspect = info.sample_aspect_ratio or Fraction(1)
    height, width = info.height, max(1, round(info.width * aspect))
    if info.rotation % 180:
        height, width = width, height
    return working_shape(height, width, short_side)


class _Colourist:
    """Gives frames their ab, seen upright, and turned back to how they are stored."""

    def __init__(
        self, info: FilmInfo, network: EagerBackend, recombiner: FilmRecombiner, short_side: int
    ) -> None:
        self._network, self._recombiner = network, recombiner
        self._turns = info.rotation // 90 % 4  # counter-clockwise, as np.rot90 turns
        upright = _upright_shape(info, short_side)
        self._shape = upright[::-1] if self._turns % 2 else upright

    def __call__(self, frames: Sequence[Frame]) -> list[Toned]:
        light = [self._recombiner.lightness(frame.luma, self._shape) for frame in frames]
        upright = [np.ascontiguousarray(np.rot90(plane, self._turns)) for plane in light]
        stored = [np.ascontiguousarray(np.rot90(ab, -self._turns)) for ab in self._network(upright)]
        return [Toned(*parts) for parts in zip(frames, light, stored, strict=True)]


def _batches(frames: Iterable[Frame], size: int) -> Iterator[list[Frame]]:
    stream = iter(frames)
    while some := list(islice(stream, size)):
        yield some


def colour_film(
    source: Path,
    target: Path,
    network: EagerBackend,
    settings: Settings,
    provenance: Mapping[str, str],
    on_frame: Callable[[], None],
) -> FilmReport:
    """Colours the film `source` into `target`.

    Memory does not grow with the film: every queue is bounded, every window finite.

    Args:
        source, target: files.
        network: colours single frames.
        settings: how.
        provenance: written into the result's metadata.
        on_frame: called after each frame that has gone to the encoder.

    Raises:
        MediaError: the film cannot be read, or the result not be written.
    """
    info = probe(source, settings)
    recombiner = FilmRecombiner(info.encoding, info.chroma_shape, settings.saturation)
    colourist = _Colourist(info, network, recombiner, settings.working_size)

    def planes(item: Toned) -> tuple[Frame, np.ndarray, np.ndarray]:
        return item.frame, *recombiner(item.frame.luma, item.ab, item.lightness)

    reader = read_frames(info, salvage=settings.salvage)
    count = 0
    read = ahead(reader, 2 * network.batch)
    # Closed by hand: an error that somebody holds keeps this frame, and its threads, alive.
    with ThreadPoolExecutor(network.calls) as pool, closing(read):
        in_order = partial(map_ahead, pool, depth=network.calls)
        toned = chain.from_iterable(in_order(colourist, _batches(read, network.batch)))
        steady = steadied(toned, settings.smoothing_window, settings.smoothing_strength, in_order)
        finished = ahead(in_order(planes, steady), 4)
        with FilmWriter(info, target, settings, tags=provenance) as writer, closing(finished):
            for frame, cb, cr in finished:
                writer.write(frame, cb, cr)
                count += 1
                on_frame()
    return FilmReport(count, reader.missing, info.notes + tuple(writer.notes) + reader.notes)
