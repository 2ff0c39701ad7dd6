"""The pipeline of one film: decoding, colouring and encoding side by side, a few frames between."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from kinemacolor.engine.backends.base import Network
from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.guidance.exemplars import exemplar_files
from kinemacolor.engine.guidance.exemplars.exemplar_facts import ExemplarFacts
from kinemacolor.engine.guidance.guide_file.guide import digest_of
from kinemacolor.engine.guidance.matching.encoder import Encoder
from kinemacolor.engine.media.provenance.tag import guide_properties
from kinemacolor.engine.media.video.damage import Damage
from kinemacolor.engine.media.video.index import FilmIndex
from kinemacolor.engine.media.video.own_chroma import has_chroma
from kinemacolor.engine.media.video.packet_file import read_table
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.media.video.reader import read_frames
from kinemacolor.engine.media.video.seeking import read_range
from kinemacolor.engine.media.video.segment_files import assemble, segment_writer
from kinemacolor.engine.media.video.writer import FilmWriter
from kinemacolor.engine.memory_budget import check_memory
from kinemacolor.engine.pipeline.colorless import FrameColors, refuse_colorless_film
from kinemacolor.engine.pipeline.excerpt import find_excerpt
from kinemacolor.engine.pipeline.film_memory import film_memory
from kinemacolor.engine.pipeline.film_stages import FilmStages
from kinemacolor.engine.pipeline.given_back import given_back_notes, is_given_back
from kinemacolor.engine.pipeline.guided_colors import GuidedColors
from kinemacolor.engine.pipeline.guided_film import is_guided, make_exemplars
from kinemacolor.engine.pipeline.output_choice import choose_output
from kinemacolor.engine.pipeline.own_colors import film_color_notes
from kinemacolor.engine.pipeline.seen_frames import SeenFrames
from kinemacolor.engine.pipeline.segmentation import Segment
from kinemacolor.engine.settings import Settings


@dataclass(frozen=True)
class FilmReport:
    """The outcome of one coloured film.

    Attributes:
        frames: coloured.
        missing: frames that the damaged source had and the result has not (salvage only).
        notes: what its owner should know.
        given_back: the source is in colour already, and no file was made of it.
        exemplars: what its shots took colours from; None where they had none.
        led: frames that met a person's exemplars: number, and the share of the picture led.
    """

    frames: int
    missing: int = 0
    notes: tuple[str, ...] = ()
    given_back: bool = False
    exemplars: ExemplarFacts | None = None
    led: tuple[tuple[int, float], ...] = ()


def color_film(
    source: Path,
    target: Path,
    network: Network,
    settings: Settings,
    provenance: Mapping[str, str],
    on_frame: Callable[[], None],
    guide: str = "",
    encoder: Encoder | None = None,
) -> FilmReport:
    """Colour the film `source` into `target`, in one go.

    Args:
        source, target: files.
        network: colours single frames.
        settings: of which all but segment length and container count.
        provenance: written into the result's metadata.
        on_frame: called after each frame that has gone to the encoder.
        guide: what a person said of the film, as an asset has it; empty where nothing.
        encoder: finds what is alike; None loads it where it is needed.

    Raises:
        MediaError: the film cannot be read, needs more memory than allowed, or has got no colours;
            or the result cannot be written.
        KinemacolorError: the guide does not fit the film.
        SettingsError: the encoder cannot do what is asked of it.
    """
    film = FilmStages(source, settings)
    guides = is_guided(guide, settings)
    check_memory(source, film_memory(film.info, film.spec, guided=bool(guide)), settings)
    in_color: tuple[tuple[int, int], ...] = ()
    notes: tuple[str, ...] = ()
    # Read once more: only the whole tells which shots there are, and which are in colour.
    seen = SeenFrames(source) if guides else None
    index = film.index(lambda: None, seen) if guides or has_chroma(film.info) else None
    shots = index.shots if index else None
    if index is not None:
        if is_given_back(index, settings):
            told = given_back_notes(guide) + index.notes
            return FilmReport(0, index.missing, told, given_back=True)
        in_color, notes = index.in_color, film_color_notes(index, settings)
    excerpt = find_excerpt(film.info, settings) if settings.is_excerpt else None
    reader = None if excerpt else read_frames(film.info, salvage=settings.salvage)
    frames = excerpt.read() if excerpt else reader
    assert frames is not None

    part = (excerpt.start, excerpt.stop) if excerpt else (0, sys.maxsize)
    span = excerpt.span(film.info) if excerpt else None
    count, colors = 0, FrameColors()
    damaged: list[tuple[int, int]] = []
    with ExitStack() as stack:
        guided, facts, tags = None, None, dict(provenance)
        if index is not None and guides:
            folder = Path(stack.enter_context(TemporaryDirectory())) / "exemplars"
            encoder = encoder or Encoder()
            facts = make_exemplars(
                source, index, guide, folder, network, encoder, settings, seen=seen
            )
            seen = None
            guided = GuidedColors.stored(folder, facts.starts, facts.given, encoder)
            notes += facts.notes
            tags |= guide_properties(digest_of(guide), facts.touched_shots)
        pictures = stack.enter_context(
            closing(film.pictures(frames, network, part, in_color, shots, guided))
        )
        writer = stack.enter_context(FilmWriter(film.info, film.spec, target, tags=tags, span=span))
        for frame, cb, cr in pictures:
            writer.write(frame, cb, cr)
            count += 1
            colors = film.counted(colors, frame, cb, cr)
            if frame.damaged:
                damaged.append((frame.index, frame.pts))
            on_frame()
        if guided and guided.network_colors:
            colors = colors.as_asked()
        grey = refuse_colorless_film(source, colors, settings)  # before it gets its name
        led = guided.led(*part) if guided else ()
    notes = film.notes + notes + tuple(writer.notes) + grey
    notes += reader.notes if reader else Damage.of_frames(damaged, film.info).notes
    missing = reader.missing if reader else 0
    return FilmReport(count, missing, notes, exemplars=facts, led=led)


def index_of(
    source: Path,
    settings: Settings,
    on_frame: Callable[[], None],
    seen: SeenFrames | None = None,
) -> FilmIndex:
    """Decode a film once, or what an excerpt of it needs, to find its frames and shots.

    Args:
        source: the film.
        settings: as of `color_film`.
        on_frame: called after each frame that was looked at.
        seen: takes what `make_exemplars` will ask for.

    Raises:
        MediaError: the film cannot be read, or needs more memory than allowed.
        SettingsError: the codec asked for cannot hold the film.
    """
    film = FilmStages(source, settings)
    check_memory(source, film_memory(film.info, film.spec), settings)
    return film.index(on_frame, seen)


def color_segment(
    source: Path,
    index: FilmIndex,
    segment: Segment,
    target: Path,
    network: Network,
    settings: Settings,
    on_frame: Callable[[], None],
    exemplars: Path | None = None,
    encoder: Encoder | None = None,
) -> FrameColors:
    """Colour a segment of a film, as it comes out of the whole film, into a packet file.

    Args:
        source: the film.
        index: of the film, by `index_of`.
        segment: which frames.
        target: the packet file.
        network: colours single frames.
        settings: as of `color_film`.
        on_frame: called after each frame that has gone to the encoder.
        exemplars: folder of the film's exemplars, by `make_exemplars`; None where it has none.
        encoder: as of `color_film`.

    Returns:
        How many of its frames have got colours, and how many turned out to be damaged; and how
        much of its key frames a person's exemplars led to.

    Raises:
        KinemacolorError: an exemplar is absent or damaged.
        MediaError: the film cannot be read or has changed, or the result not be written.
        SettingsError: the encoder cannot do what is asked of it.
    """
    film = FilmStages(source, settings)
    frames = read_range(
        film.info, index, segment.decode_start, segment.decode_stop, salvage=settings.salvage
    )
    guided = None
    if exemplars is not None:
        found = exemplar_files.read(exemplars, segment.decode_start, segment.decode_stop)
        guided = GuidedColors.of(found, encoder or Encoder())

    colors, damaged = FrameColors(), frozenset(index.damaged)
    part = segment.start, segment.stop
    with (
        closing(
            film.pictures(frames, network, part, index.in_color, index.shots, guided)
        ) as pictures,
        segment_writer(film.info, film.spec, target) as write,
    ):
        for frame, cb, cr in pictures:
            write(frame, cb, cr)
            colors = film.counted(colors, frame, cb, cr)
            if frame.damaged and frame.index not in damaged:
                colors = colors._replace(unstable=colors.unstable + 1)
            on_frame()
    if guided and guided.network_colors:
        colors = colors.as_asked()
    return colors._replace(led=guided.led(*part)) if guided else colors


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
        MediaError: a segment is damaged, they are not of all frames, or the result cannot be
            written.
    """
    info = probe(source)
    spec = choose_output(info, settings)
    start, stop = index.wanted
    count = sum(len(read_table(segment).pts) for segment in segments)
    if count != stop - start:
        problem = f"has segments of {count:,} frames in all, not of {stop - start:,}"
        raise MediaError(source, problem, "--overwrite makes it anew")
    notes = assemble(info, spec, segments, target, provenance, index.span(info))
    notes = info.notes + spec.notes + film_color_notes(index, settings) + notes + index.notes
    return FilmReport(stop - start, index.missing, notes)
