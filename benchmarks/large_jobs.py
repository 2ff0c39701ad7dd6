"""Planning cost of jobs of very many stills, for `benchmarks.scaling`; no still is coloured.

As a program of its own it begins one such job: SOURCE OUT UNITS RECORDS BATCH, the arguments of
`begin`. The number of stills a unit is no setting of a job, so it is set in that process alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from PIL import Image

import kinemacolor.engine.jobs.planning.unit_maker
from kinemacolor.engine.jobs.execution.context import JobContext
from kinemacolor.engine.jobs.execution.executor_protocol import UnitResult
from kinemacolor.engine.jobs.execution.job import Job
from kinemacolor.engine.jobs.planning.plan import make_plan
from kinemacolor.engine.jobs.planning.units import Unit, version
from kinemacolor.engine.jobs.reporting.progress import Progress
from kinemacolor.engine.jobs.reporting.report import Report
from kinemacolor.engine.jobs.state.entry import Entry
from kinemacolor.engine.jobs.state.ledger import Ledger
from kinemacolor.engine.peak_memory import peak
from kinemacolor.engine.settings import Settings

FOLDER = 1000  # stills in each


class Unworked:
    """Executor that writes placeholder results and ledger entries, and colours nothing.

    Args:
        ledger: of the job; None to write no entries either.
        most: number of units after which it acts as if the user had stopped the job.
    """

    fingerprint, actors = "unworked", 1

    def __init__(self, ledger: Ledger | None, most: int) -> None:
        self._ledger, self._left = ledger, most
        self._unit: Unit | None = None
        self.began_at = self.began_after = 0.0  # by the clock, and of this process's own time

    def has_room(self) -> bool:
        """Whether another unit may be submitted."""
        return self._unit is None

    def submit(self, unit: Unit) -> None:
        """Write a unit's placeholder results and its ledger entry."""
        if not self.began_at:
            self.began_at, self.began_after = time.perf_counter(), time.process_time()
        if not self._left:
            raise KeyboardInterrupt
        self._left -= 1
        self._unit = unit
        if self._ledger:
            made: dict[str, str] = {}
            for asset in unit.assets:
                asset.target.parent.mkdir(parents=True, exist_ok=True)
                asset.target.write_bytes(b"nothing")
                made[str(asset.target)] = version(asset.source)
            entry = Entry(step=unit.step, name=unit.name, asset=unit.asset.name)
            self._ledger.add(unit.key, {"made": made, "frames": len(made), **entry})

    def collect(self) -> UnitResult | None:
        """Result of the submitted unit."""
        unit, self._unit = self._unit, None
        return UnitResult(unit) if unit else None

    def close(self) -> None:
        """Does nothing: no resources are held."""


def measure_plans(stills: int) -> dict[str, Any]:
    """Seconds to the first unit of a new and of a half finished job; peak bytes of the driver."""
    with tempfile.TemporaryDirectory() as name:
        box, out = Path(name, "stills"), Path(name, "coloured")
        write_stills(box, stills)

        def alone(what: str, *words: Any) -> dict[str, Any]:
            program = [sys.executable, "-m", "benchmarks.large_jobs", str(box), *map(str, words)]
            found = json.loads(subprocess.run(program, check=True, stdout=subprocess.PIPE).stdout)
            print(f"{found['seconds']:8.2f} s  {found['peak'] / 1e6:6.1f} MB  {what}", flush=True)
            return found

        half = stills // kinemacolor.engine.jobs.planning.unit_maker.BATCH // 2
        made = alone("new", out, half, 1, kinemacolor.engine.jobs.planning.unit_maker.BATCH)
        resumed = alone("half done", out, 0, 1, kinemacolor.engine.jobs.planning.unit_maker.BATCH)
        single = alone("each a unit", Path(name, "single"), stills, 0, 1)
    found = {
        "stills": stills,
        "batch": kinemacolor.engine.jobs.planning.unit_maker.BATCH,
        "made_seconds": made["seconds"],
        "made_cpu_seconds": made["cpu_seconds"],
        "resumed_seconds": resumed["seconds"],
        "resumed_cpu_seconds": resumed["cpu_seconds"],
        "peak_bytes": max(made["peak"], resumed["peak"]),
        "units": stills,
        "peak_bytes_of_units": single["peak"],
    }
    return found


def begin(box: Path, out: Path, units: int, records: bool, batch: int) -> dict[str, Any]:
    """Begin a job and do some of its units.

    Returns:
        Seconds until the first unit, by the clock and of CPU time, and peak memory in bytes.
    """
    kinemacolor.engine.jobs.planning.unit_maker.BATCH = batch
    start = time.perf_counter()
    plan = make_plan([box], str(out), Settings())
    executors = []

    def make(context: JobContext) -> Unworked:
        executors.append(Unworked(Ledger(plan.folder) if records else None, units))
        return executors[0]

    with suppress(KeyboardInterrupt):
        Job(plan, make, Report(), Progress(plan.frames)).run()
    return {
        "seconds": round(executors[0].began_at - start, 2),
        "cpu_seconds": round(executors[0].began_after, 2),
        "peak": peak(),
    }


def write_stills(folder: Path, count: int) -> None:
    """Write `count` tiny stills; those of a folder are hard links to one file."""
    picture = Image.linear_gradient("L").resize((16, 16))
    for number in range(count):
        place = folder / f"{number // FOLDER:04}"
        first = place / "000.jpg"
        if number % FOLDER == 0:
            place.mkdir(parents=True)
            picture.save(first)
        else:
            os.link(first, place / f"{number % FOLDER:03}.jpg")


if __name__ == "__main__":
    import kinemacolor.engine.jobs.execution.ray.executor

    source, target, *numbers = sys.argv[1:]
    units, records, batch = map(int, numbers)
    print(json.dumps(begin(Path(source), Path(target), units, bool(records), batch)))
