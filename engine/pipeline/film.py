"""The pipeline of one film: decoding, colouring and encoding side by side, a few frames between.

A frame passes these stages, joined by bounded queues:
decode > lightness > optical flow > network on key frames, propagation between them > temporal
smoothing > recombination with the luma > encode.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from torch import Tensor

from kinemacolor.engine.backends.base import Network
from kinemacolor.engine.backends.device import pick_device
from kinemacolor.engine.color.geometry import working_shape
from kinemacolor.engine.color.recombination.film import FilmRecombiner, Recombiner
from kinemacolor.engine.color.recombination.film_gpu import DeviceRecombiner
from kinemacolor.engine.concurrency import map_ordered, prefetch
from kinemacolor.engine.media.video.index import FilmIndex, index_film
from kinemacolor.engine.media.video.output import OutputSpec
from kinemacolor.engine.media.video.probe import VideoInfo, probe
from kinemacolor.engine.media.video.reader import DecodedFrame, read_frames
from kinemacolor.engine.media.video.seeking import read_range
from kinemacolor.engine.media.video.segments import assemble, segment_writer
from kinemacolor.engine.media.video.writer import FilmWriter
from kinemacolor.engine.motion.frames import ColoredFrame, LumaFrame, with_flow
from kinemacolor.engine.motion.propagation import propagate_colors
from kinemacolor.engine.motion.shots import is_cut, thumbnail
from kinemacolor.engine.motion.smoothing import smooth_temporally
from kinemacolor.engine.pipeline.output import choose_output
from kinemacolor.engine.pipeline.segments import Segment
from kinemacolor.engine.settings import Settings

T = TypeVar("T")
R = TypeVar("R")
Plane = TypeVar("Plane")  # a luma plane where recombination works: an array, or a tensor


@dataclass(frozen=True)
class FilmReport:
    """The outcome of one coloured film.

    Attributes:
        frames: coloured.
        missing: frames that the damaged source had and the result has not (salvage only).
        notes: what its owner should know.
    """

    frames: int
    missing: int = 0
    notes: tuple[str, ...] = ()


def color_film(
    source: Path,
    target: Path,
    network: Network,
    settings: Settings,
    provenance: Mapping[str, str],
    on_frame: Callable[[], None],
) -> FilmReport:
    """Colour the film `source` into `target`, in one go.

    Args:
        source, target: files.
        network: colours single frames.
        settings: of which all but segment length and container count.
        provenance: written into the result's metadata.
        on_frame: called after each frame that has gone to the encoder.

    Raises:
        MediaError: the film cannot be read, or the result not be written.
        SettingsError: the encoder cannot do what is asked of it.
    """
    film = _open(source, settings)
    reader = read_frames(film.info, salvage=settings.salvage)
    count = 0
    with (
        closing(film.colored(reader, network, lambda frame: True)) as colored,
        FilmWriter(film.info, film.spec, target, tags=provenance) as writer,
    ):
        for frame, cb, cr in colored:
            writer.write(frame, cb, cr)
            count += 1
            on_frame()
    return FilmReport(count, reader.missing, film.notes + tuple(writer.notes) + reader.notes)


def index_of(source: Path, settings: Settings) -> FilmIndex:
    """Decode a film once to find its frames and shots.

    Raises:
        MediaError: the film cannot be read.
        SettingsError: the codec asked for cannot hold the film.
    """
    return _open(source, settings).index()


def color_segment(
    source: Path,
    index: FilmIndex,
    segment: Segment,
    target: Path,
    network: Network,
    settings: Settings,
    on_frame: Callable[[], None],
) -> None:
    """Colour a segment of a film, as it comes out of the whole film, into a packet file.

    Args:
        source: the film.
        index: of the film, by `index_of`.
        segment: which frames.
        target: the packet file.
        network: colours single frames.
        settings: as of `color_film`.
        on_frame: called after each frame that has gone to the encoder.

    Raises:
        MediaError: the film cannot be read or has changed, or the result not be written.
        SettingsError: the encoder cannot do what is asked of it.
    """
    film = _open(source, settings)
    frames = read_range(
        film.info, index, segment.decode_start, segment.decode_stop, salvage=settings.salvage
    )

    def wanted(frame: DecodedFrame) -> bool:
        return segment.start <= frame.index < segment.stop

    with (
        closing(film.colored(frames, network, wanted)) as colored,
        segment_writer(film.info, film.spec, target) as write,
    ):
        for frame, cb, cr in colored:
            write(frame, cb, cr)
            on_frame()


def assemble_film(
    source: Path,
    index: FilmIndex,
    segments: Sequence[Path],
    target: Path,
    settings: Settings,
    provenance: Mapping[str, str],
) -> FilmReport:
    """Put a film together from its coloured segments.

    Args:
        source: the film.
        index: of the film, by `index_of`.
        segments: packet files by `color_segment`, in order.
        target: the coloured film.
        settings: as the segments were coloured with.
        provenance: written into the result's metadata.

    Raises:
        MediaError: a segment is damaged, or the result cannot be written.
    """
    info = probe(source)
    spec = choose_output(info, settings)
    notes = assemble(info, spec, segments, target, provenance)
    notes = info.notes + spec.notes + notes + index.notes
    return FilmReport(len(index.pts), index.missing, notes)


def working_shape_of(source: Path, settings: Settings) -> tuple[int, int]:
    """The (rows, columns) at which the network sees a film, which is upright.

    Raises:
        MediaError: the film cannot be read.
    """
    info = probe(source)
    shape = _stored_shape(info, settings.working_size)
    return shape[::-1] if info.rotation % 180 else shape


def _stored_shape(info: VideoInfo, short_side: int) -> tuple[int, int]:
    """The working shape of a film as it is stored; displayed, its pixels are square."""
    aspect = info.sample_aspect_ratio or Fraction(1)
    height, width = info.height, max(1, round(info.width * aspect))
    if info.rotation % 180:
        return working_shape(width, height, short_side)[::-1]
    return working_shape(height, width, short_side)


def _open(source: Path, settings: Settings) -> _Film[np.ndarray] | _Film[Tensor]:
    """The pipeline of a film, with recombination where the network runs."""
    info = probe(source)
    spec = choose_output(info, settings)
    made_for = info.encoding, spec.chroma_shape, settings.saturation
    device = pick_device(settings.device)
    if device.type == "cpu":
        return _Film(info, spec, settings, FilmRecombiner(*made_for))
    return _Film(info, spec, settings, DeviceRecombiner(*made_for, device=device))


@dataclass(frozen=True)
class _FrameOnDevice(Generic[Plane]):
    """A decoded frame with a copy of its luma where recombination works."""

    decoded: DecodedFrame
    luma: Plane


class _Film(Generic[Plane]):
    """The stages between a film's decoder and its encoder.

    Args:
        info: of the source.
        spec: of the coloured film.
        settings: of which those of colours and motion count, and `salvage`.
        recombiner: made for the film.
    """

    def __init__(
        self,
        info: VideoInfo,
        spec: OutputSpec,
        settings: Settings,
        recombiner: Recombiner[Plane],
    ) -> None:
        self.info, self.spec = info, spec
        self._settings = settings
        self._recombiner = recombiner
        self._shape = _stored_shape(info, settings.working_size)
        self._turns = info.rotation // 90 % 4  # counter-clockwise, as np.rot90 turns

    @property
    def notes(self) -> tuple[str, ...]:
        """What is known of the result before the work."""
        return self.info.notes + self.spec.notes

    def index(self) -> FilmIndex:
        """The film's frames and shots."""
        previous: list[np.ndarray] = []

        def begins_shot(frame: DecodedFrame) -> bool:
            # Seen as the smoothing sees it: at a boundary found here it needs no context.
            here = thumbnail(self._luma_frame(frame).lightness)
            new = not previous or is_cut(previous.pop(), here)
            previous.append(here)
            return new

        return index_film(self.info, salvage=self._settings.salvage, begins_shot=begins_shot)

    def colored(
        self,
        frames: Iterable[DecodedFrame],
        network: Network,
        wanted: Callable[[DecodedFrame], bool],
    ) -> Generator[tuple[DecodedFrame, np.ndarray, np.ndarray], None, None]:
        """Frames with their Cb and Cr; those not `wanted` are context for the others.

        Memory does not grow with the film: every queue is bounded, every window finite.
        """
        settings = self._settings

        def color(batch: Sequence[LumaFrame[_FrameOnDevice[Plane]]]) -> list[np.ndarray]:
            return self._color_upright(network, [frame.lightness for frame in batch])

        decoded = prefetch(frames, 2 * network.batch)
        # Closed by hand: an error that somebody holds keeps this frame, and its threads, alive.
        with ThreadPoolExecutor(network.calls) as pool, closing(decoded):

            def in_order(
                function: Callable[[T], R], items: Iterable[T]
            ) -> Generator[R, None, None]:
                return map_ordered(pool, function, items, depth=network.calls)

            light = in_order(self._luma_frame, decoded)
            unlinked = ((frame, None) for frame in light)
            linked = with_flow(light, in_order) if settings.follows_motion else unlinked
            colored = propagate_colors(
                linked, settings.key_distance, color, network.batch, in_order
            )
            smoothed = smooth_temporally(
                colored, settings.smoothing_window, settings.smoothing_strength
            )
            given = (frame for frame in smoothed if wanted(frame.payload.decoded))
            with closing(prefetch(in_order(self._recombine, given), 4)) as recombined:
                yield from recombined

    def _luma_frame(self, decoded: DecodedFrame) -> LumaFrame[_FrameOnDevice[Plane]]:
        """A decoded frame with its lightness at the working size, as it is stored."""
        luma = self._recombiner.to_device(decoded.luma)
        lightness = self._recombiner.lightness(luma, self._shape)
        return LumaFrame(decoded.index, lightness, _FrameOnDevice(decoded, luma))

    def _color_upright(self, network: Network, lightness: list[np.ndarray]) -> list[np.ndarray]:
        """The network's ab for frames that it sees upright, turned back to how they are stored."""
        upright = [np.ascontiguousarray(np.rot90(plane, self._turns)) for plane in lightness]
        return [np.ascontiguousarray(np.rot90(ab, -self._turns)) for ab in network(upright)]

    def _recombine(
        self, frame: ColoredFrame[_FrameOnDevice[Plane]]
    ) -> tuple[DecodedFrame, np.ndarray, np.ndarray]:
        """A decoded frame with its Cb and Cr."""
        cb, cr = self._recombiner(frame.payload.luma, frame.ab, frame.lightness)
        return frame.payload.decoded, cb, cr
