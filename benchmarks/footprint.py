"""Size of what is installed, and time until it is imported.

Command: python -m benchmarks.footprint [--json FILE]

The size of the wheel, built from the tree; the size of the environment that this runs in, with its
largest packages; and the time that `import kinemacolor` and `kinemacolor --help` take in a process
of their own, the median of several.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.record import write_json

ROOT = Path(__file__).parents[1]
TIMES = 7
_BUILD = "import setuptools.build_meta as b, sys; print(b.build_wheel(sys.argv[1]))"
_PARTS = ("engine", "models", "trainers", "kinemacolor")
_FILES = ("pyproject.toml", "README.md", "LICENSE")


def wheel_bytes() -> int:
    """Size of the wheel, built in a copy of the tree."""
    with tempfile.TemporaryDirectory() as name:
        tree, target = Path(name, "tree"), Path(name, "dist")
        tree.mkdir()
        target.mkdir()
        for part in _PARTS:
            shutil.copytree(ROOT / part, tree / part, symlinks=True)
        for file in _FILES:
            shutil.copy(ROOT / file, tree)
        command = [sys.executable, "-c", _BUILD, str(target)]
        subprocess.run(command, cwd=tree, check=True, capture_output=True)
        [wheel] = target.glob("*.whl")
        return wheel.stat().st_size


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder, links not followed."""
    return sum(
        path.lstat().st_size for path in folder.rglob("*") if path.is_file() or path.is_symlink()
    )


def largest(packages: Path, count: int) -> dict[str, int]:
    """The packages that take most room, with their bytes."""
    sizes = {place.name: size_of(place) for place in packages.iterdir() if place.is_dir()}
    return dict(sorted(sizes.items(), key=lambda item: -item[1])[:count])


def import_seconds() -> float:
    """Median time of `import kinemacolor` in a fresh process."""
    code = (
        "import time; t = time.perf_counter(); import kinemacolor; print(time.perf_counter() - t)"
    )
    return statistics.median(float(_said("-c", code)) for _ in range(TIMES))


def help_seconds() -> float:
    """Median time of `kinemacolor --help`, Python's own start included."""
    spent = []
    for _ in range(TIMES):
        began = time.perf_counter()
        _said("-m", "kinemacolor", "--help")
        spent.append(time.perf_counter() - began)
    return statistics.median(spent)


def _said(*words: str) -> str:
    command = [sys.executable, *words]
    return subprocess.run(command, check=True, capture_output=True, cwd=ROOT, text=True).stdout


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.footprint", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures there too")
    options = parser.parse_args()
    found: dict[str, Any] = {
        "wheel_bytes": wheel_bytes(),
        "environment_bytes": size_of(Path(sys.prefix)),
        "largest_bytes": largest(Path(sysconfig.get_path("purelib")), 5),
        "import_seconds": round(import_seconds(), 4),
        "help_seconds": round(help_seconds(), 3),
    }
    print(f"wheel {found['wheel_bytes'] / 1e6:.1f} MB")
    parts = ", ".join(f"{name} {size / 1e6:,.0f}" for name, size in found["largest_bytes"].items())
    print(f"environment {found['environment_bytes'] / 1e6:,.0f} MB; of these {parts}")
    print(f"import kinemacolor {1000 * found['import_seconds']:.1f} ms")
    print(f"kinemacolor --help {1000 * found['help_seconds']:.0f} ms")
    write_json(options.json, found)


if __name__ == "__main__":
    main()
