"""PyTorch as it is: runs everywhere, and is what compiled forms are held against."""

from __future__ import annotations

import logging

import numpy as np
import torch

from engine.errors import KinemacolorError
from models.weights import Loaded

log = logging.getLogger(__name__)


def pick_device(wanted: str) -> torch.device:
    """The device that "auto", "cpu", "cuda" or "cuda:N" stands for here.

    Raises:
        KinemacolorError: CUDA is asked for and absent.
    """
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device = torch.device(wanted)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise KinemacolorError(
            f"--device {wanted}", "this machine has no such CUDA device", "use auto or cpu"
        )
    return device


def _quick_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


class EagerBackend:
    """A network ready to colour pictures of any size it allows.

    bfloat16 where the device computes it quickly, float32 otherwise. Every picture goes through
    alone on a CPU, where batching gains nothing, and in batches of one fixed size on a GPU, so that
    a picture's colours do not depend on what it travels with.

    Args:
        loaded: network and weights.
        device: where to run.
    """

    def __init__(self, loaded: Loaded, device: torch.device) -> None:
        self.device = device
        self.batch = 1 if device.type == "cpu" else 8
        self.dtype = torch.bfloat16 if _quick_bfloat16(device) else torch.float32
        self._network = loaded.network.to(device, memory_format=torch.channels_last)
        self.fingerprint = f"eager/{device.type}/{str(self.dtype).removeprefix('torch.')}"

    def __call__(self, lightness: list[np.ndarray]) -> list[np.ndarray]:
        """Colours pictures of one size.

        Out of memory on a GPU halves the batch, down to one, then moves to the CPU for good, with
        a warning each time.

        Args:
            lightness: (h, w) float32 L* each.

        Returns:
            (h, w, 2) float32 ab each.
        """
        done: list[np.ndarray] = []
        while len(done) < len(lightness):
            some = lightness[len(done) : len(done) + self.batch]
            try:
                done += self._colour(some)
            except torch.OutOfMemoryError:
                self._retreat()
        return done

    @torch.inference_mode()
    def _colour(self, pictures: list[np.ndarray]) -> list[np.ndarray]:
        padded = pictures + [pictures[-1]] * (self.batch - len(pictures))
        planes = torch.from_numpy(np.stack(padded))[:, None].to(self.device)
        with torch.autocast(self.device.type, self.dtype, enabled=self.dtype != torch.float32):
            ab = self._network(planes.contiguous(memory_format=torch.channels_last))
        ab = ab.float().permute(0, 2, 3, 1).cpu().numpy()
        return [np.ascontiguousarray(picture) for picture in ab[: len(pictures)]]

    def _retreat(self) -> None:
        if self.device.type == "cpu":
            raise MemoryError("not enough memory for the network even on the CPU")
        torch.cuda.empty_cache()
        if self.batch > 1:
            self.batch //= 2
            log.warning("%s is out of memory: batches of %d from here", self.device, self.batch)
            return
        log.warning("%s is out of memory: going on with the CPU", self.device)
        self.device, self.dtype = torch.device("cpu"), torch.float32
        self._network = self._network.to(self.device)
