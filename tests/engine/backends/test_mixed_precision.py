"""Networks in bfloat16, and what stays in float32."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from kinemacolor.engine.backends.mixed_precision import cast_for_inference
from kinemacolor.engine.backends.parity import probes
from kinemacolor.models import weights


@pytest.fixture(scope="module")
def network():
    return weights.load("kinema").network()


def test_float32_stays(network):
    kept = cast_for_inference(copy.deepcopy(network), torch.float32)
    assert {p.dtype for p in kept.parameters()} == {torch.float32}


def test_first_layers_stay_exact_and_colors_near(network):
    pictures = torch.from_numpy(np.stack(probes((96, 96))))[:, None]
    low = cast_for_inference(copy.deepcopy(network), torch.bfloat16)
    exact = [m for m in low.modules() if isinstance(m, nn.Conv2d) and m.weight.dtype.itemsize == 4]
    assert sorted(conv.in_channels for conv in exact) == [4, 32]
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        ours = low(pictures).float()
    with torch.inference_mode():
        true = network(pictures)
    error = (ours - true).norm(dim=1)
    assert error.mean() < 0.5 and error.quantile(0.99) < 1  # as the gate asks of compiled networks
