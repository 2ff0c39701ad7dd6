"""CPU time of each pipeline stage alone: milliseconds a picture, over all of its threads."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
import torch

from kinemacolor.engine.backends.base import Network
from kinemacolor.engine.backends.choice import open_networks
from kinemacolor.engine.color.geometry import working_shape
from kinemacolor.engine.color.recombination.film import LumaPlane
from kinemacolor.engine.color.recombination.still import StillRecombiner
from kinemacolor.engine.guidance.guide_file.resolve import resolve_film
from kinemacolor.engine.guidance.matching.encoder import Encoder
from kinemacolor.engine.media.stills import read_still, write_still, written_pixels
from kinemacolor.engine.media.stills.header import read_header
from kinemacolor.engine.media.video.index import FilmIndex
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.media.video.reader import DecodedFrame
from kinemacolor.engine.media.video.seeking import read_range
from kinemacolor.engine.media.video.segment_files import segment_writer
from kinemacolor.engine.motion.frames import LumaFrame, with_flow
from kinemacolor.engine.motion.propagation import propagate_colors
from kinemacolor.engine.motion.smoothing import smooth_temporally
from kinemacolor.engine.pipeline.film import index_of
from kinemacolor.engine.pipeline.film_exemplars import build_exemplars
from kinemacolor.engine.pipeline.frames import luma_holder
from kinemacolor.engine.pipeline.guided_colors import GuidedColors
from kinemacolor.engine.pipeline.output_choice import choose_output
from kinemacolor.engine.pipeline.seen_frames import SeenFrames
from kinemacolor.engine.pipeline.stills import SAMPLED
from kinemacolor.engine.process import tune_process
from kinemacolor.engine.settings import Settings
from kinemacolor.models.device import pick_device
from kinemacolor.models.weights import load

FILM_STAGES = (
    "index",
    "decode",
    "lightness",
    "motion",
    "network",
    "memory",
    "propagation",
    "smoothing",
    "recombination",
    "encode",
)

T = TypeVar("T")
_Held = tuple[DecodedFrame, LumaPlane]


class Clock:
    """CPU seconds of this process by stage; a stage that waits for another does not count."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._stages = [""]
        self._since = time.process_time()

    def _turn(self) -> None:
        now = time.process_time()
        self.seconds[self._stages[-1]] += now - self._since
        self._since = now

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what is done within as `name`, but for stages within that."""
        self._turn()
        self._stages.append(name)
        try:
            yield
        finally:
            self._turn()
            self._stages.pop()

    def over(self, name: str, items: Iterable[T]) -> Iterator[T]:
        """`items`, whose making counts as `name`."""
        iterator = iter(items)
        while True:
            with self.stage(name):
                try:
                    item = next(iterator)
                except StopIteration:
                    return
            yield item

    def per(self, count: int) -> dict[str, float]:
        """Milliseconds by stage for each of `count` pictures."""
        return {name: 1000 * spent / count for name, spent in self.seconds.items() if name}


def film_costs(film: Path, folder: Path, settings: Settings) -> dict[str, float]:
    """The stages of a film, index and segment; one thread but for decoder and encoder.

    Args:
        film: a short one: its frames are held in memory.
        folder: for the coloured frames.
        settings: of which the backend must not be "auto".

    Returns:
        Milliseconds a frame by the names of `FILM_STAGES`. "memory" is finding what the network's
        colours of each shot agree on, and holding frames to it; zero without colour memory.
    """
    network, _ = _alone(settings)
    clock = Clock()
    encoder = Encoder() if settings.color_memory else None
    info = probe(film)
    spec = choose_output(info, settings)
    device = pick_device(settings.device)
    hold = luma_holder(
        device, info.encoding, spec.chroma_shape, settings.saturation, spec.encoding(info)
    )
    shape = working_shape(info.height, info.width, settings.working_size)
    seen = SeenFrames(film) if encoder else None
    with clock.stage("index"):
        index = index_of(film, settings, lambda: None, seen)
    count = len(index.pts)
    with clock.stage("decode"):
        frames = list(read_range(info, index, 0, count))
    network([hold(frames[0].luma).lightness(shape)])  # the first call prepares
    with clock.stage("memory"):
        held = _held(film, index, network, encoder, settings, seen) if encoder else None

    def lit() -> Iterator[LumaFrame[_Held]]:
        for frame in frames:
            luma = hold(frame.luma)
            yield LumaFrame(frame.index, luma.lightness(shape), (frame, luma))

    def color(some: Sequence[LumaFrame[_Held]]) -> list[np.ndarray]:
        with clock.stage("network"):
            automatic = network([luma_frame.lightness for luma_frame in some])
        with clock.stage("memory"):
            return held(some, automatic) if held else automatic

    motion = clock.over("motion", with_flow(clock.over("lightness", lit())))
    colored = clock.over(
        "propagation", propagate_colors(motion, settings.key_distance, color, network.batch)
    )
    steady = clock.over(
        "smoothing",
        smooth_temporally(colored, settings.smoothing_window, settings.smoothing_strength),
    )
    planes = []
    for item in steady:
        frame, luma = item.payload
        with clock.stage("recombination"):
            chroma = luma.recombine(item.ab, item.lightness)
        planes.append((frame, *chroma))
    with clock.stage("encode"), segment_writer(info, spec, folder / "segment") as write:
        for frame, cb, cr in planes:
            write(frame, cb, cr)
    costs = clock.per(count)
    return {stage: costs[stage] for stage in FILM_STAGES}


def _held(
    film: Path,
    index: FilmIndex,
    network: Network,
    encoder: Encoder,
    settings: Settings,
    seen: SeenFrames | None,
) -> GuidedColors:
    """What holds a film's colours together within its shots."""
    guide = resolve_film("", probe(film), index)
    found = build_exemplars(film, index, guide, network, encoder, settings, seen=seen)
    return GuidedColors.of(found, encoder)


def still_costs(stills: Sequence[bytes], settings: Settings) -> dict[str, float]:
    """The stages of JPEG stills, one after another."""
    _, network = _alone(settings)
    prepare, clock = Clock(), Clock()
    _still(stills[0], settings, network, prepare)
    headers = [header for header in map(read_header, stills) if header]
    for shape in {working_shape(h.height, h.width, settings.working_size) for h in headers}:
        network([np.full(shape, 50, np.float32)])  # the first call of a size may compile
    for data in stills:
        _still(data, settings, network, clock)
    return clock.per(len(stills))


def _still(data: bytes, settings: Settings, network: Network, clock: Clock) -> None:
    with clock.stage("decode"):
        still = read_still(data, "still.jpg")
    recombiner = StillRecombiner(still.pixels, still.space, still.target)
    height, width = still.pixels.shape[:2]
    shape = working_shape(height, width, settings.working_size)
    with clock.stage("lightness"):
        light = recombiner.lightness(shape)
    with clock.stage("network"):
        [ab] = network([light])
    with clock.stage("recombination"):
        rgb, _, _ = recombiner(ab, light, settings.saturation, measured=SAMPLED)
    with clock.stage("encode"):
        written = write_still(still, rgb, provenance={})
    with clock.stage("check"):
        shown = written_pixels(still, written)
        assert shown is not None  # of a format that loses nothing
        recombiner.lightness_error(shown)


def _alone(settings: Settings) -> tuple[Network, Network]:
    """The networks for films and stills, and libraries in one thread, as a worker sets them."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    tune_process()
    device = pick_device(settings.device)
    return open_networks(load(settings.model), device, settings.backend, settings.precision)
