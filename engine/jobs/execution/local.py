"""Does units in this process, one after another; a unit uses all cores by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinemacolor.engine.jobs.execution.unit_runner import UnitRunner
from kinemacolor.engine.jobs.planning.units import Result, Unit

if TYPE_CHECKING:
    from kinemacolor.engine.pipeline.worker import Worker


class LocalExecutor:
    """The executor that needs nothing.

    Args:
        runner: where units are worked on.
        worker: what colours.
    """

    def __init__(self, runner: UnitRunner, worker: Worker) -> None:
        runner.worker = worker
        self.fingerprint = worker.fingerprint
        self._bench = runner
        self._result: Result | None = None

    def has_room(self) -> bool:
        """Whether another unit may be submitted."""
        return self._result is None

    def submit(self, unit: Unit) -> None:
        """Do a unit."""
        self._result = self._bench.do(unit)

    def collect(self) -> Result | None:
        """How the unit ended."""
        result, self._result = self._result, None
        return result

    def close(self) -> None:
        """Nothing is left to be done."""
