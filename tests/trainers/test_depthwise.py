"""Grouped convolutions leave bfloat16, others stay in it."""

import pytest
import torch
from torch import nn

from kinemacolor.trainers.training.learner import DepthwiseInFloat32


@pytest.mark.parametrize("groups", [1, 8])
def test_only_grouped_convolutions_are_computed_in_float32(groups):
    torch.manual_seed(0)
    conv, x = nn.Conv2d(8, 8, 3, groups=groups), torch.randn(2, 8, 9, 9)
    with torch.autocast("cpu", torch.bfloat16):
        plain = conv(x)
        with DepthwiseInFloat32():
            found = conv(x)
    exact = conv(x)
    assert plain.dtype == torch.bfloat16
    if groups == 1:
        assert torch.equal(found, plain)
    else:
        assert torch.equal(found, exact.to(found.dtype))
        assert not torch.equal(found.float(), plain.float())


def test_gradients_reach_input_and_weights():
    torch.manual_seed(0)
    conv, x = nn.Conv2d(4, 4, 3, groups=4), torch.randn(1, 4, 6, 6).bfloat16()
    x.requires_grad_()
    with torch.autocast("cpu", torch.bfloat16), DepthwiseInFloat32():
        y = conv(x)
    assert y.dtype == torch.bfloat16
    y.float().square().sum().backward()
    reference = x.detach().float().requires_grad_()
    weight = conv.weight.detach().clone().requires_grad_()
    out = torch.conv2d(reference, weight, conv.bias, groups=4)
    out.square().sum().backward()
    torch.testing.assert_close(x.grad.float(), reference.grad, rtol=0.05, atol=0.05)
    torch.testing.assert_close(conv.weight.grad, weight.grad, rtol=0.05, atol=0.05)
