"""Colours a stream of stills: decoding, network and encoding side by side, in order."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from engine.backends.eager import EagerBackend
from engine.errors import KinemacolorError, MediaError
from engine.geometry import working_shape
from engine.media.stills import Still, from_upright, read_still, to_upright, write_still
from engine.settings import Settings
from engine.stages import map_ahead
from engine.still_chroma import StillRecombiner

log = logging.getLogger(__name__)

Load = Callable[[], bytes]


@dataclass(frozen=True)
class StillReport:
    """How well the light of a still was kept, in L* units over its pixels."""

    lightness_error_mean: float
    lightness_error_max: float


@dataclass(frozen=True)
class _Prepared:
    """A still that waits for the network; `lightness` is (h, w) float32 L*, turned as stored."""

    still: Still
    recombiner: StillRecombiner
    lightness: np.ndarray


def _failure(name: str, error: Exception) -> KinemacolorError:
    """Any error as one line about `name`; an archive goes on after it."""
    if isinstance(error, KinemacolorError):
        return error
    log.debug("%s", name, exc_info=error)
    if isinstance(error, MemoryError):
        return MediaError(name, "too large for this machine's memory")
    return MediaError(name, f"cannot be coloured ({type(error).__name__}: {error})")


def colour_stills(
    items: Iterable[tuple[str, Load]],
    network: EagerBackend,
    settings: Settings,
    provenance: Mapping[str, str],
) -> Iterator[tuple[str, bytes | KinemacolorError, StillReport | None]]:
    """Colours stills in order; at most a few are in memory at a time.

    Args:
        items: names, and functions that give the file's content.
        network: colours one picture.
        settings: how.
        provenance: written into every still's metadata.

    Yields:
        Name, the coloured file's content and report; or name, error and None.
    """

    def prepare(item: tuple[str, Load]) -> tuple[str, _Prepared | KinemacolorError]:
        name, load = item
        try:
            still = read_still(load(), name)
            recombiner = StillRecombiner(still.pixels)
            shape = working_shape(*still.pixels.shape[:2], settings.working_size)
            return name, _Prepared(still, recombiner, recombiner.lightness(shape))
        except Exception as error:
            return name, _failure(name, error)

    def predict(work: _Prepared) -> np.ndarray:
        turn = work.still.orientation
        upright = np.ascontiguousarray(to_upright(work.lightness, turn))
        return np.ascontiguousarray(from_upright(network([upright])[0], turn))

    def coloured(
        prepared: Iterable[tuple[str, _Prepared | KinemacolorError]],
    ) -> Iterator[tuple[str, tuple[_Prepared, np.ndarray] | KinemacolorError]]:
        for name, work in prepared:
            if isinstance(work, KinemacolorError):
                yield name, work
                continue
            try:
                yield name, (work, predict(work))
            except Exception as error:
                yield name, _failure(name, error)

    def finish(
        item: tuple[str, tuple[_Prepared, np.ndarray] | KinemacolorError],
    ) -> tuple[str, bytes | KinemacolorError, StillReport | None]:
        name, work = item
        if isinstance(work, KinemacolorError):
            return name, work, None
        prepared, ab = work
        try:
            rgb, mean, largest = prepared.recombiner(ab, prepared.lightness, settings.saturation)
            data = write_still(prepared.still, rgb, provenance=provenance)
        except Exception as error:
            return name, _failure(name, error), None
        return name, data, StillReport(mean, largest)

    threads = os.cpu_count() or 1
    with ThreadPoolExecutor(threads) as readers, ThreadPoolExecutor(threads) as writers:
        prepared = map_ahead(readers, prepare, items, depth=threads)
        yield from map_ahead(writers, finish, coloured(prepared), depth=threads)
