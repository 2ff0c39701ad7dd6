"""`colorize_frames`: a film's frames in memory, one for one, steady over time."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from itertools import chain
from typing import TypeVar, overload

import numpy as np

from kinemacolor._guide import GuideLike, fitted, guide_text, name_of, refuse_files
from kinemacolor._network import Network, checked_network, network_for
from kinemacolor._pixels import Pixels, check_pixels
from kinemacolor.engine.color.geometry import working_shape
from kinemacolor.engine.color.recombination.film import LumaPlane
from kinemacolor.engine.color.recombination.still import StillRecombiner
from kinemacolor.engine.guidance.guide_file.checks import Subject
from kinemacolor.engine.guidance.guide_file.guide import guide_of, text_of
from kinemacolor.engine.guidance.guide_file.origins import in_guide
from kinemacolor.engine.guidance.guide_file.shown_frames import ShownFrames
from kinemacolor.engine.guidance.matching.encoder import Encoder
from kinemacolor.engine.jobs.planning.guided_sources import GuidedSource
from kinemacolor.engine.motion.frames import ColoredFrame, LumaFrame
from kinemacolor.engine.pipeline.frames import color_frames, luma_holder
from kinemacolor.engine.pipeline.guided_colors import GuidedColors
from kinemacolor.engine.pipeline.guided_film import exemplars_in_memory
from kinemacolor.engine.process import (
    opencv_single_threaded,
    single_threaded,
    torch_single_threaded,
)
from kinemacolor.engine.settings import Settings
from kinemacolor.models.color.encoding import YCbCrEncoding
from kinemacolor.models.errors import KinemacolorError

F = TypeVar("F")
R = TypeVar("R")
Planes = tuple[Pixels, Pixels]

_SUBSAMPLINGS = {
    "444": (1, 1),
    "422": (1, 2),
    "420": (2, 2),
}  # luma rows, columns of a chroma pixel


@overload
def colorize_frames(
    frames: Iterable[Pixels],
    *,
    guide: GuideLike | None = None,
    network: Network | None = None,
    settings: Settings | None = None,
    encoding: None = None,
) -> Generator[Pixels, None, None]: ...


@overload
def colorize_frames(
    frames: Iterable[Pixels],
    *,
    guide: GuideLike | None = None,
    network: Network | None = None,
    settings: Settings | None = None,
    encoding: YCbCrEncoding,
    subsampling: str = "420",
) -> Generator[Planes, None, None]: ...


def colorize_frames(
    frames: Iterable[Pixels],
    *,
    guide: GuideLike | None = None,
    network: Network | None = None,
    settings: Settings | None = None,
    encoding: YCbCrEncoding | None = None,
    subsampling: str = "420",
) -> Generator[Pixels, None, None] | Generator[Planes, None, None]:
    """Colour a film's frames, in order and one for one.

    Shots are found, the network colours key frames, and the colours are carried along the motion
    and smoothed over time, all as in a job's films. Some tens of frames are in memory at a time,
    however many there are. `frames` is read by another thread, a little ahead of what is asked for.
    Frames that are in colour already are coloured anew; `Settings.on_color` is for jobs.

    With a `guide`, all frames are read into memory before the first is coloured: what is said of
    one reaches those before it, and other shots. So it is for clips; films are for jobs. Without
    one, colours are held through no shot: `Settings.color_memory` needs the whole, too.

    Args:
        frames: of one size and type, uint8 or uint16. Without an `encoding`, (H, W) grey or
            (H, W, 3) RGB, sRGB-encoded over the full range of codes. With one, (H, W) luma planes.
        guide: what is known of the frames' colours: a guide file, or a mapping that says the same
            (docs/guide-file.md), in which a `picture` may also be an (H, W, 3) RGB array. Frames
            are named by their numbers, from 0.
        network: by `load_network`, instead of the settings' model, device, backend and precision.
            None loads these, and keeps a network of the catalog for the next call.
        settings: working size, key frames, smoothing, saturation; None is the command's defaults.
        encoding: what the luma codes stand for; then Cb and Cr planes are given.
        subsampling: of these: "420", "422" or "444".

    Returns:
        A generator: (H, W, 3) RGB of the frames' type; or Cb, Cr planes of it, for the luma as it
        is. Its `close` ends the work, once the frame that is being read has come.

    Raises:
        KinemacolorError: the network cannot be loaded; or, from the generator, the guide cannot be
            read, or does not fit the frames.
        ValueError: an unknown subsampling; or, from the generator, a frame of another type, size
            or shape.

    Example:
        >>> import kinemacolor, numpy as np
        >>> film = (np.full((48, 64), 100 + number, np.uint8) for number in range(8))
        >>> frames = kinemacolor.colorize_frames(film)
        >>> [rgb.shape for rgb in frames] == [(48, 64, 3)] * 8
        True

        Decoded luma in, chroma for the encoder out:

        >>> luma = [np.full((48, 64), 100, np.uint8)] * 3
        >>> encoding = kinemacolor.YCbCrEncoding("bt709", full_range=False)
        >>> for cb, cr in kinemacolor.colorize_frames(luma, encoding=encoding):
        ...     print(cb.shape, cr.shape)
        (24, 32) (24, 32)
        (24, 32) (24, 32)
        (24, 32) (24, 32)
    """
    if subsampling not in _SUBSAMPLINGS:
        raise ValueError(f"subsampling {subsampling!r}: one of {', '.join(_SUBSAMPLINGS)}")
    settings = settings or Settings()
    network = checked_network(network) or network_for(settings)
    if encoding is None:
        return _pictures(_checked(frames, (2, 3)), guide, network, settings)
    return _planes(_checked(frames, (2,)), guide, network, settings, encoding, subsampling)


def _pictures(
    frames: Iterator[Pixels], guide: GuideLike | None, network: Network, settings: Settings
) -> Generator[Pixels, None, None]:
    def light(item: tuple[int, Pixels]) -> LumaFrame[StillRecombiner]:
        recombiner = StillRecombiner(item[1])
        return LumaFrame(item[0], recombiner.lightness(_shape(item[1], settings)), recombiner)

    def recombine(item: ColoredFrame[StillRecombiner]) -> Pixels:
        rgb, _, _ = item.payload(item.ab, item.lightness, settings.saturation)
        return rgb

    yield from _run(frames, guide, network, settings, light, recombine)


def _planes(
    frames: Iterator[Pixels],
    guide: GuideLike | None,
    network: Network,
    settings: Settings,
    encoding: YCbCrEncoding,
    subsampling: str,
) -> Generator[Planes, None, None]:
    first = next(frames, None)
    if first is None:
        return
    if (first.dtype == np.uint8) != (encoding.depth == 8):
        raise ValueError(f"luma of {first.dtype} for an encoding of {encoding.depth} bits")
    shape = tuple(
        -(-side // step) for side, step in zip(first.shape, _SUBSAMPLINGS[subsampling], strict=True)
    )
    with torch_single_threaded():
        hold = luma_holder(network.device, encoding, (shape[0], shape[1]), settings.saturation)

    def light(item: tuple[int, Pixels]) -> LumaFrame[LumaPlane]:
        if item[1].max() >> encoding.depth:
            raise ValueError(f"frame {item[0]}: luma codes of more than {encoding.depth} bits")
        plane = hold(item[1])
        return LumaFrame(item[0], plane.lightness(_shape(item[1], settings)), plane)

    def recombine(item: ColoredFrame[LumaPlane]) -> Planes:
        return item.payload.recombine(item.ab, item.lightness)

    yield from _run(chain([first], frames), guide, network, settings, light, recombine)


def _run(
    frames: Iterable[Pixels],
    guide: GuideLike | None,
    network: Network,
    settings: Settings,
    light: Callable[[tuple[int, Pixels]], LumaFrame[F]],
    recombine: Callable[[ColoredFrame[F]], R],
) -> Generator[R, None, None]:
    with opencv_single_threaded():
        guided = None
        if guide is not None:
            frames = list(frames)
            guided = _guided(frames, guide, network, settings, light)

        def color(some: Sequence[LumaFrame[F]]) -> list[np.ndarray]:
            automatic = network.for_films([frame.lightness for frame in some])
            return guided(some, automatic) if guided else automatic

        yield from color_frames(
            enumerate(frames),
            network.for_films,
            settings,
            light=light,
            color=color,
            wanted=lambda frame: True,
            recombine=recombine,
            starts=guided.starts if guided else None,
            given=guided.given if guided else (),
        )


@single_threaded()
def _guided(
    frames: Sequence[Pixels],
    guide: GuideLike,
    network: Network,
    settings: Settings,
    light: Callable[[tuple[int, Pixels]], LumaFrame[F]],
) -> GuidedColors | None:
    """The colours that frames take from what is said of them; None where there are no frames."""
    if not frames:
        return None
    encoder = Encoder()
    lightness = [light(item).lightness for item in enumerate(frames)]
    height, width = frames[0].shape[:2]
    shown = ShownFrames(list(map(float, range(len(frames)))))
    source = GuidedSource(Subject((width, height), shown), lightness.__getitem__)
    with guide_text(guide) as text:
        said, name = guide_of(text), name_of(guide)
        refuse_files(said, name)
        text = text_of(fitted(said, source, f"{name}: ".__add__))
        try:
            exemplars = exemplars_in_memory(
                lightness, text, (width, height), network.for_films, encoder, settings
            )
        except KinemacolorError as error:
            raise in_guide(error, name) from error
    return GuidedColors.of(exemplars, encoder)


def _shape(pixels: Pixels, settings: Settings) -> tuple[int, int]:
    return working_shape(pixels.shape[0], pixels.shape[1], settings.working_size)


def _checked(frames: Iterable[Pixels], dimensions: tuple[int, ...]) -> Iterator[Pixels]:
    """Copies of the frames, since a reader may use its buffer again.

    Raises:
        ValueError: a frame is not as the engine takes it, or not as the first.
    """
    first: Pixels | None = None
    for frame in frames:
        check_pixels(frame)
        if frame.ndim not in dimensions:
            raise ValueError(f"a frame of shape {frame.shape}: (H, W) luma is wanted")
        if first is None:
            first = frame
        elif (frame.shape, frame.dtype) != (first.shape, first.dtype):
            raise ValueError(
                f"a frame of {frame.shape} {frame.dtype} after one of {first.shape} {first.dtype}"
            )
        yield frame.copy(order="C")
