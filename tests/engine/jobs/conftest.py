"""A cluster of three machines, as Ray makes one up on this one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

OBJECTS = 80 << 20  # bytes of each node's store


@pytest.fixture(scope="module")  # Ray of other tests does not meet it
def cluster() -> Iterator:
    """Three nodes with 8 cores and a GPU each, all made up; nobody is connected to it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        from ray.cluster_utils import Cluster

        made = Cluster()
        for _ in range(3):
            add_node(made)
        yield made
        made.shutdown()


def add_node(cluster):
    """One more node of the same kind."""
    own = {} if cluster.head_node else {"include_dashboard": False}
    return cluster.add_node(num_cpus=8, num_gpus=1, object_store_memory=OBJECTS, **own)
