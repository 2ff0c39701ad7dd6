"""Frames of a film as its coloured whole has them, decoded with what decides their colours."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.code_scaling import CodeScaling
from kinemacolor.engine.media.video.reader import DecodedFrame
from kinemacolor.engine.motion.shots import UNSURE
from kinemacolor.engine.pipeline.film_stages import FilmStages
from kinemacolor.engine.pipeline.guided_colors import GuidedColors
from kinemacolor.engine.pipeline.own_colors import OwnColors, frame_keeps_colors
from kinemacolor.engine.pipeline.segmentation import plan_segments, with_context
from kinemacolor.engine.preview.chosen_frames import ChosenFrames
from kinemacolor.engine.preview.coloring import ColoredPicture, Column, Work
from kinemacolor.engine.preview.guided import FilmGuidance
from kinemacolor.engine.preview.networks import Listener
from kinemacolor.engine.preview.pictures import colored_picture, decoded_picture, upright_luma
from kinemacolor.engine.process import torch_single_threaded
from kinemacolor.engine.settings import Settings
from kinemacolor.models.color.encoding import YCbCrEncoding


@dataclass(frozen=True)
class ColoredPlanes:
    """A frame of a film, coloured in one way.

    Args:
        frame: decoded.
        luma, cb, cr: code values of the result, as large as its planes.
        encoding: that the planes are of.
        listener: the network as this frame used it.
        work: what it took.
        keeps_colors: it is in colour already, and its chroma is its own.
    """

    frame: DecodedFrame
    luma: np.ndarray
    cb: np.ndarray
    cr: np.ndarray
    encoding: YCbCrEncoding
    listener: Listener
    work: Work
    keeps_colors: bool = False


@torch_single_threaded()
def prepare(path: Path, ways: Sequence[Settings]) -> None:
    """Compute what a film's colouring needs besides the network, once for all its frames.

    Raises:
        SettingsError: a codec asked for cannot hold the film.
    """
    for settings in ways:
        FilmStages(path, settings)  # its tables stay in memory


def color_frame(
    film: ChosenFrames,
    number: int,
    columns: Sequence[Column],
    guidance: FilmGuidance | None = None,
) -> ColoredPicture:
    """A frame of a film before and after; see `color_planes`."""
    colored = list(color_planes(film, number, columns, guidance))
    frame, info = colored[0].frame, film.info
    luma = upright_luma(frame, info)
    return ColoredPicture(
        decoded_picture(frame, info),
        tuple(colored_picture(one.luma, one.cb, one.cr, info, one.encoding) for one in colored),
        tuple(None if one.keeps_colors else one.listener.uncertainty(luma) for one in colored),
        tuple(one.work for one in colored),
        any(one.keeps_colors for one in colored),
    )


def color_planes(
    film: ChosenFrames,
    number: int,
    columns: Sequence[Column],
    guidance: FilmGuidance | None = None,
) -> Iterator[ColoredPlanes]:
    """A frame with the very planes that it gets in the coloured film, in every column.

    Args:
        film: that it is of.
        number: of it.
        columns: the ways of colouring.
        guidance: what the film's frames take colours from; None is the network alone.

    Raises:
        MediaError: the film cannot be decoded, or ends before the frame.
        KinemacolorError: the guide does not fit the film.
    """
    guided = [guidance.colors(column) if guidance else None for column in columns]
    ranges = [
        _context(number, column.settings, found)
        for column, found in zip(columns, guided, strict=True)
    ]
    start, stop = min(first for first, _ in ranges), max(last for _, last in ranges)
    began = time.perf_counter()
    frames = list(film.numbers.read(start, stop))
    decoding = time.perf_counter() - began
    if not any(frame.index == number for frame in frames):
        raise MediaError(film.info.path, f"ends before frame {number}")
    for column, found, (first, last) in zip(columns, guided, ranges, strict=True):
        seen = [frame for frame in frames if first <= frame.index < last]
        began = time.perf_counter()
        listener = column.network.for_picture("film")
        stages = FilmStages(film.info.path, column.settings)
        colors = found[0] if found else None
        pictures = stages.colored(seen, listener, lambda f: f.index == number, guided=colors)
        with closing(pictures) as colored:
            frame, cb, cr = next(colored)
        work = Work(
            coloring=time.perf_counter() - began,
            frames=len(seen),
            decoding=decoding,
            decoded=stop - film.numbers.keyframe_before(start),
            network=listener.seconds,
            keys=listener.pictures,
        )
        keeps = frame_keeps_colors(frame, film.info, column.settings)
        if keeps:
            own = OwnColors(film.info, [(number, number + 1)], stages.spec)
            cb, cr = own.planes(frame)
        encoding = stages.spec.encoding(stages.info)
        shown = CodeScaling(stages.info.encoding, encoding).luma(frame.luma)
        yield ColoredPlanes(frame, shown, cb, cr, encoding, listener, work, keeps)


def _context(
    number: int, settings: Settings, guided: tuple[GuidedColors, int] | None
) -> tuple[int, int]:
    """The frames that decide one frame's colours, as (start, stop); `stop` is excluded."""
    window, every = settings.smoothing_window, settings.key_distance
    if guided is None:
        start, stop = with_context(number, number + 1, window, every)
        return max(0, start - UNSURE), stop
    colors, stop = guided
    part = number, number + 1
    [segment] = plan_segments(stop, colors.starts, 1, window, every, part, colors.given)
    return segment.decode_start, segment.decode_stop
