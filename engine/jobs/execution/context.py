"""The context of a job's work: what the driver and all units of one process share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Unpack

from kinemacolor.engine.faults import Fault
from kinemacolor.engine.files import atomic_copy, copy_mtime, sha256
from kinemacolor.engine.jobs.execution.disk_space import DiskSpaceGuard
from kinemacolor.engine.jobs.planning.assets import Asset, error_reason
from kinemacolor.engine.jobs.planning.guide_texts import guide_digest
from kinemacolor.engine.jobs.reporting.events import EventSink, Outcome, OutcomeFacts, State
from kinemacolor.engine.jobs.reporting.progress import Progress
from kinemacolor.engine.jobs.state.folder import JobFolder
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError


@dataclass(frozen=True)
class JobContext:
    """What the work on a job's assets needs besides the asset itself.

    Args:
        settings: the job's, container and backend resolved.
        folder: the job's.
        report: receives what becomes of every asset and archive member.
        progress: counts frames.
        space: keeps work from being begun once a disk was full.
        keep_pieces: films' pieces stay when they are done, guided or not.
    """

    settings: Settings
    folder: JobFolder
    report: EventSink
    progress: Progress
    space: DiskSpaceGuard = field(default_factory=DiskSpaceGuard)
    keep_pieces: bool = False

    def settle(self, asset: Asset, state: State, **facts: Unpack[OutcomeFacts]) -> None:
        """Report how an asset ended."""
        known: OutcomeFacts = {"bytes_in": asset.size, **facts}
        self.report.add(Outcome(asset=asset.name, kind=asset.kind, state=state, **known))

    def settle_made(self, asset: Asset, **facts: Unpack[OutcomeFacts]) -> None:
        """Report a film or an archive that is in its place."""
        if self.report.digests:
            facts["sha256_in"], facts["sha256_out"] = sha256(asset.source), sha256(asset.target)
        facts["target"], facts["bytes_out"] = str(asset.target), asset.target.stat().st_size
        facts["guide"] = guide_digest(asset.guide)
        self.settle(asset, State.DONE, **facts)

    def fail(self, asset: Asset, reason: str, traceback: str = "") -> None:
        """Report that nothing comes of an asset.

        Args:
            asset: the file.
            reason: for a person.
            traceback: of a fault of ours, for the log.
        """
        self.settle(asset, State.FAILED, reason=reason, traceback=traceback)

    def carry_over(self, asset: Asset) -> None:
        """Copy an asset that is not coloured; where that is impossible, report it as failed."""
        with self.failing(asset), self.progress.share(asset.frames):
            self.space.check(asset)
            asset.target.parent.mkdir(parents=True, exist_ok=True)
            digest = atomic_copy(asset.source, asset.target)
            self.settle(
                asset,
                State.CARRIED,
                target=str(asset.target),
                notes=asset.notes,
                bytes_out=asset.size,
                sha256_in=digest,
                sha256_out=digest,
            )

    def date_result(self, target: Path, source: Path) -> None:
        """Give a result the time of its source, unless the settings want the present."""
        if not self.settings.touch:
            copy_mtime(target, source)

    @contextmanager
    def failing(self, asset: Asset) -> Iterator[None]:
        """A block in which any error fails the asset alone, and does not get out."""
        try:
            yield
        except (KinemacolorError, OSError) as error:
            self.fail(asset, self.space.reason(error, asset))
        except Exception as error:
            fault = Fault.of(asset.name, error)
            self.fail(asset, error_reason(fault), fault.traceback)
