"""Finds or begins a Ray cluster, and looks whether it has what a job asks for."""

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
from typing import Any

import ray

from kinemacolor.engine.jobs.execution.ray_options import LOCAL, Actors
from kinemacolor.models.errors import KinemacolorError

log = logging.getLogger(__name__)

_STARTS = 3  # a busy machine may be too slow for Ray's own patience
_ANSWER = 10.0  # seconds within which a cluster is to answer
_OBJECTS = 100 << 20  # bytes of Ray's store: only paths and numbers go through it
_REMEDY = "run this on a machine of the cluster, such as with `ray job submit`"


@contextmanager
def connected(actors: Actors, *, gpus: bool) -> Iterator[Actors]:
    """Be connected to the cluster that `actors` asks for; one that is connected already is used.

    Args:
        gpus: whether GPUs are of use.

    Yields:
        The actors, with their share of GPUs.

    Raises:
        KinemacolorError: there is no such cluster, or it has not enough room.
    """
    with redirect_stdout(_ToLog()):
        ours = not ray.is_initialized()
        if ours:
            _connect(actors)
        try:
            nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
            there = sum(int(node.get("GPU", 0)) for node in nodes) if gpus else 0
            actors = actors.sharing(there)
            actors.check_room(nodes)
            yield actors
        finally:
            if ours:
                ray.shutdown()


class _ToLog(io.TextIOBase):
    """Keeps what Ray prints about its own processes out of stdout, where results go."""

    def write(self, text: str) -> int:
        if text.strip():
            log.info("%s", text.strip())
        return len(text)


def _connect(actors: Actors) -> None:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    options: dict[str, Any] = {"address": actors.address}
    if actors.address == LOCAL:
        options |= {"include_dashboard": False, "object_store_memory": _OBJECTS}
        # On one machine the user knows best how many actors it bears.
        options["num_cpus"] = max(1, math.ceil(actors.cpus * actors.count))
    else:
        address = actors.address
        if address == "auto":
            address = os.environ.get("RAY_ADDRESS", "")
        if ":" in address and "://" not in address:
            _check_reachable(actors, address)
    for left in reversed(range(_STARTS if actors.address == LOCAL else 1)):
        try:
            with _preserve_sigterm():
                ray.init(**options, log_to_driver=False, logging_level=logging.ERROR)
            return
        except Exception as error:  # Ray has no kind of its own for a start that takes too long
            ray.shutdown()
            if left:
                continue
            reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
            remedy = "" if actors.address == LOCAL else _REMEDY
            problem = f"no cluster: {reason}"
            raise KinemacolorError(f"--ray {actors.address}", problem, remedy) from error


def _check_reachable(actors: Actors, address: str) -> None:
    """See that somebody answers there: Ray itself would wait for minutes."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), _ANSWER).close()
    except (OSError, ValueError, OverflowError) as error:
        problem = f"nobody answers at {address} ({error})"
        raise KinemacolorError(f"--ray {actors.address}", problem, _REMEDY) from error


@contextmanager
def _preserve_sigterm() -> Iterator[None]:
    """Leave SIGTERM, which Ray takes for itself, to who has it."""
    main = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if main:
            signal.signal(signal.SIGTERM, handler)
