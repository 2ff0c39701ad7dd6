"""The eager backend: PyTorch without a compiler, on every device."""

from __future__ import annotations

import logging
from threading import Lock

import numpy as np
import torch

from kinemacolor.engine.backends.base import Pictures
from kinemacolor.engine.backends.device import capability, quick_bfloat16
from kinemacolor.engine.backends.mixed_precision import cast_for_inference
from kinemacolor.engine.machine import cores
from kinemacolor.engine.process import torch_single_threaded
from kinemacolor.models.colorizer import Colorizer
from kinemacolor.models.errors import KinemacolorError
from kinemacolor.models.weights import Loaded

log = logging.getLogger(__name__)

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


class EagerBackend:
    """A `Network` for pictures of any size it allows; may be called from several threads at once.

    bfloat16 where the device computes it quickly, float32 otherwise. On a CPU every picture goes
    through alone in one thread, and several calls side by side use the cores: quicker than one
    picture on all of them, and a result that no number of threads changes. On a GPU pictures go in
    batches of one fixed size, so that colours do not depend on what a picture travels with.

    Args:
        loaded: weights, and the network that they are for; built at the first call.
        device: where to run.
        precision: "fp32", "bf16" or "auto".

    Attributes:
        batch, calls, fingerprint: as for `kinemacolor.engine.backends.base.Network`.
        device, dtype: where it runs and what it computes in, now; both may change when a GPU runs
            out of memory.

    Raises:
        KinemacolorError: it does not compute in this precision.
    """

    def __init__(self, loaded: Loaded, device: torch.device, precision: str = "auto") -> None:
        if precision not in ("auto", *DTYPES):
            problem = "eager does not compute in it"
            raise KinemacolorError(f"--precision {precision}", problem, "use fp32 or bf16")
        if precision == "auto":
            precision = "bf16" if quick_bfloat16(device) else "fp32"
        self.device, self.dtype = device, DTYPES[precision]
        on_cpu = device.type == "cpu"
        self.batch = 1 if on_cpu else 8
        self.calls = cores() if on_cpu else 2
        self._loaded = loaded
        self._network: Colorizer | None = None
        self._lock = Lock()
        said = ("eager", device.type, precision, f"torch {torch.__version__}", capability(device))
        self.fingerprint = "/".join(said)

    def open(self) -> Colorizer:
        """Build the network and move it to the device, unless that is done already.

        Raises:
            WeightsError: the weights do not fit it.
        """
        with self._lock:
            if self._network is None:
                network = self._loaded.network()
                self._network = cast_for_inference(network, self.dtype).to(self.device)
            return self._network

    def __call__(self, lightness: Pictures) -> Pictures:
        """Predict the chroma of pictures of one size.

        Out of memory on a GPU halves the batch, down to one, then moves to the CPU for good, with
        a warning each time.

        Args:
            lightness: (h, w) float32 each, L* in 0..100.

        Returns:
            (h, w, 2) float32 each, a* and b* in LAB units.

        Raises:
            MemoryError: even the CPU has not enough.
            WeightsError: the weights do not fit the network.
        """
        done: Pictures = []
        while len(done) < len(lightness):
            batch, device = self.batch, self.device
            try:
                done += self._color(lightness[len(done) : len(done) + batch], batch)
            except RuntimeError as error:
                # On a CPU torch has no type for it.
                if not isinstance(error, torch.OutOfMemoryError) and (
                    "allocate memory" not in str(error)
                ):
                    raise
                self._retreat(batch, device, error)
        return done

    @torch_single_threaded()
    @torch.inference_mode()
    def _color(self, pictures: Pictures, batch: int) -> Pictures:
        network = self.open()
        padded = pictures + [pictures[-1]] * (batch - len(pictures))
        planes = torch.from_numpy(np.stack(padded))[:, None].to(self.device)
        with torch.autocast(self.device.type, self.dtype, enabled=self.dtype != torch.float32):
            ab = network(planes.contiguous(memory_format=torch.channels_last))
        ab = ab.float().permute(0, 2, 3, 1).cpu().numpy()
        return [np.ascontiguousarray(picture) for picture in ab[: len(pictures)]]

    def _retreat(self, batch: int, device: torch.device, error: Exception) -> None:
        with self._lock:
            if (batch, device) != (self.batch, self.device):
                return  # another thread has retreated already
            if device.type == "cpu":
                raise MemoryError("not enough memory for the network even on the CPU") from error
            torch.cuda.empty_cache()
            if batch > 1:
                self.batch //= 2
                log.warning("%s is out of memory: batches of %d from here", device, self.batch)
                return
            log.warning("%s is out of memory: going on with the CPU", device)
            if self._network is not None:
                self._network = self._network.to("cpu", torch.float32)
            self.device, self.dtype = torch.device("cpu"), torch.float32
