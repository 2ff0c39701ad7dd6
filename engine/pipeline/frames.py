"""The stages that a film's frames pass between decoder and encoder, whoever reads and writes them.

Lightness > optical flow, and from it tracks to given frames > network on key frames, propagation
between them > temporal smoothing > recombination. The stages run side by side. Memory does not grow
with the film: every queue is bounded, every window finite.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TypeVar

import numpy as np
import torch

from kinemacolor.engine.backends.base import Network
from kinemacolor.engine.color.recombination.film import FilmRecombiner, LumaPlane, holder
from kinemacolor.engine.color.recombination.film_gpu import DeviceRecombiner
from kinemacolor.engine.concurrency import map_ordered, prefetch
from kinemacolor.engine.motion.frames import ColoredFrame, LumaFrame, with_flow
from kinemacolor.engine.motion.propagation import Color, propagate_colors
from kinemacolor.engine.motion.smoothing import smooth_temporally
from kinemacolor.engine.motion.tracking import with_tracks
from kinemacolor.engine.process import pin_torch_thread
from kinemacolor.engine.settings import Settings
from kinemacolor.models.color.encoding import YCbCrEncoding

S = TypeVar("S")  # a frame as it is read
F = TypeVar("F")  # what its colours are given back with
C = TypeVar("C")  # a coloured frame as it is written
T = TypeVar("T")
R = TypeVar("R")


def luma_holder(
    device: torch.device,
    encoding: YCbCrEncoding,
    chroma_shape: tuple[int, int],
    saturation: float,
    output: YCbCrEncoding | None = None,
) -> Callable[[np.ndarray], LumaPlane]:
    """A function that brings decoded luma planes to where a film's network runs.

    Args:
        device: of the network.
        encoding, chroma_shape, saturation, output: as of `FilmRecombiner`.
    """
    if device.type == "cpu":
        return holder(FilmRecombiner(encoding, chroma_shape, saturation, output))
    return holder(DeviceRecombiner(encoding, chroma_shape, saturation, output, device=device))


def color_frames(
    frames: Iterable[S],
    network: Network,
    settings: Settings,
    *,
    light: Callable[[S], LumaFrame[F]],
    color: Color[F],
    wanted: Callable[[ColoredFrame[F]], bool],
    recombine: Callable[[ColoredFrame[F]], C],
    starts: Sequence[int] | None = None,
    given: Sequence[int] = (),
) -> Generator[C, None, None]:
    """Colour frames in order; closing the generator stops its threads and closes `frames`.

    Args:
        frames: in order of presentation; read ahead by a thread of its own.
        network: of which batch and calls count: how many frames go together, and side by side.
        settings: of which key distance and smoothing count.
        light: a frame's number and its L* at the working size.
        color: ab for several frames at once, by the network.
        wanted: whether a frame is given; the others are context for their neighbours.
        recombine: a frame with its smoothed ab to what is given.
        starts: numbers of the frames that begin a shot; None looks for the cuts.
        given: numbers of the frames whose colours were given, rising.
    """
    read = prefetch(frames, 2 * network.batch)
    # Closed by hand: an error that somebody holds keeps this frame, and its threads, alive.
    with ThreadPoolExecutor(network.calls, initializer=pin_torch_thread) as pool, closing(read):

        def in_order(function: Callable[[T], R], items: Iterable[T]) -> Generator[R, None, None]:
            return map_ordered(pool, function, items, depth=network.calls)

        luma_frames = in_order(light, read)
        cuts = None if starts is None else frozenset(starts)
        follows = settings.follows_motion or bool(given)
        unlinked = ((frame, None) for frame in luma_frames)
        linked = with_flow(luma_frames, in_order, cuts) if follows else unlinked
        tracked = with_tracks(linked, given) if given else linked
        known = frozenset(given)
        colored = propagate_colors(
            tracked, settings.key_distance, color, network.batch, in_order, known
        )
        smoothed = smooth_temporally(
            colored, settings.smoothing_window, settings.smoothing_strength, known
        )
        kept = (frame for frame in smoothed if wanted(frame))
        with closing(prefetch(in_order(recombine, kept), 4)) as recombined:
            yield from recombined
