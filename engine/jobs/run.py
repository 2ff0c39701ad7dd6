"""Runs a plan where it was asked to: in this process, or in actors of a Ray cluster."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from kinemacolor.engine.jobs.execution.driver import Executor, Stop
from kinemacolor.engine.jobs.execution.job import Job
from kinemacolor.engine.jobs.execution.local import LocalExecutor
from kinemacolor.engine.jobs.execution.ray_options import Actors
from kinemacolor.engine.jobs.execution.unit_runner import UnitRunner
from kinemacolor.engine.jobs.planning.plan import Plan
from kinemacolor.engine.jobs.reporting.progress import Progress
from kinemacolor.engine.jobs.reporting.report import Report
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError

if TYPE_CHECKING:
    from kinemacolor.engine.pipeline.worker import Worker


def run_plan(
    plan: Plan, actors: Actors | None, report: Report, progress: Progress, stop: Stop
) -> None:
    """Do all that a plan has pending; what fails is reported, and the rest goes on.

    Args:
        plan: with its backend resolved.
        actors: of the Ray cluster that does the work; None does it in this process.
        report: is told what becomes of every file.
        progress: is told of every frame.
        stop: ends the job early.

    Raises:
        KinemacolorError: the job cannot begin, or another driver works on it.
        KeyboardInterrupt: stopped; what is done stays.
    """
    Job(plan, partial(_executor, actors, plan, report, progress), report, progress, stop).run()


def _executor(
    actors: Actors | None, plan: Plan, report: Report, progress: Progress, runner: UnitRunner
) -> Executor:
    if actors is None:
        return LocalExecutor(runner, load_worker(plan.settings))
    try:
        from kinemacolor.engine.jobs.execution.ray.executor import (
            RayExecutor,  # not loaded by those who do not use it
        )
    except ImportError as error:
        problem, remedy = f"Ray cannot be loaded ({error})", "install it: pip install ray"
        raise KinemacolorError("--ray", problem, remedy) from error
    return RayExecutor(actors, plan.settings, plan.folder, load_worker, report, progress)


def load_worker(settings: Settings) -> Worker:
    """What colours, as the shipped networks do."""
    from kinemacolor.engine.pipeline.worker import (
        Worker,  # torch takes seconds to load, and a plan needs none
    )

    return Worker(settings)
