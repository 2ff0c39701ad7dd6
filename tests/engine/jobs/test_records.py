"""Records on disk: their schema version, and jobs of other versions of this program."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from kinemacolor.engine.jobs.planning.plan import make_plan
from kinemacolor.engine.jobs.reporting.status import status_of
from kinemacolor.engine.jobs.state.folder import JobFolder, find_jobs
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError, SettingsError
from tests.engine.fakes import still, tree
from tests.engine.job_runs import run
from tests.engine.jobs.program import complaints, kinemacolor


@pytest.fixture
def box(tmp_path) -> Path:
    """Two stills."""
    box = tmp_path / "box"
    box.mkdir()
    for index in range(2):
        (box / f"{index}.png").write_bytes(still(index))
    return box


@pytest.fixture
def job(box, tmp_path) -> JobFolder:
    """A job that is done, in the folder "out"."""
    run(box, out=tmp_path / "out")
    return find_jobs(tmp_path / "out")[0]


def edit(path: Path, **values: object) -> None:
    """Change what every line of a JSON record, or the whole of it, has at its top; None removes.

    The file's time stays: that of the plan tells when the last run began.
    """
    whole, times = path.read_text(), path.stat()
    lines = whole.splitlines() if path.suffix == ".jsonl" else [whole]
    edited = []
    for line in lines:
        record = json.loads(line) | values
        kept = {key: value for key, value in record.items() if value is not None}
        edited.append(json.dumps(kept))
    path.write_text("\n".join(edited) + "\n")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def entries(job: JobFolder) -> list[Path]:
    """The files of the ledger's entries."""
    return [*job.path.glob("done/*/*.json"), *job.path.glob("failed/*.json")]


def age(job: JobFolder, **more: object) -> None:
    """Make of a job's records those that the first release wrote."""
    record = json.loads((job.path / "job.json").read_text())
    settings = record["settings"] | more
    settings["colour_every"] = settings.pop("color_every")
    edit(job.path / "job.json", schema=None, settings=settings)
    edit(job.plan, schema=None, kept=None)
    for path in entries(job):
        edit(path, schema=None)


class TestSchema:
    def test_is_in_every_record(self, job):
        job.ledger.fail("aa", {"name": "a film", "problem": "odd"})
        lines = [(job.path / "job.json").read_text(), *job.plan.read_text().splitlines()]
        lines += [path.read_text() for path in entries(job)]
        assert len(lines) == 1 + 2 + 2
        assert all(json.loads(line)["schema"] == 1 for line in lines)

    @pytest.mark.parametrize("which", ["job.json", "plan.jsonl", "done/*/*.json"])
    def test_that_is_newer_is_refused(self, job, which):
        [path] = job.path.glob(which)
        edit(path, schema=2)
        said = r"is of a newer Kinemacolor \(schema 2; this one reads up to 1\)"
        with pytest.raises(KinemacolorError, match=said) as told:
            status_of(job)
        assert told.value.subject == str(path)

    @pytest.mark.parametrize("which", ["job.json", "plan.jsonl", "done/*/*.json"])
    @pytest.mark.parametrize("text", ["{", "[]", "7", '{"schema": "x"}', '{"schema": 1}', "\xff"])
    def test_of_what_is_no_record(self, job, which, text):
        [path] = job.path.glob(which)
        path.write_text(text, encoding="latin-1")
        now = status_of(job)
        assert len(now.damaged) == 1 and now.damaged[0].startswith(f"{path}: is damaged: it is not")
        shown = now.lines()
        assert "at least" in shown[0] and f"  damaged: {now.damaged[0]}" in shown
        assert not any("\n" in line for line in shown)


class TestFirstRelease:
    """Its records have no schema version, and a setting `colour_every`."""

    def test_is_read(self, job):
        now = status_of(job)
        age(job, colour_every="2")
        record = job.record
        assert record is not None and record.settings.color_every == "auto"
        assert status_of(job) == now

    def test_settings_have_their_names_of_today(self, box, tmp_path):
        run(box, out=tmp_path / "out", settings=Settings(color_every="2"))
        job = find_jobs(tmp_path / "out")[0]
        age(job)
        assert job.record is not None and job.record.settings == Settings(color_every="2")

    def test_what_was_there_already_counts_as_done(self, job, box, tmp_path):
        run(box, out=tmp_path / "out", overwrite=True)
        (tmp_path / "out/0.png").unlink()
        run(box, out=tmp_path / "out")
        now = status_of(job)
        assert now.files_done == 2 and sorted(line["kept"] for line in job.read_plan()) == [0, 1]
        age(job)
        assert status_of(job) == now

    def test_a_job_that_is_done_stays_done(self, job, box, tmp_path):
        age(job)
        before = tree(tmp_path)
        assert not run(box, out=tmp_path / "out").worker.colored and tree(tmp_path) == before

    def test_a_job_that_is_not_done_is_refused_in_one_line(self, job, box, tmp_path):
        age(job)
        (tmp_path / "out/0.png").unlink()
        with pytest.raises(SettingsError, match="made by an older Kinemacolor") as told:
            run(box, out=tmp_path / "out")
        assert "--overwrite" in str(told.value)
        run(box, out=tmp_path / "out", overwrite=True)
        assert (tmp_path / "out/0.png").is_file()


class TestUnknownSettings:
    """Of a version that did not say so by its schema."""

    @pytest.mark.parametrize(
        ("setting", "said"),
        [
            ({"grain": 3, "age": 1}, "settings that this version does not know: age, grain"),
            ({"backend": "abacus"}, "a setting of another version: backend: 'abacus' is not"),
        ],
    )
    def test_are_refused(self, job, box, tmp_path, setting, said):
        age(job, **setting)
        with pytest.raises(KinemacolorError, match=said) as told:
            status_of(job)
        assert told.value.subject == str(job.path / "job.json")
        with pytest.raises(KinemacolorError, match=said):
            make_plan([box], str(tmp_path / "out"), Settings())

    @pytest.mark.parametrize("setting", [{"schema": 2}, {"settings": {"grain": 3}}])
    def test_by_every_command(self, job, box, tmp_path, setting):
        edit(job.path / "job.json", **setting)
        results = tree(tmp_path / "out")
        before = tree(tmp_path)
        for words in (
            ("status", tmp_path / "out"),
            ("resume", tmp_path / "out"),
            ("retry", tmp_path / "out"),
            ("colorize", box, "-o", tmp_path / "out"),
        ):
            done = kinemacolor(*words)
            assert done.returncode == 1 and len(complaints(done.errors)) == 1, done.errors
            assert str(job.path / "job.json") in done.errors and tree(tmp_path) == before
        assert kinemacolor("clean", tmp_path / "out").returncode == 0  # which reads no record
        assert tree(tmp_path / "out") == results and not job.path.exists()
