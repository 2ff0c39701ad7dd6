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
from contextlib import contextmanager, redirect_stdout
from typing import Any, TypedDict, cast

import ray

from kinemacolor.engine.jobs.execution.ray_options import LOCAL, RayOptions
from kinemacolor.models.errors import KinemacolorError

log = logging.getLogger(__name__)

_STARTS = 3  # a busy machine may be too slow for Ray's own patience
_ANSWER = 10.0  # seconds within which a cluster is to answer
_OBJECTS = 100 << 20  # bytes of Ray's store: only paths and numbers go through it
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
    with redirect_stdout(_ToLog()):
        ours = not ray.is_initialized()
        if ours:
            _connect(options)
        try:
            nodes = [node["Resources"] for node in nodes_of_cluster() if node["Alive"]]
            there = sum(int(node.get("GPU", 0)) for node in nodes) if gpus else 0
            options = options.sharing(there)
            options.check_room(nodes)
            yield options
        finally:
            if ours:
                ray.shutdown()


class _ToLog(io.TextIOBase):
    """A stream that logs what Ray prints of its own processes: on stdout are results."""

    def write(self, text: str) -> int:
        if text.strip():
            log.info("%s", text.strip())
        return len(text)


def _connect(options: RayOptions) -> None:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    arguments: dict[str, Any] = {"address": options.address}
    if options.address == LOCAL:
        arguments |= {"include_dashboard": False, "object_store_memory": _OBJECTS}
        # On one machine the user knows best how many actors it bears.
        arguments["num_cpus"] = max(1, math.ceil(options.cpus * options.count))
    else:
        address = options.address
        if address == "auto":
            address = os.environ.get("RAY_ADDRESS", "")
        if ":" in address and "://" not in address:
            _check_reachable(options, address)
    for left in reversed(range(_STARTS if options.address == LOCAL else 1)):
        try:
            with _preserve_sigterm():
                ray.init(**arguments, log_to_driver=False, logging_level=logging.ERROR)
            return
        except Exception as error:  # Ray has no kind of its own for a start that takes too long
            ray.shutdown()
            if left:
                continue
            reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
            remedy = "" if options.address == LOCAL else _REMEDY
            problem = f"no cluster: {reason}"
            raise KinemacolorError(f"--ray {options.address}", problem, remedy) from error


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
