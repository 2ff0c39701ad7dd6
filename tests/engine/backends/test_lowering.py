"""Networks in bfloat16, and what stays in float32."""

import copy

import pytest
import torch
from torch import nn

from engine.backends.lowering import lowered
from engine.backends.parity import probes
from models import weights


@pytest.fixture(scope="module")
def network():
    return weights.load("kinema").network


def test_float32_stays(network):
    kept = lowered(copy.deepcopy(network), torch.float32)
    assert {p.dtype for p in kept.parameters()} == {torch.float32}


def test_first_layers_stay_exact_and_halve_the_error(network):
    picture = torch.from_numpy(probes((96, 96))[0])[None, None]
    low = lowered(copy.deepcopy(network), torch.bfloat16)
    exact = [m for m in low.modules() if isinstance(m, nn.Conv2d) and m.weight.dtype.itemsize == 4]
    assert sorted(conv.in_channels for conv in exact) == [4, 32]
    every = lowered(copy.deepcopy(network), torch.float32).to(torch.bfloat16)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        ours, plain = low(picture).float(), every(picture).float()
    with torch.inference_mode():
        true = network(picture)
    assert (ours - true).norm(dim=1).mean() < 0.7 * (plain - true).norm(dim=1).mean()
