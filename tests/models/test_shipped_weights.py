"""The weights that come with the project really colour: scikit-image's free photos."""

import pytest
import torch
from skimage import data

from models.colorspace import lab_to_srgb, srgb_to_lab
from models.weights import WEIGHTS_FOLDER, load
from trainers.metrics import ciede2000, colourfulness

PHOTOS = ("astronaut", "chelsea", "coffee", "rocket")


@pytest.fixture(scope="module")
def shipped():
    return load("kinema")


def test_file_is_small_and_says_where_it_comes_from(shipped):
    assert (WEIGHTS_FOLDER / "kinema.safetensors").stat().st_size <= 30e6
    assert (WEIGHTS_FOLDER / "kinema.md").is_file()
    assert {"recipe", "data", "scores", "photos"} <= shipped.metadata.keys()


def test_colours_are_nearer_to_the_truth_than_grey(shipped):
    ours, grey, colourful = [], [], []
    for name in PHOTOS:
        photo = torch.from_numpy(getattr(data, name)()).permute(2, 0, 1)[None] / 255
        photo = torch.nn.functional.interpolate(photo, (256, 256), mode="area")
        lab = srgb_to_lab(photo)
        with torch.inference_mode():
            guess = torch.cat([lab[:, :1], shipped.network(lab[:, :1])], dim=1)
        ours.append(ciede2000(guess, lab).mean())
        grey.append(ciede2000(lab * torch.tensor([1, 0, 0]).view(3, 1, 1), lab).mean())
        colourful.append(colourfulness(lab_to_srgb(guess).clamp(0, 1)).mean())
    assert sum(ours) < 0.95 * sum(grey)
    assert sum(colourful) / len(PHOTOS) > 10
