"""Does one unit of work, in whatever process."""

from __future__ import annotations

import logging
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from kinemacolor.engine.files import atomic_copy, atomic_write, copy_mtime, sha256
from kinemacolor.engine.jobs.execution.archive import color_archive
from kinemacolor.engine.jobs.execution.disk_space import DiskSpaceGuard
from kinemacolor.engine.jobs.execution.still_source import StillSource, colored_stills, next_result
from kinemacolor.engine.jobs.planning.assets import Asset, error_reason, film_notes
from kinemacolor.engine.jobs.planning.units import Result, Step, Unit, version
from kinemacolor.engine.jobs.reporting.progress import Progress
from kinemacolor.engine.jobs.reporting.report import Outcome, Report, State
from kinemacolor.engine.jobs.state.ledger import Ledger
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError

if TYPE_CHECKING:
    from kinemacolor.engine.pipeline.stills import StillReport
    from kinemacolor.engine.pipeline.worker import Worker

log = logging.getLogger(__name__)


class UnitRunner:
    """Where units are worked on.

    Args:
        settings: the job's.
        report: is told what becomes of every file.
        progress: is told of every frame.
        ledger: gets an entry of every unit that is done.

    Attributes:
        worker: what colours; not needed for carrying files over.
    """

    worker: Worker

    def __init__(
        self, settings: Settings, report: Report, progress: Progress, ledger: Ledger
    ) -> None:
        self._settings, self._report, self._progress = settings, report, progress
        self._ledger = ledger
        self._room = DiskSpaceGuard()

    def do(self, unit: Unit) -> Result:
        """Do a unit; never raises but to stop."""
        work: dict[Step, Callable[[Unit], dict[str, Any]]] = {
            Step.STILLS: self._stills,
            Step.ARCHIVE: self._archive,
            Step.INDEX: self._index,
            Step.SEGMENT: self._segment,
            Step.ASSEMBLY: self._assembly,
        }
        try:
            if unit.step is not Step.STILLS:
                self._room.check(unit.asset)
                self._progress.about(unit.asset.source.name)
            began = time.perf_counter()
            facts = work[unit.step](unit)
            spent = round(time.perf_counter() - began, 3)
            said = {"step": unit.step, "name": unit.name, "asset": unit.asset.name}
            facts |= {**said, "seconds": spent}
            self._ledger.add(unit.key, facts)
        except (KinemacolorError, OSError) as error:
            return Result(unit, problem=self._room.reason(error, unit.asset))
        except Exception as error:  # a codec's fault or ours: it must not cost the other films
            problem = f"unexpected {type(error).__name__}: {error}"
            return Result(unit, problem=problem, traceback=traceback.format_exc())
        return Result(unit, facts)

    def carry(self, asset: Asset) -> None:
        """Copy what is not coloured."""
        with self._told(asset), self._progress.share(asset.frames):
            self._room.check(asset)
            asset.target.parent.mkdir(parents=True, exist_ok=True)
            digest = atomic_copy(asset.source, asset.target)
            self._settle(
                asset,
                State.CARRIED,
                target=str(asset.target),
                notes=asset.notes,
                bytes_out=asset.size,
                sha256_in=digest,
                sha256_out=digest,
            )

    def fail(self, asset: Asset, reason: str) -> None:
        """Tell that nothing comes of an asset."""
        self._settle(asset, State.FAILED, reason=reason)

    def report_completed_elsewhere(self, unit: Unit, facts: dict[str, Any]) -> None:
        """Tell of a unit that was done by who could not tell of it any more."""
        for asset in unit.assets if "made" in facts else ():
            if str(asset.target) in facts["made"]:
                self._settle(asset, State.DONE, target=str(asset.target), notes=asset.notes)
            else:
                self.fail(asset, "failed in a process that died since; run again to see why")

    def _stills(self, unit: Unit) -> dict[str, Any]:
        waiting = deque(unit.assets)
        sources: deque[StillSource] = deque()
        made: dict[str, str] = {}
        versions = {asset.source: version(asset.source) for asset in unit.assets}

        def items() -> Iterator[tuple[str, Callable[[], bytes]]]:
            for asset in unit.assets:
                source = StillSource(asset.name, None, partial(self._read, asset), self._report)
                sources.append(source)
                yield asset.name, source

        share = self._progress.share(len(unit.assets))
        with share, colored_stills(self.worker, items()) as colored:
            while waiting:
                asset = waiting.popleft()
                with self._told(asset):
                    result, quality = next_result(colored, asset.name)
                    self._progress.about(asset.source.name)
                    if self._put(asset, sources.popleft(), result, quality):
                        made[str(asset.target)] = versions[asset.source]
                self._progress.advance()
        return {"made": made, "frames": len(made)}

    def _read(self, asset: Asset) -> bytes:
        self._room.check(asset)
        return asset.source.read_bytes()

    def _put(
        self,
        asset: Asset,
        source: StillSource,
        result: bytes | KinemacolorError,
        quality: StillReport | None,
    ) -> bool:
        if isinstance(result, KinemacolorError):
            self._settle(asset, State.FAILED, reason=error_reason(result), **source.facts())
            return False
        asset.target.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(asset.target) as part:
            part.write_bytes(result)
        copy_mtime(asset.target, asset.source)
        facts = source.results(result, quality)
        facts["notes"] = (*asset.notes, *facts.get("notes", ()))
        self._settle(asset, State.DONE, target=str(asset.target), **facts)
        return True

    def _archive(self, unit: Unit) -> dict[str, Any]:
        asset, began = unit.asset, time.perf_counter()
        seen = version(asset.source)
        asset.target.parent.mkdir(parents=True, exist_ok=True)
        self._report.started(asset.name, asset.kind)
        with self._progress.share(asset.frames):
            members = color_archive(
                asset, self.worker, self._settings, self._report, self._progress
            )
        # Told only now: an archive that could not be finished has no coloured members.
        for outcome in members:
            self._report.add(outcome)
        failed = sum(outcome.state is State.FAILED for outcome in members)
        lost = (f"{failed:,} of {len(members):,} members failed",) if failed else ()
        frames = sum(outcome.frames for outcome in members)
        self._made(asset, began, (*asset.notes, *lost), frames=frames)
        return {"made": {str(asset.target): seen}, "frames": frames}

    def _index(self, unit: Unit) -> dict[str, Any]:
        self._report.started(unit.asset.name, unit.asset.kind)
        index = self.worker.index(unit.asset.source)
        unit.index.parent.mkdir(parents=True, exist_ok=True)
        index.write(unit.index)
        return {"count": len(index.pts), "shots": index.shots}

    def _segment(self, unit: Unit) -> dict[str, Any]:
        assert unit.segment is not None
        index, frames = self._index_of(unit), unit.segment.stop - unit.segment.start
        with self._progress.share(frames):
            self.worker.segment(
                unit.asset.source, index, unit.segment, unit.part, self._progress.advance
            )
        return {"frames": frames}

    def _assembly(self, unit: Unit) -> dict[str, Any]:
        asset, began = unit.asset, time.perf_counter()
        seen = version(asset.source)
        asset.target.parent.mkdir(parents=True, exist_ok=True)
        index = self._index_of(unit)
        film = self.worker.assemble(asset.source, index, unit.parts, asset.target)
        copy_mtime(asset.target, asset.source)
        notes = film_notes(film, *asset.notes)
        self._made(asset, began, notes, frames=film.frames, missing=film.missing)
        return {"made": {str(asset.target): seen}}

    def _index_of(self, unit: Unit) -> Any:
        from kinemacolor.engine.media.video.index import FilmIndex  # the codecs load slowly

        return FilmIndex.read(unit.index)

    def _made(self, asset: Asset, began: float, notes: tuple[str, ...], **facts: object) -> None:
        """A film or archive is in its place."""
        if self._report.digests:
            facts |= {"sha256_in": sha256(asset.source), "sha256_out": sha256(asset.target)}
        self._settle(
            asset,
            State.DONE,
            target=str(asset.target),
            notes=notes,
            bytes_out=asset.target.stat().st_size,
            seconds=round(time.perf_counter() - began, 3),
            **facts,
        )

    def _settle(self, asset: Asset, state: State, **facts: object) -> None:
        facts = {"bytes_in": asset.size, **facts}
        self._report.add(
            Outcome(asset=asset.name, kind=asset.kind, state=state, **facts)  # type: ignore[arg-type]
        )

    @contextmanager
    def _told(self, asset: Asset) -> Iterator[None]:
        """Let an asset fail on its own account."""
        try:
            yield
        except (KinemacolorError, OSError) as error:
            self.fail(asset, self._room.reason(error, asset))
        except Exception as error:
            log.exception("%s", asset.name)
            self.fail(asset, f"unexpected {type(error).__name__}: {error}")
