"""The entry point of execution: runs a plan in this process, or in a Ray cluster."""

from __future__ import annotations

from kinemacolor.engine.jobs.execution.context import JobContext
from kinemacolor.engine.jobs.execution.executor_protocol import Executor, Stop
from kinemacolor.engine.jobs.execution.job import Job
from kinemacolor.engine.jobs.execution.local import LocalExecutor
from kinemacolor.engine.jobs.execution.ray_options import RayOptions
from kinemacolor.engine.jobs.execution.worker_protocol import Worker
from kinemacolor.engine.jobs.planning.plan import Plan
from kinemacolor.engine.jobs.reporting.phases import Phase, Stage
from kinemacolor.engine.jobs.reporting.progress import Progress
from kinemacolor.engine.jobs.reporting.report import Report
from kinemacolor.engine.process import loading
from kinemacolor.engine.settings import Settings
from kinemacolor.models.extras import require_extra


def run_plan(
    plan: Plan, ray: RayOptions | None, report: Report, progress: Progress, stop: Stop
) -> None:
    """Do all that a plan has pending; what fails is reported, and the rest goes on.

    Args:
        plan: with its backend resolved.
        ray: the cluster that does the work; None does it in this process.
        report: receives what becomes of every file.
        progress: counts frames.
        stop: ends the job early.

    Raises:
        KinemacolorError: the job cannot begin, or another driver works on it.
        KeyboardInterrupt: stopped; what is done stays.
    """

    def make_executor(context: JobContext) -> Executor:
        return _executor(ray, context)

    Job(plan, make_executor, report, progress, stop).run()


@loading()
def load_worker(settings: Settings) -> Worker:
    """Make the worker that colours with a network, and load the network.

    Raises:
        SettingsError: the model is unknown or its weights cannot be read.
        KinemacolorError: the device is absent.
    """
    from kinemacolor.engine.pipeline import worker  # torch takes seconds to load, a plan needs none

    return worker.Worker(settings)


def _executor(ray: RayOptions | None, context: JobContext) -> Executor:
    context.progress.enter(Phase(Stage.LOADING))
    if ray is None:
        return LocalExecutor(load_worker(context.settings), context, load_worker)
    require_extra("cluster", "--ray")
    # Ray is not loaded by those who do not use it.
    from kinemacolor.engine.jobs.execution.ray.executor import RayExecutor

    return RayExecutor(ray, load_worker, context)
