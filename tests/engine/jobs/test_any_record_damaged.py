"""Any record of a killed job is damaged, in any way: nothing is lost, and the job goes on."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

from kinemacolor.engine.jobs.state.folder import JOBS
from tests.engine.fakes import still, tree, write_zip
from tests.engine.jobs.program import kinemacolor, run, strays
from tests.engine.media.video.films import make_film

OLD = 1000  # seconds since the driver of the killed job was last heard of
KINDS = ("cut", "zeroed", "scrambled", "empty", "{}", "a folder", "unreadable")
RECORDS = ("job.json", "plan.jsonl", "log.jsonl", "lock", "index", "stills", "archive", "segment")


@pytest.fixture(scope="module")
def box(tmp_path_factory) -> Path:
    box = tmp_path_factory.mktemp("records") / "box"
    box.mkdir()
    for index in range(3):
        (box / f"{index}.png").write_bytes(still(index))
    write_zip(box / "more.zip", {"x.png": still(7), "y.png": still(8)})
    make_film(box / "reel.mkv", frames=45)
    return box


@pytest.fixture(scope="module")
def expected(box, tmp_path_factory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("whole") / "out"
    assert run(box, out)[0] == 0
    return tree(out)


@pytest.fixture(scope="module")
def killed(box, tmp_path_factory) -> Path:
    """What a job leaves that was killed amid the film, all else being done."""
    out = tmp_path_factory.mktemp("killed") / "out"
    for kill_at in range(80, 400, 10):
        shutil.rmtree(out, ignore_errors=True)
        run(box, out, KILL_AT=kill_at)
        if len(list(out.glob(f"{JOBS}/*/films/*/0*"))) > 2:
            return out
    raise AssertionError("never killed amid the film")


def record(job: Path, name: str) -> Path:
    """A record by its name, an entry of the ledger by its step, or a file of the film."""
    if name == "index":
        return next(job.glob("films/*/index.json"))
    if name == "segment":
        return sorted(job.glob("films/*/0*"))[0]
    if "." in name or name == "lock":
        return job / name
    entries = [path for path in job.glob("done/**/*") if path.is_file()]
    return next(path for path in entries if f'"{name}"' in path.read_text())


def damage(path: Path, kind: str) -> None:
    content = path.read_bytes()
    made = {
        "cut": content[: len(content) // 2],
        "zeroed": bytes(len(content)),
        "scrambled": random.Random(1).randbytes(len(content)),
        "empty": b"",
        "{}": b"{}",
    }
    if kind == "a folder":
        path.unlink()
        path.mkdir()
    elif kind == "a pipe":
        path.unlink()
        os.mkfifo(path)
    elif kind in made:
        path.write_bytes(made[kind])
    then = path.stat().st_mtime - OLD
    os.utime(path, (then, then))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", RECORDS)
def test_the_job_goes_on(box, expected, killed, tmp_path, name, kind):
    # At its own place: the records have absolute paths.
    kept = tmp_path / "kept"
    shutil.copytree(killed, kept)
    try:
        [job] = killed.glob(f"{JOBS}/*")
        path = record(job, name)
        damage(path, kind)
        unreadable = {"UNREADABLE": path} if kind == "unreadable" else {}
        before = tree(killed)
        shown = kinemacolor("status", killed, **unreadable)
        assert "Traceback" not in shown.errors, shown.errors
        assert tree(killed) == before
        status, errors = run(box, killed, **unreadable)
        assert status == 0, errors
        assert tree(killed) == expected and strays(killed) == []
        assert run(box, killed)[0] == 0 and tree(killed) == expected
    finally:
        shutil.rmtree(killed)
        shutil.copytree(kept, killed)


def test_a_pipe_in_the_place_of_an_index_is_none(box, expected, killed, tmp_path):
    kept = tmp_path / "kept"
    shutil.copytree(killed, kept)
    try:
        [job] = killed.glob(f"{JOBS}/*")
        damage(record(job, "index"), "a pipe")
        assert "Traceback" not in kinemacolor("status", killed).errors
        status, errors = run(box, killed)
        assert status == 0, errors
        assert tree(killed) == expected and strays(killed) == []
    finally:
        shutil.rmtree(killed)
        shutil.copytree(kept, killed)
