"""KMHCNet: segmentation networks with ImageNet encoders, whose two outputs are a* and b*.

UNet++ (Zhou et al. 2018) or U-Net (Ronneberger et al. 2015) on seven encoders, sixteen variants
that differ in encoder, colour space of the loss, loss and embedding. Lightness goes in as
(L* - 50) / 100, ab comes out of tanh times 128. Networks are segmentation_models_pytorch's, as in
the project's code; EfficientNet's classifying layers, which no feature passes, are dropped, and
then the numbers of parameters are the published ones.

Text and code differ: the table's "MSELoss" is the squared difference over 255 of planes of 0..255,
and where an embedding is named, the code of those variants compares nothing but the embedding. The
code also leaves the embedding in training mode: `--set embedding_training=true` does.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from kinemacolor.models.colorizer import Colorizer, Hints
from kinemacolor.models.recipe import Recipe, Stage
from kinemacolor.models.variant import Variant

_AB_SCALE = 128.0


class KMHCNet(Colorizer):
    """A segmentation network from L* to a*b* at full resolution.

    Args:
        architecture: a class of segmentation_models_pytorch: "UnetPlusPlus" or "Unet".
        encoder: the name of one of its encoders.
    """

    size_multiple = 32

    def __init__(self, architecture: str, encoder: str) -> None:
        import segmentation_models_pytorch as smp  # takes seconds to load

        super().__init__()
        self.encoder_name = encoder
        network = getattr(smp, architecture)(
            encoder, encoder_weights=None, in_channels=1, classes=2
        )
        self.encoder = network.encoder
        self.decoder = network.decoder
        self.head = network.segmentation_head
        for unused in ("_conv_head", "_bn1"):
            if hasattr(self.encoder, unused):
                delattr(self.encoder, unused)
        for block in self.encoder.modules():
            if isinstance(scale := getattr(block, "scale", None), float):  # InceptionResNetV2
                # Inductor (torch 2.13) confuses the float factors of different convolutions with
                # one another; tensors it does not.
                del block.scale
                block.register_buffer("scale", torch.tensor(scale), persistent=False)

    def forward(self, lightness: Tensor, hints: Hints | None = None) -> Tensor:
        self.check_size(lightness)
        features = self.encoder((lightness - 50) / 100)
        ab = self.head(self.decoder(features))
        return torch.tanh(ab.float()) * _AB_SCALE


def _variant(
    number: int,
    architecture: str,
    encoder: str,
    loss: str,
    accuracy: str,
    test_loss: str,
    epochs: int,
    parameters: str,
    *,
    space: str = "lab",
    embedding: str = "none",
) -> Variant:
    """A row of the project's tables, with its code's training: 256x256, batch 4, Adam."""
    return Variant(
        name=f"kmhcnet_{number}",
        builder=partial(KMHCNet, architecture, encoder),
        source=f"KMHCNet (2022), variant {number}; {architecture} on {encoder}",
        recipe=Recipe(
            stages=(Stage(256, 4, epochs=5), Stage(256, 4, epochs=epochs - 5, rate=0.1)),
            optimizer="adam",
            learning_rate=1e-4,
            eps=1e-5,
            weight_decay=0.0,
            loss=loss,
            loss_space=space,
            embedding=embedding,
        ),
        published={
            "accuracy": f"{accuracy} %",
            "loss": f"{test_loss} %",
            "epochs": str(epochs),
            "parameters": f"{parameters} M",
        },
    )


_PLUS, _PLAIN = "UnetPlusPlus", "Unet"

# fmt: off
VARIANTS = (
    _variant(1, _PLUS, "resnet152", "ms_ssim", "94.39", "18.40", 43, "83.62"),
    _variant(2, _PLUS, "resnet50", "ms_ssim", "94.69", "16.76", 39, "48.98"),
    _variant(3, _PLUS, "resnet152", "ms_ssim", "94.07", "5.93", 38, "83.62", space="rgb"),
    _variant(4, _PLUS, "resnet34", "ms_ssim", "94.04", "19.07", 33, "26.07"),
    _variant(5, _PLUS, "inceptionresnetv2", "ms_ssim", "95.38", "14.16", 27, "71.08"),
    _variant(6, _PLUS, "resnet18", "ms_ssim", "94.93", "15.69", 26, "15.96"),
    _variant(7, _PLUS, "efficientnet-b6", "ms_ssim", "94.44", "17.73", 25, "43.33"),
    _variant(8, _PLUS, "resnet101", "ms_ssim", "95.51", "13.84", 23, "67.97"),
    _variant(9, _PLAIN, "inceptionresnetv2", "ms_ssim", "95.17", "14.60", 20, "62.03"),
    _variant(10, _PLAIN, "resnet152", "ms_ssim", "94.75", "16.06", 20, "67.15"),
    _variant(11, _PLUS, "resnet152", "mse_255", "93.03", "73.45", 17, "83.62"),
    _variant(12, _PLUS, "resnet152", "ms_ssim_mse", "93.39", "17.24", 13, "83.62",
             embedding="resnet50"),
    _variant(13, _PLUS, "resnet50", "ms_ssim", "94.32", "5.68", 12, "48.98", space="rgb"),
    _variant(14, _PLUS, "resnet152", "ms_ssim_mse", "93.73", "11.12", 10, "83.62",
             embedding="vgg16"),
    _variant(15, _PLUS, "resnet152", "mse_255", "92.85", "1.47", 10, "83.62", embedding="vgg16"),
    _variant(16, _PLUS, "resnet152", "mse_255", "92.68", "12.54", 9, "83.62",
             embedding="resnet50"),
)
# fmt: on
