"""The executor of a single process: one unit after another, each on all cores."""

from __future__ import annotations

from kinemacolor.engine.jobs.execution.context import JobContext
from kinemacolor.engine.jobs.execution.executor_protocol import UnitResult
from kinemacolor.engine.jobs.execution.isolated import run_isolated
from kinemacolor.engine.jobs.execution.unit_runner import UnitRunner
from kinemacolor.engine.jobs.execution.worker_protocol import Worker, WorkerFactory
from kinemacolor.engine.jobs.planning.units import Unit


class LocalExecutor:
    """An executor that does each unit as it is submitted.

    A unit that a process had begun which then died is done in a process of its own.

    Args:
        worker: colours films and stills.
        context: of the job.
        make_worker: makes such a worker in another process; None does all units in this one.

    Attributes:
        fingerprint, actors: as of `Executor`.
    """

    actors = 1

    def __init__(
        self, worker: Worker, context: JobContext, make_worker: WorkerFactory | None = None
    ) -> None:
        self.fingerprint = worker.fingerprint
        self._runner, self._context = UnitRunner(worker, context), context
        self._make_worker = make_worker
        self._result: UnitResult | None = None

    def has_room(self) -> bool:
        """Whether the result of the last unit has been collected."""
        return self._result is None

    def submit(self, unit: Unit) -> None:
        """Do a unit."""
        if unit.suspected and self._make_worker is not None:
            self._result = run_isolated(unit, self._make_worker, self._context)
            return
        with self._context.folder.attempts.attempt(unit.key, unit.places):
            self._result = self._runner.run(unit)

    def collect(self) -> UnitResult | None:
        """The result of the last unit; None where it has been collected."""
        result, self._result = self._result, None
        return result

    def close(self) -> None:
        """Do nothing: no unit is under way."""
