"""A unit done in a process of its own, since one that had begun it before has died.

Where it kills this process, too, the job knows what it was, and goes on without it. As a program,
this module is that process: it gets its `_Order` by standard input, and gives its `_Done` back.
"""

from __future__ import annotations

import logging
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from kinemacolor.engine.jobs.execution.context import JobContext
from kinemacolor.engine.jobs.execution.executor_protocol import UnitResult
from kinemacolor.engine.jobs.execution.recorders import EventRecorder, Warned, WarningRecorder
from kinemacolor.engine.jobs.execution.unit_runner import UnitRunner
from kinemacolor.engine.jobs.execution.worker_protocol import WorkerFactory
from kinemacolor.engine.jobs.planning.units import Unit
from kinemacolor.engine.jobs.reporting.events import Outcome, Started
from kinemacolor.engine.jobs.reporting.progress import Progress
from kinemacolor.engine.jobs.state.folder import JobFolder
from kinemacolor.engine.process import tune_process
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError

_SAID = 4000  # bytes of a dead process's last words that are kept


@dataclass(frozen=True)
class _Order:
    """What the process is to do.

    Args:
        make_worker, settings: give the worker.
        folder: of the job.
        digests: whether anybody will read hashes.
        unit: to be done.
    """

    make_worker: WorkerFactory
    settings: Settings
    folder: Path
    digests: bool
    unit: Unit


@dataclass(frozen=True)
class _Done:
    """What the process gives back.

    Args:
        result: how the unit ended.
        events: for the job's report, in order.
        warnings: that were logged.
        frames, more: that are done, and those beyond what was expected.
    """

    result: UnitResult
    events: list[Started | Outcome]
    warnings: list[Warned]
    frames: int
    more: int


def run_isolated(unit: Unit, make_worker: WorkerFactory, context: JobContext) -> UnitResult:
    """Do a unit in a process of its own, which ends with this one.

    Args:
        unit: to be done.
        make_worker: makes the worker; can be pickled.
        context: of the job.
    """
    order = _Order(
        make_worker,
        context.settings,
        context.folder.path.absolute(),
        context.report.digests,
        unit,
    )
    context.progress.enter_unit(unit)
    search = os.pathsep.join(place or os.getcwd() for place in sys.path)
    command = [sys.executable, "-m", "kinemacolor.engine.jobs.execution.isolated"]
    with (
        tempfile.TemporaryFile() as said,
        # No pipe: whatever the process left behind would hold it open, and be waited for.
        tempfile.TemporaryFile() as answered,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=answered,
            stderr=said,
            env={**os.environ, "PYTHONPATH": search},
        ) as process,
    ):
        assert process.stdin
        try:
            with suppress(BrokenPipeError):
                process.stdin.write(pickle.dumps(order))
                process.stdin.flush()
            status = process.wait()
        except BaseException:
            process.kill()
            raise
        answered.seek(0)
        answer, words = answered.read(), _last_words(said)
    if status or not answer:
        context.progress.expect(-unit.frames)
        what = f"killed its process ({_cause(status)})"
        return UnitResult(unit, problem=what, traceback=f"{what}\n{words}", died=True)
    done: _Done = pickle.loads(answer)
    for warning in done.warnings:
        logging.getLogger(warning.logger).log(warning.level, "%s", warning.text)
    for event in done.events:
        context.report.add(event)
    context.progress.advance(done.frames)
    context.progress.expect(done.more)
    return done.result


def _cause(status: int) -> str:
    """What ended a process, such as "SIGSEGV" or "status 1"."""
    if status >= 0:
        return f"status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"


def _last_words(said: IO[bytes]) -> str:
    said.seek(max(0, said.seek(0, os.SEEK_END) - _SAID))
    return said.read().decode(errors="replace")


def main() -> None:
    """Be the process that does one unit."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other process decides, and ends this one
    home = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whatever a library prints is no answer
    order: _Order = pickle.load(sys.stdin.buffer)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    tune_process()
    events, warnings = EventRecorder(order.digests), WarningRecorder()
    logging.captureWarnings(True)
    logging.getLogger().addHandler(warnings)
    progress = Progress(0)
    context = JobContext(order.settings, JobFolder(order.folder), events, progress)
    try:
        result = UnitRunner(order.make_worker(order.settings), context).run(order.unit)
    except KinemacolorError as error:  # there is no worker
        result = UnitResult(order.unit, problem=str(error))
    done = _Done(result, events.events, warnings.warnings, progress.done, progress.total)
    home.write(pickle.dumps(done))
    home.close()
    os._exit(0)


def _end_with_parent() -> None:
    """End this process once the one that wants its answer is no more."""
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    # What is pickled here has the module's true name.
    from kinemacolor.engine.jobs.execution.isolated import main as be_the_process

    be_the_process()
