"""What is known of this package's networks without building them; loads no PyTorch.

Counting takes half a minute for all of them, so the figures are kept here: those of
`kinemacolor.models.cost` for a 256x256 picture, which tests count again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Facts(NamedTuple):
    """A network in figures, and in a few words.

    Attributes:
        good_for: what its user may expect of it.
        parameters: number of trainable parameters.
        flops: floating-point operations for a 256x256 picture, a multiply-add as two.
        size_multiple: a picture's sides must be multiples of it.
        takes_hints: whether it makes use of given colours.
    """

    good_for: str
    parameters: int
    flops: int
    size_multiple: int
    takes_hints: bool


def _kmhcnet(network: str, parameters: int, flops: int) -> Facts:
    return Facts(f"experiments: {network}", parameters, flops, 32, False)


_RESNET_152 = 83_615_394, 134_089_801_728
_RESNET_50 = 48_979_618, 114_695_340_032
_THEIRS = "its authors' weights file"
_AUTOENCODER = 6_219_410, 18_902_679_552, 8, False

FACTS: Mapping[str, Facts] = {
    "kinema": Facts("the default: films and photos", 7_127_668, 6_076_987_392, 32, True),
    "msau_net": Facts("from Python: given colours", 7_202_734, 23_186_938_880, 16, True),
    "msau_net_sparse": Facts("experiments: msau_net, sparse", 7_202_158, 23_111_441_408, 16, True),
    "hint_unet": Facts("experiments: rival of msau_net", 7_242_178, 23_454_547_968, 16, True),
    "hint_attention_unet": Facts(
        "experiments: rival of msau_net", 7_329_942, 23_995_351_040, 16, True
    ),
    "kmhcnet_1": _kmhcnet("ResNet-152", *_RESNET_152),
    "kmhcnet_2": _kmhcnet("ResNet-50", *_RESNET_50),
    "kmhcnet_3": _kmhcnet("ResNet-152, RGB", *_RESNET_152),
    "kmhcnet_4": _kmhcnet("ResNet-34", 26_072_482, 36_580_622_336),
    "kmhcnet_5": _kmhcnet("Inception-ResNet", 71_082_562, 91_420_360_704),
    "kmhcnet_6": _kmhcnet("ResNet-18", 15_964_322, 31_748_784_128),
    "kmhcnet_7": _kmhcnet("EfficientNet-B6", 43_332_554, 28_239_429_312),
    "kmhcnet_8": _kmhcnet("ResNet-101", 67_971_746, 124_392_570_880),
    "kmhcnet_9": _kmhcnet("Inception, U-Net", 62_028_866, 32_456_835_072),
    "kmhcnet_10": _kmhcnet("ResNet-152, U-Net", 67_150_754, 40_472_936_448),
    "kmhcnet_11": _kmhcnet("ResNet-152, MSE", *_RESNET_152),
    "kmhcnet_12": _kmhcnet("two losses, ResNet", *_RESNET_152),
    "kmhcnet_13": _kmhcnet("ResNet-50, RGB", *_RESNET_50),
    "kmhcnet_14": _kmhcnet("two losses, VGG", *_RESNET_152),
    "kmhcnet_15": _kmhcnet("MSE and VGG", *_RESNET_152),
    "kmhcnet_16": _kmhcnet("MSE and ResNet", *_RESNET_152),
    "autoencoder_v1": Facts("abstract pictures: geometric", *_AUTOENCODER),
    "autoencoder_v2": Facts("abstract pictures: fluid", *_AUTOENCODER),
    "autoencoder_v12": Facts("abstract pictures: both kinds", *_AUTOENCODER),
    "landscape_autoencoder": Facts(
        "experiments: landscapes, tiny", 109_170, 2_456_027_136, 4, False
    ),
    "landscape_resnet": Facts("experiments: landscapes, tiny", 52_338, 6_833_569_792, 1, False),
    "landscape_unet": Facts("experiments: landscapes, small", 1_316_674, 2_837_446_656, 32, False),
    "deep_cnn": Facts("experiments: small and early", 954_530, 4_215_275_520, 8, False),
    "eccv16": Facts(_THEIRS, 32_236_011, 83_549_372_416, 8, False),
    "siggraph17": Facts(_THEIRS, 34_051_074, 150_390_964_224, 8, True),
    "ddcolor_tiny": Facts(_THEIRS, 55_006_640, 51_028_531_200, 32, False),
    "ddcolor_large": Facts(_THEIRS, 227_869_328, 138_761_711_616, 32, False),
}

# They were trained around given colours, which only the Python API takes, and stay grey without.
NEED_HINTS = frozenset(("msau_net", "msau_net_sparse", "hint_unet", "hint_attention_unet"))
