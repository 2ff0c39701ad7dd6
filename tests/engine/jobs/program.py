"""Runs the command of `made_up` as a program of its own, and looks at what it leaves."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

from kinemacolor.engine.jobs.state.folder import JOBS
from tests.engine.fakes import still
from tests.engine.jobs.forkserver import Program
from tests.engine.media.video.films import make_film


def make_box(folder: Path) -> Path:
    """A folder of sources: three stills, and a reel with sound."""
    box = folder / "box"
    box.mkdir()
    for index in range(3):
        (box / f"{index}.png").write_bytes(still(index))
    make_film(box / "reel.mkv", frames=45, audio=["flac"])
    return box


def kinemacolor(*words: object, **environment: object) -> Program:
    """The command, at its end, in an environment with these variables besides."""
    more = {key: str(value) for key, value in environment.items()}
    program = Program([str(word) for word in words], {**os.environ, **more})
    program.wait()
    return program


def start(box: Path, out: Path, *words: str, **environment: object) -> Program:
    """`kinemacolor colorize`, running, in an environment with these variables besides."""
    command = ["colorize", str(box), "-o", str(out), "--segment-frames", "8", "--codec", "h264"]
    more = {key: str(value) for key, value in environment.items()}
    return Program([*command, *words], {**os.environ, **more})


def run(box: Path, out: Path, *words: str, **environment: object) -> tuple[int, str]:
    """Status and errors of `kinemacolor colorize`."""
    program = start(box, out, *words, **environment)
    program.wait()
    assert "Traceback" not in program.errors, program.errors
    return program.returncode, program.errors


def complaints(errors: str) -> list[str]:
    """What is told besides what is being done."""
    told = ("Working ", "Loading ", "Reading ", "Matching ", "Colouring ", "Joining ")
    return [line for line in errors.splitlines() if not line.startswith(told)]


def guide(source: Path, points: Mapping[int, str]) -> None:
    """Write a guide beside a film or still that gives colours, such as "#ff0000", for frames."""
    said = [{"frame": frame, "x": 1, "y": 1, "color": color} for frame, color in points.items()]
    place = source.with_name(f"{source.name}.colours.json")
    place.write_text(json.dumps({"version": 1, "points": said}))


def kept(out: Path) -> dict[str, bytes]:
    """What a job has kept of its films, by names without what depends on the folder."""
    return {
        re.sub(r"-[0-9a-f]{8}(?=$|/)", "", "/".join(path.relative_to(folder).parts[1:])): data
        for folder in out.glob(f"{JOBS}/*/films")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and (data := path.read_bytes()) is not None
    }


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
