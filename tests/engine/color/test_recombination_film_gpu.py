"""Recombination in PyTorch gives what recombination in OpenCV gives, to a code."""

import numpy as np
import pytest
import torch

from kinemacolor.engine.color.recombination.film import FilmRecombiner
from kinemacolor.engine.color.recombination.film_gpu import DeviceRecombiner
from kinemacolor.models.color.encoding import YCbCrEncoding

DEVICES = [
    "cpu",
    pytest.param(
        "cuda",
        marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
    ),
]
ENCODINGS = [
    (YCbCrEncoding("bt601", depth=8), None),
    (YCbCrEncoding("bt709", depth=10), None),
    (YCbCrEncoding("bt709", full_range=True, depth=16), None),
    (YCbCrEncoding("bt709", full_range=True), YCbCrEncoding("bt709", depth=10)),
]


def scene(encoding: YCbCrEncoding, shape: tuple[int, int]) -> np.ndarray:
    """Smooth light, an edge, and grain: codes of luma."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[: shape[0], : shape[1]] / max(shape)
    light = 0.3 + 0.3 * np.sin(5 * x + 3 * y) + 0.3 * (x + y > 0.8)
    light = light + rng.normal(0, 0.02, shape)
    black, span = encoding.luma_scale
    codes = np.rint(black + span * light.clip(0, 1))
    return codes.astype(np.uint8 if encoding.depth == 8 else np.uint16)


def colors(shape: tuple[int, int]) -> np.ndarray:
    y, x = np.mgrid[: shape[0], : shape[1]] / max(shape)
    return np.dstack([40 * np.sin(7 * x), 50 * np.cos(6 * y)]).astype(np.float32)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("encoding", "output"), ENCODINGS, ids=str)
@pytest.mark.parametrize(
    ("size", "chroma", "working"),
    [
        ((144, 192), (72, 96), (32, 48)),
        ((145, 193), (73, 97), (48, 64)),
        ((96, 96), (96, 96), (96, 96)),
        ((48, 64), (24, 32), (64, 96)),
    ],
    ids=["4:2:0", "odd", "4:4:4", "enlarged"],
)
def test_planes_are_those_of_the_cpu(device, encoding, output, size, chroma, working):
    luma, ab = scene(encoding, size), colors(working)
    there = DeviceRecombiner(encoding, chroma, 1.2, output, device=torch.device(device))
    here = FilmRecombiner(encoding, chroma, 1.2, output)
    held = there.to_device(luma)
    light = there.lightness(held, working)
    assert light.shape == working and light.dtype == np.float32
    one_code = 100 / 219 * 1.7  # L* moves fastest in the dark
    assert np.abs(light - here.lightness(luma, working)).max() < one_code
    for mine, its in zip(there(held, ab, light), here(luma, ab, light), strict=True):
        depth = (output or encoding).depth
        assert mine.dtype == its.dtype == (np.uint8 if depth == 8 else np.uint16)
        assert mine.shape == chroma
        code = 1 << (depth - 8)  # of eight bits
        difference = np.abs(mine.astype(int) - its.astype(int))
        assert difference.max() <= 2 * code and difference.mean() < 0.15 * code


def test_no_color_is_exactly_neutral():
    [encoding, _] = ENCODINGS[0]
    recombine = DeviceRecombiner(encoding, (16, 16), device=torch.device("cpu"))
    luma = recombine.to_device(scene(encoding, (32, 32)))
    ab = np.zeros((16, 16, 2), np.float32)
    for plane in recombine(luma, ab, recombine.lightness(luma, (16, 16))):
        assert (plane == 128).all()
