"""What is said at a job's end, and what is remembered of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kinemacolor.engine.jobs.planning.plan import make_plan
from kinemacolor.engine.jobs.reporting.events import Outcome, State
from kinemacolor.engine.jobs.reporting.report import Report
from kinemacolor.engine.jobs.reporting.speeds import known_speeds, remember_speed
from kinemacolor.engine.jobs.reporting.status import status_of
from kinemacolor.engine.jobs.state.folder import JobFolder
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.settings import Settings
from tests.engine.fakes import FRAMES, still
from tests.engine.job_runs import MKV, run
from tests.engine.media.video.films import make_film


def done(name: str, size: int) -> Outcome:
    return Outcome(
        asset=name,
        kind=Kind.STILL,
        state=State.DONE,
        target=f"out/{name}",
        frames=1,
        bytes_in=1000,
        bytes_out=size,
    )


@pytest.fixture
def report(tmp_path) -> Report:
    (tmp_path / "in").mkdir()
    for name in ("a.png", "b.png"):
        (tmp_path / "in" / name).write_bytes(still())
    report = Report()
    report.planned(make_plan([tmp_path / "in"], str(tmp_path / "out"), Settings()))
    return report


class TestSummary:
    def test_one_result(self, report):
        report.add(done("a.png", 2500))
        first, second = report.summary()
        assert first.startswith("Done: 1 still (1 frame in ")
        assert second == "Result: out/a.png (2.5 kB, from 1 kB)"

    def test_several_results(self, report, tmp_path):
        report.add(done("a.png", 2500))
        report.add(done("b.png", 1500))
        assert report.summary()[1] == f"Results: {tmp_path / 'out'} (4 kB, from 2 kB)"

    def test_nothing_is_done(self, report):
        assert report.summary() == ["Nothing to do"]
        report.add(Outcome(asset="a.png", kind=Kind.STILL, state=State.FAILED, reason="is odd"))
        assert report.summary() == ["Failed: 1", "  a.png: is odd"]

    def test_stopped(self, report, tmp_path):
        report.stopped = "Stopped"
        left = "Stopped: 2 of 2 files not done; the same command goes on from here"
        assert report.summary() == [left]  # no record has been written, from which to resume
        report.log = tmp_path / "log"
        assert report.summary() == [f"{left}, and so does: kinemacolor resume {tmp_path / 'out'}"]


class TestSpeeds:
    @pytest.fixture(autouse=True)
    def cache(self, tmp_path, monkeypatch) -> Path:
        monkeypatch.setenv("KINEMACOLOR_CACHE", str(tmp_path / "cache"))
        return tmp_path / "cache"

    def test_the_last_of_each_network(self):
        assert known_speeds() == {}
        remember_speed("kinema", 500, 6.789)
        remember_speed("msau_net", 500, 2)
        remember_speed("kinema", 500, 7)
        remember_speed("kinema", 10, 99)  # too few
        assert known_speeds() == {"kinema": 7, "msau_net": 2}

    @pytest.mark.parametrize("text", ["[]", "{", '{"kinema": "fast"}'])
    def test_a_damaged_file(self, cache, text):
        cache.mkdir()
        (cache / "speeds.json").write_text(text)
        assert known_speeds() == {}
        remember_speed("kinema", 500, 7)
        assert known_speeds() == {"kinema": 7}

    def test_a_folder_that_cannot_be_made(self, cache):
        cache.write_text("")
        remember_speed("kinema", 500, 7)
        assert known_speeds() == {}


def test_the_rate_of_a_status_leaves_out_what_came_before_the_first_segment(tmp_path):
    make_film(tmp_path / "reel.mkv", frames=FRAMES)
    out = tmp_path / "out"
    plan = run(tmp_path / "reel.mkv", out=f"{out}/", settings=MKV, keep_records=True).plan
    folder = JobFolder(plan.folder)
    for path in folder.path.glob("done/*/*.json"):
        text = path.read_text()
        if '"frames"' in text:  # the segment's
            entry = folder.ledger.get(path.stem)
            entry["at"] += 100
            entry["seconds"] = 4.0
            path.unlink()
            path.write_text(json.dumps(entry))
    assert status_of(folder).fps == pytest.approx(FRAMES / 4)


def test_a_look_at_many_files_is_told(tmp_path):
    (tmp_path / "in").mkdir()
    for number in range(5):
        (tmp_path / "in" / f"{number}.png").write_bytes(still())
    seen: list[tuple[int, int]] = []
    out = str(tmp_path / "out")
    make_plan([tmp_path / "in"], out, Settings(), on_look=lambda *counts: seen.append(counts))
    assert seen == [(5, 0), (1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]
