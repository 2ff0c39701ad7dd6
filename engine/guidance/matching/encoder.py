"""The features that pictures are matched by: of the shipped network's encoder, whatever colours."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from threading import Lock

import numpy as np
import torch
from torch import Tensor

from kinemacolor.engine.backends.mixed_precision import cast_for_inference
from kinemacolor.engine.process import torch_single_threaded
from kinemacolor.models import kriging, metric, weights
from kinemacolor.models.device import quick_bfloat16
from kinemacolor.models.kinema import Kinema
from kinemacolor.models.weights_files import file_digest, find

_NETWORK = "kinema"
_STAGES = 5  # of EfficientNet-Lite's seven: down to a sixteenth of the size
_CPU = torch.device("cpu")
# What was learned upon these features: which look alike, which candidates fit, how points spread.
_LEARNED = metric.WEIGHTS, kriging.WEIGHTS, Path(__file__).with_name("fusion.npz")


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
    """The shipped kinema's encoder (EfficientNet-Lite2, Tan and Le 2019), on the CPU.

    Read and built at its first call, which raises WeightsError where the shipped weights are
    missing or damaged; may be called from several threads at once. One picture goes through in one
    thread, so that no number of threads changes a feature.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._network: Kinema | None = None
        self._dtype = torch.bfloat16 if quick_bfloat16(_CPU) else torch.float32

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the weights and of what was learned upon them, hexadecimal."""
        found = hashlib.sha256(file_digest(find(_NETWORK)).encode())
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
        picture = network.encoder_input(torch.from_numpy(lightness)[None, None])
        picture = picture.contiguous(memory_format=torch.channels_last)
        trunk = network.encoder.model
        seen = []
        with torch.autocast("cpu", self._dtype, enabled=self._dtype != torch.float32):
            x = trunk.bn1(trunk.conv_stem(picture))
            for stage in islice(trunk.blocks, _STAGES):
                x = stage(x)
                seen.append(x)
        quarter, eighth, sixteenth = (seen[place][0].float().contiguous() for place in (1, 2, 4))
        return Features(quarter, eighth, sixteenth)

    def _open(self) -> Kinema:
        with self._lock:
            if self._network is None:
                network = cast_for_inference(weights.load(_NETWORK).network(), self._dtype)
                assert isinstance(network, Kinema)
                self._network = network
            return self._network
