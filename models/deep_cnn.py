"""ImageColorization-Deep-CNN: colours regressed from the middle features of ResNet-18.

After Iizuka et al. (2016), without their branch of global features: the project's code makes one,
and a layer that would fuse it, but uses neither; they are left out here. Its figures are pictures,
so that none can be quoted. Grey goes in as 0..1, (ab + 128) / 255 comes out: its losses are on that
scale; ours, in LAB units, are 255 ** 2 times as large, and so are epsilon and weight decay here.

What differs from the project: its encoder begins with weights of a grey ResNet-18 on Places365,
which it does not publish, ours with ImageNet's; its crops also change their aspect by up to a
third; its script's default rate of 0.1 is a tenth of that here; and its answers start at zero,
where ours start at grey.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

from kinemacolor.models.color.lab import lightness_to_grey
from kinemacolor.models.colorizer import Colorizer, Hints
from kinemacolor.models.recipe import Recipe, Stage
from kinemacolor.models.variant import Variant

_SCALE = 255.0
_SHIFT = 128.0


def _grey_resnet() -> nn.Sequential:
    """ResNet-18 up to its second stage, for one channel: 128 channels at 1/8 of the size."""
    from torchvision.models import resnet18  # takes seconds to load

    whole = resnet18()
    stem = nn.Conv2d(1, 64, 7, stride=2, padding=3, bias=False)
    with torch.no_grad():
        stem.weight.copy_(whole.conv1.weight.sum(dim=1, keepdim=True))
    kept = ("bn1", "relu", "maxpool", "layer1", "layer2")
    parts = [("conv1", stem), *((name, getattr(whole, name)) for name in kept)]
    return nn.Sequential(OrderedDict(parts))


def _layer(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()
    )


class DeepCNN(Colorizer):
    """The network from L* to a*b*, predicted at half resolution and enlarged by repetition."""

    size_multiple = 8
    encoder_name = "resnet18"

    def __init__(self) -> None:
        super().__init__()
        self.encoder = _grey_resnet()
        self.decoder = nn.Sequential(
            _layer(128, 128),
            nn.Upsample(scale_factor=2.0),
            _layer(128, 64),
            nn.Conv2d(64, 64, 3, padding=1),
            nn.ReLU(),
            nn.Upsample(scale_factor=2.0),
            nn.Conv2d(64, 32, 3, padding=1),
            nn.Sigmoid(),
            nn.Conv2d(32, 2, 3, padding=1),
        )
        head = self.decoder[-1]
        assert isinstance(head, nn.Conv2d) and head.bias is not None
        nn.init.constant_(head.bias, _SHIFT / _SCALE)
        self.enlarge = nn.Upsample(scale_factor=2.0)

    def forward(self, lightness: Tensor, hints: Hints | None = None) -> Tensor:
        self.check_size(lightness)
        raw = self.decoder(self.encoder(lightness_to_grey(lightness)))
        large: Tensor = self.enlarge(raw.float())
        return large * _SCALE - _SHIFT


VARIANTS = (
    Variant(
        name="deep_cnn",
        builder=DeepCNN,
        source="ImageColorization-Deep-CNN (2022); encoder ResNet-18 (He et al. 2016)",
        recipe=Recipe(
            stages=(Stage(224, 16, epochs=100),),
            optimizer="adam",
            learning_rate=1e-2,
            eps=1e-8 * _SCALE**2,
            weight_decay=1e-10 * _SCALE**2,
            loss="mse",
            crop=(0.28, 1.0),  # sides of crops with 8 to 100 % of the area
            flip=0.5,
            precision="fp32",  # bfloat16 tells colours apart in steps of one unit around 1 / 2
        ),
    ),
)
