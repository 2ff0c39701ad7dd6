"""The executor of Ray clusters: units are done in actors, which share the job's file system.

Only paths and numbers travel; an actor that dies is replaced, and its unit reported to the driver.
"""

from __future__ import annotations

import logging
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import ActorUnavailableError, RayActorError, RayError

from kinemacolor.engine.jobs.execution.context import JobContext
from kinemacolor.engine.jobs.execution.executor_protocol import UnitResult
from kinemacolor.engine.jobs.execution.ray.actor import ActorReady, ActorWorker, UnitReport
from kinemacolor.engine.jobs.execution.ray.actor_handle import ActorHandle
from kinemacolor.engine.jobs.execution.ray.cluster import connected, nodes_of_cluster
from kinemacolor.engine.jobs.execution.ray_options import RayOptions
from kinemacolor.engine.jobs.execution.worker_protocol import WorkerFactory
from kinemacolor.engine.jobs.planning.units import Unit
from kinemacolor.engine.jobs.state.software import other_versions
from kinemacolor.models.errors import KinemacolorError

log = logging.getLogger(__name__)

_TICK = 1.0  # seconds of waiting for a unit's end before looking after other things
_LONGEST_PAUSE = 60.0  # seconds before a new actor is begun in place of one that died
_TELL = 30.0  # seconds without any actor after which the user is told
_PATIENCE = 600.0  # seconds without any actor after which the job is given up
_MAX_STARTS = 3  # actors that die as they begin, before one has ever been there


class RayExecutor:
    """An executor of units in the actors of a Ray cluster.

    Args:
        options: the cluster, and its actors.
        make_worker: makes the worker, in each actor; it is sent there by its name.
        context: of the job, whose folder every node sees under the same path.

    Attributes:
        actors: how many units are done at once.
        fingerprint: of the actors' workers, which must be equal.

    Raises:
        KinemacolorError: there is no cluster, no room in it, or no worker to be had.
    """

    def __init__(
        self, options: RayOptions, make_worker: WorkerFactory, context: JobContext
    ) -> None:
        self._report, self._progress = context.report, context.progress
        self.actors = options.count
        self._beginning: dict[Any, ActorHandle] = {}  # by Ray's promise that they are ready
        self._busy: dict[Any, ActorHandle] = {}  # by Ray's promise of a result
        self._idle: list[ActorHandle] = []
        self._shown: ActorHandle | None = None  # the last that was given a unit
        self._begin_at: list[float] = []  # times at which actors are to be begun
        self._deaths = 0  # since a unit was done
        self._alive_at = time.monotonic()
        self._told = False
        self._asked_at = 0.0
        self.fingerprint = ""
        self._versions: dict[str, str] = {}  # of the actors' software
        with ExitStack() as stack:
            gpus = context.settings.device != "cpu"
            self._options = stack.enter_context(connected(options, gpus=gpus))
            stack.callback(self._kill_all)
            needs = {"num_cpus": 0, "num_gpus": 0} | {
                {"CPU": "num_cpus", "GPU": "num_gpus"}.get(name, name): amount
                for name, amount in self._options.needs.items()
            }
            # Two calls at once: a unit, and the question how far it is.
            self._remote: Any = ray.remote(ActorWorker).options(
                **needs, max_concurrency=2, scheduling_strategy="SPREAD"
            )
            self._making = (
                context.settings,
                context.folder.path.absolute(),
                context.report.digests,
            )
            self._beginning_with = make_worker, max(1, int(options.cpus)), Path.cwd()
            for _ in range(options.count):
                self._begin()
            while not self._idle:
                self.collect()
            self._stack = stack.pop_all()

    def has_room(self) -> bool:
        """Whether an actor has no unit."""
        return bool(self._idle)

    def submit(self, unit: Unit) -> None:
        """Give a unit to an actor."""
        handle = self._idle.pop(0)
        self._busy[handle.give(unit)] = handle
        self._progress.enter_unit(unit)
        self._shown = handle

    def collect(self) -> UnitResult | None:
        """Wait a moment for a unit to end; None where none has. Actors are begun and watched, too.

        Raises:
            KinemacolorError: no actor has come up for long, or one computes in another way.
        """
        due = [at for at in self._begin_at if at <= time.monotonic()]
        for at in due:
            self._begin_at.remove(at)
            self._begin()
        self._check_life()
        if time.monotonic() - self._asked_at >= _TICK:
            self._asked_at = time.monotonic()
            self._ask()
        promises = [*self._busy, *self._beginning]
        if not promises:
            time.sleep(_TICK / 10)
            return None
        ended, _ = ray.wait(promises, num_returns=1, timeout=_TICK)
        if ended and ended[0] in self._busy:
            return self._ended(ended[0])
        if ended:
            self._begun(ended[0])
        return None

    def close(self) -> None:
        """End the actors and the connection to the cluster; units under way are given up."""
        self._stack.close()

    def _begin(self) -> None:
        actor = self._remote.remote(*self._making)
        self._beginning[actor.begin.remote(*self._beginning_with)] = ActorHandle(actor)

    def _begun(self, promise: Any) -> None:
        handle = self._beginning.pop(promise)
        try:
            begun: ActorReady = ray.get(promise)
        except RayError as error:
            if not isinstance(error, RayActorError) or error.actor_init_failed:
                remedy = "all nodes need the same kinemacolor"
                raise KinemacolorError(
                    "--ray", f"no actor begins: {_last(error)}", remedy
                ) from error
            if not self.fingerprint and self._deaths + 1 >= _MAX_STARTS:
                problem = f"actors die as they begin: {_last(error)}"
                raise KinemacolorError("--ray", problem) from error
            self._replace(handle)
            return
        if begun.error:
            raise begun.error
        if self.fingerprint not in ("", begun.fingerprint):
            problem = "the cluster's nodes compute in different ways, and so give other colours"
            remedy = "give --gpus-per-actor, or a --device, that only nodes of one kind have"
            if others := other_versions(self._versions, begun.versions):
                problem = f"the cluster's nodes have other software: {', '.join(others)}"
                remedy = "install the same versions on all nodes"
            raise KinemacolorError("--ray", problem, remedy)
        self.fingerprint, handle.node = begun.fingerprint, begun.node
        self._versions = begun.versions
        self._idle.append(handle)

    def _ended(self, promise: Any) -> UnitResult:
        handle = self._busy.pop(promise)
        assert handle.unit is not None
        try:
            done: UnitReport = ray.get(promise)
        except RayError as error:
            return self._died(handle, handle.unit, error)
        self._deaths = 0
        self._idle.append(handle)
        for warning in done.warnings:
            logging.getLogger(warning.logger).log(warning.level, "%s", warning.text)
        for event in done.events:
            self._report.add(event)
        self._progress.advance(done.frames - handle.frames)
        self._progress.expect(done.more)
        return done.result

    def _died(self, handle: ActorHandle, unit: Unit, error: RayError) -> UnitResult:
        """Tell the driver of a unit whose actor is no more."""
        self._progress.advance(-handle.frames)
        self._progress.expect(-unit.frames)
        # Who cannot be reached has lost its machine, or the way to it.
        lost = isinstance(error, ActorUnavailableError) or not _is_alive(handle.node)
        what = "the machine of its actor was lost" if lost else "its actor died"
        if handle.hung:
            lost, what = False, f"no new frame in {self._options.stall:g} minutes (--stall-minutes)"
        log.warning("%s: %s", unit.name, what)
        self._replace(handle)
        return UnitResult(unit, problem=what, traceback=str(error), died=True, blameless=lost)

    def _replace(self, handle: ActorHandle) -> None:
        """Begin another actor, later the more have died in a row."""
        ray.kill(handle.actor)
        self._begin_at.append(time.monotonic() + min(2.0**self._deaths - 1, _LONGEST_PAUSE))
        self._deaths += 1

    def _ask(self) -> None:
        """Learn how far the units are, and end actors that get no further."""
        for handle in self._busy.values():
            if more := handle.more_frames():
                self._progress.advance(more)
            if handle is self._shown and handle.seen:
                self._progress.step(handle.seen)
            if self._options.stall:
                handle.end_if_hung(self._options.stall)
        self._progress.show()

    def _check_life(self) -> None:
        now = time.monotonic()
        if self._idle or self._busy:
            self._alive_at, self._told = now, False
            return
        away = now - self._alive_at
        if away > _PATIENCE:
            problem = f"no actor has come up for {away / 60:.0f} minutes"
            remedy = "see `ray status` for what takes the cluster's resources"
            raise KinemacolorError(f"--ray {self._options.address}", problem, remedy)
        if away > _TELL and not self._told:
            self._told = True
            log.warning("Waiting for the cluster to begin an actor; `ray status` tells more")

    def _kill_all(self) -> None:
        for handle in (*self._idle, *self._busy.values(), *self._beginning.values()):
            ray.kill(handle.actor)


def _is_alive(name: str) -> bool:
    return any(node["NodeID"] == name and node["Alive"] for node in nodes_of_cluster())


def _last(error: Exception) -> str:
    """The last line of an error, which in a traceback names it."""
    lines = str(error).strip().splitlines()
    return lines[-1].strip() if lines else type(error).__name__
