"""An estimate of what a job will take, extrapolated from a trial of a little of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from kinemacolor.engine.jobs.estimate.trial import FRAMES, Rates, Sample
from kinemacolor.engine.jobs.formatting import format_bytes, format_counts, format_duration
from kinemacolor.engine.jobs.planning.assets import Asset
from kinemacolor.engine.jobs.planning.plan import Plan
from kinemacolor.engine.jobs.planning.unit_maker import UnitMaker
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.pipeline.segmentation import plan_segments


@dataclass(frozen=True)
class Estimate:
    """The estimate of a job: what it holds, and what it will take.

    Args:
        kinds: files that are to be done, by kind.
        problems: files that cannot be done.
        units: pieces of work; more where films' shots make more segments.
        frames: to be coloured, stills included, as far as they are known before the work.
        more_frames: there are more frames than these.
        bytes_in: size of the files.
        actors: workers, each like this machine.
        seconds: that the job takes; None where nothing could be tried.
        bytes_out: size of the results; None where nothing could be tried.
        bytes_meanwhile: besides, for the segments of films under way.
        sample: the trial that all this is concluded from.
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
        """The estimate for a person."""
        more = " and more that are known only when archives are opened" if self.more_frames else ""
        lines = []
        if self.kinds:
            units = f"{self.units:,} unit{'' if self.units == 1 else 's'} of work or more"
            lines = [
                f"{format_counts(self.kinds)}; {format_bytes(self.bytes_in)}",
                f"{self.frames:,} frames{more} in {units}",
            ]
        if self.problems:
            files = "1 file" if self.problems == 1 else f"{self.problems:,} files"
            lines.append(f"{files} cannot be done")
        if not self.kinds:
            return [*lines, "Nothing to do"]
        if self.seconds is None:
            return [*lines, "No estimate: nothing could be coloured for trial"]
        assert self.bytes_out is not None and self.bytes_meanwhile is not None
        workers = f"{self.actors:,} actors like this machine" if self.actors > 1 else "this machine"
        meanwhile = f", and {format_bytes(self.bytes_meanwhile)} while it works" * bool(
            self.bytes_meanwhile
        )
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
            f"about {format_duration(self.seconds)} on {workers}",
            f"about {format_bytes(self.bytes_out)} of results{meanwhile}",
            f"concluded from {tried}, coloured here in {format_duration(self.sample.seconds)}",
        ]


def estimate_of(plan: Plan, sample: Sample, actors: int) -> Estimate:
    """Estimate a plan.

    Args:
        plan: of the whole job.
        sample: what a trial of it took.
        actors: workers, each like this machine.
    """
    pending = [asset for asset in plan.assets if asset.pending]
    films = [asset for asset in pending if asset.kind is Kind.FILM]
    stills = [asset for asset in pending if asset.kind in (Kind.STILL, Kind.ARCHIVE)]
    copied = sum(asset.size for asset in pending if asset.kind is Kind.OTHER)
    film_bytes = sorted((_film_bytes(film, sample.films) for film in films), reverse=True)
    tried = (sample.films.frames or not films) and (sample.stills.frames or not stills)
    seconds = sum(
        rates.seconds / rates.frames * sum(asset.frames for asset in assets)
        for assets, rates in ((films, sample.films), (stills, sample.stills))
        if rates.frames
    )
    still_bytes = sum(asset.size for asset in stills) * _growth(sample.stills)
    return Estimate(
        kinds=dict(Counter(asset.kind for asset in pending)),
        problems=sum(bool(asset.problem) for asset in plan.assets),
        units=_units(plan, pending),
        frames=plan.frames,
        more_frames=plan.frame_count_unknown,
        bytes_in=sum(asset.size for asset in pending),
        actors=actors,
        seconds=seconds / actors if tried else None,
        bytes_out=round(sum(film_bytes) + still_bytes + copied) if tried else None,
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
    of_films = sum(
        bool(film.guide or settings.color_memory)  # exemplars
        + len(plan_segments(film.frames, (), settings.segment_frames, settings.smoothing_window))
        + 1  # the assembly
        for film in pending
        if film.kind is Kind.FILM
    )
    return len(first) + of_films
