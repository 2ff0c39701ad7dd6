"""DDColor (Kang et al. 2023, "Towards photo-realistic image colorization via dual decoders").

Its architecture is spandrel's (PyPI packages `spandrel` and `spandrel_extra_arches`, the extra
`ddcolor`); its weights are its authors' (github.com/piddnad/DDColor, Apache-2.0), whose tensors'
names and shapes are kept. Theirs are asked for a picture stretched to a square; here it keeps its
proportions.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor

from kinemacolor.models.color.lab import lightness_to_grey
from kinemacolor.models.colorizer import Colorizer, Hints
from kinemacolor.models.foreign_weights import ORIGINS, check_packages
from kinemacolor.models.recipe import Recipe, Stage
from kinemacolor.models.variant import Variant

_ENCODERS = {"ddcolor_tiny": "convnext-t", "ddcolor_large": "convnext-l"}
_SETTINGS = {  # of both published sizes
    "decoder_name": "MultiScaleColorDecoder",
    "num_output_channels": 2,
    "last_norm": "Spectral",
    "num_queries": 100,
    "num_scales": 3,
    "dec_layers": 9,
}


class DDColor(Colorizer):
    """The network from L* to a*b*: a ConvNeXt, a pixel decoder, and one of colour queries.

    Args:
        name: "ddcolor_tiny" or "ddcolor_large".

    Raises:
        WeightsError: the extra `ddcolor` is not installed.
    """

    size_multiple = 32
    mean: Tensor
    std: Tensor

    def __init__(self, name: str) -> None:
        super().__init__()
        check_packages(name)
        from spandrel_extra_arches.architectures.DDColor import DDColor as Architecture

        device = torch.get_default_device()
        with torch.device("cpu"):  # it takes numbers out of tensors, which "meta" has none of
            # It learns its layers' shapes by looking at a picture of this size.
            parts = Architecture(encoder_name=_ENCODERS[name], input_size=(64, 64), **_SETTINGS)
        parts = parts.to(device)
        self.encoder = parts.encoder
        self.decoder = parts.decoder
        self.refine_net = parts.refine_net
        self.register_buffer("mean", parts.mean)
        self.register_buffer("std", parts.std)
        # Features are handed on here instead: compilers cannot follow its hooks.
        for hook in parts.encoder.hooks:
            hook.remove()
        parts.encoder.hooks = parts.decoder.hooks = ()
        for block in parts.decoder.layers:
            block.hook = None

    def forward(self, lightness: Tensor, hints: Hints | None = None) -> Tensor:
        self.check_size(lightness)
        x = (lightness_to_grey(lightness).expand(-1, 3, -1, -1) - self.mean) / self.std
        *skips, deepest = self._encoded(x)
        sizes = [deepest]
        for block, skip in zip(self.decoder.layers, reversed(skips), strict=True):
            sizes.append(_decoded(block, sizes[-1], skip))
        colors = self.decoder.color_decoder(sizes[1:], _enlarged(self.decoder.last_shuf, sizes[-1]))
        ab: Tensor = self.refine_net(torch.cat([colors, x.to(colors)], dim=1))
        return ab.float()

    def _encoded(self, x: Tensor) -> list[Tensor]:
        """The encoder's normalised features at 1/4, 1/8, 1/16 and 1/32 of the size."""
        layers = self.encoder.arch
        features = []
        for number in range(4):
            x = layers.stages[number](layers.downsample_layers[number](x))
            features.append(layers.get_submodule(f"norm{number}")(x))
        return features

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *others: Any, **named: Any
    ) -> None:
        for name in ("weight", "bias"):  # a classifier that some files have, and nothing uses
            state_dict.pop(f"{prefix}encoder.arch.head_cls.{name}", None)
        super()._load_from_state_dict(state_dict, prefix, *others, **named)


def _decoded(block: Any, x: Tensor, skip: Tensor) -> Tensor:
    """What a block of the pixel decoder makes of coarser features and the encoder's."""
    skip = block.bn(skip)
    mixed: Tensor = block.conv(block.relu(torch.cat([_enlarged(block.shuf, x), skip], dim=1)))
    return mixed


def _enlarged(layer: Any, x: Tensor) -> Tensor:
    """A layer's pixel shuffle, and the mean of each pixel and those above and left of it.

    As the layer itself does it, but for the padding: Inductor fails at that after a shuffle.
    """
    x = layer.shuf(layer.relu(layer.conv(x)))
    x = torch.cat([x[:, :, :1], x], dim=2)
    blurred: Tensor = layer.blur(torch.cat([x[..., :1], x], dim=3))
    return blurred


VARIANTS = tuple(
    Variant(
        name=name,
        builder=partial(DDColor, name),
        source="Kang et al. 2023, DDColor",
        # Theirs: 400,000 steps of 16 ImageNet photos, with losses that are not here.
        recipe=Recipe(
            stages=(Stage(256, 16, 20_000),), learning_rate=1e-4, flip=0.5, encoder_weights="none"
        ),
        license=ORIGINS[name].license,
    )
    for name in _ENCODERS
)
