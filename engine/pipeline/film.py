"""Colours one film: reading, colouring and encoding side by side, a few frames between them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from kinemacolor.engine.backends.base import Network
from kinemacolor.engine.backends.device import pick_device
from kinemacolor.engine.color.geometry import working_shape
from kinemacolor.engine.color.recombination.film import FilmRecombiner
from kinemacolor.engine.media.video.index import FilmIndex, index_film
from kinemacolor.engine.media.video.probe import FilmInfo, probe
from kinemacolor.engine.media.video.reader import Frame, read_frames
from kinemacolor.engine.media.video.seeking import read_part
from kinemacolor.engine.media.video.segments import assemble, segment_writer
from kinemacolor.engine.media.video.writer import FilmWriter
from kinemacolor.engine.motion.frames import ColoredFrame, LumaFrame
from kinemacolor.engine.motion.shots import is_cut, thumbnail
from kinemacolor.engine.pipeline.frames import color_frames, recombiner_on
from kinemacolor.engine.pipeline.segments import Segment
from kinemacolor.engine.settings import Settings


@dataclass(frozen=True)
class FilmReport:
    """What became of a film.

    Attributes:
        frames: coloured.
        missing: frames that the damaged source had and the result has not (salvage only).
        notes: what its owner should know.
    """

    frames: int
    missing: int = 0
    notes: tuple[str, ...] = ()


def _stored_shape(info: FilmInfo, short_side: int) -> tuple[int, int]:
    """The working shape of a film as it is stored; displayed, its pixels are square."""
    aspect = info.sample_aspect_ratio or Fraction(1)
    height, width = info.height, max(1, round(info.width * aspect))
    if info.rotation % 180:
        return working_shape(width, height, short_side)[::-1]
    return working_shape(height, width, short_side)


def working_shape_of(source: Path, settings: Settings) -> tuple[int, int]:
    """The (rows, columns) at which the network sees a film, which is upright.

    Raises:
        MediaError: the film cannot be read.
    """
    info = probe(source, settings)
    shape = _stored_shape(info, settings.working_size)
    return shape[::-1] if info.rotation % 180 else shape


@dataclass(frozen=True)
class _DeviceFrame:
    """A frame, and its luma where recombination works."""

    frame: Frame
    luma: Any

    @property
    def index(self) -> int:
        return self.frame.index


class _Colorist:
    """Gives frames their light, and ab, seen upright and turned back to how they are stored."""

    def __init__(
        self, info: FilmInfo, network: Network, recombiner: FilmRecombiner, short_side: int
    ) -> None:
        self._network, self._recombiner = network, recombiner
        self._turns = info.rotation // 90 % 4  # counter-clockwise, as np.rot90 turns
        self._shape = _stored_shape(info, short_side)

    def luma_frame(self, frame: Frame) -> LumaFrame:
        luma = self._recombiner.hold(frame.luma)
        return LumaFrame(_DeviceFrame(frame, luma), self._recombiner.lightness(luma, self._shape))

    def __call__(self, frames: Sequence[LumaFrame]) -> list[np.ndarray]:
        upright = [
            np.ascontiguousarray(np.rot90(luma_frame.lightness, self._turns))
            for luma_frame in frames
        ]
        return [np.ascontiguousarray(np.rot90(ab, -self._turns)) for ab in self._network(upright)]


class _Film:
    """A film on its way from frames to planes."""

    def __init__(self, source: Path, settings: Settings) -> None:
        self.info = probe(source, settings)
        self._settings = settings
        self._recombiner = recombiner_on(
            pick_device(settings.device),
            self.info.encoding,
            self.info.chroma_shape,
            settings.saturation,
        )

    def index(self) -> FilmIndex:
        """Where its frames and shots are."""
        shape = _stored_shape(self.info, self._settings.working_size)
        before: list[np.ndarray] = []

        def begins_shot(frame: Frame) -> bool:
            # Seen as the smoothing sees it: at a boundary found here it needs no context.
            here = thumbnail(self._recombiner.lightness(frame.luma, shape))
            new = not before or is_cut(before.pop(), here)
            before.append(here)
            return new

        return index_film(self.info, salvage=self._settings.salvage, begins_shot=begins_shot)

    def colored(
        self, frames: Iterable[Frame], network: Network, wanted: Callable[[Frame], bool]
    ) -> Generator[tuple[Frame, np.ndarray, np.ndarray], None, None]:
        """Frames with their Cb and Cr; those not `wanted` only steady the others."""
        settings = self._settings
        colorist = _Colorist(self.info, network, self._recombiner, settings.working_size)

        def planes(item: ColoredFrame) -> tuple[Frame, np.ndarray, np.ndarray]:
            held = item.frame
            return held.frame, *self._recombiner(held.luma, item.ab, item.lightness)

        return color_frames(
            frames,
            network,
            settings,
            light=colorist.luma_frame,
            color=colorist,
            wanted=lambda item: wanted(item.frame.frame),
            recombine=planes,
        )


def color_film(
    source: Path,
    target: Path,
    network: Network,
    settings: Settings,
    provenance: Mapping[str, str],
    on_frame: Callable[[], None],
) -> FilmReport:
    """Colours the film `source` into `target`, in one go.

    Args:
        source, target: files.
        network: colours single frames.
        settings: how.
        provenance: written into the result's metadata.
        on_frame: called after each frame that has gone to the encoder.

    Raises:
        MediaError: the film cannot be read, or the result not be written.
    """
    film = _Film(source, settings)
    reader = read_frames(film.info, salvage=settings.salvage)
    count = 0
    with (
        closing(film.colored(reader, network, lambda frame: True)) as finished,
        FilmWriter(film.info, target, settings, tags=provenance) as writer,
    ):
        for frame, cb, cr in finished:
            writer.write(frame, cb, cr)
            count += 1
            on_frame()
    return FilmReport(count, reader.missing, film.info.notes + tuple(writer.notes) + reader.notes)


def index_of(source: Path, settings: Settings) -> FilmIndex:
    """Decodes a film once and finds its frames and shots.

    Raises:
        MediaError: the film cannot be read.
    """
    return _Film(source, settings).index()


def color_segment(
    source: Path,
    index: FilmIndex,
    segment: Segment,
    target: Path,
    network: Network,
    settings: Settings,
    on_frame: Callable[[], None],
) -> None:
    """Colours a run of a film's frames, as they come out of the whole film, into a packet file.

    Args:
        index: of the film, by `index_of`.
        segment: which frames.
        on_frame: called after each frame that has gone to the encoder.

    Raises:
        MediaError: the film cannot be read or has changed, or the result not be written.
    """
    film = _Film(source, settings)
    frames = read_part(film.info, index, segment.first, segment.last, salvage=settings.salvage)

    def wanted(frame: Frame) -> bool:
        return segment.start <= frame.index < segment.stop

    with (
        closing(film.colored(frames, network, wanted)) as finished,
        segment_writer(film.info, target, settings) as write,
    ):
        for frame, cb, cr in finished:
            write(frame, cb, cr)
            on_frame()


def assemble_film(
    source: Path,
    index: FilmIndex,
    parts: Sequence[Path],
    target: Path,
    settings: Settings,
    provenance: Mapping[str, str],
) -> FilmReport:
    """Puts a film together from its coloured segments.

    Raises:
        MediaError: a segment is damaged, or the result cannot be written.
    """
    info = probe(source, settings)
    notes = assemble(info, parts, target, settings, provenance)
    return FilmReport(len(index.times), index.missing, info.notes + notes + index.notes)
