"""The measurement: whole jobs of generated media and their stages, in a process of its own."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from kinemacolor.engine.bench.amount import Amount
from kinemacolor.engine.bench.machine import load_average, machine
from kinemacolor.engine.bench.media import photos, picture, scene, write_film, write_photos
from kinemacolor.engine.bench.stages import film_costs
from kinemacolor.engine.jobs.execution.job import Job
from kinemacolor.engine.jobs.execution.local import LocalExecutor
from kinemacolor.engine.jobs.planning.backend import resolve_backend
from kinemacolor.engine.jobs.planning.plan import make_plan
from kinemacolor.engine.jobs.reporting.events import State
from kinemacolor.engine.jobs.reporting.progress import Progress
from kinemacolor.engine.jobs.reporting.report import Report
from kinemacolor.engine.jobs.run import load_worker
from kinemacolor.engine.peak_memory import peak
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError

_SHOT = 120  # frames from one cut to the next


class _Spent(NamedTuple):
    """What a job took.

    Attributes:
        start: seconds of planning and of loading the network.
        wall, cpu: seconds after that; `cpu` of all threads together.
        settings: of the job, with the backend that it took.
    """

    start: float
    wall: float
    cpu: float
    settings: Settings


def measure(size: tuple[int, int], settings: Settings, amount: Amount) -> dict[str, Any]:
    """Colour a generated film and generated photos, and tell what it took.

    Changes settings of the process for good, and counts all memory that it has used.

    Args:
        size: width and height of the film, pixels.
        settings: how; a backend "auto" is resolved as for any job.
        amount: how much.

    Returns:
        The fields of `kinemacolor.Bench` that are measured.

    Raises:
        KinemacolorError: the model or the device is not to be had, or a job failed.
    """
    load = load_average()
    with tempfile.TemporaryDirectory(prefix="kinemacolor-bench-") as name:
        folder = Path(name)
        film, short, archive = (folder / file for file in ("film.mkv", "short.mkv", "photos.zip"))
        write_film(film, _frames(size, amount.frames))
        write_film(short, _frames(size, amount.staged))
        stock = photos(amount.photos, picture(0))
        write_photos(archive, [stock[n % len(stock)] for n in range(amount.stills)])
        films = _job(film, folder / "films", settings)
        peak_film = peak()
        stills = _job(archive, folder / "stills", settings)
        peak_stills = peak()
        costs = film_costs(short, folder, films.settings)
    return {
        "model": settings.model,
        "backend": films.settings.backend,
        "start_seconds": round(films.start, 2),
        "fps": round(amount.frames / films.wall, 2),
        "cpu_ms": round(1000 * films.cpu / amount.frames, 1),
        "stage_cpu_ms": {stage: round(cost, 1) for stage, cost in costs.items()},
        "stills_per_second": round(amount.stills / stills.wall, 2),
        "still_cpu_ms": round(1000 * stills.cpu / amount.stills, 1),
        "peak_bytes": peak_film,
        "peak_bytes_stills": peak_stills,
        "load_before": load,
        "machine": machine(),
    }


def _frames(size: tuple[int, int], count: int) -> Iterator[np.ndarray]:
    """The first frames of the film, which has a cut after every `_SHOT`."""
    width, height = size
    for shot in range(-(-count // _SHOT)):
        frames = min(_SHOT, count - shot * _SHOT)
        yield from islice(scene(picture(shot + 1), height, width, _SHOT), frames)


def _job(source: Path, out: Path, settings: Settings) -> _Spent:
    """Colour one source as the command does."""
    began = time.perf_counter()
    plan = resolve_backend(make_plan([source], f"{out}/", settings), None)
    worker = load_worker(plan.settings)
    report = Report()
    loaded, cpu = time.perf_counter(), time.process_time()
    Job(
        plan,
        lambda context: LocalExecutor(worker, context),
        report,
        Progress(plan.frames),
    ).run()
    wall, cpu = time.perf_counter() - loaded, time.process_time() - cpu
    for outcome in report.outcomes:
        if outcome.state is State.FAILED:
            raise KinemacolorError("bench", f"its {source.name} failed: {outcome.reason}")
    return _Spent(loaded - began, wall, cpu, plan.settings)
