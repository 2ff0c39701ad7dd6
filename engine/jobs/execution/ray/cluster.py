"""The connection to a Ray cluster, and the check that it has what a job asks for."""

from __future__ import annotations

import io
import logging
import math
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from typing import Any, TypedDict, cast

import ray

from kinemacolor.engine.jobs.execution.ray_options import LOCAL, RayOptions
from kinemacolor.engine.private_ray import private_ray
from kinemacolor.models.errors import KinemacolorError

log = logging.getLogger(__name__)

_ANSWER = 10.0  # seconds within which a cluster is to answer
_OBJECTS = 100 << 20  # bytes of Ray's store: only paths and numbers go through it
_QUIET: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
_REMEDY = "run this on a machine of the cluster, such as with `ray job submit`"


class Node(TypedDict):
    """A node of the cluster, as far as `ray.nodes` is of use here."""

    NodeID: str
    Alive: bool
    Resources: dict[str, float]


def nodes_of_cluster() -> list[Node]:
    """All nodes of the connected cluster, dead ones too."""
    return cast(list[Node], ray.nodes())  # type: ignore[no-untyped-call]


@contextmanager
def connected(options: RayOptions, *, gpus: bool) -> Iterator[RayOptions]:
    """A block that is connected to the cluster of `options`; an open connection is used again.

    Args:
        options: of the job.
        gpus: whether GPUs are of use to the job.

    Yields:
        The options, with each actor's share of GPUs.

    Raises:
        KinemacolorError: there is no such cluster, or it has not enough room.
    """
    with redirect_stdout(_ToLog()), ExitStack() as stack:
        if not ray.is_initialized():
            stack.enter_context(_begun(options) if options.address == LOCAL else _joined(options))
        nodes = [node["Resources"] for node in nodes_of_cluster() if node["Alive"]]
        there = sum(int(node.get("GPU", 0)) for node in nodes) if gpus else 0
        options = options.sharing(there)
        options.check_room(nodes)
        yield options


class _ToLog(io.TextIOBase):
    """A stream that logs what Ray prints of its own processes: on stdout are results."""

    def write(self, text: str) -> int:
        if text.strip():
            log.info("%s", text.strip())
        return len(text)


@contextmanager
def _begun(options: RayOptions) -> Iterator[None]:
    """A block with a Ray of our own on this machine.

    Raises:
        KinemacolorError: it does not start.
    """
    # On one machine the user knows best how many actors it bears.
    cores = max(1, math.ceil(options.cpus * options.count))
    with ExitStack() as stack:
        try:
            with _preserve_sigterm():
                stack.enter_context(
                    private_ray(num_cpus=cores, object_store_memory=_OBJECTS, **_QUIET)
                )
        except Exception as error:
            problem = f"Ray does not start on this machine: {_first_line(error)}"
            remedy = "try again when it is less busy, or work without --ray"
            raise KinemacolorError("--ray", problem, remedy) from error
        yield


@contextmanager
def _joined(options: RayOptions) -> Iterator[None]:
    """A block that is connected to a running cluster.

    Raises:
        KinemacolorError: there is none.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    address = options.address
    if address == "auto":
        address = os.environ.get("RAY_ADDRESS", "")
    if ":" in address and "://" not in address:
        _check_reachable(options, address)
    try:
        try:
            with _preserve_sigterm():
                ray.init(address=options.address, **_QUIET)
        except Exception as error:
            problem = f"no cluster: {_first_line(error)}"
            raise KinemacolorError(f"--ray {options.address}", problem, _REMEDY) from error
        yield
    finally:
        ray.shutdown()


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _check_reachable(options: RayOptions, address: str) -> None:
    """See that somebody answers there: Ray itself would wait for minutes."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), _ANSWER).close()
    except (OSError, ValueError, OverflowError) as error:
        problem = f"nobody answers at {address} ({error})"
        raise KinemacolorError(f"--ray {options.address}", problem, _REMEDY) from error


@contextmanager
def _preserve_sigterm() -> Iterator[None]:
    """A block after which SIGTERM has its old handler: Ray takes the signal for itself."""
    main = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if main:
            signal.signal(signal.SIGTERM, handler)
