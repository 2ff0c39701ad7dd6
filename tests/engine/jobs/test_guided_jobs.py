"""Jobs whose films are guided: what an edit makes anew, and what is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kinemacolor.engine.jobs.execution.job import Job
from kinemacolor.engine.jobs.execution.local import LocalExecutor
from kinemacolor.engine.jobs.planning.plan import make_plan
from kinemacolor.engine.jobs.reporting.events import State
from kinemacolor.engine.jobs.reporting.progress import Progress
from kinemacolor.engine.jobs.reporting.report import Report
from kinemacolor.engine.jobs.reporting.status import status_of
from kinemacolor.engine.jobs.state.folder import JOBS
from kinemacolor.engine.settings import Settings
from tests.engine.jobs import made_up
from tests.engine.jobs.guided_reel import (
    DARKER,
    GREEN,
    RED,
    SETTINGS,
    SHOTS,
    begun,
    color,
    fresh,
    job_in,
    make_reel,
    say_and_color,
    segments,
)
from tests.engine.jobs.program import guide, kept
from tests.engine.media.video.films import make_film


@pytest.fixture
def source(tmp_path) -> Path:
    return make_reel(tmp_path)


@pytest.fixture
def guided(source, tmp_path) -> Path:
    return say_and_color(source, tmp_path)


class TestAnEdit:
    def test_of_nothing_does_nothing(self, guided, tmp_path):
        assert begun(guided, tmp_path) == []

    def test_of_one_point_makes_its_shot_anew(self, guided, tmp_path):
        before, result = kept(tmp_path / "out"), (tmp_path / "out/reel.mkv").read_bytes()
        assert len(before) == 1 + SHOTS + 5
        guide(guided, {3: DARKER, 21: GREEN})
        assert begun(guided, tmp_path) == ["exemplars", *segments(0), "assembly"]
        after = kept(tmp_path / "out")
        assert after.keys() == before.keys()
        changed = {name for name in after if after[name] != before[name]}
        assert changed == {"exemplars/0000", "000000000", "000000010"}
        assert result != (tmp_path / "out/reel.mkv").read_bytes() == fresh(guided, tmp_path)

    def test_leaves_no_more_on_the_disk(self, guided, tmp_path):
        def entries() -> set[str]:
            entries = job_in(tmp_path).ledger.entries()
            return {entry["name"] for entry in entries if "made" not in entry}

        files, names = len(list(tmp_path.rglob("films/*/*"))), entries()
        for shade in (DARKER, RED, GREEN):
            guide(guided, {3: shade})
            begun(guided, tmp_path)
        assert len(list(tmp_path.rglob("films/*/*"))) == files and entries() == names
        assert sum("made" not in e for e in job_in(tmp_path).ledger.entries()) == len(names)
        assert status_of(job_in(tmp_path)).frames_done == 45

    def test_and_back_again(self, guided, tmp_path):
        result = (tmp_path / "out/reel.mkv").read_bytes()
        guide(guided, {3: DARKER, 21: GREEN})
        begun(guided, tmp_path)
        guide(guided, {3: RED, 21: GREEN})
        assert begun(guided, tmp_path) == ["exemplars", *segments(0), "assembly"]
        assert (tmp_path / "out/reel.mkv").read_bytes() == result

    def test_is_told(self, guided, tmp_path):
        guide(guided, {3: DARKER})
        done = color(guided, tmp_path)
        [event] = [event for event in done.events if event["event"] == State.DONE]
        assert "what is said of its colours has changed since: made again" in event["notes"]

    def test_that_says_nothing_more_of_it(self, guided, tmp_path):
        guided.with_name("reel.mkv.colours.json").unlink()
        assert begun(guided, tmp_path) == ["exemplars", *segments(0, 1), "assembly"]
        assert (tmp_path / "out/reel.mkv").read_bytes() == fresh(guided, tmp_path)
        assert not (tmp_path / "out" / JOBS).exists()  # as of any single file

    def test_of_who_said_it_changes_nothing(self, guided, tmp_path):
        place = guided.with_name("reel.mkv.colours.json")
        said = json.loads(place.read_text())
        said["points"][0]["author"] = "somebody else"
        place.write_text(json.dumps(said))
        assert begun(guided, tmp_path) == []


def test_one_of_another_guide_that_another_driver_has_done_meanwhile(source, tmp_path):
    guide(source, {3: RED})
    plan = make_plan([source], f"{tmp_path}/out/", SETTINGS)
    guide(source, {3: DARKER})
    color(source, tmp_path)
    worker = made_up.Worker(SETTINGS, {})
    Job(plan, lambda context: LocalExecutor(worker, context), Report(), Progress(0)).run()
    guide(source, {3: RED})
    assert (tmp_path / "out/reel.mkv").read_bytes() == fresh(source, tmp_path)


class TestWithoutAnyGuide:
    def test_memory_alone(self, source, tmp_path):
        assert begun(source, tmp_path) == ["index", "exemplars", *segments(0, 1, 2), "assembly"]
        assert not (tmp_path / "out" / JOBS).exists()

    def test_nor_memory(self, source, tmp_path):
        settings = Settings(segment_frames=10, codec="h264", color_memory=False)
        assert begun(source, tmp_path, settings) == ["index", *segments(0, 1, 2), "assembly"]


class TestTheFirstHint:
    """Of a film that was made without any guide."""

    @pytest.mark.parametrize("memory", [True, False])
    def test_makes_its_shot_anew_where_pieces_were_kept(self, source, tmp_path, memory):
        settings = Settings(segment_frames=10, codec="h264", color_memory=memory)
        color(source, tmp_path, settings, keep_records=True)
        before = {place.name: place.read_bytes() for place in tmp_path.rglob("films/*/0*")}
        assert len(before) == 5
        guide(source, {21: GREEN})
        assert begun(source, tmp_path, settings) == ["exemplars", *segments(1), "assembly"]
        after = {place.name: place.read_bytes() for place in tmp_path.rglob("films/*/0*")}
        assert len(after) == 5 and len(before.items() & after.items()) == 3
        color(source, tmp_path / "fresh", settings)
        result = (tmp_path / "out/reel.mkv").read_bytes()
        assert result == (tmp_path / "fresh/out/reel.mkv").read_bytes()

    def test_makes_all_anew_where_none_was_kept_and_says_so(self, source, tmp_path):
        second = make_film(source.with_name("other.mkv"), frames=9)  # a folder's records stay
        color(source.parent, tmp_path)
        assert not list(tmp_path.rglob("films/*"))
        guide(source, {21: GREEN})
        done = color(source.parent, tmp_path)
        [event] = [event for event in done.events if event["event"] == State.DONE]
        assert event["asset"] != str(second) and event["frames"] == 45
        assert any("all of it, since no pieces were kept" in note for note in event["notes"])
        assert any("--keep-records" in note for note in event["notes"])


class TestDamage:
    @pytest.mark.parametrize("how", ["gone", "cut short", "other"])
    def test_of_exemplars(self, guided, tmp_path, how, caplog):
        """They are made again, and are the same."""
        before, result = kept(tmp_path / "out"), (tmp_path / "out/reel.mkv").read_bytes()
        guide(guided, {3: DARKER, 21: GREEN})
        color(guided, tmp_path, FAULTY="reel.mkv")
        [damaged] = [
            path
            for path in tmp_path.rglob("films/*/exemplars-*/0000")
            if DARKER in path.read_text()
        ]
        if how == "gone":
            damaged.unlink()
        elif how == "cut short":
            damaged.write_bytes(damaged.read_bytes()[:5])
        else:
            damaged.write_bytes(b"?" * damaged.stat().st_size)
        for key in job_in(tmp_path).ledger.failed():
            job_in(tmp_path).ledger.clear_failures(key)
        assert begun(guided, tmp_path).count("exemplars") == 1
        assert "the exemplars are made again" in caplog.text
        after = kept(tmp_path / "out")
        assert after.keys() == before.keys() and DARKER.encode() in after["exemplars/0000"]
        assert result != (tmp_path / "out/reel.mkv").read_bytes() == fresh(guided, tmp_path)

    def test_of_all_that_was_kept(self, guided, tmp_path):
        result = (tmp_path / "out/reel.mkv").read_bytes()
        for path in list(tmp_path.rglob("films/*")):
            path.rename(tmp_path / path.name)
        guide(guided, {3: DARKER, 21: GREEN})
        assert begun(guided, tmp_path) == ["index", "exemplars", *segments(0, 1, 2), "assembly"]
        assert result != (tmp_path / "out/reel.mkv").read_bytes() == fresh(guided, tmp_path)
