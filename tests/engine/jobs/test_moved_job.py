"""A folder of results that was moved, with the records of its job in it."""

from __future__ import annotations

import pytest

from tests.engine.fakes import still, tree
from tests.engine.job_runs import run
from tests.engine.jobs.program import complaints, kinemacolor


@pytest.fixture
def out(tmp_path):
    box = tmp_path / "box"
    box.mkdir()
    (box / "a.png").write_bytes(still(1))
    run(box, out=tmp_path / "out")
    return tmp_path / "out"


@pytest.mark.parametrize("command", ["resume", "retry"])
def test_does_not_go_on_where_nobody_looks(out, command):
    """It made all results anew at the old place, such as below a mount point with no disk."""
    moved = out.rename(out.with_name("moved"))
    before = tree(moved)
    done = kinemacolor(command, moved)
    assert done.returncode == 1 and len(complaints(done.errors)) == 1
    assert f"has been moved: its results were to go to {out}; move" in done.errors
    assert not out.exists() and tree(moved) == before


def test_is_told_by_its_status(out):
    moved = out.rename(out.with_name("moved"))
    done = kinemacolor("status", moved)
    assert done.returncode == 1 and "at least 0 of 1 files done" in done.output
    assert f"has been moved: its results were to go to {out}" in done.output


def test_is_none_by_a_link(out):
    link = out.with_name("link")
    link.symlink_to(out)
    done = kinemacolor("status", link)
    assert done.returncode == 0 and "moved" not in done.output
