"""Whole jobs over archives."""

from __future__ import annotations

import io
import tarfile
import zipfile

import pytest

from kinemacolor.engine.jobs.reporting.events import State
from kinemacolor.engine.media.archives import guards as limits
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.settings import Settings
from tests.engine.fakes import (
    FRAMES,
    break_member,
    is_red,
    read_archive,
    sha,
    still,
    tar_member,
    tree,
    write_zip,
)
from tests.engine.job_runs import MKV, run
from tests.engine.media.video.films import make_film


class TestArchives:
    def test_five_hundred_members_five_broken(self, tmp_path):
        names = [f"album/{index:03}.png" for index in range(500)]
        source = write_zip(
            tmp_path / "photos.zip",
            {name: still(index % 50) for index, name in enumerate(names)},
            zipfile.ZIP_STORED,
        )
        broken = [names[index] for index in (0, 99, 250, 251, 499)]
        for name in broken:
            break_member(source, name)
        done = run(source, out=tmp_path / "out")
        assert list(done.failures) == broken and done.report.failed == 5
        assert done.report.counts[State.DONE, Kind.STILL] == 495
        with (
            zipfile.ZipFile(source) as old,
            zipfile.ZipFile(tmp_path / "out/photos.zip") as new,
        ):
            assert new.namelist() == old.namelist() == names
            for before, after in zip(old.infolist(), new.infolist(), strict=True):
                assert after.date_time == before.date_time
                if after.filename in broken:
                    assert (after.CRC, after.compress_size) == (before.CRC, before.compress_size)
                    with pytest.raises(zipfile.BadZipFile):
                        new.read(after)
                else:
                    assert is_red(new.read(after))

    def test_members_are_read_one_after_the_other(self, tmp_path, monkeypatch):
        """However many there are, few are in memory: reading never runs far ahead of writing."""
        source = write_zip(tmp_path / "a.zip", {f"{i:02}.png": still(i) for i in range(40)})
        read = written = furthest = 0
        from kinemacolor.engine.media.archives.zip import ZipReader, ZipWriter

        real_read, real_put = ZipReader.read, ZipWriter.put

        def counted_read(self, member):
            nonlocal read, furthest
            read += 1
            furthest = max(furthest, read - written)
            return real_read(self, member)

        def counted_put(self, *args):
            nonlocal written
            written += 1
            real_put(self, *args)

        monkeypatch.setattr(ZipReader, "read", counted_read)
        monkeypatch.setattr(ZipWriter, "put", counted_put)
        run(source, out=tmp_path / "out")
        assert read == written == 40 and furthest <= 4

    @pytest.mark.parametrize("suffix", [".zip", ".tar", ".tar.gz", ".tar.xz"])
    def test_all_kinds_of_members(self, tmp_path, suffix):
        make_film(tmp_path / "reel.avi")
        film = (tmp_path / "reel.avi").read_bytes()
        contents = {
            "a.png": still(1),
            "notes.txt": b"words",
            "films/reel.avi": film,
            "b.jpg": still(2, "JPEG"),
            "inner.zip": write_zip(tmp_path / "i.zip", {"x.png": still()}).read_bytes(),
            "broken.png": b"no picture",
            "films/bad.mkv": b"no film",
            "c.png": still(4),
        }
        source = tmp_path / f"in{suffix}"
        if suffix == ".zip":
            write_zip(source, contents)
        else:
            with tarfile.open(source, "w" + suffix[4:].replace(".", ":")) as file:
                for name, data in contents.items():
                    file.addfile(tar_member(name, len(data)), io.BytesIO(data))
        done = run(source, out=tmp_path / "out", settings=MKV)
        assert set(tree(tmp_path / "out")) == {source.name}
        result = read_archive(tmp_path / "out" / source.name)
        expected = [name.replace("reel.avi", "reel.mkv") for name in contents]
        assert list(result) == expected
        for name in ("a.png", "b.jpg", "c.png"):
            assert is_red(result[name])
        for name in ("notes.txt", "inner.zip", "broken.png", "films/bad.mkv"):
            assert result[name] == contents[name]
        assert set(done.failures) == {"broken.png", "films/bad.mkv"}
        assert done.report.frames == FRAMES + 3
        told = {e["member"]: e for e in done.events if "member" in e and e["event"] != "started"}
        assert list(told) == list(contents)
        assert told["films/reel.avi"]["target"] == "films/reel.mkv"
        assert "inside" in told["inner.zip"]["notes"][0]
        for name, event in told.items():
            if event["event"] == "done":
                assert event["sha256_in"] == sha(contents[name])
                assert event["sha256_out"] == sha(result[event["target"]])
        assert done.progress.done == done.progress.total

    def test_a_new_container_does_not_take_a_members_name(self, tmp_path):
        make_film(tmp_path / "reel.avi")
        film = (tmp_path / "reel.avi").read_bytes()
        make_film(tmp_path / "reel.mkv")
        members = {"reel.avi": film, "reel.mkv": (tmp_path / "reel.mkv").read_bytes()}
        source = write_zip(tmp_path / "in.zip", members)
        run(source, out=tmp_path / "out", settings=MKV)
        assert list(read_archive(tmp_path / "out/in.zip")) == ["reel.avi.mkv", "reel.mkv"]

    def test_names_that_lead_outside(self, tmp_path):
        names = ["../evil.png", "/evil.png", "C:\\evil.png", "a/../../evil.png", "fine.png"]
        (tmp_path / "deep").mkdir()
        source = write_zip(tmp_path / "deep/in.zip", {name: still() for name in names})
        done = run(source, out=tmp_path / "deep/out")
        assert set(tree(tmp_path)) == {"deep/in.zip", "deep/out/in.zip"}
        assert list(done.failures) == names[:-1]
        assert list(read_archive(tmp_path / "deep/out/in.zip")) == ["fine.png"]
        assert all("left out" in reason for reason in done.failures.values())

    def test_password(self, tmp_path):
        source = write_zip(tmp_path / "in.zip", {"a.png": still(1), "b.png": still(2)})
        content = bytearray(source.read_bytes())
        content[content.find(b"PK\3\4") + 6] |= 1
        content[content.find(b"PK\1\2") + 8] |= 1
        source.write_bytes(bytes(content))
        done = run(source, out=tmp_path / "out")
        assert done.failures == {"a.png": "is password-protected"}
        with zipfile.ZipFile(tmp_path / "out/in.zip") as file:
            assert file.namelist() == ["a.png", "b.png"] and is_red(file.read("b.png"))

    def test_bomb(self, tmp_path, monkeypatch):
        monkeypatch.setattr(limits, "LARGE", 1 << 16)
        source = write_zip(tmp_path / "in.zip", {"bomb.png": bytes(1 << 20), "a.png": still()})
        done = run(source, out=tmp_path / "out")
        assert "bomb" in done.failures["bomb.png"] and done.worker.colored == ["a.png"]

    def test_empty_zip(self, tmp_path):
        done = run(write_zip(tmp_path / "in.zip", {}), out=tmp_path / "out")
        assert list(done.failures.values()) == ["the archive is empty"]

    def test_cut_off_tar_needs_salvage(self, tmp_path):
        source = tmp_path / "in.tar"
        with tarfile.open(source, "w") as file:
            for name in ("a.png", "b.png", "c.png"):
                file.addfile(tar_member(name, len(still())), io.BytesIO(still()))
        content = source.read_bytes()
        source.write_bytes(content[: content.rfind(still()) + 30])
        done = run(source, out=tmp_path / "out")
        assert "--salvage" in done.failures[str(source)] and not (tmp_path / "out").exists()
        done = run(source, out=tmp_path / "out", settings=Settings(salvage=True))
        assert list(read_archive(tmp_path / "out/in.tar")) == ["a.png", "b.png"]
        assert "cut off" in done.failures["c.png"] and done.report.failed == 1

    def test_an_archive_in_a_folder_under_a_wrong_name(self, box, tmp_path):
        (box / "more.zip").rename(box / "more.jpg")
        run(box, out=tmp_path / "out")
        assert list(read_archive(tmp_path / "out/more.jpg")) == ["x.png", "read.me", "y.png"]

    def test_without_work_keeps_what_has_its_own_name(self, box, tmp_path):
        """It gets no suffix, and so another name than it was looked up by at first."""
        write_zip(box / "docs.zip", {"read.me": b"words"})
        there = tmp_path / "out/docs.zip"
        there.parent.mkdir()
        there.write_bytes(b"somebody's")
        done = run(box, out=tmp_path / "out", settings=Settings(suffix="_c"))
        assert there.read_bytes() == b"somebody's"
        assert str(box / "docs.zip") in done.names(State.SKIPPED)
        again = run(box, out=tmp_path / "out", settings=Settings(suffix="_c"), overwrite=True)
        assert there.read_bytes() == (box / "docs.zip").read_bytes()
        assert str(box / "docs.zip") in again.names(State.CARRIED)
