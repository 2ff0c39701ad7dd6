"""The weights that come with the project really colour: scikit-image's free photos."""

import numpy as np
import pytest
import torch
from skimage import data

from kinemacolor.models.color.lab import lab_to_srgb, srgb_to_lab
from kinemacolor.models.colorizer import Colorizer
from kinemacolor.models.hint_spread import spread
from kinemacolor.models.weights import load
from kinemacolor.models.weights_files import WEIGHTS_FOLDER
from kinemacolor.trainers.hints import from_truth, random_mask
from kinemacolor.trainers.metrics import ciede2000, colorfulness, psnr

PHOTOS = ("astronaut", "chelsea", "coffee", "rocket")
# What the shipped default network reaches on them: better weights bring better figures here.
SHIPPED_RATIO, SHIPPED_COLORFULNESS, SHIPPED_HINTED_PSNR = 0.690, 23.3, 31.23


def photo_lab(name: str) -> torch.Tensor:
    """(1, 3, 256, 256)."""
    photo = torch.from_numpy(getattr(data, name)()).permute(2, 0, 1)[None] / 255
    return srgb_to_lab(torch.nn.functional.interpolate(photo, (256, 256), mode="area"))


@pytest.mark.parametrize("name", ["kinema", "msau_net"])
def test_file_is_small_and_says_where_it_comes_from(name):
    assert (WEIGHTS_FOLDER / f"{name}.safetensors").stat().st_size <= 30e6
    assert (WEIGHTS_FOLDER / f"{name}.md").is_file()
    loaded = load(name)
    assert loaded.variant == name
    assert {"recipe", "data", "scores", "photos"} <= loaded.metadata.keys()


def test_hints_are_spread_better_than_without_learning():
    network, ours, start = load("msau_net").network(), [], []
    for number, name in enumerate(PHOTOS):
        lab = photo_lab(name)
        mask = random_mask(256, 256, 0.005, np.random.default_rng(number))
        hints = from_truth(lab, torch.from_numpy(mask)[None, None])
        true = lab_to_srgb(lab).clamp(0, 1)
        with torch.inference_mode():
            for guess, found in (
                (network(lab[:, :1], hints), ours),
                (spread(lab[:, :1], hints), start),
            ):
                rgb = lab_to_srgb(torch.cat([lab[:, :1], guess], dim=1)).clamp(0, 1)
                found.append(psnr(rgb, true).item())
    assert sum(ours) > sum(start) and min(ours) > 25


@pytest.fixture(scope="module")
def kinema() -> Colorizer:
    return load("kinema").network()


def guessed(
    network: Colorizer, hinted: bool
) -> tuple[list[float], list[float], list[float], list[float]]:
    """CIEDE2000 of the default network and of grey, its colourfulness, its PSNR; a photo each."""
    ours, grey, colorful, likeness = [], [], [], []
    for number, name in enumerate(PHOTOS):
        lab = photo_lab(name)
        mask = random_mask(256, 256, 0.005 * hinted, np.random.default_rng(number))
        hints = from_truth(lab, torch.from_numpy(mask)[None, None])
        with torch.inference_mode():
            guess = torch.cat([lab[:, :1], network(lab[:, :1], hints)], dim=1)
        rgb = lab_to_srgb(guess).clamp(0, 1)
        ours.append(ciede2000(guess, lab).mean().item())
        grey.append(ciede2000(lab * torch.tensor([1, 0, 0]).view(3, 1, 1), lab).mean().item())
        colorful.append(colorfulness(rgb).item())
        likeness.append(psnr(rgb, lab_to_srgb(lab).clamp(0, 1)).item())
    return ours, grey, colorful, likeness


def test_colors_are_as_near_to_the_truth_as_when_they_were_shipped(kinema):
    """A gate: whatever changes network, weights or colour science must not spoil colours."""
    ours, grey, colorful, _ = guessed(kinema, hinted=False)
    assert sum(ours) / sum(grey) <= SHIPPED_RATIO + 0.005
    assert sum(colorful) / len(PHOTOS) == pytest.approx(SHIPPED_COLORFULNESS, abs=1)


def test_given_colors_are_used_as_well_as_when_they_were_shipped(kinema):
    assert sum(guessed(kinema, hinted=True)[3]) / len(PHOTOS) >= SHIPPED_HINTED_PSNR - 0.1
