"""Scaling over Ray actors, and to very large jobs.

Command: python -m benchmarks.scaling [--json benchmarks/results/scaling.json]

fps: frames a second of the same films by the default network in this process and in two Ray actors
with half of its cores each, in turn, from the executor's being ready to the job's end.

network: SIMULATED. A worker that waits a fixed time in place of all arithmetic, so that 32 actors
fit on one machine: what remains is the overhead of driver, ledger and Ray. Efficiency is the share
of their time that actors spend in that wait.

film: SIMULATED. One film of an hour, in actors that wait for every frame's index and colours as
long as --milliseconds say, with the colour memory off; what ranges the film is indexed by is read
from its packets. Beside it the same film indexed by one actor in one go. Time runs --haste times as
fast, so that driver, ledger and Ray cost so many times as much.

plan: a job of 100,000 stills: time until its first unit begins, when new and when half done, and
the driver's peak memory, also with each still a unit of its own. No still is coloured.
"""

from __future__ import annotations

import argparse
import importlib.metadata
from pathlib import Path
from typing import Any

from benchmarks.large_jobs import measure_plans
from benchmarks.ray_jobs import measure_film, measure_fps, measure_network
from benchmarks.record import verdict, write_json

PARTS = ("fps", "network", "film", "plan")
MOST_SLOWER, LEAST_EFFICIENCY = 0.05, 0.95
LEAST_OF_FILM = 0.9  # efficiency of up to sixteen actors
MOST_SECONDS = {"made": 30, "resumed": 10}
MOST_BYTES = 500_000_000


def holds(part: str, found: dict[str, Any]) -> bool:
    """Whether a part's results are within their bars."""
    if part == "fps":
        return found["ratio"] >= 1 - MOST_SLOWER
    if part == "network":
        return min(row["efficiency"] for row in found["rows"]) >= LEAST_EFFICIENCY
    if part == "film":
        rows = [row for row in found["rows"] if row["actors"] <= 16]
        return min(row["by ranges"]["efficiency"] for row in rows) >= LEAST_OF_FILM
    times = all(found[f"{name}_seconds"] < most for name, most in MOST_SECONDS.items())
    return times and found["peak_bytes_of_units"] < MOST_BYTES


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scaling",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--films", type=int, default=4, help="fps: how many")
    parser.add_argument("--frames", type=int, default=240, help="fps: of each film")
    parser.add_argument("--repeats", type=int, default=3, help="fps: the median counts")
    parser.add_argument("--actors", type=int, nargs="+", default=(1, 2, 4, 8, 16, 32))
    parser.add_argument("--wait", type=float, default=2.0, help="network: seconds a unit")
    parser.add_argument("--units", type=int, default=10, help="network: of each actor")
    parser.add_argument("--film-actors", type=int, nargs="+", default=(1, 4, 16, 32))
    parser.add_argument("--film-frames", type=int, default=86_400, help="film: an hour at 24")
    parser.add_argument(
        "--milliseconds",
        type=float,
        nargs=2,
        default=(7.0, 32.0),
        metavar=("INDEX", "COLOR"),
        help="film: of a frame's index and of its colours",
    )
    parser.add_argument("--haste", type=float, default=10, help="film: by which waits are divided")
    parser.add_argument("--stills", type=int, default=100_000, help="plan: how many")
    parser.add_argument("--json", type=Path, help="write the results there too")
    options = parser.parse_args()
    work = {
        "fps": lambda: measure_fps(options.films, options.frames, options.repeats),
        "network": lambda: measure_network(options.actors, options.wait, options.units),
        "film": lambda: measure_film(
            options.film_actors, options.film_frames, options.milliseconds, options.haste
        ),
        "plan": lambda: measure_plans(options.stills),
    }
    results: dict[str, Any] = {"ray": importlib.metadata.version("ray")}
    for part in options.parts:
        found = work[part]()
        results[part] = found | {"holds": holds(part, found)}
        print(f"{part}: {verdict(results[part]['holds'])}", flush=True)
    write_json(options.json, results)


if __name__ == "__main__":
    main()
