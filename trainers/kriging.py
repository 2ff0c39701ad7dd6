"""Training of the kriging of given colours: which places of a picture have like colours.

Usage: python -m kinemacolor.trainers.kriging --data SRC ... [--val SRC ...] [--out FILE]

The shipped network and the appearance encoder look at photos once; of each some hundred places are
kept, with features, the network's colours and the true ones. Then some of a photo's places are
given, the others asked: the loss is the error of their colours, and the likelihood of the truth by
a Student distribution around them. Minutes on one core.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor
from tqdm import tqdm

from kinemacolor.engine.color.geometry import working_shape
from kinemacolor.models import appearance, weights
from kinemacolor.models.appearance import Appearance
from kinemacolor.models.colorizer import Colorizer
from kinemacolor.models.kriging import WEIGHTS, Kriging, Places
from kinemacolor.models.weights_files import file_digest
from kinemacolor.trainers.photos import PhotoSet, to_lab
from kinemacolor.trainers.pictures import DataError, Pictures, open_pictures

_SHORT_SIDE = 256
_PLACES = 256  # kept of each photo
_GIVEN = (1, 1, 2, 3, 4, 5, 8, 10, 12, 20)  # of them, as many at a time
_ASKED = 96
_BATCH = 32  # photos
_RATE = 8e-3
_SOFT = 2.0  # ab units: below this an error counts by its square
_LIKELIHOOD = 0.1  # weight of the likelihood
_FREEDOM = 3.0  # degrees of the Student distribution


@dataclass(frozen=True)
class Samples:
    """Places of photos.

    Attributes:
        quarter, eighth, sixteenth: (photos, places, channels) the encoder's features.
        lightness: (photos, places) L*.
        automatic, true: (photos, places, 2) ab by the network, and the photo's own.
        position: (photos, places, 2) x and y in lengths of the short side.
    """

    quarter: Tensor
    eighth: Tensor
    sixteenth: Tensor
    lightness: Tensor
    automatic: Tensor
    true: Tensor
    position: Tensor

    def part(self, photos: Tensor, places: Tensor) -> Samples:
        """Some places, (N, P), of some photos, (N,)."""
        at = photos[:, None], places
        return Samples(*(getattr(self, field.name)[at] for field in fields(self)))

    def places(self, kriging: Kriging) -> Places:
        """The places as kriging sees them."""
        features = self.quarter, self.eighth, self.sixteenth
        return kriging.places(features, self.lightness, self.automatic, self.position)


@torch.inference_mode()
def look(
    pictures: Pictures, numbers: Iterable[int], network: Colorizer, encoder: Appearance
) -> Samples:
    """Places of photos, at random, and what network and encoder see there."""
    found = [_sampled(pictures.read(number), network, encoder, number) for number in numbers]
    return Samples(*(torch.stack(parts) for parts in zip(*found, strict=True)))


def _sampled(
    rgb: np.ndarray, network: Colorizer, encoder: Appearance, seed: int
) -> tuple[Tensor, ...]:
    shape = working_shape(rgb.shape[0], rgb.shape[1], _SHORT_SIDE)
    interpolation = cv2.INTER_AREA if rgb.shape[0] > shape[0] else cv2.INTER_LINEAR
    lab = to_lab(cv2.resize(rgb, shape[::-1], interpolation=interpolation))
    lightness = lab[None, :1].contiguous(memory_format=torch.channels_last)
    seen = encoder(lightness)
    ab = network(lightness)[0]
    rng = np.random.default_rng(seed)
    chosen = torch.from_numpy(rng.choice(lab[0].numel(), _PLACES, replace=False))
    x, y = chosen % shape[1], chosen // shape[1]
    middles = torch.stack([x, y], -1) + 0.5
    at = (middles / torch.tensor([shape[1], shape[0]]) * 2 - 1)[None, None]
    features = [
        F.grid_sample(planes, at, padding_mode="border", align_corners=False)[0, :, 0].T
        for planes in seen
    ]
    automatic, true = ab[:, y, x].T, lab[1:, y, x].T
    return (*features, lab[0, y, x], automatic, true, middles / min(shape))


def train(samples: Samples, steps: int, seed: int = 0) -> Kriging:
    """Kriging that is fitted to samples; the same for the same seed."""
    kriging, rng = Kriging(), np.random.default_rng(seed)
    # Features of unlike scales are to begin with equal weights.
    for values, projection in zip(
        (samples.quarter, samples.eighth, samples.sixteenth), kriging.projections, strict=True
    ):
        projection.data /= values.flatten(0, 1).std(0)[:, None] + 1e-3
    optimizer = torch.optim.Adam(kriging.parameters(), _RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, steps, pct_start=0.1)
    for _ in tqdm(range(steps), desc="kriging"):
        error, variance = _errors(kriging, samples, int(rng.choice(_GIVEN)), rng)
        squares = error.square().sum(-1)
        unlikely = (_FREEDOM + 2) / 2 * torch.log1p(squares / (_FREEDOM * variance))
        loss = (squares + _SOFT**2).sqrt().mean() / 10
        loss = loss + _LIKELIHOOD * (unlikely + variance.log()).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(kriging.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    return kriging.eval()


def _errors(
    kriging: Kriging, samples: Samples, count: int, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Errors of ab, (photos, places, 2), of a batch with `count` colours given; their variance."""
    photos = torch.from_numpy(rng.integers(len(samples.lightness), size=_BATCH))
    drawn = np.stack([rng.permutation(samples.lightness.shape[1]) for _ in range(_BATCH)])
    places = torch.from_numpy(drawn)[:, : count + _ASKED]
    given = samples.part(photos, places[:, :count])
    asked = samples.part(photos, places[:, count:])
    change, known = kriging.spread(
        given.places(kriging),
        given.true,
        given.automatic,
        asked.places(kriging),
        asked.automatic,
    )
    error = asked.true - asked.automatic - change
    return error, (kriging.variance * (1 - known)).clamp_min(0.1)


@torch.inference_mode()
def score(kriging: Kriging, samples: Samples, count: int) -> tuple[float, float]:
    """Mean error of ab with `count` colours given, and of the network's own colours."""
    rng = np.random.default_rng(1)
    errors = [_errors(kriging, samples, count, rng)[0].norm(dim=-1).mean() for _ in range(16)]
    own = (samples.true - samples.automatic).norm(dim=-1).mean()
    return float(torch.stack(errors).mean()), float(own)


def _samples(
    sources: Sequence[str], photos: int, network: Colorizer, encoder: Appearance
) -> Samples:
    found = PhotoSet.scan(open_pictures(sources))
    order = np.random.default_rng(7).permutation(found.numbers).tolist()
    numbers = tqdm(list(islice(order, photos)), desc="photos")
    return look(found.pictures, numbers, network, encoder)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m kinemacolor.trainers.kriging",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", nargs="+", required=True, metavar="SRC", help="photos")
    parser.add_argument("--val", nargs="+", default=(), metavar="SRC", help="photos to score on")
    parser.add_argument("--photos", type=int, default=2500, help="how many to learn from")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    network, encoder = weights.load("kinema").network(), appearance.shipped()
    try:
        samples = _samples(options.data, options.photos, network, encoder)
        held_out = _samples(options.val, options.photos, network, encoder) if options.val else None
    except DataError as error:
        parser.exit(1, f"{error}\n")
    kriging = train(samples, options.steps)
    told = {"encoder": file_digest(appearance.WEIGHTS)}
    save_file({k: v.contiguous() for k, v in kriging.state_dict().items()}, options.out, told)
    if held_out is not None:
        for count in (1, 3, 10, 30):
            ours, own = score(kriging, held_out, count)
            print(f"{count:>3} colours given: error {ours:.2f} ab units, the network's {own:.2f}")


if __name__ == "__main__":
    main()
