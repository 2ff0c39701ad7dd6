"""The seeds' accuracies: by other means, and what plain grey has."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
import torch
from skimage.color import lab2rgb, rgb2lab

from kinemacolor.trainers.accuracies import (
    landscape_loss,
    larger_channel_agreement,
)
from tests.trainers import similarity_reference as reference
from tests.trainers.lab_pictures import batch, grey_of, guess_of, kmhcnet_accuracy

PHOTOS = Path(__file__).resolve().parents[3] / "shared" / "data" / "photos" / "val"
FILES = sorted(path for path in PHOTOS.rglob("*") if path.is_file())[::10]


def square(rgb: np.ndarray) -> np.ndarray:
    """(256, 256, 3) middle of an RGB picture, its short side made 256."""
    scale = 256 / min(rgb.shape[:2])
    width, height = (max(256, round(side * scale)) for side in rgb.shape[1::-1])
    rgb = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA)
    top, left = (height - 256) // 2, (width - 256) // 2
    return rgb[top : top + 256, left : left + 256]


def lab_of(rgb: np.ndarray) -> torch.Tensor:
    """(1, 3, 256, 256) LAB by scikit-image."""
    return torch.from_numpy(rgb2lab(square(rgb)).astype(np.float32)).movedim(-1, 0)[None]


def read(path: Path) -> np.ndarray:
    return cv2.cvtColor(cv2.imread(str(path), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def public_domain() -> Iterator[np.ndarray]:
    """Photos that scikit-image ships; all were put into the public domain by their makers."""
    yield from (skimage.data.astronaut(), skimage.data.chelsea(), skimage.data.rocket())


def by_hand(predicted: torch.Tensor, true: torch.Tensor) -> float:
    """MS-SSIM of the RGB pictures in 0..255, by scikit-image and NumPy."""
    one, other = (
        lab2rgb(lab[0].double().numpy(), channel_axis=0).clip(0, 1) * 255
        for lab in (predicted, true)
    )
    return reference.ms_ssim(one, other, 255)


def test_kmhcnets_equals_the_one_by_hand():
    for rgb in public_domain():
        true = lab_of(rgb)
        for guess in (grey_of(true), guess_of(true)):
            found = kmhcnet_accuracy(guess, true).item()
            assert found == pytest.approx(by_hand(guess, true), abs=1e-4)


def assert_plain_grey_has(labs: list[torch.Tensor], mean: float) -> None:
    figures = [kmhcnet_accuracy(grey_of(lab), lab).item() for lab in labs]
    assert np.mean(figures) == pytest.approx(mean, abs=0.015)
    assert figures[0] == pytest.approx(by_hand(grey_of(labs[0]), labs[0]), abs=1e-4)


def test_plain_grey_has_about_what_kmhcnet_publishes():
    """Its 16 variants have 0.927 to 0.955 on other photos."""
    assert_plain_grey_has(list(map(lab_of, public_domain())), 0.93)


@pytest.mark.skipif(
    not FILES, reason=f"the validation photos are not in the repository, nor in {PHOTOS}"
)
def test_plain_grey_has_as_much_on_the_validation_photos():
    assert_plain_grey_has([lab_of(read(path)) for path in FILES], 0.93)


def test_agreement_is_keras_categorical_accuracy():
    true = batch(60, 3)
    guess = guess_of(true)
    planes = [np.moveaxis(lab[:, 1:].numpy(), 1, -1) / 255 for lab in (guess, true)]
    expected = (planes[0].argmax(-1) == planes[1].argmax(-1)).mean(axis=(1, 2))
    np.testing.assert_allclose(larger_channel_agreement(guess, true), expected, atol=1e-6)
    assert 0.5 < expected.mean() < 1


def test_agreement_by_hand():
    # Per pixel (a, b): true is a, b, a, b; guessed b, b, a, and a tie, which counts as a.
    true = torch.tensor([[0, 0, 0, 0], [5, -9, 3, 1], [1, -2, -3, 2.0]]).view(1, 3, 1, 4)
    guess = torch.tensor([[0, 0, 0, 0], [-1, 4, 3, 0], [2, 8, -3, 0.0]]).view(1, 3, 1, 4)
    assert larger_channel_agreement(guess, true).tolist() == [0.5]
    grey = torch.zeros_like(true)
    assert larger_channel_agreement(grey, true).tolist() == [0.5]


def test_landscape_loss_is_mean_square_of_ab_over_255():
    true = batch(70)
    guess = guess_of(true)
    difference = (guess - true)[:, 1:].double().numpy() / 255
    expected = (difference**2).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(landscape_loss(guess, true), expected, rtol=1e-5)


@pytest.mark.parametrize("accuracy", [kmhcnet_accuracy, larger_channel_agreement])
def test_the_truth_has_one_and_each_picture_its_own(accuracy):
    true = batch(80, 3)
    assert accuracy(true, true).tolist() == pytest.approx([1, 1, 1], abs=1e-6)
    assert accuracy(grey_of(true), true).unique().numel() == 3
