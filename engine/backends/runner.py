"""A loaded form as the engine calls it: pictures in, colours out."""

from __future__ import annotations

import threading

import numpy as np
import torch
from torch import Tensor

from kinemacolor.engine.backends.base import CompiledModel, Spec


class CompiledRunner:
    """Colours pictures of one size; may be called from several threads.

    On a GPU every thread has a stream and page-locked memory of its own, so that its copies go
    beside the others' arithmetic.

    Args:
        form: loaded for `spec`.
        spec: what it was compiled for.

    """

    def __init__(self, form: CompiledModel, spec: Spec) -> None:
        self._form, self._spec = form, spec
        self._own = threading.local()

    def __call__(self, lightness: list[np.ndarray]) -> list[np.ndarray]:
        """As `kinemacolor.engine.backends.base.Network` has it."""
        done: list[np.ndarray] = []
        for start in range(0, len(lightness), self._spec.batch):
            pictures = lightness[start : start + self._spec.batch]
            padded = pictures + [pictures[-1]] * (self._spec.batch - len(pictures))
            try:
                ab = self._color(np.stack(padded)[:, None])
            except torch.OutOfMemoryError as error:
                raise MemoryError(f"{self._spec.device} is out of memory") from error
            done += [np.ascontiguousarray(picture) for picture in ab[: len(pictures)]]
        return done

    @torch.inference_mode()
    def _color(self, planes: np.ndarray) -> np.ndarray:
        """(batch, 1, h, w) to (batch, h, w, 2)."""
        if self._spec.device.type == "cpu":
            return self._form(torch.from_numpy(planes)).permute(0, 2, 3, 1).numpy()
        stream, up, down = self._side()
        with torch.cuda.stream(stream):
            up.copy_(torch.from_numpy(planes))
            ab = self._form(up.to(self._spec.device, non_blocking=True))
            down.copy_(ab, non_blocking=True)
        stream.synchronize()
        return down.permute(0, 2, 3, 1).numpy().copy()

    def _side(self) -> tuple[torch.cuda.Stream, Tensor, Tensor]:
        if not hasattr(self._own, "side"):
            up = torch.empty((self._spec.batch, 1, *self._spec.shape), pin_memory=True)
            down = torch.empty((self._spec.batch, 2, *self._spec.shape), pin_memory=True)
            self._own.side = torch.cuda.Stream(self._spec.device), up, down
        return self._own.side
