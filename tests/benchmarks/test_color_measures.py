"""The measures of coloured frames, against scikit-image and sums done by hand."""

import numpy as np
import pytest
import torch
from skimage.color import deltaE_ciede2000, lab2rgb, rgb2lab
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from benchmarks import lpips
from benchmarks.color_measures import (
    AB_PEAK,
    EQUAL,
    Seen,
    compare,
    decibels,
    psnr,
    ssim,
    with_colors,
    wrapped_psnr,
)


def picture(seed, height=48, width=64):
    """(H, W, 3) float32 R'G'B' of soft colours."""
    rng = np.random.default_rng(seed)
    coarse = rng.random((height // 8, width // 8, 3), np.float32)
    fine = rng.normal(0, 0.02, (height, width, 3)).astype(np.float32)
    return (np.kron(coarse, np.ones((8, 8, 1), np.float32)) + fine).clip(0, 1)


@pytest.fixture(scope="module")
def pair():
    return picture(1), picture(2)


@pytest.fixture(scope="module")
def measured(pair):
    return compare(*map(Seen.of, pair))


def test_differences_are_those_of_scikit_image(pair, measured):
    lab, true = (rgb2lab(rgb.astype(np.float64)) for rgb in pair)
    swapped = np.dstack([true[..., :1], lab[..., 1:]])
    assert measured["de"] == pytest.approx(deltaE_ciede2000(true, lab).mean(), abs=2e-3)
    assert measured["de_l"] == pytest.approx(deltaE_ciede2000(true, swapped).mean(), abs=2e-3)
    ab = (lab - true)[..., 1:]
    expected = 20 * np.log10(AB_PEAK / np.sqrt((ab**2).mean()))
    assert measured["ab_psnr"] == pytest.approx(expected, abs=1e-3)
    assert measured["drift"] == pytest.approx(np.linalg.norm(ab, axis=2).mean(), abs=2e-3)


def test_similarity_and_psnr_are_those_of_scikit_image(pair, measured):
    here, there = (np.rint(rgb * 255).astype(np.uint8) for rgb in pair)
    expected = structural_similarity(here, there, channel_axis=2)
    assert measured["ssim"] == pytest.approx(expected, abs=1e-9)
    assert measured["psnr"] == pytest.approx(peak_signal_noise_ratio(there, here))


@pytest.mark.filterwarnings("ignore:Conversion from CIE-LAB")
def test_what_colormnet_saves_has_the_true_lightness_and_is_cut_off(pair, measured):
    lab, true = map(rgb2lab, pair)
    swapped = np.dstack([true[..., :1], lab[..., 1:]])
    saved = (lab2rgb(swapped).clip(0, 1) * 255).astype(np.uint8)
    there = np.rint(pair[1] * 255).astype(np.uint8)
    expected = structural_similarity(saved, there, channel_axis=2)
    assert measured["cm_ssim"] == pytest.approx(expected, abs=1e-4)
    assert measured["cm_psnr_wrapped"] == pytest.approx(wrapped_psnr(saved, there), abs=1e-2)


def test_colorfulness_is_its_formula(pair, measured):
    r, g, b = np.moveaxis(pair[0].astype(np.float64) * 255, -1, 0)
    rg, yb = r - g, (r + g) / 2 - b
    expected = np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean())
    assert measured["colorfulness"] == pytest.approx(expected, rel=1e-5)


def test_errors_wrap_around_at_256():
    black = np.zeros((8, 8, 3), np.uint8)
    assert wrapped_psnr(black + 16, black) == EQUAL > psnr(black + 16, black)
    # 17 squared is 289: 33 is left of it.
    assert wrapped_psnr(black + 17, black) == pytest.approx(decibels(33, 255))
    assert wrapped_psnr(black + 5, black) == pytest.approx(psnr(black + 5, black))
    assert wrapped_psnr(black, black + 5) == pytest.approx(psnr(black, black + 5))


def test_a_frame_against_itself_is_without_error():
    seen = Seen.of(picture(3))
    found = compare(seen, seen)
    assert found["de"] == found["de_l"] == found["drift"] == 0
    assert found["psnr"] == found["ab_psnr"] == found["psnr_wrapped"] == EQUAL
    assert found["ssim"] == pytest.approx(1)


def test_decibels_have_a_top():
    assert decibels(1e-12, 255) == EQUAL and decibels(1, 10) == pytest.approx(20)


def test_ssim_of_a_constant_shift_is_its_luminance_term():
    flat = np.full((16, 16, 1), 100, np.uint8)
    c1 = (0.01 * 255) ** 2
    expected = (2 * 100 * 120 + c1) / (100**2 + 120**2 + c1)
    assert ssim(flat, flat + 20) == pytest.approx(expected)


def test_own_colors_give_the_frame_back_and_others_keep_its_lightness():
    rgb = picture(4)
    seen = Seen.of(rgb)
    np.testing.assert_allclose(with_colors(seen, seen.ab), rgb, atol=1e-4)
    dull = Seen.of(with_colors(seen, seen.ab * np.float32(0.5)))
    assert (dull.lab[0] - seen.lab[0]).abs().max() < 0.1


class TestLpips:
    def test_what_is_missing_is_said(self, tmp_path, monkeypatch):
        monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
        said = lpips.find_lpips()
        assert isinstance(said, str) and "alexnet-owt-7be5be79.pth" in said

    def test_weights_at_hand_are_used(self, tmp_path, monkeypatch):
        from torchvision.models import squeezenet1_1

        monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
        (tmp_path / "checkpoints").mkdir()
        torch.manual_seed(0)
        random = squeezenet1_1(weights=None).state_dict()
        torch.save(random, tmp_path / "checkpoints/squeezenet1_1-b8a52dc0.pth")
        distance = lpips.find_lpips("squeeze")
        assert callable(distance)
        here, there = picture(5, 64, 64), picture(6, 64, 64)
        assert distance(here, here) == pytest.approx(0, abs=1e-6)
        assert distance(here, there) > 1e-3
