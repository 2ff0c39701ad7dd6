"""Depthwise convolutions in bfloat16 on CPUs, without the gradients that take most of the time.

oneDNN (torch 2.13) has quick code for 3x3 kernels of stride 1. The weights' gradient of a 5x5
kernel takes it seventy times as long as the convolution, twenty in float32; in bfloat16 so does any
gradient of stride 2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

_QUICK = 3  # side of the kernels whose gradients are quick
_ARGUMENTS = 7  # of torch.conv2d, as modules give them: input, weight, bias, stride ... groups


class QuickDepthwise(TorchFunctionMode):
    """Context in which depthwise convolutions compute in bfloat16 with quick gradients.

    Those of square kernels without bias and dilation, as encoders have them; all others are left
    alone.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        if func is torch.conv2d and len(args) == _ARGUMENTS and not kwargs:
            x, weight, bias, stride, padding, dilation, groups = args
            stride, padding, dilation = (_side(value) for value in (stride, padding, dilation))
            is_depthwise = groups == x.shape[1] == len(weight) > 1
            is_square = weight.shape[2] == weight.shape[3]
            known = stride is not None and padding is not None and dilation == 1 and bias is None
            if is_depthwise and is_square and known:
                return _Depthwise.apply(x, weight, stride, padding)
        return func(*args, **(kwargs or {}))


def _side(value: int | str | Sequence[int]) -> int | None:
    """A convolution's parameter where it is the same along both sides, else None."""
    if isinstance(value, int):
        return value
    return value[0] if not isinstance(value, str) and len(set(value)) == 1 else None


class _Depthwise(torch.autograd.Function):
    """The convolution and its gradients: (N, C, H, W) with weights (C, 1, k, k)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
        x = x.bfloat16()
        ctx.save_for_backward(x, weight)
        ctx.stride, ctx.padding = stride, padding
        return F.conv2d(x, weight.bfloat16(), None, stride, padding, 1, len(weight))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        (dy,), (x, weight) = gradients, ctx.saved_tensors
        stride, padding, (for_x, for_weight, *_) = ctx.stride, ctx.padding, ctx.needs_input_grad
        if stride > 1:
            dx, dw = _gradients(
                dy.float(), x.float(), weight.float(), stride, padding, (for_x, for_weight)
            )
            return None if dx is None else dx.bfloat16(), dw, None, None
        low, dx, dw = weight.bfloat16(), None, None
        if for_x:
            dx, _ = _gradients(dy, x, low, stride, padding, (True, False))
        if for_weight and weight.shape[-1] > _QUICK:
            dw = _large_kernel_gradient(dy, F.pad(x, (padding,) * 4), weight.shape[-1])
        elif for_weight:
            _, dw = _gradients(dy, x, low, stride, padding, (False, True))
        return dx, None if dw is None else dw.float(), None, None


def _large_kernel_gradient(dy: Tensor, padded: Tensor, side: int) -> Tensor:
    """The weights' gradient at stride 1: each 3x3 part of the kernel saw a part of the input."""
    channels, (height, width) = dy.shape[1], dy.shape[-2:]
    part = dy.new_empty(channels, 1, _QUICK, _QUICK)  # its values do not matter
    found = dy.new_empty(channels, 1, side, side, dtype=torch.float32)
    corners = sorted({min(corner, side - _QUICK) for corner in range(0, side, _QUICK)})
    for top, left in product(corners, corners):
        seen = padded[..., top : top + height + _QUICK - 1, left : left + width + _QUICK - 1]
        seen = seen.contiguous(memory_format=torch.channels_last)
        _, dw = _gradients(dy, seen, part, 1, 0, (False, True))
        assert dw is not None
        found[..., top : top + _QUICK, left : left + _QUICK] = dw
    return found


def _gradients(
    dy: Tensor, x: Tensor, weight: Tensor, stride: int, padding: int, which: tuple[bool, bool]
) -> tuple[Tensor | None, Tensor | None]:
    """PyTorch's own gradients of input and weights; None where one is not asked for."""
    dx, dw, _ = torch.ops.aten.convolution_backward(
        dy, x, weight, None, [stride] * 2, [padding] * 2, [1, 1], False, [0, 0], x.shape[1],
        [*which, False],
    )  # fmt: skip
    return dx, dw
