"""The actor: a worker with its network loaded once, which does units for a driver elsewhere."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import ray

from kinemacolor.engine.jobs.execution.context import JobContext
from kinemacolor.engine.jobs.execution.executor_protocol import UnitResult
from kinemacolor.engine.jobs.execution.recorders import EventRecorder, Warned, WarningRecorder
from kinemacolor.engine.jobs.execution.unit_runner import UnitRunner
from kinemacolor.engine.jobs.execution.worker_protocol import WorkerFactory
from kinemacolor.engine.jobs.planning.units import Unit
from kinemacolor.engine.jobs.reporting.events import Outcome, Started
from kinemacolor.engine.jobs.reporting.progress import Progress
from kinemacolor.engine.jobs.state.folder import JobFolder
from kinemacolor.engine.machine import result_versions
from kinemacolor.engine.process import tune_process
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError


@dataclass(frozen=True)
class ActorReady:
    """An actor that is ready, or the reason why it is not.

    Args:
        node: Ray's name of its machine.
        fingerprint: of its worker.
        versions: of its software, as `result_versions` gives them.
        error: what kept it from having one.
    """

    node: str
    fingerprint: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    error: KinemacolorError | None = None


@dataclass(frozen=True)
class UnitReport:
    """What an actor sends home of a unit that has ended.

    Args:
        result: how it ended.
        events: for the job's report, in order.
        warnings: that were logged meanwhile.
        frames: that are done.
        more: frames beyond those that were expected of it.
    """

    result: UnitResult
    events: list[Started | Outcome]
    warnings: list[Warned]
    frames: int
    more: int


class ActorWorker:
    """The class of the actors: a worker, and a runner of units.

    Args:
        settings: the job's.
        folder: the job's, as an absolute path.
        digests: whether anybody will read hashes.
    """

    _runner: UnitRunner  # from `begin` on

    def __init__(self, settings: Settings, folder: Path, digests: bool) -> None:
        self._events, self._progress = EventRecorder(digests), Progress(0)
        self._warnings = WarningRecorder()
        self._context = JobContext(settings, JobFolder(folder), self._events, self._progress)

    def begin(self, make_worker: WorkerFactory, cores: int, place: Path) -> ActorReady:
        """Load the network; to be called once, before any unit is run.

        Args:
            make_worker: makes the worker.
            cores: that the worker may use.
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
            worker = make_worker(self._context.settings)
        except KinemacolorError as error:
            return ActorReady(node, error=error)
        self._runner = UnitRunner(worker, self._context)
        return ActorReady(node, worker.fingerprint, result_versions())

    def run(self, unit: Unit) -> UnitReport:
        """Do a unit."""
        self._events.events, self._warnings.warnings = [], []
        progress = self._progress
        progress.total = progress.done = 0
        result = self._runner.run(unit)
        return UnitReport(
            result, self._events.events, self._warnings.warnings, progress.done, progress.total
        )

    def frames(self) -> tuple[int, int]:
        """Frames of the unit that are coloured so far, and those that a film is being read for.

        May be called while the unit is run.
        """
        return self._progress.done, self._progress.seen
