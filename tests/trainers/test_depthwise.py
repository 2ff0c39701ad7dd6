"""Depthwise convolutions in bfloat16, and their gradients, against PyTorch's own in float32."""

import pytest
import torch
from torch import nn

from kinemacolor.trainers.training.depthwise import QuickDepthwise


def close(found, exact):
    """Whether two tensors are the same but for bfloat16's 8 bits of mantissa."""
    return (found.float() - exact).norm() < 0.01 * exact.norm()


@pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format])
@pytest.mark.parametrize("side", [(9, 9), (12, 7)])
@pytest.mark.parametrize("padding", [0, 1, 3])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("kernel", [1, 3, 4, 5, 7])
def test_equals_float32_but_for_rounding(kernel, stride, padding, side, layout):
    torch.manual_seed(kernel)
    conv = nn.Conv2d(8, 8, kernel, stride, padding, groups=8, bias=False)
    conv.weight.data = conv.weight.data.bfloat16().float()
    x = torch.randn(3, 8, *side).bfloat16().contiguous(memory_format=layout).requires_grad_()
    with torch.autocast("cpu", torch.bfloat16), QuickDepthwise():
        y = conv(x)
    exact = x.detach().float().requires_grad_()
    weight = conv.weight.detach().clone().requires_grad_()
    reference = torch.conv2d(exact, weight, None, stride, padding, groups=8)
    seen = torch.randn_like(reference)
    (y.float() * seen).sum().backward()
    (reference * seen).sum().backward()
    assert y.dtype == x.grad.dtype == torch.bfloat16 and conv.weight.grad.dtype == torch.float32
    assert close(y, reference) and close(x.grad, exact.grad)
    assert close(conv.weight.grad, weight.grad)


@pytest.mark.parametrize("needs", [(True, False), (False, True)])
@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (5, 1), (5, 2)])
def test_computes_what_is_asked_for_alone(kernel, stride, needs):
    conv = nn.Conv2d(4, 4, kernel, stride, groups=4, bias=False).requires_grad_(needs[1])
    x = torch.randn(1, 4, 9, 9, requires_grad=needs[0])
    with torch.autocast("cpu", torch.bfloat16), QuickDepthwise():
        conv(x).float().sum().backward()
    assert ((x.grad is not None), (conv.weight.grad is not None)) == needs


@pytest.mark.parametrize(
    "conv",
    [
        nn.Conv2d(8, 8, 3),
        nn.Conv2d(8, 8, 3, groups=2),
        nn.Conv2d(8, 16, 3, groups=8),
        nn.Conv2d(8, 8, 3, groups=8),
        nn.Conv2d(8, 8, 3, groups=8, bias=False, dilation=2),
        nn.Conv2d(8, 8, (3, 5), groups=8, bias=False),
        nn.Conv2d(8, 8, 3, groups=8, bias=False, padding="same"),
        nn.Conv2d(8, 8, 3, groups=8, bias=False, stride=(1, 2)),
    ],
    ids=str,
)
def test_others_are_left_alone(conv):
    x = torch.randn(2, 8, 9, 9)
    with torch.autocast("cpu", torch.bfloat16):
        plain = conv(x)
        with QuickDepthwise():
            found = conv(x)
    assert torch.equal(found, plain) and "Depthwise" not in type(found.grad_fn).__name__
