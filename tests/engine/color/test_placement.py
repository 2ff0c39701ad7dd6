"""Results do not depend on where in memory planes happen to lie."""

import numpy as np
import pytest

from kinemacolor.engine.color.srgb_planes import lightness_of_luminance, srgb_codes
from kinemacolor.engine.color.still_spaces import SRGB
from kinemacolor.engine.motion.optical_flow import enlarged, estimate_flow, flow_at_half


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
        first = vars(estimate_flow(placed(here, 0), placed(there, 0)))
        kept = [np.empty(rng.integers(50, 20_000), np.float32) for _ in range(20)]
        again = vars(estimate_flow(placed(here, 5), placed(there, 11)))
        assert all(np.array_equal(first[name], again[name]) for name in first)
        del kept


@pytest.mark.parametrize("shape", [(48, 64), (65, 97)])
def test_motion_at_half_size(shape):
    rng = np.random.default_rng(5)
    here, there = (rng.uniform(0, 100, shape).astype(np.float32) for _ in range(2))
    first = vars(flow_at_half(placed(here, 0), placed(there, 0)))
    large = enlarged(placed(first["to_next"], 0), shape)
    for offset in range(1, 16):
        again = vars(flow_at_half(placed(here, offset), placed(there, 16 - offset)))
        assert all(np.array_equal(first[name], again[name]) for name in first)
        assert np.array_equal(large, enlarged(placed(first["to_next"], offset), shape))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_pixels_of_stills(dtype):
    rng = np.random.default_rng(4)
    lightness = rng.uniform(0, 100, (31, 211)).astype(np.float32)
    chroma = rng.uniform(-90, 90, (2, 31, 211)).astype(np.float32)

    def pixels(offset):
        light, a, b = (placed(plane, offset) for plane in (lightness, *chroma))
        SRGB.gamut.fit(light, a, b)
        return srgb_codes(light, a, b, dtype), lightness_of_luminance(placed(lightness, offset))

    first = pixels(0)
    for offset in range(1, 16):
        assert all(np.array_equal(*pair) for pair in zip(first, pixels(offset), strict=True))
