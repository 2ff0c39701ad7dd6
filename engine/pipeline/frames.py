"""The stages of a film's frames: light, motion, colours, temporal smoothing, recombination.

Memory does not grow with the film: every queue is bounded, every window finite.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import TypeVar

import torch

from kinemacolor.engine.backends.base import Network
from kinemacolor.engine.color.recombination.film import FilmRecombiner
from kinemacolor.engine.color.recombination.film_gpu import DeviceRecombiner
from kinemacolor.engine.concurrency import map_ordered, prefetch
from kinemacolor.engine.motion.frames import ColoredFrame, LumaFrame, with_flow
from kinemacolor.engine.motion.propagation import Color, propagate_colors
from kinemacolor.engine.motion.smoothing import smooth_temporally
from kinemacolor.engine.process import pin_torch_thread
from kinemacolor.engine.settings import Settings
from kinemacolor.models.color.encoding import YCbCrEncoding

T = TypeVar("T")
R = TypeVar("R")


def recombiner_on(
    device: torch.device,
    encoding: YCbCrEncoding,
    chroma_shape: tuple[int, int],
    saturation: float,
) -> FilmRecombiner:
    """What recombines a film's planes, where its network runs."""
    if device.type == "cpu":
        return FilmRecombiner(encoding, chroma_shape, saturation)
    return DeviceRecombiner(encoding, chroma_shape, saturation, device=device)


def color_frames(
    frames: Iterable[T],
    network: Network,
    settings: Settings,
    *,
    light: Callable[[T], LumaFrame],
    color: Color,
    wanted: Callable[[ColoredFrame], bool],
    recombine: Callable[[ColoredFrame], R],
) -> Generator[R, None, None]:
    """Colour frames in order; closing the generator stops its threads and closes `frames`.

    Args:
        frames: in order of presentation; read ahead by a thread of its own.
        network: tells how many frames go together and how many calls side by side.
        settings: key distance and smoothing.
        light: a frame with its L* at the working size; what it holds as `frame` has its number in
            the film as `index`.
        color: ab for some frames at once, by the network.
        wanted: whether a frame is given; others only steady their neighbours.
        recombine: a frame with its smoothed ab to what is given.
    """
    read = prefetch(frames, 2 * network.batch)
    # Closed by hand: an error that somebody holds keeps this frame, and its threads, alive.
    with (
        ThreadPoolExecutor(network.calls, initializer=pin_torch_thread) as pool,
        closing(read),
    ):
        in_order = partial(map_ordered, pool, depth=network.calls)
        lit = in_order(light, read)
        apart = ((luma_frame, None) for luma_frame in lit)
        joined = with_flow(lit, in_order) if settings.follows_motion else apart
        toned = propagate_colors(joined, settings.key_distance, color, network.batch, in_order)
        steady = smooth_temporally(toned, settings.smoothing_window, settings.smoothing_strength)
        given = (item for item in steady if wanted(item))
        with closing(prefetch(in_order(recombine, given), 4)) as finished:
            yield from finished
