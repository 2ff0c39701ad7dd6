"""Depthwise convolutions in float32 where that is quicker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

_GROUPS = 6  # place among the arguments of torch.conv2d


class DepthwiseInFloat32(TorchFunctionMode):
    """While it is entered, grouped convolutions leave bfloat16 for their own arithmetic.

    On CPUs the gradient of a depthwise convolution takes oneDNN up to a hundred times longer in
    bfloat16 than in float32 (torch 2.13; an EfficientNet's training step 1.5 times longer in all).
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        groups = kwargs.get("groups", args[_GROUPS] if len(args) > _GROUPS else 1)
        if func is not torch.conv2d or groups == 1:
            return func(*args, **kwargs)
        x, *others = args
        with torch.autocast(x.device.type, enabled=False):
            return func(x.float(), *others, **kwargs).to(x.dtype)
