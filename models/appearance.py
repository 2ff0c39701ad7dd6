"""The appearance encoder: features that tell what looks alike, whatever colours a network gives.

The stem and the first five of seven stages of the default network's EfficientNet-Lite2 (Tan and Le
2019), as they were when what stands upon them was fitted: `kinemacolor.models.kriging`,
`kinemacolor.models.metric`, and guided colour's fusion. The default network may be trained on
without these.
"""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import load_file
from torch import Tensor, nn

from kinemacolor.models.efficientnet_lite import Trunk, normalized

WEIGHTS = Path(__file__).parent / "fitted" / "appearance.safetensors"
_STAGES = 5  # of seven: down to a sixteenth of the size


class Appearance(nn.Module):
    """The encoder, with fresh weights.

    Attributes:
        size_multiple: sides of the input must be multiples of it.
        trunk: the convolutions.
    """

    size_multiple = 32

    def __init__(self) -> None:
        super().__init__()
        self.trunk = Trunk(1, _STAGES)

    def forward(self, lightness: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Features of (N, 1, H, W) L*.

        Returns:
            (N, 24, H / 4, W / 4), (N, 48, H / 8, W / 8) and (N, 120, H / 16, W / 16).
        """
        _, quarter, eighth, sixteenth = self.trunk(normalized(lightness))
        return quarter, eighth, sixteenth


def shipped() -> Appearance:
    """The encoder that comes with this package: evaluation mode, float32, on the CPU.

    Raises:
        OSError, SafetensorError: its file is missing or damaged.
    """
    encoder = Appearance()
    encoder.load_state_dict({name: value.float() for name, value in load_file(WEIGHTS).items()})
    return encoder.eval()
