"""The pipeline of one film: decoding, colouring and encoding side by side, a few frames between."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from kinemacolor.engine.backends.base import Network
from kinemacolor.engine.media.video.index import FilmIndex
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.media.video.reader import DecodedFrame, read_frames
from kinemacolor.engine.media.video.seeking import read_range
from kinemacolor.engine.media.video.segment_files import assemble, segment_writer
from kinemacolor.engine.media.video.writer import FilmWriter
from kinemacolor.engine.pipeline.excerpt import find_excerpt
from kinemacolor.engine.pipeline.film_stages import FilmStages
from kinemacolor.engine.pipeline.output_choice import choose_output
from kinemacolor.engine.pipeline.segmentation import Segment
from kinemacolor.engine.settings import Settings


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
    film = FilmStages(source, settings)
    excerpt = find_excerpt(film.info, settings) if settings.is_excerpt else None
    reader = None if excerpt else read_frames(film.info, salvage=settings.salvage)
    frames = excerpt.read() if excerpt else reader
    assert frames is not None

    def wanted(frame: DecodedFrame) -> bool:
        return excerpt is None or excerpt.start <= frame.index < excerpt.stop

    span = excerpt.span(film.info) if excerpt else None
    count = 0
    with (
        closing(film.colored(frames, network, wanted)) as colored,
        FilmWriter(film.info, film.spec, target, tags=provenance, span=span) as writer,
    ):
        for frame, cb, cr in colored:
            writer.write(frame, cb, cr)
            count += 1
            on_frame()
    notes = film.notes + tuple(writer.notes)
    if reader is None:
        return FilmReport(count, notes=notes)
    return FilmReport(count, reader.missing, notes + reader.notes)


def index_of(source: Path, settings: Settings, on_frame: Callable[[], None]) -> FilmIndex:
    """Decode a film once, or what an excerpt of it needs, to find its frames and shots.

    Args:
        source: the film.
        settings: as of `color_film`.
        on_frame: called after each frame that was looked at.

    Raises:
        MediaError: the film cannot be read.
        SettingsError: the codec asked for cannot hold the film.
    """
    return FilmStages(source, settings).index(on_frame)


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
    film = FilmStages(source, settings)
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
    notes = assemble(info, spec, segments, target, provenance, index.span(info))
    notes = info.notes + spec.notes + notes + index.notes
    start, stop = index.wanted
    return FilmReport(stop - start, index.missing, notes)
