"""What runs in an actor: a worker with its network loaded once, and what it tells the driver."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ray

from kinemacolor.engine.jobs.execution.unit_runner import UnitRunner
from kinemacolor.engine.jobs.planning.units import Result, Unit
from kinemacolor.engine.jobs.reporting.progress import Progress
from kinemacolor.engine.jobs.reporting.report import Outcome, Report
from kinemacolor.engine.jobs.state.ledger import Ledger
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.process import tune_process
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError

if TYPE_CHECKING:
    from kinemacolor.engine.pipeline.worker import Worker

RecordedCalls = list[
    tuple[str, tuple[Any, ...]]
]  # methods of a report, and what they were called with


@dataclass(frozen=True)
class ActorReady:
    """An actor that is ready, or why it is not.

    Args:
        node: Ray's name of its machine.
        fingerprint: of its worker.
        error: what kept it from having one.
    """

    node: str
    fingerprint: str = ""
    error: KinemacolorError | None = None


@dataclass(frozen=True)
class UnitReport:
    """A unit that has ended.

    Args:
        result: how.
        told: to the report, in order.
        warnings: logged meanwhile: logger, level and text.
        frames: that are done.
        more: frames than were expected of it.
    """

    result: Result
    told: RecordedCalls
    warnings: list[tuple[str, int, str]]
    frames: int
    more: int


class _EventRecorder(Report):
    """Keeps what is told."""

    def __init__(self, digests: bool) -> None:
        super().__init__()
        self._digests = digests
        self.told: RecordedCalls = []

    @property
    def digests(self) -> bool:
        return self._digests

    def started(self, asset: str, kind: Kind, member: str | None = None) -> None:
        self.told.append(("started", (asset, kind, member)))

    def add(self, outcome: Outcome) -> None:
        self.told.append(("add", (outcome,)))


class _Warnings(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.kept: list[tuple[str, int, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = f"{self.format(record)} (on {socket.gethostname()})"
        self.kept.append((record.name, record.levelno, text))


class ActorWorker:
    """Holds a worker.

    Args:
        settings: the job's.
        folder: the job's, as an absolute path.
        digests: whether anybody will read hashes.
    """

    def __init__(self, settings: Settings, folder: Path, digests: bool) -> None:
        self._settings = settings
        self._recorder, self._progress, self._warnings = (
            _EventRecorder(digests),
            Progress(0),
            _Warnings(),
        )
        self._bench = UnitRunner(settings, self._recorder, self._progress, Ledger(folder))

    def begin(
        self, make_worker: Callable[[Settings], Worker], cores: int, place: Path
    ) -> ActorReady:
        """Load the network.

        Args:
            make_worker: gives what colours.
            cores: to work on.
            place: the folder that relative paths are seen from.
        """
        tune_process()
        logging.captureWarnings(True)
        logging.getLogger().addHandler(self._warnings)
        os.environ["KINEMACOLOR_CORES"] = str(cores)
        with suppress(OSError):  # not seen by all nodes: then absolute paths will be found
            os.chdir(place)
        node = ray.get_runtime_context().get_node_id()
        try:
            self._bench.worker = make_worker(self._settings)
        except KinemacolorError as error:
            return ActorReady(node, error=error)
        return ActorReady(node, self._bench.worker.fingerprint)

    def do(self, unit: Unit) -> UnitReport:
        """Do a unit."""
        self._recorder.told, self._warnings.kept = [], []
        self._progress.total = self._progress.done = 0
        result = self._bench.do(unit)
        progress = self._progress
        return UnitReport(
            result, self._recorder.told, self._warnings.kept, progress.done, progress.total
        )

    def frames(self) -> int:
        """How many frames of the unit are done so far; to be asked meanwhile."""
        return self._progress.done
