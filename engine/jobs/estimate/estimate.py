"""The command `plan`: what a job will be, and what it will take."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from kinemacolor.cli.colorize import load_worker, size_of
from kinemacolor.cli.console import Console
from kinemacolor.engine.errors import SettingsError
from kinemacolor.engine.jobs.estimate.trial import FRAMES, Rates, Sample, take_sample
from kinemacolor.engine.jobs.planning.assets import Asset, counted
from kinemacolor.engine.jobs.planning.plan import Plan, make_plan
from kinemacolor.engine.jobs.planning.units import UnitMaker
from kinemacolor.engine.jobs.reporting.progress import clock
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.pipeline.segments import segments_of
from kinemacolor.engine.settings import Settings


@dataclass(frozen=True)
class Forecast:
    """What a job is, and what it will take.

    Args:
        kinds: files that are to be done, by kind.
        problems: files that cannot be done.
        units: pieces of work; more where films' shots make more segments.
        frames: to be coloured, stills included, as far as they are known before the work.
        more_frames: there are more.
        bytes_in: of the files.
        actors: workers, each like this machine.
        seconds: of the job; None where nothing could be tried.
        bytes_out: of the results; None where nothing could be tried.
        bytes_meanwhile: besides, for the segments of films under way.
        sample: what that is concluded from.
    """

    kinds: dict[Kind, int]
    problems: int
    units: int
    frames: int
    more_frames: bool
    bytes_in: int
    actors: int
    seconds: float | None
    bytes_out: int | None
    bytes_meanwhile: int | None
    sample: Sample

    def lines(self) -> list[str]:
        """The forecast for a person."""
        more = " and more that are known only when archives are opened" if self.more_frames else ""
        lines = [
            f"{counted(self.kinds)}; {size_of(self.bytes_in)}",
            f"{self.frames:,} frames{more} in {self.units:,} units or more",
        ]
        if self.problems:
            lines.append(f"{self.problems:,} files cannot be done: colorize --dry-run tells why")
        if self.seconds is None:
            return [*lines, "No estimate: nothing could be coloured for trial"]
        assert self.bytes_out is not None and self.bytes_meanwhile is not None
        workers = f"{self.actors:,} actors like this machine" if self.actors > 1 else "this machine"
        meanwhile = f", and {size_of(self.bytes_meanwhile)} meanwhile" * bool(self.bytes_meanwhile)
        tried = " and ".join(
            f"{rates.samples} {name} ({rates.seconds / rates.frames:.3f} s a frame)"
            for name, rates in (
                (f"excerpts of {FRAMES} frames", self.sample.films),
                ("stills", self.sample.stills),
            )
            if rates.frames
        )
        return [
            *lines,
            f"about {clock(self.seconds)} on {workers}",
            f"about {size_of(self.bytes_out)} of results{meanwhile}",
            f"concluded from {tried}, coloured here in {clock(self.sample.seconds)}",
        ]


def forecast(
    sources: Sequence[Path], out: str | None, settings: Settings, *, actors: int, machine: bool
) -> int:
    """Print what a job will be and take; only a temporary folder is written, and removed.

    Args:
        sources, out, settings: as `make_plan` has them; without `out` nothing is there already.
        actors: workers, each like this machine.
        machine: as one line of JSON.

    Returns:
        Exit status: 0 all well, 1 some files cannot be done.

    Raises:
        SettingsError: the job could not be done as it is asked for.
        KinemacolorError: there is no worker to be had.
    """
    if actors < 1:
        raise SettingsError("--actors", f"{actors} is not possible", "use 1 or more")
    with tempfile.TemporaryDirectory(prefix="kinemacolor-") as nowhere:
        plan = make_plan(sources, out or f"{nowhere}/", settings)
        told = forecast_of(plan, take_sample(plan, load_worker), actors)
    console = Console()
    if machine:
        console.event(asdict(told))
    else:
        for line in told.lines():
            console.result(line)
    return 1 if told.problems else 0


def forecast_of(plan: Plan, sample: Sample, actors: int) -> Forecast:
    """What a plan will take, by what a sample of it took."""
    pending = [asset for asset in plan.assets if asset.pending]
    films = [asset for asset in pending if asset.kind is Kind.FILM]
    stills = [asset for asset in pending if asset.kind in (Kind.STILL, Kind.ARCHIVE)]
    carried = sum(asset.size for asset in pending if asset.kind is Kind.OTHER)
    film_bytes = sorted((_film_bytes(film, sample.films) for film in films), reverse=True)
    tried = (sample.films.frames or not films) and (sample.stills.frames or not stills)
    seconds = sum(
        rates.seconds / rates.frames * sum(asset.frames for asset in assets)
        for assets, rates in ((films, sample.films), (stills, sample.stills))
        if rates.frames
    )
    still_bytes = sum(asset.size for asset in stills) * _growth(sample.stills)
    return Forecast(
        kinds=dict(Counter(asset.kind for asset in pending)),
        problems=sum(bool(asset.problem) for asset in plan.assets),
        units=_units(plan, pending),
        frames=plan.frames,
        more_frames=plan.frame_count_unknown,
        bytes_in=sum(asset.size for asset in pending),
        actors=actors,
        seconds=seconds / actors if tried else None,
        bytes_out=round(sum(film_bytes) + still_bytes + carried) if tried else None,
        bytes_meanwhile=round(sum(film_bytes[:actors])) if tried else None,
        sample=sample,
    )


def _film_bytes(film: Asset, rates: Rates) -> float:
    return film.frames * rates.bytes_out / rates.frames if rates.frames else 0


def _growth(rates: Rates) -> float:
    return rates.bytes_out / rates.bytes_in if rates.bytes_in else 1


def _units(plan: Plan, pending: Sequence[Asset]) -> int:
    """Units as `colorize` makes them, of films as if they were one shot."""
    settings = plan.settings
    first = UnitMaker("", plan.folder).begin(pending)
    segments = sum(
        1 + len(segments_of(film.frames, (), settings.segment_frames, settings.smoothing_window))
        for film in pending
        if film.kind is Kind.FILM
    )
    return len(first) + segments
