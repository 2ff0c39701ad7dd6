"""Timing of whole jobs in this process and in Ray actors, start-up excluded."""

from __future__ import annotations

import math
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.reels import write_reel
from benchmarks.waiting import Waiting, WaitingByFrame
from kinemacolor.cli.console import Console
from kinemacolor.engine.jobs.execution.context import JobContext
from kinemacolor.engine.jobs.execution.executor_protocol import Executor
from kinemacolor.engine.jobs.execution.job import Job
from kinemacolor.engine.jobs.execution.local import LocalExecutor
from kinemacolor.engine.jobs.execution.ray_options import LOCAL, RayOptions
from kinemacolor.engine.jobs.execution.worker_protocol import WorkerFactory
from kinemacolor.engine.jobs.planning.plan import make_plan
from kinemacolor.engine.jobs.reporting.progress import Progress
from kinemacolor.engine.jobs.reporting.report import Report
from kinemacolor.engine.jobs.run import load_worker
from kinemacolor.engine.settings import Settings

SIZE = 480, 640  # height, width of the films
ACTORS = 2


def measure_fps(films: int, frames: int, repeats: int) -> dict[str, Any]:
    """Frames a second in this process and in two actors.

    Args:
        films, frames: how many, and of how many frames each.
        repeats: of both, in turn; the median counts.
    """
    cores = len(os.sched_getaffinity(0))
    settings = Settings(device="cpu", segment_frames=max(1, frames // 2))
    say = Console().result
    rates: dict[str, list[float]] = {"inline": [], "ray": []}
    with tempfile.TemporaryDirectory() as name, _one_ray(cores):
        box = Path(name, "films")
        box.mkdir()
        for number in range(films):
            write_reel(box / f"{number}.mkv", *SIZE, frames)
        actors = RayOptions(address=LOCAL, count=ACTORS, cpus=cores / ACTORS, gpus=0)
        for number in range(repeats):
            for kind, asked in (("inline", None), ("ray", actors)):
                spent = timed(box, Path(name, f"{kind}-{number}"), settings, load_worker, asked)
                rates[kind].append(films * frames / spent)
                say(f"{kind:>7}  {rates[kind][-1]:.2f} frames a second")
    inline, ray = (statistics.median(rates[kind]) for kind in ("inline", "ray"))
    return {
        "films": films,
        "frames": frames,
        "actors": ACTORS,
        "cores_of_each": cores / ACTORS,
        "fps": {kind: [round(rate, 2) for rate in found] for kind, found in rates.items()},
        "inline_fps": round(inline, 2),
        "ray_fps": round(ray, 2),
        "ratio": round(ray / inline, 3),
    }


def measure_network(counts: Sequence[int], wait: float, units: int) -> dict[str, Any]:
    """Efficiency of actors that wait in place of all arithmetic.

    Args:
        counts: of actors.
        wait: seconds a unit.
        units: for each actor: a film of so many segments.
    """
    say, rows = Console().result, []
    settings = Settings(device="cpu", segment_frames=1)
    with tempfile.TemporaryDirectory() as name, _one_ray(max(counts)):
        for count in counts:
            box = Path(name, f"films-{count}")
            box.mkdir()
            for number in range(count):
                write_reel(box / f"{number}.mkv", 32, 32, 4)
            actors = RayOptions(address=LOCAL, count=count, gpus=0)
            make = partial(Waiting, wait=wait, units=units)
            spent = timed(box, Path(name, f"out-{count}"), settings, make, actors)
            efficiency = wait * units / spent
            rows.append(
                {"actors": count, "seconds": round(spent, 2), "efficiency": round(efficiency, 4)}
            )
            say(f"{count:>7} actors (simulated network)  {efficiency:.3f}")
    return {"simulated": "a fixed wait a unit", "wait": wait, "units": units, "rows": rows}


def measure_film(
    counts: Sequence[int], frames: int, waits: tuple[float, float], haste: float
) -> dict[str, Any]:
    """How long one film takes several actors that wait in place of decoding and arithmetic.

    Args:
        counts: of actors.
        frames: of the film.
        waits: milliseconds a frame, of indexing and of colouring.
        haste: by which waits are divided; overheads then count so many times.
    """
    say, rows = Console().result, []
    settings = Settings(device="cpu", color_memory=False)
    index_wait, wait = (milliseconds / 1000 / haste for milliseconds in waits)
    with tempfile.TemporaryDirectory() as name, _one_ray(max(counts)):
        box = Path(name, "films")
        box.mkdir()
        write_reel(box / "film.mkv", 32, 32, frames)
        for count in counts:
            row: dict[str, Any] = {"actors": count}
            for how, by_ranges in (("by ranges", True), ("in one go", False)):
                actors = RayOptions(address=LOCAL, count=count, gpus=0)
                make = partial(
                    WaitingByFrame,
                    index_wait=index_wait,
                    wait=wait,
                    frames=frames,
                    by_ranges=by_ranges,
                )
                out = Path(name, f"out-{count}-{how}")
                spent = timed(box, out, settings, make, actors)
                efficiency = (index_wait + wait) * frames / count / spent
                row[how] = {
                    "minutes": round(spent * haste / 60, 1),
                    "efficiency": round(efficiency, 3),
                }
                say(f"{count:>7} actors (simulated), indexed {how}  {efficiency:.3f}")
            rows.append(row)
    return {"simulated": "a wait a frame", "frames": frames, "waits": waits, "haste": haste,
            "rows": rows}  # fmt: skip


def timed(
    box: Path,
    out: Path,
    settings: Settings,
    make_worker: WorkerFactory,
    actors: RayOptions | None,
) -> float:
    """Seconds of a job, from its executor's being ready (all actors of it) to its end."""
    ready = math.nan

    def make(context: JobContext) -> Executor:
        nonlocal ready
        executor: Executor
        if actors is None:
            executor = LocalExecutor(make_worker(settings), context)
        else:
            from kinemacolor.engine.jobs.execution.ray.executor import RayExecutor

            executor = RayExecutor(actors, make_worker, context)
            while len(executor._idle) < actors.count:  # it would begin with the first
                executor.collect()
        ready = time.perf_counter()
        return executor

    plan = make_plan([box], str(out), settings)
    report, progress = Report(), Progress(plan.frames)
    Job(plan, make, report, progress).run()
    if report.failed:
        raise SystemExit("\n".join(report.failures()))
    return time.perf_counter() - ready


def _one_ray(cpus: int) -> AbstractContextManager[RayOptions]:
    """A Ray of its own for several jobs: each would begin one. Ray has stdout meanwhile."""
    from kinemacolor.engine.jobs.execution.ray.cluster import connected

    return connected(RayOptions(address=LOCAL, count=cpus), gpus=False)
