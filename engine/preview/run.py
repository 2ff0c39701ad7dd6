"""Making a preview: sources looked through, pictures chosen, decoded and coloured side by side."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kinemacolor.engine.concurrency import map_ordered
from kinemacolor.engine.guidance.guide_file.request import NO_GUIDE, GuideRequest
from kinemacolor.engine.preview.estimate import Measured, Whole, estimate_whole
from kinemacolor.engine.preview.guides import with_guides
from kinemacolor.engine.preview.items import FilmFacts, Item, items_of
from kinemacolor.engine.preview.subjects import (
    Found,
    Opened,
    Share,
    Subject,
    choose_subjects,
    find_subjects,
    open_subjects,
)
from kinemacolor.engine.process import opencv_single_threaded, pin_torch_thread
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError

if TYPE_CHECKING:
    from kinemacolor.engine.preview.coloring import ColoredPicture
    from kinemacolor.engine.preview.networks import PreviewNetwork


@dataclass(frozen=True)
class Way:
    """A way of colouring: a column of the preview.

    Args:
        settings: of it.
        loading: of the network that they name.
    """

    settings: Settings
    loading: Future[PreviewNetwork]

    @property
    def network(self) -> PreviewNetwork:
        """The network, waited for."""
        return self.loading.result()


@dataclass(frozen=True)
class Shown:
    """A picture that is shown.

    Args:
        share: the film or still that it is of.
        frame: of a film, its number from 0.
        time: of a film's frame, in seconds from the film's start.
        colored: before and after.
    """

    share: Share
    frame: int | None
    time: float | None
    colored: ColoredPicture


@dataclass
class PreviewRun:
    """What came of making a preview.

    Args:
        found: the sources, looked through.
        shown: its pictures, in the order of the sources.
        problems: what cannot be read, one line each.
        films: that were opened.
        starting: seconds until the first picture could be coloured.
        whole: the job that it is a preview of; None where nothing can be shown.
    """

    found: list[Found]
    shown: list[Shown] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    films: dict[Subject, FilmFacts] = field(default_factory=dict)
    starting: float = 0.0
    whole: Whole | None = None


def run_preview(
    sources: Sequence[Path],
    ways: Sequence[Settings],
    count: int,
    on_picture: Callable[[int, int, str], None],
    guide: GuideRequest = NO_GUIDE,
) -> PreviewRun:
    """Colour a spread of what sources hold.

    Args:
        sources: films, stills, archives and folders.
        ways: settings of each column, which have excerpt and salvage in common.
        count: pictures, at most, but one of every source.
        on_picture: called after each with the number done, the number expected, and its name.
        guide: what was given of guidance; guides that lie beside sources are found.

    Raises:
        SettingsError: what was given of guidance is wrong.
        WeightsError: a model is unknown or its weights cannot be read.
        KinemacolorError: the device is absent.
    """
    looked = [find_subjects(source, salvage=ways[0].salvage) for source in sources]
    made = PreviewRun(found := with_guides(looked, guide, ways[0]))
    made.problems += [problem for one in found for problem in one.problems]
    shares = choose_subjects(found, count)
    if not shares:
        return made
    with (
        tempfile.TemporaryDirectory(prefix="kinemacolor-") as scratch,
        ThreadPoolExecutor(1) as loader,
        opencv_single_threaded(),
    ):
        columns = _load(ways, loader)
        opened = open_subjects(shares, Path(scratch), made.problems)
        expected = sum(share.count for share in shares)
        _color(made, columns, opened, expected, on_picture, Path(scratch))
        subjects = [subject for one in found for subject in one.subjects]
        made.whole = estimate_whole(
            subjects,
            {film: facts.frames for film, facts in made.films.items()},
            _measured(made, columns),
        )
    made.problems = list(dict.fromkeys(made.problems))
    return made


def _load(ways: Sequence[Settings], loader: ThreadPoolExecutor) -> list[Way]:
    """The columns, whose networks a thread loads, each once."""

    def load(settings: Settings) -> PreviewNetwork:
        from kinemacolor.engine.preview.networks import PreviewNetwork  # torch takes seconds

        return PreviewNetwork(settings)

    loading: dict[tuple[str, ...], Future[PreviewNetwork]] = {}
    columns = []
    for way in ways:
        key = way.model, way.device, way.backend, way.precision
        if key not in loading:
            loading[key] = loader.submit(load, way)
        columns.append(Way(way, loading[key]))
    return columns


def _color(
    made: PreviewRun,
    columns: list[Way],
    opened: Iterator[Opened],
    expected: int,
    on_picture: Callable[[int, int, str], None],
    scratch: Path,
) -> None:
    """Colour all pictures, several side by side; what fails becomes a problem."""
    from kinemacolor.engine.machine import cores

    began = time.perf_counter()

    def color(item: Item) -> Shown | str:
        try:
            return Shown(item.share, item.frame, item.time, item.color())
        except (KinemacolorError, OSError) as error:
            return item.share.subject.problem(error)
        except MemoryError:
            return f"{item.share.subject.place}: too large for this machine's memory"

    def ready() -> Iterator[Item]:
        for item in items_of(opened, columns, scratch, made.films, made.problems):
            for column in columns:  # complaints about networks are no picture's
                _ = column.network
            made.starting = made.starting or time.perf_counter() - began
            yield item

    with ThreadPoolExecutor(cores(), initializer=pin_torch_thread) as pool:
        for done, result in enumerate(map_ordered(pool, color, ready(), cores() + 1), 1):
            if isinstance(result, str):
                made.problems.append(result)
                continue
            made.shown.append(result)
            on_picture(done, max(done, expected), result.share.subject.name)


def _measured(made: PreviewRun, columns: list[Way]) -> Measured:
    """What the pictures took, in all columns."""
    from kinemacolor.engine.machine import cores

    films = [work for one in made.shown if one.frame is not None for work in one.colored.work]
    stills = [work for one in made.shown if one.frame is None for work in one.colored.work]
    return Measured(
        starting=made.starting,
        films=films,
        stills=stills,
        every=columns[0].settings.key_distance,
        abreast=min(cores(), max(1, len(made.shown))),
    )
