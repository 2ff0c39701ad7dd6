"""Runs the command of `made_up` as a program of its own, and looks at what it leaves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from kinemacolor.engine.jobs.state.folder import JOBS
from tests.engine.fakes import still
from tests.engine.media.video.films import make_film

ROOT = Path(__file__).parents[3]


def make_box(folder: Path) -> Path:
    """A folder of sources: three stills, and a reel with sound."""
    box = folder / "box"
    box.mkdir()
    for index in range(3):
        (box / f"{index}.png").write_bytes(still(index))
    make_film(box / "reel.mkv", frames=45, audio=["flac"])
    return box


def start(box: Path, out: Path, *words: str, **environment: object) -> subprocess.Popen[str]:
    program = [sys.executable, "-m", "tests.engine.jobs.made_up", "colorize", str(box)]
    return subprocess.Popen(
        [*program, "-o", str(out), "--segment-frames", "8", "--codec", "h264", *words],
        cwd=ROOT,
        env={**os.environ, **{key: str(value) for key, value in environment.items()}},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def run(box: Path, out: Path, *words: str, **environment: object) -> tuple[int, str]:
    process = start(box, out, *words, **environment)
    errors = process.communicate(timeout=900)[1]
    assert "Traceback" not in errors, errors
    return process.returncode, errors


def done_in(out: Path) -> set[str]:
    """What a job's ledger says is done."""
    return {json.loads(path.read_text())["name"] for path in out.glob(f"{JOBS}/*/done/*/*.json")}


def strays(out: Path) -> list[str]:
    """Whatever a finished job should not have left."""
    return [
        str(path)
        for path in out.rglob("*")
        if ".part" in path.name or path.name == "lock" or path.parent.name == "films"
    ]


def kinemacolor(*words: object) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-m", "tests.engine.jobs.made_up", *map(str, words)]
    return subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False)


def wait_for(condition: Callable[[], object]) -> None:
    while not condition():
        time.sleep(0.02)
