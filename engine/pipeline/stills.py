"""The pipeline of a stream of stills: several side by side, one a thread, results in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from kinemacolor.engine.backends.base import Network
from kinemacolor.engine.backends.checked import NetworkError
from kinemacolor.engine.color.geometry import working_shape
from kinemacolor.engine.color.recombination.still import StillRecombiner
from kinemacolor.engine.color.still_spaces import SRGB, SourceSpace, TargetSpace
from kinemacolor.engine.concurrency import map_ordered
from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.faults import Fault
from kinemacolor.engine.files import os_reason
from kinemacolor.engine.machine import cores
from kinemacolor.engine.media.provenance.source import source_of
from kinemacolor.engine.media.provenance.tag import guide_properties
from kinemacolor.engine.media.stills import (
    from_upright,
    read_still,
    to_upright,
    write_still,
    written_pixels,
)
from kinemacolor.engine.media.stills.memory import still_memory
from kinemacolor.engine.memory_budget import MemoryBudget, Ticket
from kinemacolor.engine.pipeline.colorless import refuse_colorless_still
from kinemacolor.engine.pipeline.given_back import given_back_notes
from kinemacolor.engine.pipeline.guided_still import GuidedStill, GuidedStills
from kinemacolor.engine.pipeline.own_colors import still_verdict
from kinemacolor.engine.process import pin_torch_thread
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError

SAMPLED = 8  # rows, of which one tells whether lightness stayed, where all are measured later


@dataclass(frozen=True)
class StillReport:
    """The outcome of one coloured still.

    Attributes:
        lightness_error_mean, lightness_error_max: |L* difference| of the written file's pixels to
            the source's.
        notes: what its owner should know.
        given_back: it is in colour already, and its content is given as it is.
    """

    lightness_error_mean: float
    lightness_error_max: float
    notes: tuple[str, ...] = ()
    given_back: bool = False


StillLoader = Callable[[], bytes]


@runtime_checkable
class GuidedLoader(Protocol):
    """A loader that knows what a person said of its still, as an asset has it."""

    guide: str

    def __call__(self) -> bytes:
        """Load the content."""


@runtime_checkable
class SizedLoader(Protocol):
    """A loader that knows how many bytes it will give."""

    size: int

    def __call__(self) -> bytes:
        """Load the content."""


Outcome = tuple[str, bytes | KinemacolorError, StillReport | None]


def _failure(name: str, error: Exception) -> KinemacolorError:
    """Any error as a `KinemacolorError` about `name`; the other stills go on."""
    if isinstance(error, NetworkError):
        return MediaError(name, error.problem, error.remedy)
    if isinstance(error, KinemacolorError):
        return error
    if isinstance(error, MemoryError):
        return MediaError(name, "too large for this machine's memory")
    if isinstance(error, OSError):  # of the loader
        return MediaError(name, f"cannot be read: {os_reason(error)}")
    return Fault.of(name, error)


def color_pixels(
    pixels: np.ndarray,
    network: Callable[[list[np.ndarray]], list[np.ndarray]],
    settings: Settings,
    orientation: int = 1,
    source: SourceSpace = SRGB,
    target: TargetSpace = SRGB,
    name: str = "the picture",
    measured: int = 1,
) -> tuple[np.ndarray, float, float]:
    """Colour one picture that is in memory.

    Args:
        pixels: (H, W) grey or (H, W, 3) RGB, uint8 or uint16, as stored.
        network: (h, w) float32 L* of upright pictures to (h, w, 2) float32 ab. Of a `GuidedStill`
            they may be grey, if its network's own are not.
        settings: working size and saturation.
        orientation: EXIF's 1 to 8, by which the network sees the picture upright.
        source: the colour space of `pixels`.
        target: the colour space of the result.
        name: of the picture, for errors.
        measured: one row in so many is compared with `pixels`.

    Returns:
        (H, W, 3) RGB of the type of `pixels`, and mean and largest |L* difference| to them.

    Raises:
        MediaError: the network gives no colour for it.
        NetworkError: the network gives no numbers, or the GPU has not enough memory.
        KinemacolorError: L* would not stay.
    """
    recombiner = StillRecombiner(pixels, source, target)
    height, width = pixels.shape[:2]
    lightness = recombiner.lightness(working_shape(height, width, settings.working_size))
    upright = np.ascontiguousarray(to_upright(lightness, orientation))
    ab = np.ascontiguousarray(from_upright(network([upright])[0], orientation))
    if not (isinstance(network, GuidedStill) and network.network_colors):
        refuse_colorless_still(ab, lightness, settings, name)
    rgb, mean, largest = recombiner(ab, lightness, settings.saturation, measured=measured)
    if not largest <= recombiner.largest_rounding:  # nor where it is no number
        problem = f"cannot be coloured: its lightness would change by {largest:.1f} of 100"
        raise KinemacolorError(name, problem, "please report it, with the file if you may")
    return rgb, mean, largest


def color_stills(
    items: Iterable[tuple[str, StillLoader]],
    network: Network,
    settings: Settings,
    provenance: Mapping[str, str],
    guided: GuidedStills | None = None,
) -> Iterator[Outcome]:
    """Colour stills in order; one a core is in memory at a time, and one waits.

    Large ones wait for one another, so that all together stay within the budget of memory; one
    that is too large alone is refused.

    Args:
        items: names, and functions that give the file's content; see `GuidedLoader`.
        network: colours one picture.
        settings: of which working size, saturation, memory, the stills' quality, `salvage` and
            `on_color` count.
        provenance: written into every still's metadata.
        guided: colours the stills of which a person said something; None passes over what is said.

    Yields:
        Name, the coloured file's content and report, or the content as it is of what is in colour
        already; or name, error and None.
    """

    depth = cores() + 1
    budget = MemoryBudget(settings)
    small = budget.total // (8 * depth)  # files that are read without waiting for their turn

    def colored(item: tuple[Ticket, str, StillLoader]) -> tuple[Ticket, Outcome]:
        ticket, name, load = item
        try:
            if isinstance(load, SizedLoader) and load.size > small:
                ticket.reserve(name, load.size)
            content = load()
            ticket.reserve(name, still_memory(content))
            ticket.pass_turn()
            still = read_still(content, name, salvage=settings.salvage)
            text = load.guide if isinstance(load, GuidedLoader) else ""
            given_back, notes = still_verdict(still.pixels, name, settings)
            if given_back:
                ticket.keep(len(content))
                notes = given_back_notes(text)
                return ticket, (name, content, StillReport(0, 0, notes, given_back=True))
            used = guided.network(network, text, still) if guided and text else None
            rgb, mean, largest = color_pixels(
                still.pixels,
                used or network,
                settings,
                still.orientation,
                still.space,
                still.target,
                name,
                # Of what its format loses some, all that was written is measured below.
                measured=1 if still.qualities is None else SAMPLED,
            )
            tags = {**provenance, "source": source_of(content)}
            if used:
                tags |= guide_properties(used.digest)
                notes += used.notes
            data = write_still(still, rgb, provenance=tags, quality=settings.still_quality)
            written = written_pixels(still, data)
            if written is not None:
                recombiner = StillRecombiner(still.pixels, still.space, still.target)
                mean, largest = recombiner.lightness_error(written)
        except Exception as error:
            ticket.keep(0)
            return ticket, (name, _failure(name, error), None)
        finally:
            ticket.pass_turn()
        ticket.keep(len(data))
        return ticket, (name, data, StillReport(mean, largest, still.notes + notes))

    ticketed = ((budget.ticket(), name, load) for name, load in items)
    with (
        ThreadPoolExecutor(cores(), initializer=pin_torch_thread) as pool,
        closing(budget),
        closing(map_ordered(pool, colored, ticketed, depth)) as results,
    ):
        for ticket, outcome in results:
            ticket.keep(0)
            yield outcome
