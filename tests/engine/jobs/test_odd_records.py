"""Records of valid JSON whose values cannot be true: they count as damaged, and end nothing."""

from __future__ import annotations

import json
import os

import pytest

from kinemacolor.engine.jobs.reporting.status import status_of
from kinemacolor.engine.jobs.state.folder import JobFolder, find_jobs
from kinemacolor.engine.jobs.state.holder import holder
from kinemacolor.engine.jobs.state.journal import Journal
from kinemacolor.engine.jobs.state.ledger import Ledger
from kinemacolor.engine.jobs.state.lock import Lock
from kinemacolor.engine.jobs.state.schema import DamagedRecord
from tests.engine.fakes import still
from tests.engine.job_runs import run

HUGE = 10**400


@pytest.mark.parametrize(
    "values",
    [
        *({"count": odd} for odd in (-1, 48.5, True, HUGE, float("nan"), "4")),
        *({"shots": odd} for odd in (["a"], [-1], [0.5], [[0]], 5)),
        *({"part": odd} for odd in ([1], ["a", "b", "c"], [3, 1, 4], 5)),
        *({"given_back": odd} for odd in (5, ["x"], {"/x": 5})),
        *({"made": odd} for odd in ([], {"/x": 5}, {"/a\0b": "1-2"})),
        *({"results": odd} for odd in (5, {"/x": None})),
        *({"frames": odd} for odd in (HUGE, -3, 1.5)),
        *({"at": odd} for odd in (HUGE, float("inf"), float("nan"), True, "now")),
        *({"seconds": odd} for odd in (HUGE, float("inf"))),
        *({"peak_memory": odd} for odd in ("x", [1], -1)),
        *({"schema": odd} for odd in (float("inf"), float("nan"), [1])),
        *({"asset": odd} for odd in (5, "a\0b")),
        {"fingerprint": [5]},
    ],
    ids=lambda values: str(values)[:40],
)
def test_an_entry(tmp_path, values):
    ledger = Ledger(tmp_path)
    whole = {"step": "index", "count": 4, "shots": [0], "part": [1, 3, 4], "made": {"/x": "1-2"}}
    ledger.add("aa", whole)
    assert ledger.get("aa") is not None and not list(ledger.damaged())
    [path] = tmp_path.glob("done/*/*.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))
    assert ledger.get("aa") is None and not list(ledger.entries())
    [error] = ledger.damaged()
    assert isinstance(error, DamagedRecord) and str(path) in str(error)


@pytest.mark.parametrize(
    "line",
    [
        "[" * 200_000,
        '{"asset": "a", "place": "/b", "version": "1-2", "at": ' + "9" * 400 + "}",
        '{"asset": "a", "place": "/b", "version": "1-2", "at": 1e999}',
        '{"asset": "a", "place": "/b\\u0000", "version": "1-2", "at": 1}',
        '{"asset": "a", "place": 5, "version": "1-2", "at": 1}',
        "[1]",
        '"x"',
    ],
    ids=range(7),
)
def test_a_line_of_a_journal(tmp_path, line):
    journal = Journal(tmp_path / "x.jsonl")
    (tmp_path / "x.jsonl").write_text(line + "\n")
    journal.add("c.png", "/out/c.png", "3-4", "5-6")
    [made] = journal.read()
    assert (made.asset, made.result) == ("c.png", "5-6")


@pytest.mark.parametrize(
    "values",
    [
        *({"pid": odd} for odd in (1.5, float("inf"), True, HUGE, "1")),
        *({"token": odd} for odd in ("a" * 300, "é" * 8, 5)),
        {"host": [1]},
        {"space": 5},
    ],
    ids=lambda values: str(values)[:30],
)
def test_a_lock(tmp_path, values):
    path = tmp_path / "lock"
    with Lock(path):
        held = json.loads(path.read_bytes())
    path.write_text(json.dumps({**held, **values}))
    found = holder(path)
    assert found is not None and not found["host"]
    os.utime(path, (1, 1))
    with Lock(path):
        assert holder(path)["pid"] == os.getpid()


@pytest.mark.parametrize(
    "values",
    [{"frames": HUGE}, {"frames": -1}, {"at": float("inf")}, {"at": HUGE}, {"target": "a\0b"}],
    ids=["frames", "negative", "inf", "at", "target"],
)
def test_a_plan(tmp_path, values):
    (tmp_path / "a.png").write_bytes(still())
    run(tmp_path / "a.png", out=f"{tmp_path}/out/", keep_records=True)
    [job] = find_jobs(tmp_path / "out")
    odd = {**json.loads(job.plan.read_text()), **values}
    job.plan.write_text(json.dumps(odd) + "\n")
    told = status_of(JobFolder(job.path))
    assert told.files is None and len(told.damaged) == 1
