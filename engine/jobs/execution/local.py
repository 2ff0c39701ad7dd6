"""The executor of a single process: one unit after another, each on all cores."""

from __future__ import annotations

from kinemacolor.engine.jobs.execution.context import JobContext
from kinemacolor.engine.jobs.execution.executor_protocol import UnitResult
from kinemacolor.engine.jobs.execution.unit_runner import UnitRunner
from kinemacolor.engine.jobs.execution.worker_protocol import Worker
from kinemacolor.engine.jobs.planning.units import Unit


class LocalExecutor:
    """An executor that does each unit as it is submitted.

    Args:
        worker: colours films and stills.
        context: of the job.
    """

    def __init__(self, worker: Worker, context: JobContext) -> None:
        self.fingerprint = worker.fingerprint
        self._runner = UnitRunner(worker, context)
        self._result: UnitResult | None = None

    def has_room(self) -> bool:
        """Whether the result of the last unit has been collected."""
        return self._result is None

    def submit(self, unit: Unit) -> None:
        """Do a unit."""
        self._result = self._runner.run(unit)

    def collect(self) -> UnitResult | None:
        """The result of the last unit; None where it has been collected."""
        result, self._result = self._result, None
        return result

    def close(self) -> None:
        """Do nothing: no unit is under way."""
