"""The worker, and whatever stands in its place in tests and benchmarks, are of one protocol."""

from __future__ import annotations

import inspect

import pytest

from benchmarks.waiting import Waiting
from kinemacolor.engine.jobs.execution import worker_protocol as protocol
from kinemacolor.engine.pipeline import worker
from tests.engine.fakes import FakeWorker
from tests.engine.jobs import made_up, odd_workers

METHODS = [
    name
    for name, member in vars(protocol.Worker).items()
    if inspect.isfunction(member) and not name.startswith("_")
]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "made", [worker.Worker, FakeWorker, made_up.Worker, odd_workers.Warned, Waiting]
)
def test_methods_take_the_same_arguments(made, method):
    wanted = inspect.signature(getattr(protocol.Worker, method)).parameters
    assert list(inspect.signature(getattr(made, method)).parameters) == list(wanted)


def test_all_methods_are_compared():
    films = ["film", "index", "ranges", "index_range", "joined_index", "exemplars"]
    assert [*films, "segment", "assemble", "stills"] == METHODS
