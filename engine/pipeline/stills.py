"""The pipeline of a stream of stills: several side by side, one a thread, results in order."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from kinemacolor.engine.backends.base import Network
from kinemacolor.engine.backends.device import cores
from kinemacolor.engine.color.geometry import working_shape
from kinemacolor.engine.color.recombination.still import StillRecombiner
from kinemacolor.engine.concurrency import map_ordered
from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.stills import from_upright, read_still, to_upright, write_still
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StillReport:
    """The outcome of one coloured still.

    Attributes:
        lightness_error_mean, lightness_error_max: |L* difference| to the source over its pixels.
        notes: what its owner should know.
    """

    lightness_error_mean: float
    lightness_error_max: float
    notes: tuple[str, ...] = ()


StillLoader = Callable[[], bytes]
Outcome = tuple[str, bytes | KinemacolorError, StillReport | None]


def _failure(name: str, error: Exception) -> KinemacolorError:
    """Any error as a one-line `KinemacolorError` about `name`; the other stills go on."""
    if isinstance(error, KinemacolorError):
        return error
    log.debug("%s", name, exc_info=error)
    if isinstance(error, MemoryError):
        return MediaError(name, "too large for this machine's memory")
    return MediaError(name, f"cannot be coloured ({type(error).__name__}: {error})")


def color_stills(
    items: Iterable[tuple[str, StillLoader]],
    network: Network,
    settings: Settings,
    provenance: Mapping[str, str],
) -> Iterator[Outcome]:
    """Colour stills in order; one a core is in memory at a time, and one waits.

    Args:
        items: names, and functions that give the file's content.
        network: colours one picture.
        settings: of which the working size and the saturation count.
        provenance: written into every still's metadata.

    Yields:
        Name, the coloured file's content and report; or name, error and None.
    """

    def colored(item: tuple[str, StillLoader]) -> Outcome:
        name, load = item
        try:
            still = read_still(load(), name)
            recombiner = StillRecombiner(still.pixels)
            height, width = still.pixels.shape[:2]
            shape = working_shape(height, width, settings.working_size)
            lightness = recombiner.lightness(shape)
            upright = np.ascontiguousarray(to_upright(lightness, still.orientation))
            ab = np.ascontiguousarray(from_upright(network([upright])[0], still.orientation))
            rgb, mean, largest = recombiner(ab, lightness, settings.saturation)
            data = write_still(still, rgb, provenance=provenance)
        except Exception as error:
            return name, _failure(name, error), None
        return name, data, StillReport(mean, largest, still.notes)

    with ThreadPoolExecutor(cores()) as pool:
        yield from map_ordered(pool, colored, items, depth=cores() + 1)
