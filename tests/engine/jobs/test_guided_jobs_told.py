"""Jobs whose films are guided: what is told of them, by records and by tags."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from kinemacolor.engine.guidance.guide_file.request import GuideRequest
from kinemacolor.engine.jobs.reporting.events import State
from kinemacolor.engine.jobs.reporting.status import status_of
from kinemacolor.engine.media.provenance.source import source_of_file
from kinemacolor.engine.media.video.provenance_tag import tag_of_film
from kinemacolor.models.weights_files import weights_digest
from tests.engine.job_runs import run
from tests.engine.jobs import made_up
from tests.engine.jobs.guided_reel import (
    DARKER,
    GREEN,
    RED,
    SETTINGS,
    begun,
    color,
    job_in,
    make_reel,
    say_and_color,
)
from tests.engine.jobs.program import guide


@pytest.fixture
def source(tmp_path) -> Path:
    return make_reel(tmp_path)


@pytest.fixture
def guided(source, tmp_path) -> Path:
    return say_and_color(source, tmp_path)


class TestWhatIsTold:
    def test_what_the_tag_is_to_have(self, source, tmp_path, monkeypatch):
        given = []
        assemble = made_up.Worker.assemble
        monkeypatch.setattr(
            made_up.Worker,
            "assemble",
            lambda *args: (given.append(args[-1]), assemble(*args))[1],
        )
        guide(source, {3: RED, 44: GREEN})
        done = color(source, tmp_path)
        [event] = [event for event in done.events if event["event"] == State.DONE]
        assert given == [{"guide": f"sha256:{event['guide']}", "touched": "0, 2"}]

    def test_shots(self, guided, tmp_path):
        told = status_of(job_in(tmp_path))
        [film] = told.guided
        assert film["asset"] == str(guided)
        first, second = film["shots"]
        assert first == {
            "number": 0,
            "start": 0,
            "exemplars": ["frame 3"],
            "key_frames": 1,
            "points": 0,
            "lowest": 0.2,
            "fades_at": 14,
            "share": 0.45,
            "advice": "from frame 14 of shot 0 the key frame leads to 45 % of the picture:"
            " give another",
        }
        assert second["number"] == 1 and second["lowest"] == pytest.approx(0.1)
        assert any(first["advice"] in line for line in told.lines())

    def test_what_the_next_run_will_do(self, guided, tmp_path):
        told = status_of(job_in(tmp_path))
        assert (told.files_done, told.again) == (1, ()) and "  finished" in told.lines()
        guide(guided, {3: DARKER, 21: GREEN})
        told = status_of(job_in(tmp_path))
        reason = "what is said of its colours has changed since: made again"
        assert told.files_done == 0 and told.again == ((str(guided), reason),)
        assert f"  next run: {guided}: {reason}" in told.lines()
        assert begun(guided, tmp_path)
        told = status_of(job_in(tmp_path))
        assert (told.files_done, told.again) == (1, ())

    def test_what_the_next_run_will_keep(self, source, tmp_path):
        """A result that somebody has added to is as well as done: no run makes it again."""
        guide(source, {3: RED})
        worker = Tagged(SETTINGS, {})
        run(source, out=f"{tmp_path}/out/", worker=worker, settings=SETTINGS)
        with open(tmp_path / "out/reel.mkv", "ab") as film:
            film.write(b"more")
        assert status_of(job_in(tmp_path)).files_done == 1
        guide(source, {3: GREEN})
        told = status_of(job_in(tmp_path))
        assert (told.files_done, told.again) == (1, ())

    def test_that_the_next_run_cannot_begin(self, guided, tmp_path):
        job = job_in(tmp_path)
        asked = replace(job.record, guide=GuideRequest(file=tmp_path / "gone.json"))
        asked.write(job.path / "job.json")
        told = status_of(job)
        assert told.files_done == 1
        assert any(line.startswith(f"  next run: {tmp_path}/gone.json: ") for line in told.lines())

    def test_again_of_what_is_there(self, guided, tmp_path):
        """A report of a run that finds all done tells what the run before it has found out."""
        [event] = [e for e in color(guided, tmp_path).events if e["event"] == State.SKIPPED]
        assert [shot["number"] for shot in event["shots"]] == [0, 1] and len(event["guide"]) == 64


class Tagged(made_up.Worker):
    """Its results have whole tags."""

    def assemble(self, source, index, segments, target, tags=None):
        own = {
            "software": "Kinemacolor",
            "network": "kinema",
            "weights": f"sha256:{weights_digest('kinema')}",
            "settings": json.dumps(asdict(self.settings)),
            "source": source_of_file(source),
        }
        return super().assemble(source, index, segments, target, own | (tags or {}))


class TestByTags:
    @pytest.fixture
    def result(self, source, tmp_path) -> Path:
        """The result of a guided film, of which there are no records."""
        guide(source, {3: RED, 44: GREEN})
        assert not self.color(source, tmp_path).failures
        job_in(tmp_path).remove()
        return tmp_path / "out/reel.mkv"

    def color(self, source, folder):
        worker = Tagged(SETTINGS, {})
        return run(source, out=f"{folder}/out/", worker=worker, settings=SETTINGS)

    def test_the_tag(self, result, source, tmp_path):
        tag = tag_of_film(result)
        assert len(tag.guide) == 64 and tag.touched == (0, 2)
        [event] = self.color(source, tmp_path).events[1:-1]
        assert event["event"] == State.SKIPPED and "guide" not in event

    @pytest.mark.parametrize("points", [{3: DARKER}, {}])
    def test_of_another_guide_are_made_again(self, result, source, tmp_path, points):
        guide(source, points)
        assert not self.color(source, tmp_path).failures
        assert bool(tag_of_film(result).guide) == bool(points)
        assert tag_of_film(result).touched == tuple(points and [0])

    def test_that_somebody_has_changed_stay(self, result, source, tmp_path):
        """As they do when their source changes, though the records tell of another guide."""
        guide(source, {3: DARKER})
        self.color(source, tmp_path)
        with open(result, "ab") as film:
            film.write(b"more")
        guide(source, {3: GREEN})
        [event] = self.color(source, tmp_path).events[1:-1]
        assert event["event"] == State.SKIPPED and "changed since it was made" in event["reason"]
