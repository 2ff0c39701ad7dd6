"""Frames of a film as its coloured whole has them, decoded with what decides their colours."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.reader import DecodedFrame
from kinemacolor.engine.pipeline.film_stages import FilmStages
from kinemacolor.engine.pipeline.segmentation import with_context
from kinemacolor.engine.preview.chosen_frames import ChosenFrames
from kinemacolor.engine.preview.coloring import ColoredPicture, Column, Work
from kinemacolor.engine.preview.networks import Listener
from kinemacolor.engine.preview.pictures import colored_picture, decoded_picture, upright_luma
from kinemacolor.engine.process import torch_single_threaded
from kinemacolor.engine.settings import Settings


@dataclass(frozen=True)
class ColoredPlanes:
    """A frame of a film, coloured in one way.

    Args:
        frame: decoded, with its luma plane.
        cb, cr: code values, as large as the result's chroma planes.
        listener: the network as this frame used it.
        work: what it took.
    """

    frame: DecodedFrame
    cb: np.ndarray
    cr: np.ndarray
    listener: Listener
    work: Work


@torch_single_threaded()
def prepare(path: Path, ways: Sequence[Settings]) -> None:
    """Compute what a film's colouring needs besides the network, once for all its frames.

    Raises:
        SettingsError: a codec asked for cannot hold the film.
    """
    for settings in ways:
        FilmStages(path, settings)  # its tables stay in memory


def color_frame(film: ChosenFrames, number: int, columns: Sequence[Column]) -> ColoredPicture:
    """A frame of a film before and after.

    Raises:
        MediaError: the film cannot be decoded, or ends before the frame.
    """
    colored = list(color_planes(film, number, columns))
    frame, info = colored[0].frame, film.info
    luma = upright_luma(frame, info)
    return ColoredPicture(
        decoded_picture(frame, info),
        tuple(colored_picture(one.frame.luma, one.cb, one.cr, info) for one in colored),
        tuple(one.listener.uncertainty(luma) for one in colored),
        tuple(one.work for one in colored),
    )


def color_planes(
    film: ChosenFrames, number: int, columns: Sequence[Column]
) -> Iterator[ColoredPlanes]:
    """A frame with the very planes that it gets in the coloured film, in every column.

    Raises:
        MediaError: the film cannot be decoded, or ends before the frame.
    """
    ranges = [
        with_context(
            number, number + 1, column.settings.smoothing_window, column.settings.key_distance
        )
        for column in columns
    ]
    start, stop = min(first for first, _ in ranges), max(last for _, last in ranges)
    began = time.perf_counter()
    frames = list(film.numbers.read(start, stop))
    decoding = time.perf_counter() - began
    if not any(frame.index == number for frame in frames):
        raise MediaError(film.info.path, f"ends before frame {number}")
    for column, (first, last) in zip(columns, ranges, strict=True):
        seen = [frame for frame in frames if first <= frame.index < last]
        began = time.perf_counter()
        listener = column.network.for_picture("film")
        stages = FilmStages(film.info.path, column.settings)
        with closing(stages.colored(seen, listener, lambda f: f.index == number)) as colored:
            frame, cb, cr = next(colored)
        work = Work(
            coloring=time.perf_counter() - began,
            frames=len(seen),
            decoding=decoding,
            decoded=stop - film.numbers.keyframe_before(start),
            network=listener.seconds,
            keys=listener.pictures,
        )
        yield ColoredPlanes(frame, cb, cr, listener, work)
