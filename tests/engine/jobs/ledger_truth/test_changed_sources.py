"""What the ledger says of changed sources and of kills amid stills is so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kinemacolor.engine.jobs.reporting.status import status_of
from kinemacolor.engine.jobs.state import journal, ledger
from kinemacolor.engine.jobs.state.entry import made_by
from kinemacolor.engine.jobs.state.folder import find_jobs
from kinemacolor.engine.jobs.state.journal import Journal
from tests.engine.fakes import still, tree
from tests.engine.job_runs import run
from tests.engine.jobs import program


class TestAChangedSource:
    @pytest.mark.parametrize("number", range(4))
    def test_is_done_once(self, box, out, number):
        run(box, out=out)
        for change in range(3):  # whichever entry a folder gives first
            (box / f"{number}.png").write_bytes(still(10 + change) + bytes(change))
            assert run(box, out=out).worker.colored == [str(box / f"{number}.png")]
            assert run(box, out=out).worker.colored == []

    def test_that_was_put_back_is_done_again(self, box, out):
        before = (box / "0.png").read_bytes(), (box / "0.png").stat().st_mtime_ns
        run(box, out=out)
        (box / "0.png").write_bytes(still(9) + b" ")
        run(box, out=out)
        (box / "0.png").write_bytes(before[0])
        os.utime(box / "0.png", ns=(before[1], before[1]))
        assert run(box, out=out).worker.colored == [str(box / "0.png")]
        assert run(box, out=out).worker.colored == []

    def test_that_goes_back_and_forth_is_done_once_each(self, box, out):
        content = [still(20 + number) + bytes(number) for number in range(2)]
        run(box, out=out)
        for change in range(4):  # with the entries of one unit
            (box / "0.png").write_bytes(content[change % 2])
            os.utime(box / "0.png", (1e9, 1e9))
            assert run(box, out=out).worker.colored == [str(box / "0.png")]
            assert run(box, out=out).worker.colored == []

    def test_is_done_once_though_a_clock_was_set_back(self, box, out, monkeypatch):
        run(box, out=out)
        for module in (journal, ledger):
            monkeypatch.setattr(module.time, "time", lambda: 1e9)
        (box / "0.png").write_bytes(still(9) + b" ")
        assert run(box, out=out).worker.colored == [str(box / "0.png")]
        told = status_of(find_jobs(out)[0])
        assert (told.files_done, told.frames_done, told.frames) == (4, 1, 1)
        assert run(box, out=out).worker.colored == []

    def test_that_cannot_be_read_now_is_not_one(self, box, out):
        run(box, out=out)
        before = tree(out)
        (box / "0.png").rename(box.parent / "away")
        (box / "0.png").symlink_to("/nothing/here")
        run(box, out=out)
        (box / "0.png").unlink()
        (box.parent / "away").rename(box / "0.png")
        assert run(box, out=out).worker.colored == [] and tree(out) == before


class TestAKillAmidStills:
    @pytest.fixture
    def killed(self, box, out) -> Path:
        """A job that was killed at its fourth still; two are in their places."""
        program.run(box, out, DEADLY="3.png")
        assert [path.name for path in sorted(out.glob("*.png"))] == ["0.png"]
        return out

    def test_leaves_an_entry_for_each_that_is_there(self, killed, box):
        [job] = find_jobs(killed)
        assert set(made_by(job.ledger.entries())) == {str(killed / "0.png")}
        assert status_of(job).files_done == 1
        (box / "0.png").write_bytes(still(9) + b" ")
        status, errors = program.run(box, killed)
        assert status == 0 and "0.png: the source has changed since: made again" in errors
        assert status_of(job).files_done == 4

    def test_half_a_line_is_passed_over(self, tmp_path):
        notes = Journal(tmp_path / "x.jsonl")
        notes.add("a.png", "/out/a.png", "1-2")
        with open(tmp_path / "x.jsonl", "ab") as file:
            file.write(b'\n{"schema": 1, "asset": "b.png", "pla')
        notes.add("c.png", "/out/c.png", "3-4")
        assert [made.asset for made in notes.read()] == ["a.png", "c.png"]

    def test_a_journal_goes_once_its_entry_is_there(self, box, out):
        run(box, out=out)
        [job] = find_jobs(out)
        assert not list((job.path / "stills").glob("*")) and len(made_by(job.ledger.entries())) == 4
