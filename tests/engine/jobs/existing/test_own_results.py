"""Coloured files among the sources, and records of single files."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from kinemacolor.engine.jobs.reporting.events import State
from kinemacolor.engine.jobs.reporting.status import status_of
from kinemacolor.engine.jobs.state.folder import JOBS, find_jobs
from kinemacolor.engine.settings import Settings
from tests.engine.fakes import is_red, read_archive, still, tree, write_zip
from tests.engine.job_runs import run
from tests.engine.jobs.existing.tagged import properties
from tests.engine.media.provenance.test_tags import colored
from tests.engine.media.video.films import make_film


class TestOwnResults:
    @pytest.fixture
    def mixed(self, box) -> Path:
        """The fixture `box`, with coloured files among its own."""
        tag = properties(Settings(saturation=0.7))
        (box / "old.png").write_bytes(colored(still(9), tag))
        (box / "old.jpg").write_bytes(colored(still(9, "JPEG"), tag))
        make_film(box / "old.mkv", metadata=tag)
        film = (box / "old.mkv").read_bytes()
        members = {"x.png": still(7), "old.png": colored(still(9), tag), "old.mkv": film}
        write_zip(box / "more.zip", members)
        return box

    def test_are_carried_over_as_they_are(self, mixed, out):
        done = run(mixed, out=out)
        for name in ("old.png", "old.jpg", "old.mkv"):
            assert (out / name).read_bytes() == (mixed / name).read_bytes()
            assert str(mixed / name) in done.names(State.CARRIED)
        before, after = read_archive(mixed / "more.zip"), read_archive(out / "more.zip")
        assert is_red(after["x.png"]) and list(after) == list(before)
        assert all(after[name] == before[name] for name in ("old.png", "old.mkv"))
        notes = [e["notes"] for e in done.events if e["event"] == "carried" and "old" in str(e)]
        assert notes == [("was coloured by Kinemacolor already: carried over as it is",)] * 5
        assert done.progress.done == done.progress.total == done.report.frames == 12 + 4

    def test_count_as_done(self, mixed, out):
        run(mixed, out=out)
        status = status_of(find_jobs(out)[0])
        assert status.files_done == status.files == 9
        assert status.frames_done == status.frames == 12 + 4
        (out / "sub/notes.txt").unlink()
        assert status_of(find_jobs(out)[0]).files_done == 8

    def test_keep_their_names(self, mixed, out):
        run(mixed, out=out, settings=Settings(suffix=" new"))
        assert {"a new.png", "old.png", "old.mkv"} <= set(tree(out))

    def test_are_planned_as_such(self, mixed, out):
        plan = run(mixed, out=out).plan
        assert sum(asset.is_colored for asset in plan.assets) == 3

    def test_that_were_carried_over_are_not_compared(self, mixed, out):
        run(mixed, out=out)
        shutil.rmtree(out / JOBS)
        for name in ("a.png", "sub/b.jpg", "sub/c.png", "reel.mkv", "more.zip"):
            (out / name).unlink()
        assert set(run(mixed, out=out).names(State.SKIPPED)) >= {str(mixed / "old.png")}

    @pytest.mark.parametrize("name", ["old.png", "old.mkv"])
    def test_alone_are_refused(self, mixed, out, name):
        done = run(mixed / name, out=out)
        assert list(done.failures.values()) == [
            "was coloured by Kinemacolor already; give the file that it was made from"
        ]
        assert tree(out) == {}


class TestSingleFiles:
    def test_that_are_done_leave_no_records(self, box, out):
        for name in ("a.png", "reel.mkv", "more.zip"):
            run(box / name, out=out)
            assert not (out / JOBS).exists()
        assert len(tree(out)) == 3

    def test_of_which_nothing_could_be_done_leave_none(self, box, out):
        (box / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n")
        assert run(box / "bad.png", out=out).failures
        assert not (out / JOBS).exists()

    def test_keep_them_where_they_are_to(self, box, out):
        run(box / "a.png", out=out, keep_records=True)
        run(box / "a.png", out=out)
        assert len(find_jobs(out)) == 1

    def test_leave_those_of_other_jobs(self, box, out):
        run(box, out=out)
        run(box / "a.png", out=out / "again")
        run(box / "a.png", out=out / "sub2")
        assert len(find_jobs(out)) == 1

    def test_are_told_to_be_older_than_their_sources(self, box, out):
        """They may be of another source with this name, and are not overwritten."""
        (out / "a.png").write_bytes(colored(still(), properties()))
        os.utime(out / "a.png", (5e8, 5e8))
        before = tree(out)
        again = run(box / "a.png", out=out)
        reasons = [event["reason"] for event in again.events if event["event"] == "skipped"]
        assert reasons == ["is there already, and older than its source; --overwrite makes it anew"]
        assert tree(out) == before
