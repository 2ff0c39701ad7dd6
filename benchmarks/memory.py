"""Peak memory against the length of a film: `python -m benchmarks.memory`.

Generated reels of two lengths are coloured, each in a fresh process. The peak must not grow with
the film (5 % at most from the shortest to the longest), and stay under 2 GB.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.peak import peak
from benchmarks.record import write_json
from benchmarks.reels import write_reel
from engine.settings import Settings
from engine.worker import Worker

FRAMES = (300, 3000)
MOST_GROWTH, MOST_BYTES = 0.05, 2_000_000_000


def colour_alone(film: Path, target: Path, settings: Settings) -> tuple[int, int]:
    """Frames coloured, and this process's peak memory after that."""
    report = Worker(settings).film(film, target, lambda: None)
    return report.frames, peak()


def measure(
    lengths: Sequence[int], size: tuple[int, int], settings: Settings
) -> Iterator[dict[str, Any]]:
    """One row a length.

    Args:
        lengths: frames.
        size: width, height.
    """
    width, height = size
    fresh = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        for length in lengths:
            film = Path(folder, f"{length}.mkv")
            write_reel(film, height, width, length)
            with ProcessPoolExecutor(1, mp_context=fresh) as pool:
                done = pool.submit(colour_alone, film, Path(folder, "coloured.mkv"), settings)
                frames, most = done.result()
            yield {"frames": frames, "peak_bytes": most}


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
    parser.add_argument("--json", type=Path, help="write the table there too")
    options = parser.parse_args()
    rows = []
    for row in measure(options.frames, options.size, Settings(model=options.model)):
        rows.append(row)
        print(f"{row['frames']:>7} frames  {row['peak_bytes'] / 1e6:8.1f} MB", flush=True)
    growth = rows[-1]["peak_bytes"] / rows[0]["peak_bytes"]
    most = max(row["peak_bytes"] for row in rows)
    holds = growth <= 1 + MOST_GROWTH and most < MOST_BYTES
    print(f"longest over shortest {growth:.3f}: {'holds' if holds else 'FAILS'}")
    write_json(options.json, {"films": rows, "growth": growth, "holds": holds})


if __name__ == "__main__":
    main()
