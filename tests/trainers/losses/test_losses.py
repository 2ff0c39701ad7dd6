"""Every loss without an embedding: against independent figures, and what must always hold."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import lab2rgb
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from kinemacolor.models.recipe import Recipe
from kinemacolor.trainers.losses import LOSSES, build_loss
from tests.trainers import similarity_reference as reference
from tests.trainers.lab_pictures import batch, grey_of, guess_of

BOTH_SPACES = ("log_mse", "l1_ms_ssim", "ssim", "ms_ssim", "mse_255")
ALL = [(name, "lab") for name in ("huber", "l1", "mse", "l1_ssim", *BOTH_SPACES)] + [
    (name, "rgb") for name in BOTH_SPACES
]
WITH_EMBEDDING = {"ms_ssim_mse"}  # in test_embedding_loss.py
every_loss = pytest.mark.parametrize(("name", "space"), ALL)
TRUE = batch(10, 2, 96, 80)
GUESS = guess_of(TRUE)


def loss_of(name: str, space: str = "lab"):
    return build_loss(Recipe(loss=name, loss_space=space))


def planes(lab: torch.Tensor, space: str) -> np.ndarray:
    """(N, C, H, W), 0..255, by scikit-image."""
    if space == "lab":
        return lab[:, 1:].double().numpy() + 128
    return lab2rgb(lab.double().numpy(), channel_axis=1).clip(0, 1) * 255


def ssim_of(one: np.ndarray, other: np.ndarray) -> float:
    """scikit-image's, of (C, H, W) in 0..1; mirrored first, since it leaves five pixels out."""
    mirror = ((0, 0), (5, 5), (5, 5))
    return structural_similarity(
        np.pad(one, mirror, mode="reflect"),
        np.pad(other, mirror, mode="reflect"),
        data_range=1.0,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        channel_axis=0,
    )


def test_no_loss_is_left_out_here():
    assert {name for name, _ in ALL} | WITH_EMBEDDING == set(LOSSES)


def test_pixelwise_losses_by_hand():
    predicted = torch.tensor([0.0, 5.0, 40.0]).expand(1, 3, 1, 3)
    true = torch.zeros(1, 3, 1, 3)
    assert loss_of("l1")(predicted, true).item() == pytest.approx(15)
    assert loss_of("mse")(predicted, true).item() == pytest.approx((25 + 1600) / 3)
    # Huber, corner 10, over 10: quadratic 5 ** 2 / 2, linear 10 * (40 - 5).
    assert loss_of("huber")(predicted, true).item() == pytest.approx((12.5 + 350) / 3 / 10)
    assert loss_of("mse_255")(predicted, true).item() == pytest.approx((25 + 1600) / 3 / 255)


def test_l1_ssim_equals_scikit_image():
    ends, shift = np.array([100, 255, 255.0]), np.array([0, 128, 128.0])
    unit = [
        (lab.double().numpy() + shift[:, None, None]) / ends[:, None, None] for lab in (GUESS, TRUE)
    ]
    similarity = np.mean([ssim_of(*pair) for pair in zip(*unit, strict=True)])
    absolute = (GUESS - TRUE)[:, 1:].abs().mean().item() / 128
    expected = 0.8 * absolute + 0.2 * (1 - similarity)
    assert loss_of("l1_ssim")(GUESS, TRUE).item() == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("space", ["lab", "rgb"])
class TestStructuralLosses:
    def test_ssim_equals_scikit_image(self, space):
        pairs = zip(planes(GUESS, space) / 255, planes(TRUE, space) / 255, strict=True)
        expected = 1 - np.mean([ssim_of(*pair) for pair in pairs])
        assert loss_of("ssim", space)(GUESS, TRUE).item() == pytest.approx(expected, rel=1e-3)

    def test_ms_ssim_equals_the_formula(self, space):
        pairs = zip(planes(GUESS, space), planes(TRUE, space), strict=True)
        expected = 1 - np.mean([reference.ms_ssim(*pair, 255, 3) for pair in pairs])
        assert loss_of("ms_ssim", space)(GUESS, TRUE).item() == pytest.approx(expected, rel=1e-3)

    def test_zhao_mix_equals_the_formula(self, space):
        pairs = zip(planes(GUESS, space) / 255, planes(TRUE, space) / 255, strict=True)
        expected = np.mean([reference.zhao_mix(*pair) for pair in pairs])
        assert loss_of("l1_ms_ssim", space)(GUESS, TRUE).item() == pytest.approx(expected, rel=1e-3)

    def test_mse_255_equals_numpy(self, space):
        difference = planes(GUESS, space) - planes(TRUE, space)
        found = loss_of("mse_255", space)(GUESS, TRUE).item()
        assert found == pytest.approx((difference**2).mean() / 255, rel=1e-3)

    def test_log_mse_equals_scikit_images_psnr(self, space):
        pairs = zip(planes(GUESS, space), planes(TRUE, space), strict=True)
        decibels = [peak_signal_noise_ratio(*pair, data_range=255.0) for pair in pairs]
        expected = np.mean([np.log(1 + 10 ** (4 - d / 10)) for d in decibels])
        assert loss_of("log_mse", space)(GUESS, TRUE).item() == pytest.approx(expected, rel=1e-3)

    @pytest.mark.parametrize("name", ["log_mse", "ssim", "ms_ssim", "l1_ms_ssim", "mse_255"])
    def test_gradients_equal_finite_differences(self, space, name):
        true = batch(30, 1, 24, 26).double()
        # Half the truth's chroma, so that no channel of RGB is clipped: there is a corner there.
        ab = (0.5 * guess_of(true)[:, 1:]).requires_grad_()
        compare = loss_of(name, space).compare
        assert torch.autograd.gradcheck(
            lambda ab: compare(torch.cat([true[:, :1], ab], dim=1), true), ab, fast_mode=True
        )


@every_loss
@settings(deadline=None, max_examples=8)
@given(seed=st.integers(0, 10**6), side=st.integers(16, 40), width=st.integers(16, 40))
def test_zero_for_equal_symmetric_and_never_negative(name, space, seed, side, width):
    loss = loss_of(name, space)
    true = batch(seed, 1, side, width)
    guess = guess_of(true, seed)
    there, back = loss(guess, true).item(), loss(true, guess).item()
    assert loss(true, true).item() == pytest.approx(0, abs=1e-6)
    assert there == pytest.approx(back, rel=1e-5) and there > 1e-4


def black_and_white(true: torch.Tensor) -> torch.Tensor:
    return torch.cat([100 * (true[:, :1] > 50), torch.zeros_like(true[:, 1:])], dim=1)


@every_loss
@pytest.mark.parametrize(
    ("guess", "true"),
    [
        (TRUE, TRUE),
        (grey_of(TRUE), grey_of(TRUE)),
        (grey_of(TRUE), TRUE),
        (black_and_white(TRUE), black_and_white(TRUE)),
        (torch.zeros_like(TRUE), torch.zeros_like(TRUE)),
        (TRUE * torch.tensor([1.0, 30.0, -30.0]).view(3, 1, 1), TRUE),
    ],
    ids=["equal", "equal greys", "grey", "black and white", "black", "far out of gamut"],
)
def test_gradients_are_finite(name, space, guess, true):
    guess = guess.clone().requires_grad_()
    loss_of(name, space)(guess, true).backward()
    assert guess.grad is not None and guess.grad.isfinite().all()


@every_loss
def test_following_the_gradient_from_grey_lowers_the_loss(name, space):
    true = batch(20, 2, 48, 48)
    ab = torch.zeros_like(true[:, 1:]).requires_grad_()
    optimizer = torch.optim.Adam([ab], lr=2.0)
    loss = loss_of(name, space)
    values = []
    for _ in range(30):
        value = loss(torch.cat([true[:, :1], ab], dim=1), true)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        values.append(value.item())
    assert values[-1] < 0.5 * values[0]


@every_loss
def test_float32_under_autocast_and_in_any_memory_format(name, space):
    loss = loss_of(name, space)
    plain = loss(GUESS, TRUE)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = loss(*(x.contiguous(memory_format=torch.channels_last) for x in (GUESS, TRUE)))
    assert mixed.dtype == torch.float32
    torch.testing.assert_close(mixed, plain)


@every_loss
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_the_same_on_cuda(name, space):
    values = []
    for device in ("cpu", "cuda"):
        guess = GUESS.to(device, memory_format=torch.channels_last).requires_grad_()
        value = loss_of(name, space).to(device)(guess, TRUE.to(device))
        value.backward()
        assert guess.grad is not None
        values.append((value.item(), guess.grad.norm().item()))
    assert values[0] == pytest.approx(values[1], rel=1e-3)


@pytest.mark.parametrize("size", [64, 96, 128])
@pytest.mark.parametrize("name", ["ms_ssim", "l1_ms_ssim", "ssim", "l1_ssim"])
def test_crops_of_small_trainings_will_do(name, size):
    true = batch(40, 1, size, size)
    assert loss_of(name)(guess_of(true), true).item() > 0


@pytest.mark.parametrize(
    ("recipe", "told"),
    [
        (Recipe(loss="l3"), "loss: 'l3' is none of "),
        (
            Recipe(loss="huber", loss_space="rgb"),
            "loss_space: the loss huber compares in lab alone",
        ),
        (Recipe(loss="l1", embedding="vgg16"), "embedding: the loss l1 compares no features"),
        (Recipe(loss="ms_ssim_mse"), "embedding: the loss ms_ssim_mse needs one"),
    ],
)
def test_what_does_not_go_together_is_told(recipe, told):
    with pytest.raises(ValueError, match=told):
        build_loss(recipe)


@pytest.mark.parametrize("name", ["ssim", "l1_ms_ssim", "l1_ssim", "ms_ssim"])
def test_crops_below_the_window_are_told(name):
    tiny = batch(1, 1, 5, 64)
    with pytest.raises(ValueError, match="or more"):
        loss_of(name)(tiny, tiny)
