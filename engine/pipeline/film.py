"""The pipeline of one film: decoding, colouring and encoding side by side, a few frames between."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from kinemacolor.engine.backends.base import Network
from kinemacolor.engine.color.geometry import working_shape
from kinemacolor.engine.color.recombination.film import LumaPlane
from kinemacolor.engine.media.video.index import FilmIndex, index_film
from kinemacolor.engine.media.video.probe import VideoInfo, probe
from kinemacolor.engine.media.video.reader import DecodedFrame, read_frames
from kinemacolor.engine.media.video.seeking import read_range
from kinemacolor.engine.media.video.segment_files import assemble, segment_writer
from kinemacolor.engine.media.video.writer import FilmWriter
from kinemacolor.engine.motion.frames import ColoredFrame, LumaFrame
from kinemacolor.engine.motion.shots import is_cut, thumbnail
from kinemacolor.engine.pipeline.frames import color_frames, luma_holder
from kinemacolor.engine.pipeline.output_choice import choose_output
from kinemacolor.engine.pipeline.segmentation import Segment
from kinemacolor.engine.settings import Settings
from kinemacolor.models.device import pick_device


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
    film = _Film(source, settings)
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


def index_of(source: Path, settings: Settings, on_frame: Callable[[], None]) -> FilmIndex:
    """Decode a film once to find its frames and shots; `on_frame` is called after each frame.

    Raises:
        MediaError: the film cannot be read.
        SettingsError: the codec asked for cannot hold the film.
    """
    return _Film(source, settings).index(on_frame)


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
    film = _Film(source, settings)
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


@dataclass(frozen=True)
class _HeldFrame:
    """A decoded frame, and its luma where recombination computes."""

    decoded: DecodedFrame
    luma: LumaPlane


class _Film:
    """A film with its output: its frames' way through the stages, turned upright for the network.

    Args:
        source: the film.
        settings: as of `color_film`.
    """

    def __init__(self, source: Path, settings: Settings) -> None:
        self.info = probe(source)
        self.spec = choose_output(self.info, settings)
        self._settings = settings
        self._hold = luma_holder(
            pick_device(settings.device),
            self.info.encoding,
            self.spec.chroma_shape,
            settings.saturation,
        )
        self._shape = _stored_shape(self.info, settings.working_size)
        self._turns = self.info.rotation // 90 % 4  # counter-clockwise, as np.rot90 turns

    @property
    def notes(self) -> tuple[str, ...]:
        """What is known of the result before the work."""
        return self.info.notes + self.spec.notes

    def index(self, on_frame: Callable[[], None]) -> FilmIndex:
        """The film's frames and shots; `on_frame` is called after each frame."""
        previous: list[np.ndarray] = []

        def begins_shot(frame: DecodedFrame) -> bool:
            # Seen as the smoothing sees it: at a boundary found here it needs no context.
            here = thumbnail(self._hold(frame.luma).lightness(self._shape))
            new = not previous or is_cut(previous.pop(), here)
            previous.append(here)
            on_frame()
            return new

        return index_film(self.info, salvage=self._settings.salvage, begins_shot=begins_shot)

    def colored(
        self,
        frames: Iterable[DecodedFrame],
        network: Network,
        wanted: Callable[[DecodedFrame], bool],
    ) -> Generator[tuple[DecodedFrame, np.ndarray, np.ndarray], None, None]:
        """Frames with their Cb and Cr; those not `wanted` are context for the others."""

        def color(batch: Sequence[LumaFrame[_HeldFrame]]) -> list[np.ndarray]:
            # Upright for the network, then turned back to how the film is stored.
            upright = [
                np.ascontiguousarray(np.rot90(frame.lightness, self._turns)) for frame in batch
            ]
            return [np.ascontiguousarray(np.rot90(ab, -self._turns)) for ab in network(upright)]

        return color_frames(
            frames,
            network,
            self._settings,
            light=self._light,
            color=color,
            wanted=lambda frame: wanted(frame.payload.decoded),
            recombine=_recombine,
        )

    def _light(self, decoded: DecodedFrame) -> LumaFrame[_HeldFrame]:
        """A decoded frame with its lightness at the working size, as it is stored."""
        luma = self._hold(decoded.luma)
        return LumaFrame(decoded.index, luma.lightness(self._shape), _HeldFrame(decoded, luma))


def _recombine(frame: ColoredFrame[_HeldFrame]) -> tuple[DecodedFrame, np.ndarray, np.ndarray]:
    """A decoded frame with its Cb and Cr."""
    cb, cr = frame.payload.luma.recombine(frame.ab, frame.lightness)
    return frame.payload.decoded, cb, cr
