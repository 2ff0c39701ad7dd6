"""A cluster of three machines, as Ray makes one up on this one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

OBJECTS = 80 << 20  # bytes of each node's store
PATIENCE = 180.0  # seconds for the nodes to come up on a machine with much else to do


@pytest.fixture(scope="package")  # shared by all tests of Ray; nobody else's Ray meets it
def cluster() -> Iterator:
    """Three nodes with 8 cores and a GPU each, all made up; nobody is connected to it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        # Ray would begin a process for every made-up core, though actors have their own.
        patch.setenv("RAY_enable_worker_prestart", "0")
        patch.setenv("RAY_prestart_worker_first_driver", "0")
        from ray.cluster_utils import Cluster

        made = Cluster()
        for _ in range(3):
            add_node(made)
        made.wait_for_nodes(PATIENCE)
        yield made
        made.shutdown()


def add_node(cluster):
    """One more node of the same kind, which may take a while to be there."""
    own = {"wait": False} if cluster.head_node else {"include_dashboard": False}
    return cluster.add_node(num_cpus=8, num_gpus=1, object_store_memory=OBJECTS, **own)
