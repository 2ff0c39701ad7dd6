"""Colours damaged files and tells every false word: python -m tests.fuzz --mutants 50 --seed 1"""

from __future__ import annotations

import argparse
import faulthandler
import shutil
import sys
import tempfile
from pathlib import Path

from kinemacolor.engine.machine import peak_memory
from tests.fuzz.command import colorize
from tests.fuzz.inputs import NAMES, make_input
from tests.fuzz.judge import judge
from tests.fuzz.mutations import mutant

_BATCH = 50  # mutants in one job
_LIMIT = 600  # seconds that a batch may take: a hang is a fault
_MEMORY = 2 << 30  # bytes


def fuzz(name: str, seed: int, numbers: range, folder: Path) -> list[str]:
    """Colour mutants of one input as one job.

    Args:
        name: of the input.
        seed, numbers: which mutants.
        folder: that sources and results go into.

    Returns:
        What was wrong, a line each.
    """
    box, out = folder / "box", folder / "out"
    box.mkdir()
    content, whole = make_input(name, folder), folder / name
    whole.write_bytes(content)
    words = {}
    for number in numbers:
        damaged, words[number] = mutant(content, name, seed, number)
        (box / f"{number}-{name}").write_bytes(damaged)
    faulthandler.dump_traceback_later(_LIMIT, exit=True)
    events, errors, status = colorize(box, out)
    faulthandler.cancel_dump_traceback_later()
    wrong = []
    for number in numbers:
        problem = judge(box / f"{number}-{name}", events, whole)
        if problem:
            wrong.append(f"{name} {number} ({words[number]}): {problem}")
    if "Traceback" in errors or status not in (0, 1):
        wrong.append(f"{name} {numbers}: status {status}: {errors[-2000:]}")
    strays = [line for line in errors.splitlines() if line.strip()]
    if not wrong and strays:
        wrong.append(f"{name} {numbers}: on the terminal: {strays[0]}")
    return wrong


def main() -> None:
    """Run the program; status 1 where anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--inputs", nargs="+", default=NAMES, choices=NAMES)
    parser.add_argument("--mutants", type=int, default=50, help="of each input")
    parser.add_argument("--first", type=int, default=0, help="number of the first mutant")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder in which all files stay")
    words = parser.parse_args()
    wrong: list[str] = []
    for name in words.inputs:
        for first in range(words.first, words.first + words.mutants, _BATCH):
            numbers = range(first, min(first + _BATCH, words.first + words.mutants))
            folder = Path(tempfile.mkdtemp(dir=words.keep, prefix=f"{name}-{first}-"))
            found = fuzz(name, words.seed, numbers, folder)
            print(*found, sep="\n", end="\n" if found else "", flush=True)
            wrong += found
            if not words.keep:
                shutil.rmtree(folder)
    peak = peak_memory() or 0
    if peak > _MEMORY:
        wrong.append("memory")
    total = words.mutants * len(words.inputs)
    print(f"{total} mutants, seed {words.seed}: {len(wrong)} wrong, {peak >> 20} MB at the most")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
