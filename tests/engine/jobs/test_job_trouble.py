"""Sources that must stay as they are, full disks, faults, and being stopped."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from kinemacolor.engine import files
from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.jobs.execution import archive as archive_job
from kinemacolor.engine.jobs.reporting.events import State
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.models.errors import SettingsError
from tests.engine.fakes import (
    FakeWorker,
    is_red,
    still,
    tree,
    write_zip,
)
from tests.engine.job_runs import run
from tests.engine.media.video.films import make_film


class TestSourcesAreSafe:
    def refused(self, box: Path, *sources: Path, out: Path | str, **options: object) -> None:
        before = tree(box.parent)
        with pytest.raises(SettingsError, match="source"):
            run(*sources, out=out, overwrite=True, **options)
        assert tree(box.parent) == before

    def test_out_is_the_folder(self, box):
        self.refused(box, box, out=box)

    def test_out_lies_in_the_folder(self, box):
        self.refused(box, box, out=box / "sub/new")

    def test_out_lies_in_it_through_a_link(self, box, tmp_path):
        (tmp_path / "link").symlink_to(box)
        self.refused(box, box, out=tmp_path / "link/new")

    def test_a_folder_within_leads_to_out(self, box, tmp_path):
        (tmp_path / "out").mkdir()
        (box / "elsewhere").symlink_to(tmp_path / "out")
        self.refused(box, box, out=tmp_path / "out")

    def test_file_onto_itself(self, box):
        self.refused(box, box / "a.png", out=box)
        self.refused(box, box / "a.png", out=box / "a.png")

    @pytest.mark.parametrize("make", [os.symlink, os.link])
    def test_file_onto_itself_by_another_name(self, box, tmp_path, make):
        make(box / "a.png", tmp_path / "same.png")
        self.refused(box, box / "a.png", out=tmp_path / "same.png")

    def test_a_result_that_is_a_link_to_a_source(self, box, tmp_path):
        (tmp_path / "out/sub").mkdir(parents=True)
        (tmp_path / "out/sub/c.png").symlink_to(box / "a.png")
        self.refused(box, box, out=tmp_path / "out")

    def test_result_folder_that_leads_back(self, box, tmp_path):
        (tmp_path / "out").mkdir()
        (tmp_path / "out/sub").symlink_to(box / "sub")
        self.refused(box, box, out=tmp_path / "out")

    def test_report_into_the_source(self, box, tmp_path):
        self.refused(box, box, out=tmp_path / "out", reports=[box / "report.json"])
        (tmp_path / "link.json").symlink_to(box / "a.png")
        self.refused(box, box / "a.png", out=tmp_path / "out", reports=[tmp_path / "link.json"])

    def test_beside_the_source_is_fine(self, box):
        run(box / "a.png", out=box / "coloured.png")
        assert is_red((box / "coloured.png").read_bytes())


class TestTrouble:
    def test_full_disk_in_an_archive(self, box, tmp_path, monkeypatch):
        """The archive is not there, its members are not done, and the rest is."""

        def full(*args: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(archive_job, "commit", full)
        done = run(box, out=tmp_path / "out")
        assert "disk is full" in done.failures[str(box / "more.zip")]
        assert set(tree(tmp_path / "out")) == set(tree(box)) - {"more.zip"}
        assert done.report.counts[State.DONE, Kind.STILL] == 3

    def test_full_disk_stops_what_cannot_fit(self, box, tmp_path, monkeypatch):
        class Usage:
            free = 0

        def full(part: Path, target: Path) -> None:
            raise OSError(errno.ENOSPC, "No space left on device", str(part))

        monkeypatch.setattr(files, "commit", full)
        monkeypatch.setattr("shutil.disk_usage", lambda path: Usage)
        done = run(box, out=tmp_path / "out")
        assert len(done.failures) == 6 and not tree(tmp_path / "out")
        assert all("disk is full" in reason for reason in done.failures.values())
        assert not done.worker.colored  # the first failure was the text's; nothing else was begun

    def test_full_disk_inside_the_worker(self, box, tmp_path):
        class Full(FakeWorker):
            def film(self, source, target, on_frame, guide=""):
                try:
                    raise OSError(errno.ENOSPC, "No space left on device")
                except OSError as error:
                    raise MediaError(target, "the disk is full") from error

        make_film(tmp_path / "r.mkv")
        members = {"a.png": still(), "r.mkv": (tmp_path / "r.mkv").read_bytes()}
        source = write_zip(tmp_path / "in.zip", members)
        done = run(source, out=tmp_path / "out", worker=Full())
        assert list(done.failures) == [str(source)] and not tree(tmp_path / "out")

    def test_no_permission(self, box, tmp_path, monkeypatch):
        monkeypatch.setattr("os.access", lambda path, mode: False)
        with pytest.raises(MediaError, match="no permission"):
            run(box, out=tmp_path / "out")
        assert not (tmp_path / "out").exists()

    @pytest.mark.parametrize("kind", ["png", "zip", "txt"])
    def test_no_permission_further_down(self, box, tmp_path, monkeypatch, kind):
        real = open

        def refuse(path, mode="r", *args, **options):
            if "x" in mode and f".{kind}" in str(path):
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return real(path, mode, *args, **options)

        monkeypatch.setattr("builtins.open", refuse)
        monkeypatch.setattr(Path, "write_bytes", lambda path, data: refuse(path, "xb").write(data))
        done = run(box, out=tmp_path / "out")
        assert done.failures and all("no permission" in r for r in done.failures.values())
        assert not [name for name in tree(tmp_path / "out") if ".part" in name]

    @pytest.mark.parametrize("error", [ZeroDivisionError("odd"), MemoryError()])
    def test_faults_of_the_worker_are_the_assets_alone(self, box, tmp_path, error):
        class Faulty(FakeWorker):
            def film(self, source, target, on_frame, guide=""):
                raise error

        done = run(box, out=tmp_path / "out", worker=Faulty())
        assert type(error).__name__ in done.failures[str(box / "reel.mkv")]
        assert done.report.failed == 1

    @pytest.mark.parametrize("where", ["still", "member", "film"])
    def test_stopped(self, box, tmp_path, where):
        class Stopped(FakeWorker):
            def film(self, source, target, on_frame, guide=""):
                if where == "film":
                    raise KeyboardInterrupt
                return super().film(source, target, on_frame)

            def _still(self, name, load):
                if (where, Path(name).name) in (("still", "c.png"), ("member", "y.png")):
                    raise KeyboardInterrupt
                return super()._still(name, load)

        worker = Stopped()
        with pytest.raises(KeyboardInterrupt):
            run(box, out=tmp_path / "out", worker=worker)
        left = tree(tmp_path / "out")
        assert not [name for name in left if "part" in name]
        assert "sub/notes.txt" in left and not {"reel.mkv"} & set(left)
        assert ("more.zip" in left) == (where == "film")
        assert worker.closed  # the worker's threads have been told to end
