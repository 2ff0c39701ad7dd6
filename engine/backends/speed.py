"""The cost of a compiled network, measured once: when it is compiled."""

from __future__ import annotations

import time

import numpy as np
import torch

from kinemacolor.engine.backends.base import Shape
from kinemacolor.engine.backends.parity import Color

_CALLS = 5


def milliseconds(color: Color, shape: Shape, batch: int, device: torch.device) -> float:
    """What a picture takes: the least of several calls, whose batches are full.

    On the processor it is CPU time, of all threads: it counts where every core has work, and other
    programs change it little.

    Args:
        color: the network.
        shape: rows and columns of its pictures.
        batch: pictures of a call.
        device: that it runs on.
    """
    pictures = [np.full(shape, 50, np.float32)] * batch
    clock = time.process_time if device.type == "cpu" else time.perf_counter
    color(pictures)  # the first call prepares
    spent = []
    for _ in range(_CALLS):
        since = clock()
        color(pictures)
        spent.append(clock() - since)
    return round(1000 * min(spent) / batch, 3)
