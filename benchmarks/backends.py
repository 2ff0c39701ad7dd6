"""Speed, accuracy and cost of the backends.

Command: python -m benchmarks.backends [--json benchmarks/results/backends.json]

Measures for every backend and network: milliseconds a picture (CPU time of one thread, or wall time
on a GPU), the distance of its colours from eager float32's, the time to compile the network, and
the peak memory of a process that has loaded the compiled one. Each is measured in processes of its
own with an empty cache. Where the parity gate refuses a backend's own precision, float32 is
measured. Networks without published weights get synthetic ones (`benchmarks.synthetic_weights`),
which give the right speed but only a hint of parity.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from benchmarks.record import write_json
from benchmarks.synthetic_weights import weights_file
from kinemacolor.engine.backends.base import Shape
from kinemacolor.engine.backends.choice import open_networks
from kinemacolor.engine.backends.parity import compare, probes
from kinemacolor.engine.backends.precompile import compile_ahead
from kinemacolor.engine.backends.registry import EAGER, PARITY_LIMITS
from kinemacolor.engine.peak_memory import peak
from kinemacolor.engine.settings import BACKENDS, Settings
from kinemacolor.models import weights
from kinemacolor.models.catalog import CATALOG
from kinemacolor.models.device import pick_device
from kinemacolor.models.errors import KinemacolorError

NETWORKS = ("kinema", "kmhcnet_6", "kmhcnet_8", "msau_net")


def _cpu_seconds() -> float:
    """Of this process and the compilers that it has run."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def proven(settings: Settings, shape: Shape) -> dict[str, Any]:
    """Parity, and for compiled networks seconds of building by the clock and of CPU, and size."""
    torch.set_num_threads(1)
    if settings.backend == EAGER:
        return _eager_parity(settings, shape)
    start = _cpu_seconds()
    [report] = compile_ahead(settings, [shape])
    spent = _cpu_seconds() - start
    size = sum(file.stat().st_size for file in report.place.iterdir()) if not report.problem else 0
    return {
        "precision": report.precision,
        "mean": report.mean,
        "p99": report.p99,
        "problem": report.problem,
        "build_seconds": report.seconds,
        "build_cpu_seconds": round(spent, 1),
        "megabytes": round(size / 1e6, 1),
    }


def _eager_parity(settings: Settings, shape: Shape) -> dict[str, Any]:
    device = pick_device(settings.device)
    network, _ = open_networks(weights.load(settings.model), device, "eager", settings.precision)
    precision = network.fingerprint.split("/")[2]
    parity = compare(
        network, weights.load(settings.model).network(), shape, PARITY_LIMITS[precision]
    )
    return {
        "precision": precision,
        "mean": parity.mean,
        "p99": parity.p99,
        "problem": parity.problem,
    }


def timed(settings: Settings, shape: Shape, calls: int) -> dict[str, Any]:
    """Milliseconds a picture, and this process's peak memory."""
    device = pick_device(settings.device)
    loaded = weights.load(settings.model)
    network, _ = open_networks(loaded, device, settings.backend, settings.precision)
    pictures = (probes(shape) * network.batch)[: network.batch]
    network(pictures)
    clock = time.process_time if device.type == "cpu" else time.perf_counter
    spent = []
    for _ in range(calls):
        start = clock()
        network(pictures)
        spent.append(1000 * (clock() - start) / len(pictures))
    return {
        "ms": round(statistics.median(spent), 2),
        "ms_least": round(min(spent), 2),
        "peak_megabytes": round(peak() / 1e6),
    }


def alone(work: Any, *arguments: Any) -> Any:
    """What `work(*arguments)` gives in a fresh process."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh) as pool:
        return pool.submit(work, *arguments).result()


def measure(
    names: Sequence[str], backends: Sequence[str], settings: Settings, shape: Shape, calls: int
) -> Iterator[dict[str, Any]]:
    """One row a network and backend; a backend that is not at hand has a row that says why."""
    with tempfile.TemporaryDirectory() as place:
        os.environ["KINEMACOLOR_CACHE"] = os.path.join(place, "cache")
        for name in names:
            file = weights_file(name, Path(place))
            own = file.parent != Path(place)
            for backend in backends:
                row = {"variant": name, "backend": backend, "own_weights": own}
                here = replace(settings, model=str(file), backend=backend)
                try:
                    said = alone(proven, here, shape)
                    if said["problem"] and settings.precision == "auto":
                        row["refused"] = said
                        here = replace(here, precision="fp32")
                        said = alone(proven, here, shape)
                    row |= said
                    if not row["problem"]:
                        row |= alone(timed, here, shape, calls)
                except KinemacolorError as error:
                    row["problem"] = error.problem
                yield row


def _line(row: dict[str, Any]) -> str:
    head = f"{row['variant']:>22} {row['backend']:>9}"
    if "ms" not in row:
        return f"{head}  not used: {row['problem']}"
    if "refused" in row:
        head += f"  {row['refused']['precision']} {row['refused']['problem']};"
    building = ""
    if "build_seconds" in row:
        building = f"  built in {row['build_seconds']} s ({row['build_cpu_seconds']} of CPU)"
    return (
        f"{head} {row['precision']}  {row['ms']:8.1f} ms  mean {row['mean']:.3f} p99 "
        f"{row['p99']:.3f}  {row['peak_megabytes']:6d} MB{building}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backends", description=__doc__)
    parser.add_argument("--variants", nargs="+", default=NETWORKS, help="networks, or all")
    parser.add_argument("--backends", nargs="+", default=BACKENDS[1:], choices=BACKENDS[1:])
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--device", default="auto")
    parser.add_argument(
        "--size", type=int, nargs=2, default=(256, 256), metavar=("ROWS", "COLUMNS")
    )
    parser.add_argument("--calls", type=int, default=15, help="pictures or batches timed")
    parser.add_argument("--json", type=Path, help="write the table there too")
    options = parser.parse_args()
    names = list(CATALOG) if list(options.variants) == ["all"] else options.variants
    settings = Settings(device=options.device, precision=options.precision)
    rows = []
    for row in measure(names, options.backends, settings, tuple(options.size), options.calls):
        rows.append(row)
        print(_line(row), flush=True)
        write_json(options.json, {"size": list(options.size), "rows": rows})


if __name__ == "__main__":
    main()
