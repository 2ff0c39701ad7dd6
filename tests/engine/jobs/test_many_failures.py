"""Very many sources that fail: each costs what one costs, however many wait behind it."""

from __future__ import annotations

import pytest

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.jobs.execution import unit_runner
from kinemacolor.engine.jobs.planning.units import Unit
from tests.engine.fakes import still, write_zip
from tests.engine.job_runs import run


@pytest.fixture
def looks(tmp_path, monkeypatch):
    """How often a unit's asset is asked for in a job of so many archives, all of which fail."""

    def broken(asset, *_):
        raise MediaError(asset.source, "is damaged")

    asked = []
    real = Unit.asset.fget
    monkeypatch.setattr(unit_runner, "color_archive", broken)
    monkeypatch.setattr(Unit, "asset", property(lambda unit: asked.append(unit) or real(unit)))

    def count(archives):
        box = tmp_path / str(archives)
        box.mkdir()
        for number in range(archives):
            write_zip(box / f"{number}.zip", {"a.png": still()})
        asked.clear()
        done = run(box, out=tmp_path / f"out-{archives}")
        assert len(done.failures) == archives
        return len(asked)

    return count


def test_cost_no_look_at_those_that_wait(looks):
    assert looks(60) <= 6 * looks(10)
