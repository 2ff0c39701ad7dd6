"""Folders of results that are there already."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.job_runs import run
from tests.engine.jobs.existing.tagged import put_tagged


@pytest.fixture
def out(tmp_path) -> Path:
    out = tmp_path / "out"
    out.mkdir()
    return out


@pytest.fixture(params=["by the job's record", "by tags"])
def done(request, box, out) -> Path:
    """A folder of results, all as they are with the default settings."""
    if request.param == "by tags":
        put_tagged(out)
    else:
        run(box, out=out)
    return out
