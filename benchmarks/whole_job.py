"""Timing of a whole job, as `kinemacolor colorize` does it, in a process of its own."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import kinemacolor.engine.pipeline.worker  # noqa: F401
from kinemacolor.cli.run import run_job
from kinemacolor.engine.peak_memory import peak
from kinemacolor.engine.process import tune_process
from kinemacolor.engine.settings import Settings


class Spent(NamedTuple):
    """Resources that a job used.

    Attributes:
        wall, cpu: seconds; `cpu` of all threads together.
        peak: bytes of memory that the process had at most.
    """

    wall: float
    cpu: float
    peak: int


def spent_on(work: Callable[..., None], *arguments: object) -> Spent:
    """Resources of `work(*arguments)` in a fresh process, imports and start-up excluded."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh) as pool:
        return pool.submit(_timed, work, *arguments).result()


def _timed(work: Callable[..., None], *arguments: object) -> Spent:
    tune_process()  # as the command does
    wall, cpu = time.perf_counter(), time.process_time()
    work(*arguments)
    return Spent(time.perf_counter() - wall, time.process_time() - cpu, peak())


def color_whole(source: Path, out: Path, settings: Settings) -> None:
    """Colour one source as the command does, from planning to the finished file."""
    status = run_job([source], f"{out}/", settings, quiet=True)
    if status:
        raise RuntimeError(f"colorize ended with status {status}")
