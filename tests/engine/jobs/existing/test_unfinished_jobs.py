"""Unfinished jobs go on with settings that make the same files, and with no others."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from kinemacolor.engine.jobs.reporting.status import status_of
from kinemacolor.engine.jobs.state.folder import find_jobs
from kinemacolor.engine.settings import Settings
from tests.engine.fakes import FakeWorker, painted, still
from tests.engine.job_runs import run
from tests.engine.jobs.existing.tagged import refusal


class TestUnfinishedJobs:
    @pytest.fixture
    def broken(self, box, out) -> Path:
        """A job with one failure."""
        (box / "sub/c.png").write_bytes(b"\x89PNG\r\n\x1a\n")
        run(box, out=out)
        return out

    def test_are_refused_before_a_worker_is_loaded(self, broken, box):
        assert "was made with --saturation 1.0, not 1.2" in refusal(box, out=broken, saturation=1.2)
        shutil.rmtree(broken / "sub")
        for name in ("a.png", "reel.mkv", "more.zip"):
            (broken / name).unlink()
        assert refusal(box, out=broken, saturation=1.2) == (
            f"{broken}: has results made with --saturation 1.0, not 1.2; "
            "give another --out, or --overwrite to make everything anew"
        )

    def test_go_on_with_salvage_and_with_other_dates(self, broken, box):
        (box / "sub/c.png").write_bytes(still())
        settings = Settings(salvage=True, touch=True)
        again = run(box, out=broken, settings=settings)
        assert again.worker.colored == [str(box / "sub/c.png")]
        assert find_jobs(broken)[0].record.settings == settings
        (broken / "a.png").unlink()
        assert "has results made with --salvage;" in refusal(box, out=broken, touch=True)

    def test_that_have_done_nothing_go_on_with_any(self, box, out):
        for name in ("a.png", "sub/b.jpg", "sub/c.png", "reel.mkv"):
            (box / name).unlink()
        (box / "more.zip").write_bytes(b"PK\3\4broken")
        (box / "bad.mkv").write_bytes(b"")
        (box / "a.png").write_bytes(b"")
        run(box, out=out)
        (box / "a.png").write_bytes(still())
        again = run(box, out=out, settings=Settings(saturation=1.2))
        assert again.worker.colored == [str(box / "a.png")]
        assert find_jobs(out)[0].record.settings.saturation == 1.2

    def test_of_another_suffix_are_other_jobs(self, broken, box):
        run(box, out=broken, settings=Settings(suffix=" vivid", saturation=1.5))
        assert (broken / "a vivid.png").is_file() and len(find_jobs(broken)) == 2


def test_stills_that_all_failed_once_count_when_they_are_done(tmp_path, out):
    box = tmp_path / "stills"
    box.mkdir()
    (box / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    os.utime(box / "bad.png", (1e9, 1e9))
    run(box, out=out)
    damaged = (box / "bad.png").stat().st_size
    (box / "bad.png").write_bytes(still()[:damaged])
    os.utime(box / "bad.png", (1e9, 1e9))  # the same file to the job, as where a share came back
    again = FakeWorker()
    again._still = lambda name, load: painted(still())
    run(box, out=out, worker=again)
    status = status_of(find_jobs(out)[0])
    assert (status.files_done, status.files) == (1, 1)
