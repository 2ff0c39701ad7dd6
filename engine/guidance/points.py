"""Points: colours that are given at places of a frame, spread over it.

They are spread to what looks like these places and lies near, by the shipped `Kriging`; away from
all of them the network's own colours stand. Each point's own pixels have its colour exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor

from kinemacolor.engine.color.planes import resize_plane
from kinemacolor.engine.color.upsampling import EdgeAwareUpsampler
from kinemacolor.engine.guidance.guide_file.film_guide import Point
from kinemacolor.engine.guidance.guide_file.given_colors import fit_points
from kinemacolor.engine.guidance.matching.encoder import Encoder, Features
from kinemacolor.engine.process import single_threaded
from kinemacolor.models.kriging import WEIGHTS, Kriging, Places

_CELL = 4  # pixels: the grid on which colours are spread
_PROBES = 0.6  # of its radius: where a point with one is looked at, besides its middle
_FAINT = (0.1, 0.4)  # share of variance known at which a colour begins to change, and fully does
_LED = (0.0, 0.3)  # the same from which on a colour counts as known a little, and wholly
# The same for both where a picture tells the colours of all else: a white stone had .8 to 1 of a
# point on it, the bright ground beside it .35 to .5.
_OWN = (0.5, 0.8)
_EDGE = 1.0  # pixels over which a point's own pixels run into the rest


@single_threaded()
@torch.inference_mode()
def spread_points(
    lightness: np.ndarray,
    points: Sequence[Point],
    automatic: np.ndarray,
    encoder: Encoder,
    *,
    beside_picture: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """The colours of a frame in which some are given.

    Args:
        lightness: (h, w) float32 L* of the frame; h and w are multiples of 32.
        points: of this frame. A colour that its place cannot show is brought into gamut at
            constant hue.
        automatic: (h, w, 2) float32: the frame's ab as it would be without them.
        encoder: whose features tell what looks alike.
        beside_picture: a picture tells the colours of everything, in this frame or near: points
            then change what is surely their own thing alone.

    Returns:
        (h, w, 2) float32 ab, and (h, w) float32 in 0..1 how far each is known by the points.
    """
    points, _ = fit_points(lightness, points)
    if not points:
        return automatic.copy(), np.zeros_like(lightness)
    seen = _Seen(lightness, automatic, encoder(lightness))
    kriging = _shipped()
    given, at_given = seen.at(kriging, _probes(points, lightness.shape))
    probes = len(given.lightness) // len(points)
    colors = torch.tensor([point.ab for point in points], dtype=torch.float32).repeat_interleave(
        probes, 0
    )
    asked, at_asked = seen.cells(kriging)
    change, known = kriging.spread(given, colors, at_given, asked, at_asked)
    change = change * _ramp(known, *(_OWN if beside_picture else _FAINT))[:, None]
    rows, columns = (side // _CELL for side in lightness.shape)
    cells = np.ascontiguousarray(change.reshape(rows, columns, 2).numpy())
    a, b = EdgeAwareUpsampler(cells, resize_plane(lightness, (rows, columns)))(lightness)
    ab = automatic + np.dstack([a, b])
    led = _ramp(known, *(_OWN if beside_picture else _LED)).reshape(rows, columns).numpy()
    led = cv2.resize(led, lightness.shape[::-1], interpolation=cv2.INTER_LINEAR)
    _pin(points, ab, led)
    return ab, led


def _ramp(shares: Tensor, low: float, high: float) -> Tensor:
    """0 up to `low`, 1 from `high`, linear between them."""
    return ((shares - low) / (high - low)).clamp(0, 1)


@lru_cache(maxsize=1)
def _shipped() -> Kriging:
    weights = load_file(WEIGHTS)
    kriging = Kriging(weights["projections.0"].shape[1])
    kriging.load_state_dict(weights)
    return kriging.eval().requires_grad_(False)


class _Seen:
    """What is seen of a frame, at any of its places."""

    def __init__(self, lightness: np.ndarray, automatic: np.ndarray, features: Features) -> None:
        self._shape = lightness.shape
        ab = torch.from_numpy(automatic).permute(2, 0, 1)
        self._full = torch.cat([torch.from_numpy(lightness)[None], ab])
        self._maps = features.quarter, features.eighth, features.sixteenth

    def at(self, kriging: Kriging, places: Tensor) -> tuple[Places, Tensor]:
        """Places at (N, 2) x and y in pixels, whose middles are at halves; and their ab."""
        return self._places(kriging, places, self._full)

    def cells(self, kriging: Kriging) -> tuple[Places, Tensor]:
        """The places of all cells, row by row, and their mean ab."""
        rows, columns = (side // _CELL for side in self._shape)
        y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
        middles = (torch.stack([x, y], -1).reshape(-1, 2) + 0.5) * _CELL
        return self._places(kriging, middles, F.avg_pool2d(self._full[None], _CELL)[0])

    def _places(
        self, kriging: Kriging, places: Tensor, light_and_ab: Tensor
    ) -> tuple[Places, Tensor]:
        rows, columns = self._shape
        at = (places / torch.tensor([columns, rows]) * 2 - 1)[None, None]

        def sampled(planes: Tensor, mode: str = "bilinear") -> Tensor:
            found = F.grid_sample(planes[None], at, mode, "border", align_corners=False)
            return found[0, :, 0].T

        here = sampled(light_and_ab, "nearest")
        lightness, ab = here[:, 0], here[:, 1:]
        features = [sampled(planes) for planes in self._maps]
        return kriging.places(features, lightness, ab, places / min(self._shape)), ab


def _probes(points: Sequence[Point], shape: tuple[int, ...]) -> Tensor:
    """(N, 2) x and y in pixels at which points are looked at: each in its middle, or at five."""
    rows, columns = shape
    places = [[point.x * columns, point.y * rows] for point in points]
    middles = torch.tensor(places, dtype=torch.float32)
    reach = torch.tensor([point.radius * columns for point in points], dtype=torch.float32)
    if not (reach > 1).any():
        return middles
    steps = torch.tensor([[0.0, 0.0], [1, 0], [-1, 0], [0, 1], [0, -1]]) * _PROBES
    spots = middles[:, None] + steps * reach[:, None, None]
    return torch.minimum(spots.clamp_min(0.5), torch.tensor([columns - 0.5, rows - 0.5])).flatten(
        0, 1
    )


def _pin(points: Sequence[Point], ab: np.ndarray, known: np.ndarray) -> None:
    """Set the points' own pixels, in place; where two meet, the first has precedence."""
    rows, columns = known.shape
    for point in reversed(points):
        x, y, reach = point.x * columns, point.y * rows, point.radius * columns + _EDGE
        top, left = max(0, int(y - reach)), max(0, int(x - reach))
        bottom, right = min(rows, int(y + reach) + 1), min(columns, int(x + reach) + 1)
        part = slice(top, bottom), slice(left, right)
        line, column = np.ogrid[part]
        apart = np.hypot(line + 0.5 - y, column + 0.5 - x)
        share = np.clip((reach - apart) / _EDGE, 0, 1).astype(np.float32)
        middle = min(int(y), rows - 1) - top, min(int(x), columns - 1) - left
        share[middle] = 1
        ab[part] += (np.array(point.ab, np.float32) - ab[part]) * share[..., None]
        np.maximum(known[part], share, out=known[part])
