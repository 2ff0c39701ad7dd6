"""Runs a plan on this machine: every asset coloured or carried over, each on its own account."""

from __future__ import annotations

import errno
import logging
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import KinemacolorError, MediaError
from engine.files import copy_whole, is_disk_full, may_write_into, sha256, stamp, written_whole
from engine.jobs.archive_job import colour_archive
from engine.jobs.assets import Asset, film_notes, why
from engine.jobs.loading import Load, coloured_stills, next_result
from engine.jobs.plan import Plan
from engine.jobs.progress import Progress
from engine.jobs.report import Outcome, Report, State
from engine.media.kinds import Kind

if TYPE_CHECKING:
    from engine.still import StillReport
    from engine.worker import Worker

log = logging.getLogger(__name__)

_ORDER = (Kind.OTHER, Kind.STILL, Kind.ARCHIVE, Kind.FILM)  # what is quick comes first
_SMALLEST_SPACE = 16 << 20  # bytes; below this a full disk counts as full


class Job:
    """One run of a plan.

    Args:
        plan: what to do.
        make_worker: gives what colours; called once, before anything is written, and only where
            there is something to colour.
        report: is told what becomes of every asset.
        progress: is told of every frame.
    """

    def __init__(
        self, plan: Plan, make_worker: Callable[[], Worker], report: Report, progress: Progress
    ) -> None:
        self._plan, self._make_worker = plan, make_worker
        self._report, self._progress = report, progress
        self._disk_full = False

    def run(self) -> None:
        """Do all of it. What fails is reported, and the rest goes on.

        Raises:
            KinemacolorError: there is no worker to be had, or no writing; nothing has been written.
            KeyboardInterrupt: stopped; what was begun is removed, what was done stays.
        """
        self._report.planned(self._plan)
        for asset in self._plan.assets:
            if asset.problem:
                self._settle(asset, State.FAILED, reason=asset.problem)
            elif asset.skipped:
                self._settle(asset, State.SKIPPED, reason=asset.skipped)
        todo = sorted(
            (asset for asset in self._plan.assets if asset.todo),
            key=lambda asset: _ORDER.index(asset.kind),
        )
        if todo and not may_write_into(self._plan.out):
            raise MediaError(self._plan.out, "no permission to write here", "give another --out")
        if any(asset.kind is not Kind.OTHER for asset in todo):
            self._worker = self._make_worker()
        for folder in self._plan.folders:
            with self._told(Asset(folder, folder, Kind.OTHER, 0)):
                folder.mkdir(parents=True, exist_ok=True)
        for kind, assets in groupby(todo, key=lambda asset: asset.kind):
            if kind is Kind.STILL:
                self._stills(list(assets))
                continue
            work = {Kind.OTHER: self._carry, Kind.ARCHIVE: self._archive, Kind.FILM: self._film}
            for asset in assets:
                with self._told(asset), self._progress.share(asset.frames):
                    self._begin(asset)
                    work[kind](asset)

    def _begin(self, asset: Asset) -> None:
        self._check_space(asset)
        asset.target.parent.mkdir(parents=True, exist_ok=True)
        if asset.kind is not Kind.OTHER:
            self._progress.about(asset.source.name)
            self._report.started(asset.name, asset.kind)

    def _carry(self, asset: Asset) -> None:
        digest = copy_whole(asset.source, asset.target)
        self._settle(
            asset,
            State.CARRIED,
            target=str(asset.target),
            notes=asset.notes,
            bytes_out=asset.size,
            sha256_in=digest,
            sha256_out=digest,
        )

    def _film(self, asset: Asset) -> None:
        began = time.perf_counter()
        film = self._worker.film(asset.source, asset.target, self._progress.advance)
        stamp(asset.target, asset.source)
        notes = film_notes(film, *asset.notes)
        self._made(asset, began, notes, frames=film.frames, missing=film.missing)

    def _archive(self, asset: Asset) -> None:
        began = time.perf_counter()
        members = colour_archive(
            asset, self._worker, self._plan.settings, self._report, self._progress
        )
        # Told only now: an archive that could not be finished has no coloured members.
        for outcome in members:
            self._report.add(outcome)
        failed = sum(outcome.state is State.FAILED for outcome in members)
        lost = (f"{failed:,} of {len(members):,} members failed",) if failed else ()
        frames = sum(outcome.frames for outcome in members)
        self._made(asset, began, (*asset.notes, *lost), frames=frames)

    def _stills(self, assets: list[Asset]) -> None:
        waiting = deque(assets)
        loads: deque[Load] = deque()

        def items() -> Iterator[tuple[str, Callable[[], bytes]]]:
            for asset in assets:
                load = Load(asset.name, None, partial(self._read, asset), self._report)
                loads.append(load)
                yield asset.name, load

        share = self._progress.share(len(assets))
        with share, coloured_stills(self._worker, items()) as coloured:
            while waiting:
                asset = waiting.popleft()
                with self._told(asset):
                    result, quality = next_result(coloured, asset.name)
                    self._progress.about(asset.source.name)
                    self._put(asset, loads.popleft(), result, quality)
                self._progress.advance()

    def _read(self, asset: Asset) -> bytes:
        self._check_space(asset)
        return asset.source.read_bytes()

    def _put(
        self,
        asset: Asset,
        load: Load,
        result: bytes | KinemacolorError,
        quality: StillReport | None,
    ) -> None:
        if isinstance(result, KinemacolorError):
            self._settle(asset, State.FAILED, reason=why(result), **load.facts())
            return
        asset.target.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(asset.target) as part:
            part.write_bytes(result)
        stamp(asset.target, asset.source)
        facts = load.results(result, quality)
        self._settle(asset, State.DONE, target=str(asset.target), **facts)

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
            self._disk_full |= is_disk_full(error)
            self._settle(asset, State.FAILED, reason=_reason(error, asset))
        except Exception as error:  # a codec's fault or ours: it must not cost the other films
            log.exception("%s", asset.name)
            reason = f"unexpected {type(error).__name__}: {error}"
            self._settle(asset, State.FAILED, reason=reason)

    def _check_space(self, asset: Asset) -> None:
        """Once a disk was full, begin only what may still find room there."""
        if not self._disk_full:
            return
        folder = next(place for place in asset.target.absolute().parents if place.is_dir())
        if shutil.disk_usage(folder).free < max(asset.size, _SMALLEST_SPACE):
            raise OSError(errno.ENOSPC, "")


def _reason(error: KinemacolorError | OSError, asset: Asset) -> str:
    """The reason, and whether it is about the source or about where the result goes."""
    if not isinstance(error, OSError) or error.filename is None:
        return why(error)
    if Path(error.filename) == asset.source:
        return f"cannot be read: {why(error)}"
    return f"cannot be written into {asset.target.parent}: {why(error)}"
