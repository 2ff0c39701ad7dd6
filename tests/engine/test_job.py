"""Whole jobs with a worker that has no network: what comes out, what is told, what is left alone."""

from __future__ import annotations

import errno
import io
import json
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from engine import archive_job, files
from engine.errors import KinemacolorError, MediaError, SettingsError
from engine.job import Job
from engine.media import members as limits
from engine.media.kinds import Kind
from engine.plan import Plan, make_plan
from engine.progress import Progress
from engine.report import Report, State
from engine.settings import Settings
from tests.engine.fakes import (
    FRAMES, FakeWorker, break_member, is_red, painted, read_archive, sha, still, tar_member, tree, write_zip,
)
from tests.engine.media.films import make_film

MKV = Settings(container="mkv")  # which a film from an .avi cannot stay


class Done:
    """A job that has run."""

    def __init__(self, plan: Plan, worker: FakeWorker, report: Report, progress: Progress, events):
        self.plan, self.worker, self.report, self.progress = plan, worker, report, progress
        self.events = events

    def names(self, state: State) -> list[str]:
        return [
            e["asset"] + (f": {e['member']}" if "member" in e else "")
            for e in self.events if e["event"] == state
        ]

    @property
    def failures(self) -> dict[str, str]:
        return {
            e.get("member", e["asset"]): e["reason"] for e in self.events if e["event"] == "failed"
        }


def run(*sources: Path, out: Path | str, worker: FakeWorker | None = None, **options) -> Done:
    settings = options.pop("settings", Settings())
    plan = make_plan(list(sources), str(out), settings, **options)
    events: list[dict] = []
    report, progress = Report(events.append), Progress(plan.frames)
    worker = worker or FakeWorker()
    done = Done(plan, worker, report, progress, events)
    try:
        Job(plan, lambda: worker, report, progress).run()
    finally:
        report.close()
    return done


@pytest.fixture
def box(tmp_path) -> Path:
    """A folder of everything."""
    box = tmp_path / "box"
    (box / "sub/empty").mkdir(parents=True)
    for index, name in enumerate(("a.png", "sub/b.jpg", "sub/c.png")):
        (box / name).write_bytes(still(index, "JPEG" if name.endswith("jpg") else "PNG"))
        os.utime(box / name, (1e9 + index, 1e9 + index))
    (box / "sub/notes.txt").write_bytes(b"words\r\n")
    os.utime(box / "sub/notes.txt", (5e8, 5e8))
    make_film(box / "reel.mkv")
    write_zip(box / "more.zip", {"x.png": still(7), "read.me": b"words", "y.png": still(8)})
    return box


class TestFolder:
    def test_same_tree_same_names(self, box, tmp_path):
        before = tree(box)
        done = run(box, out=tmp_path / "out")
        after = tree(tmp_path / "out")
        assert set(after) == set(before) and tree(box) == before
        assert (tmp_path / "out/sub/empty").is_dir()
        assert all(is_red(after[name]) for name in ("a.png", "sub/b.jpg", "sub/c.png"))
        assert after["sub/notes.txt"] == b"words\r\n"
        assert done.worker.closed >= 1 and done.report.failed == 0

    def test_times_are_the_sources(self, box, tmp_path):
        run(box, out=tmp_path / "out")
        for name in tree(box):
            assert (tmp_path / "out" / name).stat().st_mtime_ns == (box / name).stat().st_mtime_ns

    def test_what_is_told(self, box, tmp_path):
        done = run(box, out=tmp_path / "out")
        inside = f"{box / 'more.zip'}"
        assert set(done.names(State.DONE)) == {
            str(box / name) for name in ("a.png", "sub/b.jpg", "sub/c.png", "reel.mkv", "more.zip")
        } | {f"{inside}: x.png", f"{inside}: y.png"}
        assert done.names(State.CARRIED) == [str(box / "sub/notes.txt"), f"{inside}: read.me"]
        assert done.events[0]["event"] == "planned" and done.events[-1]["event"] == "summary"
        assert done.events[-1]["done"] == {"film": 1, "still": 5, "archive": 1}
        assert done.events[-1]["frames"] == done.report.frames == FRAMES + 5
        assert done.events[-1]["unreached"] == 0
        [first] = [e for e in done.events if e["event"] == "done" and e["asset"].endswith("a.png")]
        assert first["sha256_in"] == sha((box / "a.png").read_bytes())
        assert first["sha256_out"] == sha((tmp_path / "out/a.png").read_bytes())
        assert first["bytes_out"] == (tmp_path / "out/a.png").stat().st_size
        assert first["lightness_error_max"] == 0.4
        json.dumps(done.events)

    def test_progress_ends_at_its_total(self, box, tmp_path):
        (box / "broken.png").write_bytes(b"")
        (box / "bad.mkv").write_bytes((box / "reel.mkv").read_bytes())
        done = run(box, out=tmp_path / "out")
        # The still that failed was looked at and so counts; the film that failed had no frames.
        assert done.progress.done == done.progress.total == FRAMES + 6

    def test_one_failure_does_not_stop_the_rest(self, box, tmp_path):
        (box / "sub/b.jpg").write_bytes(b"\xff\xd8\xff" + b"broken" * 50)
        (box / "reel.mkv").write_bytes(b"broken")
        (box / "more.zip").write_bytes(b"PK\3\4broken")
        done = run(box, out=tmp_path / "out")
        assert set(done.failures) == {
            str(box / name) for name in ("sub/b.jpg", "reel.mkv", "more.zip")
        }
        assert set(tree(tmp_path / "out")) == {"a.png", "sub/c.png", "sub/notes.txt"}
        assert done.report.failed == 3

    def test_kept_then_overwritten(self, box, tmp_path):
        out = tmp_path / "out"
        run(box, out=out)
        (out / "a.png").write_bytes(b"mine")
        (out / "sub/c.png").unlink()
        again = run(box, out=out)
        assert (out / "a.png").read_bytes() == b"mine" and is_red((out / "sub/c.png").read_bytes())
        assert again.worker.coloured == [str(box / "sub/c.png")]
        assert len(again.names(State.SKIPPED)) == 5
        last = run(box, out=out, overwrite=True)
        assert is_red((out / "a.png").read_bytes()) and not last.names(State.SKIPPED)

    def test_no_worker_where_nothing_is_to_be_coloured(self, box, tmp_path):
        run(box, out=tmp_path / "out")
        plan = make_plan([box], str(tmp_path / "out"), Settings())
        Job(plan, lambda: pytest.fail("loaded"), Report(), Progress(0)).run()

    def test_a_worker_that_cannot_be_had_touches_nothing(self, box, tmp_path):
        def none() -> FakeWorker:
            raise KinemacolorError("--model", "unknown")

        plan = make_plan([box], str(tmp_path / "out"), Settings())
        with pytest.raises(KinemacolorError):
            Job(plan, none, Report(), Progress(0)).run()
        assert not (tmp_path / "out").exists()

    def test_empty_folder(self, tmp_path):
        (tmp_path / "in").mkdir()
        done = run(tmp_path / "in", out=tmp_path / "out")
        assert list(done.failures.values()) == ["the folder is empty"]
        assert not (tmp_path / "out").exists()

    def test_nothing_to_colour(self, tmp_path):
        (tmp_path / "in").mkdir()
        (tmp_path / "in/a.txt").write_text("words")
        write_zip(tmp_path / "in/b.zip", {"a.txt": b"words"})
        done = run(tmp_path / "in", out=tmp_path / "out")
        assert len(done.failures) == 2 and not (tmp_path / "out").exists()

    def test_an_archive_without_pictures_is_carried_whole(self, box, tmp_path):
        write_zip(box / "texts.zip", {"a.txt": b"words"})
        done = run(box, out=tmp_path / "out")
        assert (tmp_path / "out/texts.zip").read_bytes() == (box / "texts.zip").read_bytes()
        assert str(box / "texts.zip") in done.names(State.CARRIED)

    def test_a_film_whose_container_changes(self, tmp_path):
        source = tmp_path / "in"
        source.mkdir()
        make_film(source / "reel.avi")
        make_film(source / "reel.mkv")
        done = run(source, out=tmp_path / "out", settings=MKV)
        assert set(tree(tmp_path / "out")) == {"reel.avi.mkv", "reel.mkv"}
        [event] = [e for e in done.events if e["event"] == "done" and "avi" in e["asset"]]
        assert any("mkv" in note for note in event["notes"])

    def test_a_still_that_breaks_the_worker(self, box, tmp_path):
        class Breaking(FakeWorker):
            def stills(self, items):
                for count, result in enumerate(super().stills(items)):
                    if count == 1:
                        raise RuntimeError("out of order")
                    yield result

        for name in ("more.zip", "reel.mkv"):
            (box / name).unlink()
        done = run(box, out=tmp_path / "out", worker=Breaking())
        assert [Path(name).name for name in done.names(State.DONE)] == ["a.png"]
        assert "out of order" in done.failures[str(box / "sub/b.jpg")]
        assert "broke down" in done.failures[str(box / "sub/c.png")]


class TestSingleFile:
    def test_into_a_file_with_a_suffix(self, box, tmp_path):
        run(box / "a.png", out=tmp_path / "deep/new.png")
        assert is_red((tmp_path / "deep/new.png").read_bytes())

    def test_into_a_folder(self, box, tmp_path):
        run(box / "a.png", out=tmp_path / "new")
        assert is_red((tmp_path / "new/a.png").read_bytes())

    def test_into_a_folder_with_a_dot(self, box, tmp_path):
        (tmp_path / "new.d").mkdir()
        run(box / "a.png", out=tmp_path / "new.d")
        run(box / "sub/b.jpg", out=f"{tmp_path}/other.d/")
        assert tree(tmp_path / "new.d").keys() | tree(tmp_path / "other.d").keys() == {
            "a.png", "b.jpg"
        }

    def test_onto_a_file_without_suffix(self, box, tmp_path):
        (tmp_path / "result").write_bytes(b"old")
        assert run(box / "more.zip", out=tmp_path / "sub").plan.assets[0].target.name == "more.zip"
        done = run(box / "reel.mkv", out=tmp_path / "new.mkv")
        assert (tmp_path / "new.mkv").is_file() and done.report.frames == FRAMES

    def test_the_name_chooses_the_container(self, box, tmp_path):
        plan = make_plan([box / "reel.mkv"], str(tmp_path / "new.mov"), Settings())
        assert plan.settings.container == "mov" and plan.assets[0].target.name == "new.mov"

    @pytest.mark.parametrize(
        ("name", "out", "settings"),
        [
            ("reel.mkv", "new.avi", Settings()),
            ("reel.mkv", "new.mp4", Settings(codec="prores")),
            ("reel.mkv", "new.mkv", Settings(container="mp4")),
            ("a.png", "new.jpg", Settings()),
            ("more.zip", "new.tar", Settings()),
        ],
    )
    def test_names_that_ask_for_what_is_not_given(self, box, tmp_path, name, out, settings):
        with pytest.raises(SettingsError):
            plan = make_plan([box / name], str(tmp_path / out), settings)
            assert not any(asset.todo for asset in plan.assets)
            raise SettingsError(out, plan.assets[0].problem)  # told of the asset: as good
        assert not (tmp_path / out).exists()

    def test_missing(self, box, tmp_path):
        done = run(box / "a.png", tmp_path / "none.png", out=tmp_path / "out")
        assert list(done.failures.values()) == ["there is no such file or folder"]
        assert set(tree(tmp_path / "out")) == {"a.png"}


class TestSeveralSources:
    def test_each_under_its_own_name(self, box, tmp_path):
        other = tmp_path / "other.png"
        other.write_bytes(still(3))
        run(box, other, out=tmp_path / "out")
        assert {"box/a.png", "box/sub/b.jpg", "other.png"} <= set(tree(tmp_path / "out"))

    def test_the_same_name_twice(self, box, tmp_path):
        twin = tmp_path / "twin"
        twin.mkdir()
        (twin / "a.png").write_bytes(still(3))
        with pytest.raises(SettingsError, match=r"a\.png and .*a\.png"):
            run(twin / "a.png", box / "a.png", out=tmp_path / "out")
        assert not (tmp_path / "out").exists()

    def test_out_is_a_file(self, box, tmp_path):
        (tmp_path / "file").write_bytes(b"")
        with pytest.raises(SettingsError, match="is a file"):
            run(box, out=tmp_path / "file")


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
        self.refused(box, box, out=tmp_path / "out", report=box / "report.json")
        self.refused(box, box / "a.png", out=tmp_path / "out", report=box / "a.png")

    def test_beside_the_source_is_fine(self, box):
        run(box / "a.png", out=box / "coloured.png")
        assert is_red((box / "coloured.png").read_bytes())


class TestArchives:
    def test_five_hundred_members_five_broken(self, tmp_path):
        names = [f"album/{index:03}.png" for index in range(500)]
        source = write_zip(
            tmp_path / "photos.zip", {name: still(index % 50) for index, name in enumerate(names)},
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
        from engine.media.zip_archives import ZipReader, ZipWriter

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
        contents = {
            "a.png": still(1), "notes.txt": b"words", "films/reel.avi": None, "b.jpg": still(2, "JPEG"),
            "inner.zip": write_zip(tmp_path / "i.zip", {"x.png": still()}).read_bytes(),
            "broken.png": b"no picture", "films/bad.mkv": b"no film", "c.png": still(4),
        }
        contents["films/reel.avi"] = (tmp_path / "reel.avi").read_bytes()
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
        assert "bomb" in done.failures["bomb.png"] and done.worker.coloured == ["a.png"]

    def test_empty_zip(self, tmp_path):
        done = run(write_zip(tmp_path / "in.zip", {}), out=tmp_path / "out")
        assert list(done.failures.values()) == ["the archive is empty"]

    def test_cut_off_tar_needs_salvage(self, tmp_path):
        source = tmp_path / "in.tar"
        with tarfile.open(source, "w") as file:
            for name in ("a.png", "b.png", "c.png"):
                file.addfile(tar_member(name, len(still())), io.BytesIO(still()))
        content = source.read_bytes()
        source.write_bytes(content[:content.rfind(still()) + 30])
        done = run(source, out=tmp_path / "out")
        assert "--salvage" in done.failures[str(source)] and not (tmp_path / "out").exists()
        done = run(source, out=tmp_path / "out", settings=Settings(salvage=True))
        assert list(read_archive(tmp_path / "out/in.tar")) == ["a.png", "b.png"]
        assert "cut off" in done.failures["c.png"] and done.report.failed == 1

    def test_an_archive_in_a_folder_under_a_wrong_name(self, box, tmp_path):
        (box / "more.zip").rename(box / "more.jpg")
        run(box, out=tmp_path / "out")
        assert list(read_archive(tmp_path / "out/more.jpg")) == ["x.png", "read.me", "y.png"]


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
        assert not done.worker.coloured  # the first failure was the text's; nothing else was begun

    def test_full_disk_inside_the_worker(self, box, tmp_path):
        class Full(FakeWorker):
            def film(self, source, target, on_frame):
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
            def film(self, source, target, on_frame):
                raise error

        done = run(box, out=tmp_path / "out", worker=Faulty())
        assert type(error).__name__ in done.failures[str(box / "reel.mkv")]
        assert done.report.failed == 1

    @pytest.mark.parametrize("where", ["still", "member", "film"])
    def test_stopped(self, box, tmp_path, where):
        class Stopped(FakeWorker):
            def film(self, source, target, on_frame):
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


class TestReport:
    def test_record_and_summary(self, box, tmp_path):
        (box / "broken.png").write_bytes(b"")
        plan = make_plan([box], str(tmp_path / "out"), Settings())
        report = Report(None, tmp_path / "logs/report.json")
        Job(plan, FakeWorker, report, Progress(0)).run()
        report.close()
        events = json.loads((tmp_path / "logs/report.json").read_text())
        assert (events[0]["event"], events[-1]["event"]) == ("planned", "summary")
        assert {e["asset"] for e in events if e["event"] == "failed"} == {str(box / "broken.png")}
        text = "\n".join(report.summary())
        assert "1 films" not in text and "5 stills" in text and f"{FRAMES + 5} frames" in text
        assert "Carried over unchanged: 2" in text and "notes.txt" in text
        assert f"{box / 'broken.png'}: " in text

    def test_hashes_cost_nothing_where_nobody_asks(self, box, tmp_path, monkeypatch):
        monkeypatch.setattr("engine.job.sha256", lambda path: pytest.fail("hashed"))
        plan = make_plan([box], str(tmp_path / "out"), Settings())
        Job(plan, FakeWorker, Report(), Progress(0)).run()

    def test_painted_is_what_was_written(self, box, tmp_path):
        run(box, out=tmp_path / "out")
        assert (tmp_path / "out/a.png").read_bytes() == painted((box / "a.png").read_bytes())
