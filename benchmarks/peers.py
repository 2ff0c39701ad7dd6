"""The default network beside other projects': time and memory a picture, and speed of films.

Command: python -m benchmarks.peers [--backend NAME] [--json benchmarks/results/peers.json]

Each network is measured at the size at which its authors ask it and at 256 pixels, in processes of
its own: milliseconds of CPU a square picture on one thread (by the clock on a GPU), the least and
the median of several calls, and the process's peak memory. Then a film of 640x480 goes through the
whole engine, `kinemacolor colorize` in a process of its own.

Other projects' weights cannot come with this one, so theirs are synthetic here
(`benchmarks.synthetic_weights`). Their speed does not depend on that; films' does a little, as
frames that the network sees are chosen by how far its colours can be carried.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.backends import alone, timed
from benchmarks.record import write_json
from benchmarks.reels import write_reel
from benchmarks.synthetic_weights import weights_file
from benchmarks.whole_job import color_whole, spent_on
from kinemacolor.engine.settings import Settings
from kinemacolor.models.facts import FACTS

OWN_SIZES = {
    "kinema": 256,
    "eccv16": 256,
    "siggraph17": 256,
    "ddcolor_tiny": 512,
    "ddcolor_large": 512,
}
_COMMON = 256
_FILM = (480, 640)


def measure(
    names: Sequence[str], settings: Settings, calls: int, frames: int
) -> Iterator[dict[str, Any]]:
    """One row a network and size.

    Args:
        names: of the networks.
        settings: backend, precision and device.
        calls: pictures that are timed.
        frames: length of the film; 0 leaves it out.
    """
    with tempfile.TemporaryDirectory() as place:
        os.environ["KINEMACOLOR_CACHE"] = os.path.join(place, "cache")
        film = Path(place, "film.mkv")
        if frames:
            write_reel(film, *_FILM, frames)
        for name in names:
            file = weights_file(name, Path(place))
            for size in sorted({OWN_SIZES[name], _COMMON}):
                here = replace(settings, model=str(file), working_size=size)
                row: dict[str, Any] = {
                    "network": name,
                    "synthetic": file.parent == Path(place),
                    "size": size,
                    "parameters": FACTS[name].parameters,
                    **alone(timed, here, (size, size), calls),
                }
                if frames:
                    spent = spent_on(color_whole, film, Path(place, f"{name}-{size}"), here)
                    row["fps"] = round(frames / spent.wall, 2)
                    row["film_cpu_ms"] = round(1000 * spent.cpu / frames, 1)
                    row["film_megabytes"] = round(spent.peak / 1e6)
                yield row


def _line(row: dict[str, Any]) -> str:
    weights = "synthetic" if row["synthetic"] else "its own"
    line = (
        f"{row['network']:>14} {row['size']:4d} px  {row['parameters'] / 1e6:6.1f} M  {weights:>9}"
        f"  {row['ms']:8.1f} ms (least {row['ms_least']:.1f})  {row['peak_megabytes']:5d} MB"
    )
    if "fps" in row:
        line += (
            f"  film: {row['fps']} frames a second, {row['film_cpu_ms']} ms of CPU a frame, "
            f"{row['film_megabytes']} MB"
        )
    return line


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--networks", nargs="+", default=list(OWN_SIZES), choices=list(OWN_SIZES))
    parser.add_argument("--backend", default="eager")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--calls", type=int, default=7, help="pictures timed")
    parser.add_argument("--frames", type=int, default=96, help="of the film; 0 for none")
    parser.add_argument("--json", type=Path, help="write the table there too")
    options = parser.parse_args()
    settings = Settings(device=options.device, backend=options.backend, precision=options.precision)
    rows = []
    for row in measure(options.networks, settings, options.calls, options.frames):
        rows.append(row)
        print(_line(row), flush=True)
        write_json(options.json, rows)


if __name__ == "__main__":
    main()
