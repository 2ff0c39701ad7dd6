"""Kinema, the default network: a U-Net on EfficientNet-Lite2 that classifies by palette colours.

The encoder is timm's tf_efficientnet_lite2 (Tan and Le 2019; Lite: no squeeze-excitation, ReLU6,
which quantise and compile well), with self-attention at its two coarsest scales, where that is
cheap. The decoder (Ronneberger et al. 2015) predicts at a quarter of the size a distribution over
the colours of a palette (Zhang, Isola and Efros 2016), which also gives its uncertainty; at half
the size it adds edges and blends in the colours given as hints. Chroma needs no more resolution:
4:2:0 film stores no more.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kinemacolor.models.colorizer import Hints
from kinemacolor.models.distribution import DistributionColorizer, Prediction, palette_mean
from kinemacolor.models.efficientnet_lite import EfficientNetLite2, normalized
from kinemacolor.models.hint_spread import spread, spread_where_given
from kinemacolor.models.palette import palette
from kinemacolor.models.recipe import Recipe, Stage
from kinemacolor.models.variant import Variant

_AB_SCALE = 50.0  # a*b* of photographs have a deviation near 15: outputs of order one train well
_DROPPED = (1.0, 2 / 3, 1 / 3)  # of the dropout's rate, at 1/32, 1/16 and 1/8 of the size
_FIXED_CHROMA = 15.0  # LAB units
_HALF_GUESSED = 0.0003  # share of known pixels at which livening is half


def livened(ab: Tensor, vividness: Tensor | float, gamma: Tensor | float) -> Tensor:
    """Colours with another chroma, and their hue: C* to vividness * 15 * (C* / 15) ** gamma.

    A gamma above 1 makes pale colours paler and strong ones stronger.

    Args:
        ab: (N, 2, H, W) a* and b*, LAB units.
        vividness, gamma: one value each.
    """
    chroma = ab.square().sum(dim=1, keepdim=True).clamp_min(1e-6).sqrt()
    return ab * (vividness * (chroma / _FIXED_CHROMA) ** (gamma - 1))


class _DecoderBlock(nn.Module):
    """A U-Net decoder block: 2x upsampling, the encoder's features, two 3x3 convolutions."""

    def __init__(self, inputs: int, skip: int, outputs: int) -> None:
        super().__init__()
        self.mix = nn.Sequential(
            nn.Conv2d(inputs + skip, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        mixed: Tensor = self.mix(torch.cat([F.interpolate(x, scale_factor=2.0), skip], dim=1))
        return mixed


class _GlobalContext(nn.Module):
    """Global features added to every position: the scene decides colours (Iizuka et al. 2016)."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.squeeze = nn.Linear(channels, hidden)
        self.spread = nn.Linear(hidden, channels)

    def forward(self, x: Tensor) -> Tensor:
        context: Tensor = self.spread(F.relu(self.squeeze(x.mean(dim=(2, 3)))))
        return x + context[:, :, None, None]


class _Attention(nn.Module):
    """Self-attention over all positions (Vaswani et al. 2017), not encoded: any size works."""

    def __init__(self, channels: int, heads: int = 4, width: int = 128) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(1, channels)
        self.qkv = nn.Conv2d(channels, 3 * width, 1)
        self.project = nn.Conv2d(width, channels, 1)
        _start_at_zero(self.project)

    def forward(self, x: Tensor) -> Tensor:
        n, _, h, w = x.shape
        parts = self.qkv(self.norm(x)).flatten(2).unflatten(1, (3, self.heads, -1))
        query, key, value = parts.transpose(-1, -2).unbind(1)
        seen = F.scaled_dot_product_attention(query, key, value)
        change: Tensor = self.project(seen.transpose(-1, -2).reshape(n, -1, h, w))
        return x + change


def _start_at_zero(layer: nn.Module) -> None:
    """Initialise a residual branch's last layer with zeros: it adds nothing at first."""
    assert isinstance(layer, nn.Conv2d) and layer.bias is not None
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)


class Kinema(DistributionColorizer):
    """The default network: L* and optional hints to a*b*.

    Args:
        widths: channels of the decoder's blocks at 1/16, 1/8, 1/4 and 1/2 of the size.

    Attributes:
        vividness, chroma_gamma: of `livened`, which the predicted ab goes through: the mean of all
            plausible colours is paler than any of them. Training compares the plain mean.
            `kinemacolor.trainers.vividness` chooses both.
    """

    size_multiple = 32
    takes_hints = True
    encoder_name = "tu-tf_efficientnet_lite2"
    vividness: Tensor
    chroma_gamma: Tensor

    def __init__(self, *, widths: tuple[int, int, int, int] = (256, 128, 64, 32)) -> None:
        super().__init__()
        # Channels: lightness, spread a*, spread b*, hint mask. Pretrained weights come from
        # `kinemacolor.trainers.pretrained`.
        self.encoder = EfficientNetLite2(channels=4)
        channels = self.encoder.out_channels
        inputs = (channels[-1], *widths[:-1])
        self.context = _GlobalContext(channels[-1], 128)
        self.attention = nn.ModuleList([_Attention(channels[-1]), _Attention(widths[0])])
        self.blocks = nn.ModuleList(
            _DecoderBlock(i, s, w)
            for i, s, w in zip(inputs, channels[-2:0:-1], widths, strict=True)
        )
        self.dropouts = nn.ModuleList(nn.Dropout2d(0.0) for _ in _DROPPED)
        self.register_buffer("palette", palette(), persistent=False)
        self.register_buffer("vividness", torch.ones(()))
        self.register_buffer("chroma_gamma", torch.ones(()))
        # The name in every published weights file, hence the spelling.
        self.colours = nn.Conv2d(widths[2], len(self.palette), 1)
        self.mixing = nn.Sequential(  # features, first guess, spread hints, mask
            nn.Conv2d(widths[3] + 5, widths[3], 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(widths[3], 3, 3, padding=1),
        )
        _start_at_zero(self.mixing[-1])

    def predict(self, lightness: Tensor, hints: Hints | None = None) -> Prediction:
        given = self._given(lightness, hints)
        features, x, logits = self._classified(lightness, given)
        guess = palette_mean(logits, self.palette) / _AB_SCALE
        small = self._mixed(self.blocks[3](x, features[-5]), guess, given)
        ab = F.interpolate(small, scale_factor=2.0, mode="bilinear", align_corners=False)
        ab = ab * _AB_SCALE
        # Given colours are kept: the error at hinted pixels is spread as the hints were.
        if hints is not None and not self.training:
            ab = ab + spread(lightness, Hints((hints.ab - ab) * hints.mask, hints.mask))
        return Prediction(ab, logits)

    def distribution(self, lightness: Tensor, hints: Hints | None = None) -> Tensor:
        return self._classified(lightness, self._given(lightness, hints))[2]

    def regularize(self, dropout: float, drop_path: float) -> None:
        for layer, share in zip(self.dropouts, _DROPPED, strict=True):
            assert isinstance(layer, nn.Dropout2d)
            layer.p = dropout * share
        self.encoder.drop_path(drop_path)

    def _classified(self, lightness: Tensor, given: Tensor) -> tuple[list[Tensor], Tensor, Tensor]:
        """The encoder's features, the decoder's at a quarter of the size, and the logits."""
        self.check_size(lightness)
        features = self.encoder(torch.cat([normalized(lightness), given], dim=1))
        sixteenth, eighth, quarter, _ = self.blocks
        x = self.dropouts[0](self.attention[0](self.context(features[-1])))
        x = self.dropouts[1](self.attention[1](sixteenth(x, features[-2])))
        x = quarter(self.dropouts[2](eighth(x, features[-3])), features[-4])
        return features, x, self.colours(x).permute(0, 2, 3, 1).float()

    def _given(self, lightness: Tensor, hints: Hints | None) -> Tensor:
        """Hints as input channels: (N, 3, H, W) of a*b* / 50 spread over the picture, and mask."""
        if hints is None:
            return torch.zeros_like(lightness).repeat(1, 3, 1, 1)
        color = (spread_where_given if self.training else spread)(lightness, hints)
        return torch.cat([color / _AB_SCALE, hints.mask], dim=1)

    def _mixed(self, features: Tensor, guess: Tensor, given: Tensor) -> Tensor:
        """Refine the guess with edges and hints: (N, 2, H/2, W/2) a*b* / 50."""
        guess = F.interpolate(guess, scale_factor=2.0, mode="bilinear", align_corners=False)
        ab, mask = torch.split(F.avg_pool2d(given, 2), [2, 1], dim=1)
        parts = (features, guess.to(features), ab.to(features), 4 * mask.to(features))
        detail: Tensor = self.mixing(torch.cat(parts, dim=1)).float().contiguous()
        # A picture without hints has nothing to trust.
        trust = torch.sigmoid(detail[:, 2:] - 2) * (mask.amax(dim=(2, 3), keepdim=True) > 0)
        mixed = guess + trust * (ab - guess) + detail[:, :2]
        if self.training:
            return mixed
        lively = livened(mixed * _AB_SCALE, self.vividness, self.chroma_gamma) / _AB_SCALE
        # What is given stays as it is, and the more is given, the less is pale guessing.
        guessed = (1 - trust) / (1 + mask.mean(dim=(2, 3), keepdim=True) / _HALF_GUESSED)
        return mixed + (lively - mixed) * guessed

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *others: Any, **named: Any
    ) -> None:
        for name in ("vividness", "chroma_gamma"):  # which older weights do not have
            state_dict.setdefault(f"{prefix}{name}", torch.ones(()))
        super()._load_from_state_dict(state_dict, prefix, *others, **named)


VARIANTS = (
    Variant(
        name="kinema",
        builder=Kinema,
        source="this project; encoder EfficientNet-Lite2 (Tan and Le 2019)",
        recipe=Recipe(
            stages=(Stage(128, 32, 4000), Stage(192, 16, 4000, rate=0.5)),
            learning_rate=1e-3,
            encoder_rate=0.4,
            warmup=200,
            decay_from=0.5,
            ema=0.998,
            clip=1.0,
            crop=(0.6, 1.0),
            flip=0.5,
            film=0.4,
            loss="distribution",
            hints=(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.005, 0.005, 0.0003),
        ),
    ),
)
