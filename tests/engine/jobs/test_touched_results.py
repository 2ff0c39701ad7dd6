"""Results that are recorded, and not as the job left them: none passes for what was made."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest

from kinemacolor.engine.jobs.reporting.events import State
from kinemacolor.engine.jobs.reporting.status import status_of
from kinemacolor.engine.jobs.state.folder import find_jobs
from kinemacolor.engine.jobs.state.making import Making
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import SettingsError
from tests.engine.fakes import still, write_zip
from tests.engine.job_runs import run
from tests.engine.tint import tinting_worker

SETTINGS = Settings(working_size=32, device="cpu", backend="eager")


@pytest.fixture
def box(tmp_path) -> Path:
    """A still, and an archive with another."""
    box = tmp_path / "box"
    box.mkdir()
    (box / "a.png").write_bytes(still(1))
    write_zip(box / "b.zip", {"b.png": still(2)})
    return box


@pytest.fixture
def out(tmp_path) -> Path:
    return tmp_path / "out"


def done_of(out: Path) -> int:
    return status_of(find_jobs(out)[0]).files_done


@pytest.mark.parametrize("name", ["a.png", "b.zip"])
class TestOfAWorkerWithoutTags:
    def test_an_empty_one_is_made_again(self, box, out, name):
        run(box, out=out)
        before = (out / name).read_bytes()
        (out / name).write_bytes(b"")
        assert done_of(out) == 1
        done = run(box, out=out)
        assert done.names(State.DONE)[-1:] == [str(box / name)] and not done.failures
        event = [e for e in done.events if e["event"] == "done"][-1]
        assert "the result was empty: made again" in event["notes"]
        assert (out / name).read_bytes() == before and done_of(out) == 2

    def test_one_that_is_gone_is_not_done(self, box, out, name):
        run(box, out=out)
        (out / name).unlink()
        assert done_of(out) == 1
        assert run(box, out=out).names(State.DONE)[-1:] == [str(box / name)]
        assert done_of(out) == 2

    @pytest.mark.parametrize("how", ["cut short", "source"])
    def test_another_one_fails_alone(self, box, out, name, how):
        run(box, out=out)
        content = (out / name).read_bytes()[:50] if how == "cut short" else b""
        content = content or (box / name).read_bytes()
        (out / name).write_bytes(content)
        done = run(box, out=out)
        assert list(done.failures) == [str(box / name)]
        reason = done.failures[str(box / name)]
        assert str(out / name) in reason and "is not as this job left it" in reason
        assert "--overwrite makes it anew" in reason
        assert (out / name).read_bytes() == content and done_of(out) == 1
        assert not run(box, out=out, overwrite=True).failures and done_of(out) == 2

    def test_an_older_entry_is_believed(self, box, out, name):
        run(box, out=out)
        for path in find_jobs(out)[0].path.glob("done/*/*.json"):
            entry = json.loads(path.read_text())
            assert list(entry["results"]) == list(entry["made"])
            del entry["results"]
            path.write_text(json.dumps(entry))
        os.utime(out / name, (1e9, 1e9))
        done = run(box, out=out)
        assert not done.failures and done.names(State.DONE) == [] and done_of(out) == 2


class TestWithTags:
    @pytest.fixture
    def worker(self, monkeypatch):
        return tinting_worker(monkeypatch, codec="auto", backend="eager")

    @pytest.fixture
    def again(self, worker, box, out):
        def again(source=box, settings=SETTINGS, **options):
            return run(source, out=out, worker=worker, settings=settings, **options)

        again()
        return again

    @pytest.fixture
    def same_making(self, monkeypatch):
        monkeypatch.setattr(Making, "differences", lambda *_: [])  # the network is made up

    @pytest.fixture
    def other(self, tmp_path) -> Path:
        other = tmp_path / "other"
        other.mkdir()
        (other / "a.png").write_bytes(still(7))
        return other

    @pytest.mark.usefixtures("same_making")
    @pytest.mark.parametrize("how", ["overwrite", "removed"])
    def test_another_jobs_result_under_the_name_is_not_this_ones(self, again, box, other, out, how):
        if how == "removed":
            (out / "a.png").unlink()
        again(other, overwrite=how == "overwrite")
        before = (out / "a.png").read_bytes()
        done = again()
        assert list(done.failures) == [str(box / "a.png")]
        assert "made from another file" in done.failures[str(box / "a.png")]
        assert (out / "a.png").read_bytes() == before

    @pytest.mark.usefixtures("same_making")
    def test_one_with_other_times_is_still_there(self, again, out):
        os.utime(out / "a.png", (1e9, 1e9))
        done = again()
        assert not done.failures and len(done.names(State.SKIPPED)) == 2
        assert done_of(out) == 2

    @pytest.mark.usefixtures("same_making")
    def test_one_cut_short_fails_though_its_tag_is_whole(self, again, box, out):
        content = (out / "a.png").read_bytes()
        (out / "a.png").write_bytes(content[:-5])
        done = again()
        assert "is not as this job left it" in done.failures[str(box / "a.png")]

    @pytest.mark.usefixtures("same_making")
    def test_one_with_something_added_is_kept_and_told(self, again, box, out):
        with open(out / "a.png", "ab") as file:
            file.write(b"more")
        done = again()
        [told] = [e for e in done.events if e.get("asset") == str(box / "a.png")][-1:]
        assert "changed since it was made" in told["reason"] and not done.failures

    @pytest.mark.usefixtures("same_making")
    def test_an_archive_with_more_in_it_fails(self, again, box, out):
        with zipfile.ZipFile(out / "b.zip", "a") as file:
            file.writestr("c.png", still(3))
        done = again()
        assert "is not as this job left it" in done.failures[str(box / "b.zip")]

    def test_one_of_other_settings_is_refused(self, again, box, out, monkeypatch):
        os.utime(out / "a.png", (1e9, 1e9))  # as another job leaves it
        asked = []

        def differences(making, *_):
            asked.append(making)
            return ["with other settings"] if len(asked) == 1 else []

        monkeypatch.setattr(Making, "differences", differences)
        with pytest.raises(SettingsError, match=r"a\.png: was made with other settings"):
            again()
