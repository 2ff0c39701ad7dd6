"""Files of one name that are not one: neither takes the place of the other's result."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinemacolor.engine.jobs.execution.job import Job
from kinemacolor.engine.jobs.execution.local import LocalExecutor
from kinemacolor.engine.jobs.planning.plan import make_plan
from kinemacolor.engine.jobs.reporting.progress import Progress
from kinemacolor.engine.jobs.reporting.report import Report
from kinemacolor.engine.jobs.state.making import Making
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import SettingsError
from tests.engine.fakes import still, tree, write_zip
from tests.engine.job_runs import run
from tests.engine.tint import tinting_worker


@pytest.fixture
def out(tmp_path) -> Path:
    out = tmp_path / "out"
    out.mkdir()
    return out


class TestOtherSources:
    """Two files of one name are not one: scanners call them all 001.jpg."""

    @pytest.fixture
    def boxes(self, tmp_path, monkeypatch):
        for number, name in enumerate(("one", "two")):
            (tmp_path / name).mkdir()
            (tmp_path / name / "001.png").write_bytes(still(number))
        return tmp_path / "one", tmp_path / "two"

    @pytest.mark.parametrize("single", [True, False])
    def test_a_result_of_another_file_is_refused(self, boxes, out, single, monkeypatch):
        sources = [box / "001.png" if single else box for box in boxes]
        settings = Settings(working_size=32, device="cpu", backend="eager")
        worker = tinting_worker(monkeypatch, codec="auto", backend="eager")
        run(sources[0], out=out, worker=worker, settings=settings)
        before = tree(out)
        monkeypatch.setattr(Making, "differences", lambda *_: [])  # the network is made up
        with pytest.raises(SettingsError, match=r"001.png: was made from another file"):
            make_plan([sources[1]], str(out), settings)
        assert tree(out) == before
        [kept] = make_plan([sources[0]], str(out), settings).assets
        assert kept.kept


def test_a_name_that_another_job_took_meanwhile_is_refused(tmp_path, monkeypatch):
    sources = []
    for number in range(2):
        (tmp_path / str(number)).mkdir()
        sources.append(tmp_path / str(number) / "a.png")
        sources[-1].write_bytes(still(number))
    settings = Settings(working_size=32, device="cpu", backend="eager")
    worker = tinting_worker(monkeypatch, codec="auto", backend="eager")
    plans = [make_plan([source], f"{tmp_path}/out/", settings) for source in sources]
    reports = [Report(), Report()]
    for plan, report in zip(plans, reports, strict=True):
        Job(plan, lambda context: LocalExecutor(worker, context), report, Progress(1)).run()
    assert [report.failed for report in reports] == [0, 1]
    assert "meanwhile by another job" in reports[1].outcomes[0].reason


def test_an_archive_of_another_content_is_refused(tmp_path, monkeypatch):
    for number in range(2):
        (tmp_path / str(number)).mkdir()
        write_zip(tmp_path / str(number) / "a.zip", {"x.png": still(number), "y.png": still(7)})
    settings = Settings(working_size=32, device="cpu", backend="eager")
    worker = tinting_worker(monkeypatch, codec="auto", backend="eager")
    out = f"{tmp_path}/out/"
    run(tmp_path / "0/a.zip", out=out, worker=worker, settings=settings)
    monkeypatch.setattr(Making, "differences", lambda *_: [])  # the network is made up
    [kept] = make_plan([tmp_path / "0/a.zip"], out, settings).assets
    assert kept.kept
    with pytest.raises(SettingsError, match="was made from another file"):
        make_plan([tmp_path / "1/a.zip"], out, settings)
