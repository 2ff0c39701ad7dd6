"""A cluster of three machines, as Ray makes one up on this one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

OBJECTS = 80 << 20  # bytes of each node's store
STARTS = 3  # as the executor has it for a Ray of its own
PATIENCE = 180.0  # seconds for the nodes to come up on a machine with much else to do


@pytest.fixture(scope="package")  # shared by all tests of Ray; nobody else's Ray meets it
def cluster() -> Iterator:
    """Three nodes with 8 cores and a GPU each, all made up; nobody is connected to it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        # Ray would begin a process for every made-up core, though actors have their own.
        patch.setenv("RAY_enable_worker_prestart", "0")
        patch.setenv("RAY_prestart_worker_first_driver", "0")
        made = begin()
        for _ in range(2):
            add_node(made)
        made.wait_for_nodes(PATIENCE)
        yield made
        made.shutdown()


def begin(starts=STARTS):
    """A cluster with its head, begun again where Ray's half minute was too little for it."""
    from ray.cluster_utils import Cluster

    made = Cluster()
    try:
        add_node(made)
    except Exception:  # Ray has no kind of its own for this
        made.shutdown()
        if starts == 1:
            raise
        return begin(starts - 1)
    return made


def add_node(cluster):
    """One more node of the same kind, which may take a while to be there."""
    own = {"wait": False} if cluster.head_node else {"include_dashboard": False}
    return cluster.add_node(num_cpus=8, num_gpus=1, object_store_memory=OBJECTS, **own)
