"""Which places of a picture have like colours: a learned covariance, and colours spread by it.

What the network got wrong in one place it got wrong in places that look alike and lie near. The
errors of its colours are taken for a Gaussian process over the picture: given a few true colours,
its mean tells how to change all others, and its variance how far these are known then (kriging;
Rasmussen and Williams 2006, chapter 2). The covariance is a rational quadratic of the distance
between learned projections of the encoder's features, lightness, the network's own colours and the
place, with a small constant for a cast over the whole picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

WEIGHTS = Path(__file__).parent / "fitted" / "kriging.safetensors"
CHANNELS = (24, 48, 120)  # of the encoder's features at 1/4, 1/8 and 1/16 of the size
_LIGHT, _AB = 25.0, 15.0  # units of L* and of a*b* that count as one
_JITTER = 1e-3  # of variance: keeps places that are all but the same apart


class Places(NamedTuple):
    """Places of a picture.

    Attributes:
        look: (..., N, d), what they look like.
        lightness: (..., N) L* / 25.
        position: (..., N, 2) x and y in lengths of the picture's short side.
    """

    look: Tensor
    lightness: Tensor
    position: Tensor


class Kriging(nn.Module):
    """The covariance of the errors of a network's colours between places of a picture.

    Args:
        width: of the projection of the features.
    """

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        start = torch.Generator().manual_seed(1)
        self.projections = nn.ParameterList(
            torch.randn(channels, width, generator=start) * 0.5 / (width * channels) ** 0.5
            for channels in CHANNELS
        )
        # Deviations in ab units, as logarithms: a cast, likeness alone, likeness nearby, noise.
        self.deviations = nn.Parameter(torch.tensor([1.0, 2.0, 1.5, 1.0]))
        self.light = nn.Parameter(torch.tensor([1.5, 1.5]))
        self.color = nn.Parameter(torch.tensor(0.5))
        self.reach = nn.Parameter(torch.tensor(-0.7))  # logarithm of lengths of the short side
        self.tails = nn.Parameter(torch.tensor([1.0, 1.0]))  # logarithms of RQ's exponents
        self.trust = nn.Parameter(torch.tensor(1.0))  # share of the network's colours that is kept

    def places(
        self, features: Sequence[Tensor], lightness: Tensor, automatic: Tensor, position: Tensor
    ) -> Places:
        """Places by what is seen there.

        Args:
            features: (..., N, channels) at 1/4, 1/8 and 1/16 of the size.
            lightness: (..., N) L*.
            automatic: (..., N, 2) the network's ab.
            position: (..., N, 2) x and y in lengths of the picture's short side.
        """
        parts = zip(features, self.projections, strict=True)
        seen = torch.stack([part @ projection for part, projection in parts]).sum(0)
        look = torch.cat([seen, automatic * (self.color / _AB)], -1)
        return Places(look, lightness / _LIGHT, position)

    def covariance(self, one: Places, other: Places) -> Tensor:
        """(..., N, M) between N places and M others, in ab units squared."""
        look = _squares(one.look, other.look)
        light = (one.lightness[..., :, None] - other.lightness[..., None, :]).square()
        apart = _squares(one.position, other.position) * torch.exp(-2 * self.reach)
        cast, anywhere, nearby, _ = (2 * self.deviations).exp()
        squares = self.light.square()
        alike = _rational(look + squares[0] * light, self.tails[0].exp())
        close = _rational(0.5 * look + squares[1] * light + apart, self.tails[1].exp())
        covariance: Tensor = cast + anywhere * alike + nearby * close
        return covariance

    def spread(
        self, given: Places, colors: Tensor, at_given: Tensor, asked: Places, at_asked: Tensor
    ) -> tuple[Tensor, Tensor]:
        """How given colours change the network's.

        Args:
            given: where colours are given.
            colors: (..., N, 2) these, ab.
            at_given: (..., N, 2) the network's ab there.
            asked: places whose colours are asked.
            at_asked: (..., M, 2) the network's ab there.

        Returns:
            (..., M, 2) what is added to the network's ab, and (..., M) in 0..1 how far the colour
            is known: the share of its variance that is explained.
        """
        noise = (2 * self.deviations[3]).exp() + _JITTER
        own = self.covariance(given, given)
        lower = torch.linalg.cholesky(own + noise * torch.eye(own.shape[-1]).to(own))
        cross = self.covariance(asked, given)
        error = colors - self.trust * at_given
        change = cross @ torch.cholesky_solve(error, lower)
        half = torch.linalg.solve_triangular(lower, cross.transpose(-1, -2), upper=False)
        known = (half.square().sum(-2) / self.variance).clamp(0, 1)
        # Where nothing is known the network's colours stand as they are.
        return change - (1 - self.trust) * known[..., None] * at_asked, known

    @property
    def variance(self) -> Tensor:
        """Of a colour of which nothing is known, in ab units squared."""
        return (2 * self.deviations[:3]).exp().sum()


def _squares(one: Tensor, other: Tensor) -> Tensor:
    """(..., N, M) squared distances of (..., N, d) and (..., M, d)."""
    lengths = one.square().sum(-1)[..., :, None] + other.square().sum(-1)[..., None, :]
    return (lengths - 2 * one @ other.transpose(-1, -2)).clamp_min(0)


def _rational(squares: Tensor, tail: Tensor) -> Tensor:
    return torch.exp(-tail * torch.log1p(squares / tail))
