"""The runner of units: does one unit of a job, in whatever process."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Unpack

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.files import atomic_write, commit, scratch_beside, sha256
from kinemacolor.engine.jobs.execution.archive import color_archive
from kinemacolor.engine.jobs.execution.context import JobContext
from kinemacolor.engine.jobs.execution.executor_protocol import UnitResult
from kinemacolor.engine.jobs.execution.stills import StillResult, StillSource, StillStream
from kinemacolor.engine.jobs.execution.worker_protocol import FilmReport, Worker
from kinemacolor.engine.jobs.planning.assets import Asset, error_reason, film_notes, framemd5_path
from kinemacolor.engine.jobs.planning.other_source import refuse_taken
from kinemacolor.engine.jobs.planning.units import Step, Unit, place_of, version
from kinemacolor.engine.jobs.reporting.events import OutcomeFacts, Started, State
from kinemacolor.engine.jobs.state.ledger import Entry
from kinemacolor.engine.machine import peak_memory
from kinemacolor.models.errors import KinemacolorError

if TYPE_CHECKING:
    from kinemacolor.engine.media.video.index import FilmIndex


class UnitRunner:
    """A runner of a job's units: writes their results, reports them, and enters them in the ledger.

    Args:
        worker: colours films and stills.
        context: of the job.
    """

    def __init__(self, worker: Worker, context: JobContext) -> None:
        self._worker, self._context = worker, context
        self._report, self._progress = context.report, context.progress

    def run(self, unit: Unit) -> UnitResult:
        """Do a unit. Nothing is raised but to stop the job."""
        steps: dict[Step, Callable[[Unit], Entry]] = {
            Step.STILLS: self._stills,
            Step.ARCHIVE: self._archive,
            Step.INDEX: self._index,
            Step.SEGMENT: self._segment,
            Step.ASSEMBLY: self._assembly,
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
            if entry.get("made", True):  # of stills that all failed nothing is done
                self._context.folder.ledger.add(unit.key, entry)
        except (KinemacolorError, OSError) as error:
            return UnitResult(unit, problem=self._context.space.reason(error, unit.asset))
        except Exception as error:  # a codec's fault or ours: it must not cost the other films
            problem = f"unexpected {type(error).__name__}: {error}"
            return UnitResult(unit, problem=problem, traceback=traceback.format_exc())
        return UnitResult(unit, entry)

    def _stills(self, unit: Unit) -> Entry:
        made: dict[str, str] = {}
        versions = {asset.source: version(asset.source) for asset in unit.assets}
        sources = (
            StillSource(asset.name, None, partial(self._read, asset), self._report)
            for asset in unit.assets
        )
        share = self._progress.share(len(unit.assets))
        with share, StillStream(self._worker, sources) as stream:
            for asset in unit.assets:
                with self._context.failing(asset):
                    result = stream.next_result(asset.name)
                    self._progress.about(asset.source.name)
                    if self._put(asset, result):
                        made[place_of(asset.target)] = versions[asset.source]
                self._progress.advance()
        return {"made": made, "frames": len(made)}

    def _read(self, asset: Asset) -> bytes:
        self._context.space.check(asset)
        return asset.source.read_bytes()

    def _put(self, asset: Asset, result: StillResult) -> bool:
        """Write a still's result in its place; False where there is none."""
        if isinstance(result.content, KinemacolorError):
            facts = result.facts(digests=False)
            facts["reason"] = error_reason(result.content)
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
        self._made(asset, notes=notes, frames=frames, seconds=seconds, peak_memory=peak_memory())
        return {"made": {place_of(asset.target): seen}, "frames": frames}

    def _index(self, unit: Unit) -> Entry:
        self._report.add(Started(unit.asset.name, unit.asset.kind))
        index = self._worker.index(unit.asset.source, self._progress.step)
        unit.index.parent.mkdir(parents=True, exist_ok=True)
        index.write(unit.index)
        start, stop = index.wanted
        entry: Entry = {"count": stop - start, "shots": index.shots}
        return entry | {"part": [start, stop, index.stop]} if index.part else entry

    def _segment(self, unit: Unit) -> Entry:
        assert unit.segment is not None
        index = _read_index(unit)
        with self._progress.share(unit.frames):
            self._worker.segment(
                unit.asset.source, index, unit.segment, unit.part, self._progress.advance
            )
        return {"frames": unit.frames}

    def _assembly(self, unit: Unit) -> Entry:
        asset, began = unit.asset, time.perf_counter()
        seen = version(asset.source)
        asset.target.parent.mkdir(parents=True, exist_ok=True)
        index = _read_index(unit)
        refuse_taken(asset)
        film = self._assemble(unit, index)
        self._context.date_result(asset.target, asset.source)
        stages, peak = self._work_before(unit)
        stages["assemble"] = time.perf_counter() - began
        self._made(
            asset,
            notes=film_notes(film.notes, film.missing, *asset.notes),
            frames=film.frames,
            missing=film.missing,
            seconds=round(sum(stages.values()), 3),
            stages={name: round(seconds, 3) for name, seconds in stages.items()},
            peak_memory=peak,
        )
        return {"made": {place_of(asset.target): seen}}

    def _assemble(self, unit: Unit, index: FilmIndex) -> FilmReport:
        """Put a film in its place: with its checksums, if they are asked for, or not at all."""
        source, target = unit.asset.source, unit.asset.target
        if not self._context.settings.framemd5:
            return self._worker.assemble(source, index, unit.parts, target)
        from kinemacolor.engine.media.video.framemd5 import write_framemd5  # loads the codecs

        with scratch_beside(target) as scratch:
            whole, sums = scratch / target.name, scratch / "framemd5"
            film = self._worker.assemble(source, index, unit.parts, whole)
            count = write_framemd5(whole, sums)
            if count != film.frames:
                problem = f"decodes to {count:,} frames, not to the {film.frames:,} encoded"
                raise MediaError(target, problem, "please report it")
            commit(sums, framemd5_path(target))
            commit(whole, target)
        return film

    def _work_before(self, assembly: Unit) -> tuple[dict[str, float], int | None]:
        """What a film took before its assembly: seconds by stage, and the most bytes of memory."""
        stages = {"index": 0.0, "color": 0.0}
        peaks = [peak_memory()]
        for key in assembly.needs:
            entry = self._context.folder.ledger.get(key)
            if entry is not None:
                stages["index" if entry["step"] == Step.INDEX else "color"] += entry["seconds"]
                peaks.append(entry.get("peak_memory"))
        return stages, max((peak for peak in peaks if peak is not None), default=None)

    def _made(self, asset: Asset, **facts: Unpack[OutcomeFacts]) -> None:
        """Report a film or an archive that is in its place."""
        if self._report.digests:
            facts["sha256_in"], facts["sha256_out"] = sha256(asset.source), sha256(asset.target)
        facts["target"], facts["bytes_out"] = str(asset.target), asset.target.stat().st_size
        self._context.settle(asset, State.DONE, **facts)


def _read_index(unit: Unit) -> FilmIndex:
    from kinemacolor.engine.media.video.index import FilmIndex  # the codecs load slowly

    return FilmIndex.read(unit.index)
