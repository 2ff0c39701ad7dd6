"""Jobs killed at any moment and run again: the same results, nothing done twice, nothing left."""

from __future__ import annotations

import json
import random
import signal
from pathlib import Path

import pytest

from kinemacolor.engine.jobs.state.folder import JOBS
from tests.engine.fakes import still, tree, write_zip
from tests.engine.jobs.forkserver import wait_for
from tests.engine.jobs.program import complaints, done_in, kinemacolor, run, start, strays
from tests.engine.media.video.films import make_film

KILLS, CHAIN = 100, 4  # in all, and in a row
FULL_DISKS = 20
STATUS_KILLED = -signal.SIGKILL


@pytest.fixture(scope="module")
def box(tmp_path_factory) -> Path:
    box = tmp_path_factory.mktemp("kill") / "box"
    (box / "sub").mkdir(parents=True)
    for index in range(4):
        (box / f"sub/{index}.png").write_bytes(still(index))
    (box / "notes.txt").write_bytes(b"words")
    write_zip(box / "more.zip", {"x.png": still(7), "y.png": still(8)})
    make_film(box / "reel.mkv", frames=45, audio=["flac"])
    return box


@pytest.fixture(scope="module")
def whole(box, tmp_path_factory) -> tuple[dict[str, bytes], int]:
    """What an uninterrupted run gives, and how many operations it takes."""
    folder = tmp_path_factory.mktemp("whole")
    assert run(box, folder / "out", COUNT=folder / "count")[0] == 0
    assert strays(folder / "out") == []
    return tree(folder / "out"), int((folder / "count").read_text())


@pytest.mark.parametrize("chain", range(KILLS // CHAIN))
def test_killed_and_run_again(box, whole, tmp_path, chain):
    expected, operations = whole
    out, started = tmp_path / "out", tmp_path / "started"
    rng, before = random.Random(chain), set()
    for _ in range(CHAIN):
        status, _ = run(box, out, KILL_AT=rng.randrange(1, operations), STARTED=started)
        begun = started.read_text().splitlines() if started.exists() else []
        assert before.isdisjoint(begun)  # nothing that was done is done again
        before = done_in(out)
        started.unlink(missing_ok=True)
        if status == 0:  # there was too little left to do
            break
        assert status == STATUS_KILLED
    status, errors = run(box, out, STARTED=started)
    assert status == 0, errors
    assert not started.exists() or before.isdisjoint(started.read_text().splitlines())
    assert tree(out) == expected
    assert strays(out) == []


@pytest.mark.parametrize("seed", range(FULL_DISKS))
def test_a_full_disk_for_a_while(box, whole, tmp_path, seed):
    """Full from some writing on, for a while: what is there is whole, and the rest follows."""
    expected, operations = whole
    out, rng = tmp_path / "out", random.Random(seed)
    full_from = rng.randrange(1, operations)
    full = {"FULL_FROM": full_from, "FULL_TO": full_from + rng.randrange(1, 40)}
    status, errors = run(box, out, **full)
    assert status in (0, 1) and (status == 0 or "disk is full" in errors)
    made = tree(out)
    assert made.items() <= expected.items()
    told = json.loads(kinemacolor("status", out, "--json").output or "{}")  # no room for a record
    assert told.get("files_done", 0) <= len(made)
    assert run(box, out)[0] == 0
    assert tree(out) == expected and strays(out) == []


def test_a_unit_that_fails_three_times_is_set_aside(box, tmp_path):
    out, started = tmp_path / "out", tmp_path / "started"
    status, errors = run(box, out, FAULTY="reel.mkv", STARTED=started)
    assert status == 1 and "Failed: 1" in errors
    assert "unexpected ZeroDivisionError in " in errors and "(odd)" in errors
    assert "set aside after 3 failures" in errors
    assert set(tree(out)) == set(tree(box)) - {"reel.mkv"}
    assert sum("frames 0 to" in line for line in started.read_text().splitlines()) == 3
    [job] = out.glob(f"{JOBS}/*")
    [last] = job.glob("failed/*.3.json")
    assert "ZeroDivisionError: odd" in json.loads(last.read_text())["traceback"]
    started.unlink()
    status, errors = run(box, out, STARTED=started)  # the fault has gone, but nobody has said so
    assert status == 1 and "set aside" in errors and not started.exists()


@pytest.mark.parametrize("words", [["--saturation", "0.5"], ["--segment-frames", "9"]])
def test_other_settings_are_refused(box, tmp_path, words):
    out = tmp_path / "out"
    run(box, out, KILL_AT=60)
    before = tree(out)
    status, errors = run(box, out, *words)
    assert status == 2 and words[0] in errors and "--overwrite" in errors
    assert len(complaints(errors)) == 1 and tree(out) == before
    assert run(box, out, *words, "--overwrite")[0] == 0
    assert strays(out) == []


def test_overwriting_goes_on_where_it_was(box, whole, tmp_path):
    """Results of before are not taken for those of the job that replaces them."""
    expected, operations = whole
    out = tmp_path / "out"
    assert run(box, out, "--codec", "ffv1")[0] == 0
    assert run(box, out, "--overwrite", KILL_AT=operations // 2)[0] == STATUS_KILLED
    assert run(box, out)[0] == 0
    assert tree(out) == expected


class TestASourceThatChanges:
    @pytest.fixture
    def copy(self, tmp_path):
        (tmp_path / "in").mkdir()
        make_film(tmp_path / "in/reel.mkv", frames=30)
        (tmp_path / "in/a.png").write_bytes(still(1))
        return tmp_path / "in"

    def test_after_the_job(self, copy, tmp_path):
        out = tmp_path / "out"
        assert run(copy, out)[0] == 0
        before = tree(out)
        (copy / "a.png").write_bytes(still(2) + b" ")
        status, errors = run(copy, out)
        assert status == 0 and "the source has changed since: made again" in errors
        after = tree(out)
        assert after["reel.mkv"] == before["reel.mkv"]
        assert (out / "a.png").stat().st_mtime_ns == (copy / "a.png").stat().st_mtime_ns

    def test_amid_the_job(self, copy, tmp_path):
        out, started = tmp_path / "out", tmp_path / "started"
        status = None
        for kill_at in range(40, 400, 20):
            status, _ = run(copy, out, KILL_AT=kill_at)
            if any("frames 8 to" in name for name in done_in(out)):
                break
        assert status == STATUS_KILLED
        make_film(copy / "reel.mkv", frames=31)
        assert run(copy, out, STARTED=started)[0] == 0
        assert any("frames 0 to" in line for line in started.read_text().splitlines())
        assert run(copy, tmp_path / "fresh")[0] == 0
        assert tree(out) == tree(tmp_path / "fresh") and strays(out) == []


class TestCommands:
    def test_of_a_killed_job(self, box, whole, tmp_path):
        expected, operations = whole
        out = tmp_path / "out"
        run(box, out, KILL_AT=operations * 3 // 4)
        before = tree(tmp_path), done_in(out)
        told = json.loads(kinemacolor("status", out, "--json").output)
        assert (tree(tmp_path), done_in(out)) == before
        assert told["units"] == len(before[1]) > 3 and told["worked_on_by"] == ""
        assert told["files"] == 7 and 5 <= told["files_done"] < 7
        assert 0 < told["frames_done"] < told["frames"] == 45 + 6
        assert "nobody works on it" in kinemacolor("status", out).output
        result = kinemacolor("resume", out)
        assert result.returncode == 0 and tree(out) == expected and strays(out) == []
        told = json.loads(kinemacolor("status", out, "--json").output)
        assert told["files_done"] == 7 and told["frames_done"] == told["frames"]

    def test_retry_does_what_was_set_aside(self, box, whole, tmp_path):
        out = tmp_path / "out"
        run(box, out, FAULTY="reel.mkv")
        shown = kinemacolor("status", out).output
        assert "failed:" in shown and "unexpected ZeroDivisionError in " in shown
        assert kinemacolor("resume", out).returncode == 1
        assert kinemacolor("retry", out).returncode == 0
        assert tree(out) == whole[0] and strays(out) == []

    def test_clean_leaves_results(self, box, whole, tmp_path):
        out = tmp_path / "out"
        run(box, out)
        assert kinemacolor("clean", out).returncode == 0
        assert tree(out) == whole[0] and not (out / JOBS).exists()

    def test_the_status_of_a_folder_without_records(self, tmp_path):
        result = kinemacolor("status", tmp_path)
        assert result.returncode == 0 and "no job is under way here" in result.errors
        assert kinemacolor("status", tmp_path / "none").returncode == 1

    @pytest.mark.parametrize("command", ["resume", "retry", "clean"])
    def test_without_a_job(self, tmp_path, command):
        result = kinemacolor(command, tmp_path)
        assert result.returncode == 1 and "has no records of a job" in result.errors
        assert len(complaints(result.errors)) == 1 and list(tmp_path.iterdir()) == []


def test_a_second_driver_says_so(box, tmp_path):
    out, started = tmp_path / "out", tmp_path / "started"
    first = start(box, out, STARTED=started, SLOW=30)
    try:
        wait_for(lambda: started.exists() and "frames" in started.read_text(), first)
        status, errors = run(box, out)
        assert status == 1 and len(complaints(errors)) == 1
        assert f"is being worked on by process {first.pid}" in errors
    finally:
        first.kill()
    assert run(box, out)[0] == 0  # the lock of a dead driver holds nobody back


def test_ctrl_c_lets_what_is_begun_end(box, tmp_path):
    out, started = tmp_path / "out", tmp_path / "started"
    program = start(box, out, STARTED=started, SLOW=1)
    wait_for(lambda: started.exists() and "frames 0" in started.read_text(), program)
    program.send(signal.SIGINT)
    assert program.wait() == 130
    errors = program.errors
    assert "Ctrl-C again stops at once" in errors
    assert "the same command goes on from here" in errors
    begun = [line for line in started.read_text().splitlines() if "frames" in line]
    assert len(begun) == 1 and begun[0] in done_in(out)
    started.unlink()
    assert run(box, out, STARTED=started)[0] == 0
    assert begun[0] not in started.read_text() and strays(out) == []
