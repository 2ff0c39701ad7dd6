"""Throughput in pictures a second, by stage and of whole jobs.

Command: python -m benchmarks.throughput [--json benchmarks/results/throughput.json]
(stills: --sizes "" --stills 200 --json benchmarks/results/throughput_stills.json)

A stage alone is measured in CPU time. A whole job is `kinemacolor colorize` in a process of its
own, from planning to the finished file, loading the network included. Its efficiency is its speed
over the speed that the sum of the stages allows on the same cores. Bar: 0.85 or more on idle cores;
on busy ones, CPU time still shows what the pipeline adds to its stages. As the speed of a shared
machine drifts, films' stages are measured before and after the whole job.

Films are grey with grain and flicker, stills JPEGs of 2 to 12 megapixels in a zip (sixteen, again
and again). The naive script is `benchmarks.naive`.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.naive import color_naively
from benchmarks.photo_archive import photos
from benchmarks.record import verdict, write_json
from benchmarks.reels import write_reel
from benchmarks.whole_job import Spent, color_whole, spent_on
from kinemacolor.engine.bench.machine import machine
from kinemacolor.engine.bench.media import write_photos
from kinemacolor.engine.bench.stages import film_costs, still_costs
from kinemacolor.engine.settings import Settings

SIZES = ((640, 480), (1280, 720), (1920, 1080))
LEAST_EFFICIENCY, LEAST_RATIO, MOST_STILLS_BYTES = 0.85, 10.0, 1_500_000_000
_STAGES_OF = 48  # frames whose stages are measured


def _rates(spent: Spent, count: int, costs: dict[str, float], unit: str) -> dict[str, Any]:
    """Row of the table: a whole job beside the sum of its stages' costs."""
    bound = 1000 * machine()["cores"] / sum(costs.values())
    rate = count / spent.wall
    return {
        "ms": {stage: round(cost, 2) for stage, cost in costs.items()},
        "sum_ms": round(sum(costs.values()), 1),
        "whole_cpu_ms": round(1000 * spent.cpu / count, 1),
        unit: round(rate, 2),
        f"bound_{unit}": round(bound, 2),
        "efficiency": round(rate / bound, 3),
        "holds": rate >= LEAST_EFFICIENCY * bound,
        "peak_mb": round(spent.peak / 1e6),
    }


def measure_film(
    size: tuple[int, int], frames: int, settings: Settings, grain: float, naive: int
) -> dict[str, Any]:
    """Measure films of one size.

    Args:
        frames: length of the whole job's film.
        grain: deviation in codes.
        naive: frames for the naive script; 0 leaves it out.
    """
    width, height = size
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        film, short = folder / "film.mkv", folder / "short.mkv"
        write_reel(film, height, width, frames, grain=grain)
        write_reel(short, height, width, min(frames, _STAGES_OF), grain=grain)
        before = film_costs(short, folder, settings)
        whole = spent_on(color_whole, film, folder / "out", settings)
        after = film_costs(short, folder, settings)
        costs = {stage: (before[stage] + after[stage]) / 2 for stage in before}
        row = {"size": f"{width}x{height}", **_rates(whole, frames, costs, "fps")}
        if naive:
            write_reel(short, height, width, naive, grain=grain)
            script = spent_on(color_naively, short, folder, settings.model, settings.working_size)
            ratio = script.wall / naive / (whole.wall / frames)
            row["naive"] = {
                "fps": round(naive / script.wall, 2),
                "cpu_ms": round(1000 * script.cpu / naive, 1),
                "ratio": round(ratio, 2),
                "cpu_ratio": round(script.cpu / naive / (whole.cpu / frames), 2),
                "holds": ratio >= LEAST_RATIO,
            }
    return row


def measure_stills(count: int, settings: Settings) -> dict[str, Any]:
    """Measure a zip of stills."""
    contents = photos(count)
    costs = still_costs(contents[: len(set(contents))], settings)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_photos(folder / "photos.zip", contents)
        spent = spent_on(color_whole, folder / "photos.zip", folder / "out", settings)
    row = {"stills": count, **_rates(spent, count, costs, "per_second")}
    row["holds"] &= spent.peak <= MOST_STILLS_BYTES
    return row


def _line(name: str, row: dict[str, Any], unit: str) -> str:
    stages = "  ".join(f"{stage} {cost:.1f}" for stage, cost in row["ms"].items())
    line = (
        f"{name:>10}  {stages}  | sum {row['sum_ms']}, whole job {row['whole_cpu_ms']} ms of CPU | "
        f"{row[unit]} a second of {row[f'bound_{unit}']} possible ({row['efficiency']:.0%}: "
        f"{verdict(row['holds'])}), {row['peak_mb']} MB"
    )
    if "naive" in row:
        naive = row["naive"]
        line += (
            f"\n{'naive':>10}  {naive['cpu_ms']} ms of CPU, {naive['fps']} a second: "
            f"{naive['ratio']} times slower ({verdict(naive['holds'])}), "
            f"{naive['cpu_ratio']} times in CPU"
        )
    return line


def _sizes(text: str) -> Sequence[tuple[int, int]]:
    return [(int(w), int(h)) for w, h in (size.split("x") for size in text.split(",") if size)]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.throughput",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--frames", type=int, default=1440, help="length of the measured film")
    parser.add_argument("--sizes", type=_sizes, default=SIZES, help='WIDTHxHEIGHT,...; "" for none')
    parser.add_argument("--grain", type=float, default=4.0, help="deviation in 8-bit codes")
    parser.add_argument(
        "--naive", type=int, default=48, help="frames for the naive script, smallest size; 0: none"
    )
    parser.add_argument("--stills", type=int, default=0, help="stills in a zip; 0 for none")
    parser.add_argument("--model", default="kinema")
    parser.add_argument("--backend", default="inductor", help="what long films get on CPUs")
    parser.add_argument("--color-every", default="auto")
    parser.add_argument("--json", type=Path, help="write the tables there too")
    options = parser.parse_args()
    settings = Settings(
        model=options.model,
        backend=options.backend,
        color_every=options.color_every,
        device="cpu",
    )
    print(f"{machine()['cores']} cores; milliseconds of CPU a picture by stage, then the whole job")
    rows = []
    for size in options.sizes:
        naive = options.naive if size == min(options.sizes) else 0
        rows.append(measure_film(size, options.frames, settings, options.grain, naive))
        print(_line(rows[-1]["size"], rows[-1], "fps"), flush=True)
    results: dict[str, Any] = {"films": rows, "grain": options.grain}
    if options.stills:
        results["stills"] = measure_stills(options.stills, settings)
        print(_line(f"{options.stills} stills", results["stills"], "per_second"))
    write_json(options.json, results)


if __name__ == "__main__":
    main()
