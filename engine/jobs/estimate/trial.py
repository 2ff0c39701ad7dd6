"""A trial of a job: a little of it is coloured, to know what all of it will take."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from kinemacolor.engine.jobs.execution.job import Job
from kinemacolor.engine.jobs.execution.local import LocalExecutor
from kinemacolor.engine.jobs.execution.worker_protocol import WorkerFactory
from kinemacolor.engine.jobs.planning.assets import Asset
from kinemacolor.engine.jobs.planning.plan import Plan, make_plan
from kinemacolor.engine.jobs.planning.units import Step
from kinemacolor.engine.jobs.reporting.events import Outcome, State
from kinemacolor.engine.jobs.reporting.progress import Progress
from kinemacolor.engine.jobs.reporting.report import Report
from kinemacolor.engine.jobs.state.folder import JobFolder
from kinemacolor.engine.media.archives import open_archive
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.settings import Settings
from kinemacolor.engine.spread import spread
from kinemacolor.models.errors import KinemacolorError

FILMS, FRAMES = 3, 48  # excerpts, and frames of each
STILLS, ARCHIVES = 16, 3  # stills, and archives they come from


@dataclass(frozen=True)
class Rates:
    """What the films, or the stills, of a trial took.

    Args:
        samples: films or stills that were coloured.
        frames: that they have; a still has one.
        seconds: of work, all steps together.
        bytes_in, bytes_out: of excerpts and stills, and of their results.
    """

    samples: int = 0
    frames: int = 0
    seconds: float = 0
    bytes_in: int = 0
    bytes_out: int = 0


@dataclass(frozen=True)
class Sample:
    """What a trial took.

    Args:
        films, stills: what each of the two kinds took.
        seconds: of the whole trial, loading the network included.
    """

    films: Rates
    stills: Rates
    seconds: float


def take_sample(plan: Plan, make_worker: WorkerFactory) -> Sample:
    """Colour excerpts of some of a plan's films and some of its stills, as a job of their own.

    They are spread evenly over the plan; nothing is left behind.

    Args:
        plan: of the whole job.
        make_worker: makes the worker from the job's settings.

    Raises:
        KinemacolorError: there is no worker to be had.
    """
    began = time.perf_counter()
    pending = [asset for asset in plan.assets if asset.pending]
    with tempfile.TemporaryDirectory(prefix="kinemacolor-") as name:
        box, out = Path(name, "sources"), Path(name, "results")
        box.mkdir()
        for kind in (Kind.FILM, Kind.STILL):
            (box / kind).mkdir()
        _gather_films([a for a in pending if a.kind is Kind.FILM], box / Kind.FILM, plan.settings)
        loose = [asset for asset in pending if asset.kind is Kind.STILL]
        archives = [asset for asset in pending if asset.kind is Kind.ARCHIVE]
        _gather_stills(loose, archives, box / Kind.STILL)
        report = Report()
        whole = replace(plan.settings, frames="", from_time=None, to_time=None)
        small = make_plan([box], str(out), whole)
        if not any(asset.pending for asset in small.assets):
            return Sample(Rates(), Rates(), time.perf_counter() - began)
        worker = make_worker(whole)
        progress = Progress(small.frames)
        Job(small, lambda context: LocalExecutor(worker, context), report, progress).run()
        spent = {Kind.FILM: 0.0, Kind.STILL: 0.0}
        for entry in JobFolder(small.folder).ledger.entries():
            spent[Kind.STILL if entry["step"] == Step.STILLS else Kind.FILM] += entry["seconds"]
        films, stills = (_rates(report.outcomes, kind, spent[kind]) for kind in spent)
        return Sample(films, stills, time.perf_counter() - began)


def _rates(outcomes: Iterable[Outcome], kind: Kind, seconds: float) -> Rates:
    """What the files of a kind took, of which at least one was coloured."""
    done = [outcome for outcome in outcomes if outcome.kind is kind and outcome.state is State.DONE]
    return Rates(
        len(done),
        sum(outcome.frames for outcome in done),
        seconds if done else 0,
        sum(outcome.bytes_in or 0 for outcome in done),
        sum(outcome.bytes_out or 0 for outcome in done),
    )


def _gather_films(assets: Sequence[Asset], folder: Path, settings: Settings) -> None:
    if not assets:
        return
    from kinemacolor.engine.media.video.excerpt import cut_excerpt  # the codecs load slowly
    from kinemacolor.engine.media.video.probe import probe

    for number, asset in enumerate(spread(assets, FILMS)):
        excerpt = folder / f"{number}.mkv"
        try:
            cut_excerpt(probe(asset.source), excerpt, FRAMES)
        except (KinemacolorError, OSError):  # the job will tell; others are tried
            excerpt.unlink(missing_ok=True)


def _gather_stills(loose: Sequence[Asset], archives: Sequence[Asset], folder: Path) -> None:
    """Stills as they are, by their share of loose ones and of those in archives."""
    packed = sum(asset.frames for asset in archives)
    share = round(STILLS * len(loose) / max(1, len(loose) + packed))
    for number, asset in enumerate(spread(loose, max(share, 1))):
        (folder / f"{number}{asset.source.suffix}").symlink_to(asset.source.absolute())
    some = spread(archives, ARCHIVES)
    for number, asset in enumerate(some if share < STILLS else ()):
        for position, (name, content) in enumerate(_members(asset, (STILLS - share) // len(some))):
            suffix = PurePosixPath(name).suffix
            (folder / f"{number}-{position}{suffix}").write_bytes(content)


def _members(asset: Asset, count: int) -> Iterator[tuple[str, bytes]]:
    with suppress(KinemacolorError, OSError), open_archive(asset.source) as archive:
        stills = [m for m in archive.members if m.kind is Kind.STILL and m.to_color]
        for member in spread(stills, max(1, count)):
            with suppress(KinemacolorError):
                yield member.name, archive.read(member)
