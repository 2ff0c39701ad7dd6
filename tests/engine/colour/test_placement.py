"""Results do not depend on where in memory planes happen to lie."""

import numpy as np
import pytest

from engine.colour.motion import link


def placed(plane: np.ndarray, offset: int) -> np.ndarray:
    """A copy that begins `offset` numbers after a multiple of 64 bytes."""
    room = np.empty(plane.size + 32, np.float32)
    start = (offset - room.ctypes.data // 4) % 16
    copy = room[start : start + plane.size].reshape(plane.shape)
    copy[:] = plane
    return copy


@pytest.mark.parametrize("shape", [(48, 64), (64, 96)])
def test_trust_in_motion(shape):
    rng = np.random.default_rng(3)
    for _ in range(30):
        here, there = (rng.uniform(0, 100, shape).astype(np.float32) for _ in range(2))
        first = vars(link(placed(here, 0), placed(there, 0)))
        kept = [np.empty(rng.integers(50, 20_000), np.float32) for _ in range(20)]
        again = vars(link(placed(here, 5), placed(there, 11)))
        assert all(np.array_equal(first[name], again[name]) for name in first)
        del kept
