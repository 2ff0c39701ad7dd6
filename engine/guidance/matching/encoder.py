"""The features that pictures are matched by: the appearance encoder on this machine's processor."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock

import numpy as np
import torch
from safetensors import SafetensorError
from torch import Tensor

from kinemacolor.engine.backends.mixed_precision import cast_for_inference
from kinemacolor.engine.process import torch_single_threaded
from kinemacolor.models import appearance, kriging, metric
from kinemacolor.models.appearance import Appearance
from kinemacolor.models.device import quick_bfloat16
from kinemacolor.models.errors import WeightsError

_CPU = torch.device("cpu")
# The encoder, and what was learned upon its features: which look alike, how points spread, which
# candidates fit.
_LEARNED = (
    appearance.WEIGHTS,
    metric.WEIGHTS,
    kriging.WEIGHTS,
    Path(__file__).with_name("fusion.npz"),
)


@dataclass(frozen=True, eq=False)
class Features:
    """What the encoder sees in a picture, at three scales.

    Attributes:
        quarter: (24, h / 4, w / 4) float32.
        eighth: (48, h / 8, w / 8) float32.
        sixteenth: (120, h / 16, w / 16) float32.
    """

    quarter: Tensor
    eighth: Tensor
    sixteenth: Tensor


class Encoder:
    """The appearance encoder (`kinemacolor.models.appearance`), on the CPU.

    Read and built at its first call, which raises WeightsError where its file is missing or
    damaged; may be called from several threads at once. One picture goes through in one thread, so
    that no number of threads changes a feature.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._network: Appearance | None = None
        self._dtype = torch.bfloat16 if quick_bfloat16(_CPU) else torch.float32

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the encoder and of what was learned upon it, hexadecimal."""
        found = hashlib.sha256()
        for path in _LEARNED:
            found.update(path.read_bytes())
        return found.hexdigest()

    @torch_single_threaded()
    @torch.inference_mode()
    def __call__(self, lightness: np.ndarray) -> Features:
        """The features of a picture.

        Args:
            lightness: (h, w) float32 L*; h and w are multiples of 32.
        """
        network = self._open()
        picture = torch.from_numpy(lightness)[None, None]
        with torch.autocast("cpu", self._dtype, enabled=self._dtype != torch.float32):
            seen = network(picture.contiguous(memory_format=torch.channels_last))
        return Features(*(planes[0].float().contiguous() for planes in seen))

    def _open(self) -> Appearance:
        with self._lock:
            if self._network is None:
                try:
                    network = appearance.shipped()
                except (OSError, SafetensorError) as error:
                    problem = f"cannot be read ({error})"
                    raise WeightsError(appearance.WEIGHTS, problem, "install it anew") from error
                self._network = cast_for_inference(network, self._dtype)
            return self._network
