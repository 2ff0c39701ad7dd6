"""What is found in a source, and how links, pipes and unreadable things are met."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kinemacolor.engine.jobs.planning.scan import scan
from kinemacolor.engine.media.kinds import Kind
from tests.engine.fakes import still, write_zip


def names(result) -> dict[str, Kind | None]:
    return {str(found.inside): found.kind for found in result.found}


class TestScan:
    def test_a_file_is_itself(self, tmp_path):
        path = tmp_path / "a.png"
        path.write_bytes(still())
        [found] = scan(path).found
        assert (found.path, str(found.inside), found.kind) == (path, "a.png", Kind.STILL)
        assert found.size == len(still())

    def test_a_folder_is_searched_through_and_sorted(self, tmp_path):
        for name in ("b/c/z.png", "b/a.txt", "a.png", "ß.jpg"):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(still() if name.endswith("g") else b"text")
        write_zip(tmp_path / "box.zip", {"a.png": still()})
        (tmp_path / "empty").mkdir()
        assert list(names(scan(tmp_path)).items()) == [
            ("a.png", Kind.STILL),
            ("b/a.txt", Kind.OTHER),
            ("b/c/z.png", Kind.STILL),
            ("box.zip", Kind.ARCHIVE),
            ("empty", None),
            ("ß.jpg", Kind.STILL),
        ]

    def test_what_jobs_keep_is_left_out(self, tmp_path):
        for name in (
            "out/.kinemacolor/job-1/job.json",
            "out/.kinemacolor/job-1/films/a/index.json",
            "out/.reel.mkv.0123abcd.part",
            ".photos.zip.0123abcd.part/result",
            "out/.reel.mkv.part",
            "only/.kinemacolor/job.json",
        ):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"{}")
        assert names(scan(tmp_path)) == {"only": None, "out/.reel.mkv.part": Kind.OTHER}

    def test_missing(self, tmp_path):
        [found] = scan(tmp_path / "none.mp4").found
        assert found.problem == "there is no such file or folder"

    def test_link_to_nothing(self, tmp_path):
        (tmp_path / "a.png").symlink_to("gone.png")
        [found] = scan(tmp_path).found
        assert found.problem == "is a link to nothing"

    def test_linked_file_is_a_file(self, tmp_path):
        (tmp_path / "outside.png").write_bytes(still())
        (tmp_path / "in").mkdir()
        (tmp_path / "in/link.png").symlink_to(tmp_path / "outside.png")
        assert names(scan(tmp_path / "in")) == {"link.png": Kind.STILL}

    def test_linked_folder_is_walked(self, tmp_path):
        (tmp_path / "disk/deep").mkdir(parents=True)
        (tmp_path / "disk/deep/a.png").write_bytes(still())
        (tmp_path / "in").mkdir()
        (tmp_path / "in/more").symlink_to(tmp_path / "disk")
        assert names(scan(tmp_path / "in")) == {"more/deep/a.png": Kind.STILL}

    @pytest.mark.parametrize("target", [".", "..", "a", "/"])
    def test_loops_end(self, tmp_path, target):
        source = tmp_path / "in"
        (source / "a/b").mkdir(parents=True)
        (source / "a/b/one.png").write_bytes(still())
        (source / "a/b/loop").symlink_to(target if target == "/" else source / target)
        result = scan(source)
        assert [str(found.inside) for found in result.found if found.kind is Kind.STILL] == [
            "a/b/one.png"
        ]
        [loop] = [found for found in result.found if found.skipped_reason]
        assert str(loop.inside) == "a/b/loop" and not loop.problem

    def test_the_real_folder_wins_over_a_link_that_sorts_before(self, tmp_path):
        (tmp_path / "z").mkdir()
        (tmp_path / "z/one.png").write_bytes(still())
        (tmp_path / "a").symlink_to("z")
        result = scan(tmp_path)
        assert [str(f.inside) for f in result.found if not f.skipped_reason] == ["z/one.png"]

    def test_links_that_double_at_each_step(self, tmp_path):
        for step in range(30):
            folder = tmp_path / f"d{step}"
            folder.mkdir()
            for name in ("x", "y"):
                (folder / name).symlink_to(tmp_path / f"d{step + 1}")
        (tmp_path / "d30").mkdir()
        (tmp_path / "d30/one.png").write_bytes(still())
        found = [f for f in scan(tmp_path / "d0").found if f.kind is Kind.STILL]
        assert len(found) == 1

    def test_pipes_are_not_opened(self, tmp_path):
        os.mkfifo(tmp_path / "a.png")
        [found] = scan(tmp_path).found
        assert "pipe" in found.skipped_reason

    def test_names_that_are_no_text(self, tmp_path):
        path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.png"))
        path.write_bytes(still())
        assert scan(tmp_path).found[0].kind is Kind.STILL

    def test_what_cannot_be_read(self, tmp_path, monkeypatch):
        (tmp_path / "locked").mkdir()
        (tmp_path / "a.png").write_bytes(still())
        scandir = os.scandir

        def refuse(path):
            if Path(path).name == "locked":
                raise PermissionError(13, "Permission denied", str(path))
            return scandir(path)

        monkeypatch.setattr("os.scandir", refuse)
        fine, locked = scan(tmp_path).found
        assert not fine.problem and locked.problem == "cannot be read: no permission"
