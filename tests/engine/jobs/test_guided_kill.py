"""Guided jobs killed at any moment, and in actors: the same results, and the same is kept."""

from __future__ import annotations

import random
import signal
from pathlib import Path

import pytest

from tests.engine.fakes import tree
from tests.engine.jobs.program import done_in, guide, kept, make_box, run, strays

SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 5))]
STATUS_KILLED = -signal.SIGKILL
EDITS = ({3: "#0a0000", 21: "#050000"}, {3: "#140000", 21: "#050000"})


def left(out: Path) -> list[str]:
    """What should not be there, where films are kept for the next edit."""
    return [place for place in strays(out) if Path(place).parent.name != "films"]


def results(out: Path) -> dict[str, bytes]:
    """What is there but the guide, which is carried over as it was at first."""
    return {name: data for name, data in tree(out).items() if not name.endswith(".colours.json")}


@pytest.fixture(scope="module")
def boxes(tmp_path_factory) -> list[Path]:
    """The same sources, each with a guide of its own."""
    boxes = [make_box(tmp_path_factory.mktemp(f"edit{number}")) for number in range(len(EDITS))]
    for box, points in zip(boxes, EDITS, strict=True):
        guide(box / "reel.mkv", points)
    return boxes


@pytest.fixture(scope="module")
def wholes(boxes, tmp_path_factory) -> list[tuple[dict[str, bytes], dict[str, bytes], int]]:
    """What uninterrupted runs give and keep, and how many operations they take."""
    found = []
    for box in boxes:
        folder = tmp_path_factory.mktemp("whole")
        assert run(box, folder / "out", COUNT=folder / "count")[0] == 0
        assert left(folder / "out") == []
        count = int((folder / "count").read_text())
        found.append((results(folder / "out"), without_source(kept(folder / "out")), count))
    return found


def without_source(files: dict[str, bytes]) -> dict[str, bytes]:
    """All that is kept but the index, which tells the time of its source."""
    assert "index.json" in files
    return {name: data for name, data in files.items() if name != "index.json"}


def test_whole(wholes):
    (one, before, _), (other, after, _) = wholes
    assert {name for name in one if one[name] != other[name]} == {"reel.mkv"}
    assert before.keys() == after.keys() and len(before) == 3 + 7
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"exemplars/0000", "000000000", "000000008", "000000016"}


def killed(box: Path, out: Path, times: int, latest: int, seed: int) -> None:
    """Kill the job some times in a row, at operations by the seed, and let it end."""
    started, before, rng = out.with_name("started"), done_in(out), random.Random(seed)
    for _ in range(times):
        status, _ = run(box, out, KILL_AT=rng.randrange(1, latest), STARTED=started)
        begun = started.read_text().splitlines() if started.exists() else []
        started.unlink(missing_ok=True)
        assert status in (0, STATUS_KILLED)
        if not out.joinpath("reel.mkv").exists():  # after that, an edit may make all anew
            assert before.isdisjoint(begun)  # nothing that was done is done again
        before = done_in(out)
        if status == 0:
            return
    status, errors = run(box, out)
    assert status == 0, errors


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_ten_times(boxes, wholes, tmp_path, seed):
    files, others, operations = wholes[0]
    killed(boxes[0], tmp_path / "out", 10, operations // 2, seed)
    assert results(tmp_path / "out") == files and left(tmp_path / "out") == []
    assert without_source(kept(tmp_path / "out")) == others


@pytest.mark.parametrize("seed", SEEDS)
def test_an_edit_is_killed(wholes, tmp_path, seed):
    box, out = make_box(tmp_path), tmp_path / "out"
    guide(box / "reel.mkv", EDITS[0])
    assert run(box, out)[0] == 0
    guide(box / "reel.mkv", EDITS[1])
    killed(box, out, 10 if seed else 3, wholes[1][2] // 4, seed)
    assert results(out) == wholes[1][0] and left(out) == []
    assert without_source(kept(out)) == wholes[1][1]


@pytest.mark.xdist_group("ray")
class TestInActors:
    def test_the_same_is_made_and_kept(self, cluster, boxes, wholes, tmp_path):
        out = tmp_path / "out"
        ray = ["--ray", cluster.address, "--actors", "2", "--gpus-per-actor", "0.5"]
        status, errors = run(boxes[0], out, *ray)
        assert status == 0, errors
        assert results(out) == wholes[0][0] and left(out) == []
        assert without_source(kept(out)) == wholes[0][1]

    def test_an_edit(self, cluster, wholes, tmp_path):
        """Only what it reaches is made anew, in the cluster after one process has begun."""
        box, out, started = make_box(tmp_path), tmp_path / "out", tmp_path / "started"
        guide(box / "reel.mkv", EDITS[0])
        assert run(box, out)[0] == 0
        guide(box / "reel.mkv", EDITS[1])
        ray = ["--ray", cluster.address, "--actors", "2"]
        status, errors = run(box, out, *ray, STARTED=started)
        assert status == 0, errors
        begun = {line.rpartition(", ")[2] for line in started.read_text().splitlines()}
        frames = {"frames 0 to 7", "frames 8 to 15", "frames 16 to 19"}
        assert begun == {"exemplars", *frames, "assembly"}
        assert results(out) == wholes[1][0] and left(out) == []
        assert without_source(kept(out)) == wholes[1][1]
