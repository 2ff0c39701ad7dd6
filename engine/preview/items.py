"""The pictures of a preview that are to be coloured, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kinemacolor.engine.preview.chosen_frames import ChosenFrames
from kinemacolor.engine.preview.subjects import Opened, Share, Subject
from kinemacolor.models.errors import KinemacolorError

if TYPE_CHECKING:
    from kinemacolor.engine.preview.coloring import ColoredPicture, Column
    from kinemacolor.engine.preview.guided import Guidance


@dataclass(frozen=True)
class FilmFacts:
    """What is known of a film that was opened.

    Args:
        frames: that a job would colour.
        seconds: that they last.
        width, height: of its planes.
    """

    frames: int
    seconds: float
    width: int
    height: int


@dataclass(frozen=True)
class Item:
    """A picture to be coloured.

    Args:
        share: the film or still that it is of.
        frame, time: as of `run.Shown`.
        color: colours it.
    """

    share: Share
    frame: int | None
    time: float | None
    color: Callable[[], ColoredPicture]


def items_of(
    opened: Iterable[Opened],
    columns: Sequence[Column],
    scratch: Path,
    films: dict[Subject, FilmFacts],
    problems: list[str],
) -> Iterator[Item]:
    """The pictures to be coloured, films' frames chosen when it is their turn.

    Args:
        opened: films and stills.
        columns: the ways of colouring.
        scratch: a folder for exemplars, which need not be there.
        films: gets what is known of every film.
        problems: gets a line for what cannot be read.
    """
    guidance: Guidance | None = None
    for one in opened:
        subject = one.share.subject
        # These load PyTorch, and are not waited for before there is something to be coloured.
        from kinemacolor.engine.preview.coloring import color_still
        from kinemacolor.engine.preview.guided import FilmGuidance, Guidance

        guidance = guidance or Guidance(scratch)
        if one.path is None:
            guide = partial(guidance.for_still, guide=subject.guide) if subject.guide else None
            content = one.content or b""
            still = partial(color_still, content, subject.place, columns, guide)
            yield Item(one.share, None, None, still)
            continue
        try:
            film = ChosenFrames(one.path, columns[0].settings, one.share.count)
            from kinemacolor.engine.preview import films as of_films

            of_films.prepare(one.path, [column.settings for column in columns])
        except (KinemacolorError, OSError) as error:
            problems.append(subject.problem(error))
            continue
        start, stop = film.part
        info = film.info
        films[subject] = FilmFacts(stop - start, film.seconds, info.width, info.height)
        guided = FilmGuidance(film, subject.guide, guidance)
        for number in film.chosen:
            seconds = float(film.numbers.seconds(number))
            color = partial(of_films.color_frame, film, number, columns, guided)
            yield Item(one.share, number, seconds, color)
