"""Whole jobs: what comes out of folders and files, and what is told of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kinemacolor.engine.jobs.execution.context import JobContext
from kinemacolor.engine.jobs.execution.job import Job
from kinemacolor.engine.jobs.execution.local import LocalExecutor
from kinemacolor.engine.jobs.planning.plan import make_plan
from kinemacolor.engine.jobs.reporting.events import State
from kinemacolor.engine.jobs.reporting.progress import Progress
from kinemacolor.engine.jobs.reporting.report import Report
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError, SettingsError
from tests.engine.fakes import (
    FRAMES,
    FakeWorker,
    is_red,
    painted,
    sha,
    still,
    tree,
    write_zip,
)
from tests.engine.job_runs import MKV, run
from tests.engine.media.video.films import make_film


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
        out.mkdir()
        (out / "a.png").write_bytes(b"mine")
        run(box, out=out)
        (out / "sub/c.png").unlink()
        again = run(box, out=out)
        assert (out / "a.png").read_bytes() == b"mine" and is_red((out / "sub/c.png").read_bytes())
        assert again.worker.colored == [str(box / "sub/c.png")]
        assert len(again.names(State.SKIPPED)) == 5
        last = run(box, out=out, overwrite=True)
        assert is_red((out / "a.png").read_bytes()) and not last.names(State.SKIPPED)

    def test_no_worker_where_nothing_is_to_be_colored(self, box, tmp_path):
        run(box, out=tmp_path / "out")
        plan = make_plan([box], str(tmp_path / "out"), Settings())
        Job(plan, lambda context: pytest.fail("loaded"), Report(), Progress(0)).run()

    def test_a_worker_that_cannot_be_had_touches_nothing(self, box, tmp_path):
        def none(context: JobContext) -> LocalExecutor:
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

    def test_nothing_to_color(self, tmp_path):
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

    @pytest.mark.parametrize(
        ("settings", "told"),
        [
            (MKV, "stored as mkv"),
            (Settings(), "stored as mkv, the default for this film; --container chooses another"),
        ],
    )
    def test_a_container_that_was_asked_for_needs_no_reason(self, tmp_path, settings, told):
        make_film(tmp_path / "reel.avi")
        done = run(tmp_path / "reel.avi", out=f"{tmp_path}/out/", settings=settings)
        [event] = [e for e in done.events if e["event"] == "done"]
        assert [note for note in event["notes"] if "stored as" in note] == [told]

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
            "a.png",
            "b.jpg",
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
            assert not any(asset.pending for asset in plan.assets)
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


class TestReport:
    def test_record_and_summary(self, box, tmp_path):
        (box / "broken.png").write_bytes(b"")
        plan = make_plan([box], str(tmp_path / "out"), Settings())
        report = Report(None, [tmp_path / "logs/report.json"])
        Job(plan, lambda context: LocalExecutor(FakeWorker(), context), report, Progress(0)).run()
        report.close()
        events = json.loads((tmp_path / "logs/report.json").read_text())
        assert (events[0]["event"], events[-1]["event"]) == ("planned", "summary")
        assert {e["asset"] for e in events if e["event"] == "failed"} == {str(box / "broken.png")}
        text = "\n".join(report.summary())
        assert "1 films" not in text and "5 stills" in text and f"{FRAMES + 5} frames" in text
        assert "Carried over unchanged: 2" in text and "notes.txt" in text
        assert f"{box / 'broken.png'}: " in text

    def test_of_a_job_that_was_stopped_while_it_was_planned(self):
        report = Report()
        report.stopped = "Stopped"
        assert report.summary() == ["Stopped while the job was being planned; nothing was begun"]

    def test_hashes_cost_nothing_where_nobody_asks(self, box, tmp_path, monkeypatch):
        monkeypatch.setattr(
            "kinemacolor.engine.jobs.execution.context.sha256",
            lambda path: pytest.fail("hashed"),
        )
        plan = make_plan([box], str(tmp_path / "out"), Settings())
        Job(plan, lambda context: LocalExecutor(FakeWorker(), context), Report(), Progress(0)).run()

    def test_painted_is_what_was_written(self, box, tmp_path):
        run(box, out=tmp_path / "out")
        assert (tmp_path / "out/a.png").read_bytes() == painted((box / "a.png").read_bytes())
