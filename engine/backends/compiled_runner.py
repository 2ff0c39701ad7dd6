"""A compiled model as the engine calls it: NumPy pictures in and out, in batches."""

from __future__ import annotations

import threading

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kinemacolor.engine.backends.base import CompiledModel, Pictures, Spec


class CompiledRunner:
    """A caller of a compiled model for pictures of one size; several threads may use it at once.

    On a GPU every thread has a stream and page-locked memory of its own, so that its copies go
    beside the others' arithmetic.

    Args:
        model: loaded for `spec`.
        spec: what it was compiled for.
    """

    def __init__(self, model: CompiledModel, spec: Spec) -> None:
        self._model, self._spec = model, spec
        self._thread = threading.local()

    def __call__(self, lightness: Pictures) -> Pictures:
        """Predict the chroma of pictures, as `kinemacolor.engine.backends.base.Network` does.

        Args:
            lightness: (h, w) float32 L* each, of the size compiled for.

        Returns:
            (h, w, 2) float32 a*b* each.

        Raises:
            MemoryError: the device has not enough.
        """
        done: Pictures = []
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
    def _color(self, planes: NDArray[np.float32]) -> NDArray[np.float32]:
        """(batch, 1, h, w) to (batch, h, w, 2)."""
        if self._spec.device.type == "cpu":
            return self._model(torch.from_numpy(planes)).permute(0, 2, 3, 1).numpy()
        stream, up, down = self._own_stream()
        with torch.cuda.stream(stream):
            up.copy_(torch.from_numpy(planes))
            ab = self._model(up.to(self._spec.device, non_blocking=True))
            down.copy_(ab, non_blocking=True)
        stream.synchronize()
        return down.permute(0, 2, 3, 1).numpy().copy()

    def _own_stream(self) -> tuple[torch.cuda.Stream, Tensor, Tensor]:
        """This thread's stream, and page-locked tensors for its input and its output."""
        if not hasattr(self._thread, "stream"):
            up = torch.empty((self._spec.batch, 1, *self._spec.shape), pin_memory=True)
            down = torch.empty((self._spec.batch, 2, *self._spec.shape), pin_memory=True)
            side = torch.cuda.Stream(self._spec.device)  # type: ignore[no-untyped-call]  # torch's
            self._thread.stream = side, up, down
        stream: tuple[torch.cuda.Stream, Tensor, Tensor] = self._thread.stream
        return stream
