"""The pipeline of a stream of stills: several side by side, one a thread, results in order."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from kinemacolor.engine.backends.base import Network
from kinemacolor.engine.color.geometry import working_shape
from kinemacolor.engine.color.recombination.still import StillRecombiner
from kinemacolor.engine.concurrency import map_ordered
from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.machine import cores
from kinemacolor.engine.media.provenance.source import source_of
from kinemacolor.engine.media.stills import from_upright, read_still, to_upright, write_still
from kinemacolor.engine.process import pin_torch_thread
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


def color_pixels(
    pixels: np.ndarray,
    network: Callable[[list[np.ndarray]], list[np.ndarray]],
    settings: Settings,
    orientation: int = 1,
) -> tuple[np.ndarray, float, float]:
    """Colour one picture that is in memory.

    Args:
        pixels: (H, W) grey or (H, W, 3) RGB, uint8 or uint16, sRGB-encoded, as stored.
        network: (h, w) float32 L* of upright pictures to (h, w, 2) float32 ab.
        settings: working size and saturation.
        orientation: EXIF's 1 to 8, by which the network sees the picture upright.

    Returns:
        (H, W, 3) RGB of the type of `pixels`, and mean and largest |L* difference| to them.
    """
    recombiner = StillRecombiner(pixels)
    height, width = pixels.shape[:2]
    lightness = recombiner.lightness(working_shape(height, width, settings.working_size))
    upright = np.ascontiguousarray(to_upright(lightness, orientation))
    ab = np.ascontiguousarray(from_upright(network([upright])[0], orientation))
    return recombiner(ab, lightness, settings.saturation)


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
        settings: of which working size, saturation and the stills' quality count.
        provenance: written into every still's metadata.

    Yields:
        Name, the coloured file's content and report; or name, error and None.
    """

    def colored(item: tuple[str, StillLoader]) -> Outcome:
        name, load = item
        try:
            content = load()
            still = read_still(content, name)
            rgb, mean, largest = color_pixels(still.pixels, network, settings, still.orientation)
            tags = {**provenance, "source": source_of(content)}
            data = write_still(still, rgb, provenance=tags, quality=settings.still_quality)
        except Exception as error:
            return name, _failure(name, error), None
        return name, data, StillReport(mean, largest, still.notes)

    with ThreadPoolExecutor(cores(), initializer=pin_torch_thread) as pool:
        yield from map_ordered(pool, colored, items, depth=cores() + 1)
