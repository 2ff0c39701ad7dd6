"""A reel of three shots that is coloured for a guide, by a worker that tells what it did."""

from __future__ import annotations

from pathlib import Path

from kinemacolor.engine.jobs.state.folder import JobFolder, find_jobs
from kinemacolor.engine.settings import Settings
from tests.engine.job_runs import Done, run
from tests.engine.jobs import made_up
from tests.engine.jobs.program import guide
from tests.engine.media.video.films import make_film

SETTINGS = Settings(segment_frames=10, codec="h264")
RED, DARKER, GREEN = "#0a0000", "#140000", "#050a00"
SHOTS = 3  # of the film: frames 0 to 19, 20 to 39, 40 to 44
SEGMENTS = {0: ["0 to 9", "10 to 19"], 1: ["20 to 29", "30 to 39"], 2: ["40 to 44"]}  # by shots


def make_reel(folder: Path) -> Path:
    """The film, in a folder of its own."""
    (folder / "in").mkdir()
    return make_film(folder / "in/reel.mkv", frames=45)


def say_and_color(source: Path, folder: Path) -> Path:
    """Say something of the film's first two shots, and colour it."""
    guide(source, {3: RED, 21: GREEN})
    assert begun(source, folder) == ["index", "exemplars", *segments(0, 1, 2), "assembly"]
    return source


def color(
    source: Path,
    folder: Path,
    settings: Settings = SETTINGS,
    *,
    keep_records: bool = False,
    **orders: str,
) -> Done:
    worker = made_up.Worker(settings, orders)
    out = f"{folder}/out/"
    return run(source, out=out, worker=worker, settings=settings, keep_records=keep_records)


def begun(source: Path, folder: Path, settings: Settings = SETTINGS) -> list[str]:
    """Colour the film; returns what was done for it."""
    started = folder / "started"
    started.unlink(missing_ok=True)
    done = color(source, folder, settings, STARTED=str(started))
    assert not done.failures, done.failures
    assert done.progress.done == done.progress.total
    lines = started.read_text().splitlines() if started.exists() else []
    return [line.rpartition(", ")[2] for line in lines]


def segments(*shots: int) -> list[str]:
    return [f"frames {frames}" for shot in shots for frames in SEGMENTS[shot]]


def fresh(source: Path, tmp_path: Path) -> bytes:
    """What a job of its own gives."""
    folder = tmp_path / "fresh"
    folder.mkdir()
    color(source, folder)
    return (folder / "out/reel.mkv").read_bytes()


def job_in(folder: Path) -> JobFolder:
    [job] = find_jobs(folder / "out")
    return job
