"""Jobs whose films are guided: what an edit makes anew, what is kept, and what is told."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from kinemacolor.engine.guidance.guide_file.request import GuideRequest
from kinemacolor.engine.jobs.execution.job import Job
from kinemacolor.engine.jobs.execution.local import LocalExecutor
from kinemacolor.engine.jobs.planning.plan import make_plan
from kinemacolor.engine.jobs.reporting.events import State
from kinemacolor.engine.jobs.reporting.progress import Progress
from kinemacolor.engine.jobs.reporting.report import Report
from kinemacolor.engine.jobs.reporting.status import status_of
from kinemacolor.engine.jobs.state.folder import JOBS, JobFolder, find_jobs
from kinemacolor.engine.media.provenance.source import source_of_file
from kinemacolor.engine.media.video.provenance_tag import tag_of_film
from kinemacolor.engine.settings import Settings
from kinemacolor.models.weights_files import weights_digest
from tests.engine.job_runs import Done, run
from tests.engine.jobs import made_up
from tests.engine.jobs.program import guide, kept
from tests.engine.media.video.films import make_film

SETTINGS = Settings(segment_frames=10, codec="h264")
RED, DARKER, GREEN = "#0a0000", "#140000", "#050a00"
SHOTS = 3  # of the film: frames 0 to 19, 20 to 39, 40 to 44
SEGMENTS = {0: ["0 to 9", "10 to 19"], 1: ["20 to 29", "30 to 39"], 2: ["40 to 44"]}  # by shots


@pytest.fixture
def source(tmp_path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    return make_film(folder / "reel.mkv", frames=45)


@pytest.fixture
def guided(source, tmp_path) -> Path:
    """The film, for whose first two shots something is said, and which is coloured."""
    guide(source, {3: RED, 21: GREEN})
    assert begun(source, tmp_path) == ["index", "exemplars", *segments(0, 1, 2), "assembly"]
    return source


def color(
    source: Path,
    folder: Path,
    settings: Settings = SETTINGS,
    *,
    keep_records: bool = False,
    **orders: str,
) -> Done:
    worker = made_up.Worker(settings, orders)
    out = f"{folder}/out/"
    return run(source, out=out, worker=worker, settings=settings, keep_records=keep_records)


def begun(source: Path, folder: Path, settings: Settings = SETTINGS) -> list[str]:
    """Colour the film; returns what was done for it."""
    started = folder / "started"
    started.unlink(missing_ok=True)
    done = color(source, folder, settings, STARTED=str(started))
    assert not done.failures, done.failures
    assert done.progress.done == done.progress.total
    lines = started.read_text().splitlines() if started.exists() else []
    return [line.rpartition(", ")[2] for line in lines]


def segments(*shots: int) -> list[str]:
    return [f"frames {frames}" for shot in shots for frames in SEGMENTS[shot]]


def fresh(source: Path, tmp_path: Path) -> bytes:
    """What a job of its own gives."""
    folder = tmp_path / "fresh"
    folder.mkdir()
    color(source, folder)
    return (folder / "out/reel.mkv").read_bytes()


def job_in(folder: Path) -> JobFolder:
    [job] = find_jobs(folder / "out")
    return job


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
