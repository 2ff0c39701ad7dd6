"""Peak memory against the length of a film.

Command: python -m benchmarks.memory [--json benchmarks/results/memory.json]

Generated reels of several lengths are coloured as `kinemacolor colorize` does it, each in a fresh
process. Bars: the peak grows by 5 % at most from the shortest to the longest, and stays under 2 GB.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.record import verdict, write_json
from benchmarks.reels import write_reel
from benchmarks.whole_job import color_whole, spent_on
from kinemacolor.engine.settings import Settings

FRAMES = (300, 3000)
MOST_GROWTH, MOST_BYTES = 0.05, 2_000_000_000


def measure(
    lengths: Sequence[int], size: tuple[int, int], settings: Settings
) -> Iterator[dict[str, Any]]:
    """One row a length.

    Args:
        lengths: frames.
        size: width, height.
    """
    width, height = size
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for length in lengths:
            film = folder / f"{length}.mkv"
            write_reel(film, height, width, length)
            spent = spent_on(color_whole, film, folder / "out", settings)
            yield {"frames": length, "peak_bytes": spent.peak}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--frames", type=int, nargs="+", default=FRAMES, help="lengths")
    parser.add_argument(
        "--size",
        default="640x480",
        help="WIDTHxHEIGHT",
        type=lambda text: tuple(map(int, text.split("x"))),
    )
    parser.add_argument("--model", default="kinema")
    parser.add_argument("--backend", default="inductor", help="what long films get on CPUs")
    parser.add_argument("--json", type=Path, help="write the table there too")
    options = parser.parse_args()
    asked = Settings(model=options.model, backend=options.backend, device="cpu")
    rows = []
    for row in measure(options.frames, options.size, asked):
        rows.append(row)
        print(f"{row['frames']:>7} frames  {row['peak_bytes'] / 1e6:8.1f} MB", flush=True)
    growth = rows[-1]["peak_bytes"] / rows[0]["peak_bytes"]
    most = max(row["peak_bytes"] for row in rows)
    holds = growth <= 1 + MOST_GROWTH and most < MOST_BYTES
    print(f"longest over shortest {growth:.3f}: {verdict(holds)}")
    write_json(options.json, {"films": rows, "growth": growth, "holds": holds})


if __name__ == "__main__":
    main()
