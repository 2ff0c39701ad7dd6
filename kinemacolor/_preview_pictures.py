"""Pictures of a preview, and what its sheet says of them and of their sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinemacolor.engine.jobs.formatting import format_counts
from kinemacolor.engine.preview.items import FilmFacts
from kinemacolor.engine.preview.layout import Cell, Section
from kinemacolor.engine.preview.subjects import Found, Subject
from kinemacolor.engine.times import clock

Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewPicture:
    """A film's frame or a still, before and after.

    Attributes:
        source: of the preview that it belongs to, as it was given.
        name: the film's or still's, with its path below a folder or in an archive.
        frame: of a film, its number from 0; None for stills.
        time: of a film's frame, in seconds from the film's start; None for stills.
        before: (H, W, 3) uint8 sRGB, upright, square pixels, 960 of them at most on a side.
        after: the same for every column.
        uncertainty: for every column how far the network expects its colours to be off, on average
            over the picture, in LAB units; None where a network does not know, and where it has
            no part in the colours.
        in_color: it is in colour already, and keeps its colours, as `on_color` asks.
    """

    source: Path
    name: str
    frame: int | None
    time: float | None
    before: Picture = field(repr=False)
    after: tuple[Picture, ...] = field(repr=False)
    uncertainty: tuple[float | None, ...]
    in_color: bool = False


def sections_of(
    pictures: Sequence[PreviewPicture], columns: Sequence[str], facts: Mapping[Path, str]
) -> list[Section]:
    """The sections of a sheet, one for each source.

    Args:
        pictures: in the order of the sources.
        columns: what stands over the pictures after.
        facts: of each source, by `facts_of`.
    """
    by_source: dict[Path, list[PreviewPicture]] = {}
    for picture in pictures:
        by_source.setdefault(picture.source, []).append(picture)
    sections = []
    for source, some in by_source.items():
        heading = source.name or source.resolve().name or str(source)
        cells = tuple(_cell(picture, columns, heading) for picture in some)
        sections.append(Section(heading, facts[source], cells))
    return sections


def facts_of(found: Found, films: Mapping[Subject, FilmFacts]) -> str:
    """What a sheet says of a source behind its name: a film's size and length, or counts."""
    if len(found.subjects) == 1 and found.subjects[0] in films:
        film = films[found.subjects[0]]
        size = f"{film.width}x{film.height}"
        return f"{size}   {film.frames:,} frames   {clock(film.seconds)}"
    return format_counts(Counter(subject.kind for subject in found.subjects))


def _cell(picture: PreviewPicture, columns: Sequence[str], heading: str) -> Cell:
    """A picture under its name and time; a film that is the source is named by the heading."""
    words = []
    if picture.time is None or picture.name != heading:
        words.append(picture.name)
    if picture.time is not None:
        words += [clock(picture.time), f"frame {picture.frame:,}"]
    if picture.in_color:
        words.append("in colour already")
    return Cell(
        words[0],
        "   ".join(words[1:]),
        (picture.before, *picture.after),
        ("before", *columns),
        (None, *picture.uncertainty),
    )
