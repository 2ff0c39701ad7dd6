"""The check of what networks give: colours are numbers, and a lack of memory is told as such."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar, cast

import numpy as np
import torch

from kinemacolor.engine.backends.base import Pictures
from kinemacolor.models.errors import KinemacolorError

C = TypeVar("C", bound=Callable[..., Pictures])


class NetworkError(KinemacolorError):
    """A network that cannot colour a picture; who knows the picture's file tells it."""


def checked(call: C) -> C:
    """Decorate a network's `__call__`, so that it gives colours or says why there are none.

    Where a GPU is out of memory, what PyTorch has set aside is handed back and the same is computed
    once more: smaller batches or another device would compute other digits.

    Raises:
        NetworkError: a colour is no number, or the GPU has not enough memory.
        MemoryError: this machine has not enough.
    """

    @wraps(call)
    def checked_call(network: object, lightness: Pictures) -> Pictures:
        try:
            colors = _memory_told(call, network, lightness)
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
            try:
                colors = _memory_told(call, network, lightness)
            except torch.OutOfMemoryError as error:
                raise gpu_too_small() from error
        if not all(np.isfinite(ab).all() for ab in colors):
            raise NetworkError(
                "the network",
                "the network gives colours that are no numbers (NaN or infinity)",
                "use other weights, or --precision fp32",
            )
        return colors

    return cast(C, checked_call)


def gpu_too_small() -> NetworkError:
    """The error for a GPU that is out of memory."""
    problem = "the GPU has too little memory for it"
    remedy = "end what else uses the GPU, use a smaller --working-size, or --device cpu"
    return NetworkError("the network", problem, remedy)


def _memory_told(call: Callable[..., Pictures], network: object, lightness: Pictures) -> Pictures:
    """Call a network; on a CPU torch has no type for a lack of memory."""
    try:
        return call(network, lightness)
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        if "allocate memory" not in str(error):
            raise
        raise MemoryError("not enough memory for the network") from error
