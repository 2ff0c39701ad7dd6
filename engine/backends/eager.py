"""The eager backend: PyTorch without a compiler, on every device."""

from __future__ import annotations

from threading import Lock

import numpy as np
import torch

from kinemacolor.engine.backends.base import Pictures
from kinemacolor.engine.backends.checked import checked
from kinemacolor.engine.backends.device import capability
from kinemacolor.engine.backends.mixed_precision import cast_for_inference
from kinemacolor.engine.machine import cores
from kinemacolor.engine.process import torch_single_threaded
from kinemacolor.models.colorizer import Colorizer
from kinemacolor.models.device import quick_bfloat16
from kinemacolor.models.errors import KinemacolorError
from kinemacolor.models.weights import Loaded

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
        device, dtype: where it runs, and what it computes in.

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

    @torch_single_threaded()  # on a busy machine threads wait longer for each other than this takes
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

    @checked
    def __call__(self, lightness: Pictures) -> Pictures:
        """Predict the chroma of pictures of one size.

        Args:
            lightness: (h, w) float32 each, L* in 0..100.

        Returns:
            (h, w, 2) float32 each, a* and b* in LAB units.

        Raises:
            NetworkError: a colour is no number, or the GPU has not enough memory.
            MemoryError: this machine has not enough.
            WeightsError: the weights do not fit the network.
        """
        done: Pictures = []
        while len(done) < len(lightness):
            done += self._color(lightness[len(done) : len(done) + self.batch])
        return done

    @torch_single_threaded()
    @torch.inference_mode()
    def _color(self, pictures: Pictures) -> Pictures:
        network = self.open()
        padded = pictures + [pictures[-1]] * (self.batch - len(pictures))
        planes = torch.from_numpy(np.stack(padded))[:, None].to(self.device)
        with torch.autocast(self.device.type, self.dtype, enabled=self.dtype != torch.float32):
            ab = network(planes.contiguous(memory_format=torch.channels_last))
        ab = ab.float().permute(0, 2, 3, 1).cpu().numpy()
        return [np.ascontiguousarray(picture) for picture in ab[: len(pictures)]]
