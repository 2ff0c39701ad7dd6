"""The runner of units: does one unit of a job, in whatever process."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Container
from functools import partial
from pathlib import Path

from kinemacolor.engine.faults import Fault, traceback_of
from kinemacolor.engine.files import (
    atomic_write,
    os_reason,
)
from kinemacolor.engine.jobs.execution.archive import color_archive
from kinemacolor.engine.jobs.execution.context import JobContext
from kinemacolor.engine.jobs.execution.executor_protocol import UnitResult
from kinemacolor.engine.jobs.execution.film_runner import FilmRunner
from kinemacolor.engine.jobs.execution.given_back import give_back
from kinemacolor.engine.jobs.execution.stills import StillResult, StillSource, StillStream
from kinemacolor.engine.jobs.execution.worker_protocol import Worker
from kinemacolor.engine.jobs.planning.assets import Asset, error_reason
from kinemacolor.engine.jobs.planning.guide_texts import guide_digest
from kinemacolor.engine.jobs.planning.other_source import refuse_taken
from kinemacolor.engine.jobs.planning.units import Step, Unit, place_of, version
from kinemacolor.engine.jobs.reporting.events import Started, State
from kinemacolor.engine.jobs.state.entry import Entry
from kinemacolor.engine.jobs.state.journal import now
from kinemacolor.engine.machine import peak_memory
from kinemacolor.engine.media.still_file import file_size, read_still_file
from kinemacolor.engine.process import release_freed
from kinemacolor.models.errors import KinemacolorError

log = logging.getLogger(__name__)


class UnitRunner:
    """A runner of a job's units: writes their results, reports them, and enters them in the ledger.

    Args:
        worker: colours films and stills.
        context: of the job.
    """

    def __init__(self, worker: Worker, context: JobContext) -> None:
        self._worker, self._context = worker, context
        self._films = FilmRunner(worker, context)
        self._report, self._progress = context.report, context.progress

    def run(self, unit: Unit) -> UnitResult:
        """Do a unit. Nothing is raised but to stop the job."""
        steps: dict[Step, Callable[[Unit], Entry]] = {
            Step.STILLS: self._stills,
            Step.ARCHIVE: self._archive,
            Step.RANGES: self._films.ranges,
            Step.RANGE: self._films.range,
            Step.INDEX: self._films.index,
            Step.EXEMPLARS: self._films.exemplars,
            Step.SEGMENT: self._films.segment,
            Step.ASSEMBLY: self._films.assembly,
        }
        try:
            if unit.step is not Step.STILLS:
                self._context.space.check(unit.asset)
            self._progress.enter_unit(unit)
            began = time.perf_counter()
            entry = steps[unit.step](unit)
            entry["step"], entry["name"], entry["asset"] = unit.step, unit.name, unit.asset.name
            entry["seconds"] = round(time.perf_counter() - began, 3)
            entry["peak_memory"] = peak_memory()
            entry["fingerprint"], entry["at"] = self._worker.fingerprint, now(unit.after)
            if "made" in entry:
                entry["results"] = {place: version(Path(place)) for place in entry["made"]}
                if guides := _guides(unit, entry["made"]):
                    entry["guides"] = guides
            if entry.get("made", True):  # of stills that all failed nothing is done
                self._record(unit, entry)
        except (KinemacolorError, OSError) as error:
            problem = self._context.space.reason(error, unit.asset)
            return UnitResult(unit, problem=problem, spoiled=_spoiled(unit, error))
        except Exception as error:  # a codec's fault or ours: it must not cost the other films
            fault = Fault.of(unit.name, error)
            problem = error_reason(fault)
            return UnitResult(unit, problem=problem, traceback=fault.traceback)
        finally:
            release_freed()
        return UnitResult(unit, entry)

    def _record(self, unit: Unit, entry: Entry) -> None:
        """Enter a unit in the ledger; results that are in their places stay, entered or not."""
        try:
            self._context.folder.ledger.add(unit.key, entry)
        except OSError as error:
            if "made" not in entry:
                raise
            log.warning("%s: done, but this cannot be recorded: %s", unit.name, os_reason(error))

    def _stills(self, unit: Unit) -> Entry:
        made: dict[str, str] = {}
        given_back: dict[str, str] = {}
        versions = {asset.source: version(asset.source) for asset in unit.assets}
        journal = self._context.folder.ledger.journal(unit.key)
        sources = (
            StillSource(
                asset.name,
                None,
                partial(self._read, asset),
                self._report,
                file_size(asset.source),
                asset.guide,
            )
            for asset in unit.assets
        )
        share = self._progress.share(len(unit.assets))
        with share, StillStream(self._worker, sources) as stream:
            for asset in unit.assets:
                with self._context.failing(asset):
                    result = stream.next_result(asset.name)
                    self._progress.about(asset.source.name)
                    place = ""
                    if result.report and result.report.given_back:
                        place = place_of(give_back(asset, self._context, result.report.notes))
                        given_back[place_of(asset.target)] = place
                    elif self._put(asset, result):
                        place = place_of(asset.target)
                    if place:
                        made[place] = versions[asset.source]
                        result_version = version(Path(place))
                        guide = guide_digest(asset.guide)
                        journal.add(
                            asset.name, place, made[place], result_version, unit.after, guide
                        )
                self._progress.advance()
        entry: Entry = {"made": made, "frames": len(made)}
        return entry | ({"given_back": given_back} if given_back else {})

    def _read(self, asset: Asset) -> bytes:
        self._context.space.check(asset)
        return read_still_file(asset.source)

    def _put(self, asset: Asset, result: StillResult) -> bool:
        """Write a still's result in its place; False where there is none."""
        if isinstance(result.content, KinemacolorError):
            facts = result.facts(digests=False)
            facts["reason"] = error_reason(result.content)
            facts["traceback"] = traceback_of(result.content)
            self._context.settle(asset, State.FAILED, **facts)
            return False
        refuse_taken(asset)
        asset.target.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(asset.target) as part:
            part.write_bytes(result.content)
        self._context.date_result(asset.target, asset.source)
        facts = result.facts(digests=self._report.digests)
        facts["notes"] = (*asset.notes, *facts.get("notes", ()))
        facts["target"], facts["peak_memory"] = str(asset.target), peak_memory()
        facts["guide"] = guide_digest(asset.guide)
        self._context.settle(asset, State.DONE, **facts)
        return True

    def _archive(self, unit: Unit) -> Entry:
        asset, began = unit.asset, time.perf_counter()
        seen = version(asset.source)
        asset.target.parent.mkdir(parents=True, exist_ok=True)
        self._report.add(Started(asset.name, asset.kind))
        with self._progress.share(asset.frames):
            members = color_archive(asset, self._worker, self._context)
        # Told only now: an archive that could not be finished has no coloured members.
        for outcome in members:
            self._report.add(outcome)
        failed = sum(outcome.state is State.FAILED for outcome in members)
        lost = (f"{failed:,} of {len(members):,} members failed",) if failed else ()
        frames = sum(outcome.frames for outcome in members)
        notes, seconds = (*asset.notes, *lost), round(time.perf_counter() - began, 3)
        self._context.settle_made(
            asset, notes=notes, frames=frames, seconds=seconds, peak_memory=peak_memory()
        )
        return {"made": {place_of(asset.target): seen}, "frames": frames}


def _spoiled(assembly: Unit, error: KinemacolorError | OSError) -> Path | None:
    """The segment that an error of an assembly is about; None where it is about something else."""
    about = error.filename if isinstance(error, OSError) else error.subject
    return next((part for part in assembly.parts if str(part) == str(about)), None)


def _guides(unit: Unit, made: Container[str]) -> dict[str, str]:
    """The places of a unit's results, with what the ledger tells of what a person said of them."""
    guided = ((place_of(asset.target), asset.guide) for asset in unit.assets if asset.guide)
    return {place: guide_digest(guide) for place, guide in guided if place in made}
