"""Time from the shell's return key until something is there: help, list, a photo, a film's frame.

Runs commands in processes of their own, with compiled files on a warm disk and no compiled
networks: once to warm up, then several times. Prints medians of the time until the process ends,
of its CPU time, until its first word, and until its first frame or still is coloured. Other
checkouts can be measured beside this one, in turn, so that a busy machine is busy for all.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.record import write_json
from kinemacolor.engine.bench.machine import machine
from kinemacolor.engine.bench.media import photos, picture, scene, write_film

ROOT = Path(__file__).parents[1]
NAMES = ("help", "models", "photo", "film")
SHAPE, FRAMES = (480, 640), 100  # of the film
# Runs the command, and writes when the first frame or still was done.
_PROGRAM = """
import json, os, sys, time
marks = sys.argv.pop(1)
class Watch:
    def find_spec(self, name, *_):
        if name == "kinemacolor.cli.run":  # nothing is loaded here that the command does not load
            sys.meta_path.remove(self)
            from kinemacolor.engine.jobs.reporting.progress import Progress
            advance = Progress.advance
            def first(self, frames=1):
                if frames > 0 and not os.path.exists(marks):
                    with open(marks, "w") as file:
                        json.dump(time.time(), file)
                advance(self, frames)
            Progress.advance = first
sys.meta_path.insert(0, Watch())
from kinemacolor import __main__
getattr(__main__, "program", __main__.main)()
"""


class Start(NamedTuple):
    """Seconds of a command.

    Attributes:
        whole: until its process has ended.
        cpu: of all its threads and children.
        word: until it has said something; 0 where it says nothing before its end.
        frame: until a frame or still is coloured; 0 where it colours none.
    """

    whole: float
    cpu: float
    word: float
    frame: float


def run(tree: Path, words: Sequence[str], folder: Path) -> Start:
    """Time a command of the checkout `tree`, which may write into `folder`.

    Raises:
        RuntimeError: it fails.
    """
    marks = folder / "marks.json"
    marks.unlink(missing_ok=True)
    environment = {
        **os.environ,
        "PYTHONPATH": str(tree),
        "KINEMACOLOR_CACHE": str(folder / "cache"),
    }
    command = [sys.executable, "-c", _PROGRAM, str(marks), *words]
    began = time.time()
    process = subprocess.Popen(
        command, cwd=tree, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdout
    said = os.read(process.stdout.fileno(), 1 << 16)
    word = time.time() - began
    while part := os.read(process.stdout.fileno(), 1 << 16):
        said += part
    _, status, usage = os.wait4(process.pid, 0)
    whole = time.time() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(words)}: status {process.returncode}: {said.decode()}")
    frame = json.loads(marks.read_text()) - began if marks.exists() else 0.0
    return Start(whole, usage.ru_utime + usage.ru_stime, word if said else 0.0, frame)


def commands(folder: Path) -> dict[str, list[str]]:
    """The commands by name, with a photo and a film that are made in `folder`."""
    still, film = folder / "photo.jpg", folder / "film.mkv"
    still.write_bytes(photos(1, picture(0))[0])
    write_film(film, scene(picture(0), *SHAPE, FRAMES))
    out, plain = folder / "out", ["--overwrite", "--device", "cpu", "--backend", "eager"]
    return {
        "help": ["--help"],
        "models": ["models"],
        "photo": ["colorize", str(still), "-o", str(out / "photo.jpg"), *plain],
        "film": ["colorize", str(film), "-o", str(out / "film.mkv"), *plain],
    }


def measure(trees: Sequence[Path], times: int, names: Sequence[str]) -> dict[str, dict[str, Start]]:
    """Medians by checkout and command; checkouts take turns."""
    found: dict[tuple[str, str], list[Start]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for title, words in commands(folder).items():
            if title not in names:
                continue
            for number in range(times + 1):
                for tree in trees:
                    start = run(tree, words, folder)
                    if number:  # the first warms up
                        found.setdefault((str(tree), title), []).append(start)
    results: dict[str, dict[str, Start]] = {}
    for (place, title), starts in found.items():
        medians = Start(*(round(statistics.median(column), 2) for column in zip(*starts)))  # noqa: B905
        results.setdefault(place, {})[title] = medians
    return results


def main() -> None:
    """Print a table for each checkout."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.starting", description=__doc__)
    parser.add_argument("--times", type=int, default=5, help="runs of each command")
    parser.add_argument("--only", nargs="+", default=NAMES, choices=NAMES)
    parser.add_argument("--beside", type=Path, nargs="*", default=[], help="other checkouts")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    options = parser.parse_args()
    trees = [ROOT, *(tree.absolute() for tree in options.beside)]
    results = measure(trees, options.times, options.only)
    print(f"{machine()['processor']}, load average {os.getloadavg()[0]:.0f}")
    for tree, rows in results.items():
        print(f"\n{tree}\n\n| | whole | CPU | first word | first frame |\n|---|---|---|---|---|")
        for title, start in rows.items():
            print(f"| {title} | " + " | ".join(f"{x:.2f}" if x else "" for x in start) + " |")
    write_json(
        options.json, {k: {n: s._asdict() for n, s in v.items()} for k, v in results.items()}
    )


if __name__ == "__main__":
    main()
