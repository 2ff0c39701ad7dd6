"""The protocol: a perfect guess, a grey guess, and a known cast."""

import cv2
import numpy as np
import pytest
import torch
from skimage.color import deltaE_ciede2000, rgb2lab

from trainers.evaluation import centre_lab, evaluate, table
from trainers.photos import find_photos


@pytest.fixture
def photos(photo_folder):
    return [p for p in find_photos(photo_folder) if p.stem.isdigit()]


def test_grey_scores_what_scikit_image_says(photos):
    scores = evaluate(lambda x, _: torch.zeros(len(x), 2, 256, 256), photos, batch=3)
    expected = []
    for path in photos:
        rgb = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        rgb = cv2.resize(
            rgb, (round(256 * rgb.shape[1] / rgb.shape[0]), 256), interpolation=cv2.INTER_CUBIC
        )
        left = (rgb.shape[1] - 256) // 2
        lab = rgb2lab(rgb[:, left : left + 256])
        expected.append(deltaE_ciede2000(lab, lab * [1, 0, 0]).mean())
    assert scores.ciede2000 == pytest.approx(np.mean(expected), abs=0.01)
    assert scores.ratio == 1 and scores.colourfulness == pytest.approx(0, abs=0.01)
    assert scores.psnr == scores.psnr_grey and scores.photos == 7
    assert "ratio to grey" in table(scores)


def test_the_truth_scores_perfectly(photos):
    answers = iter([centre_lab(p)[None, 1:] for p in photos])
    scores = evaluate(lambda *_: next(answers), photos, batch=1)
    assert scores.ciede2000 == 0 and scores.ssim == pytest.approx(1)
    assert scores.colourfulness == pytest.approx(scores.colourfulness_true)


def test_a_cast_is_seen(photos):
    answers = iter(
        [centre_lab(p)[None, 1:] + torch.tensor([3.0, -2.0]).view(2, 1, 1) for p in photos]
    )
    scores = evaluate(lambda *_: next(answers), photos, batch=1)
    assert scores.bias_a == pytest.approx(3, abs=1e-3)
    assert scores.bias_b == pytest.approx(-2, abs=1e-3)
    assert scores.ab_error == pytest.approx(13**0.5, abs=1e-3)


def test_batches_do_not_change_scores(photos):
    def guess(lightness, hints):
        return torch.cat([lightness - 50, 50 - lightness], dim=1) / 3

    one, many = (evaluate(guess, photos, batch=n).to_dict() for n in (1, 4))
    assert one == pytest.approx(many, rel=1e-5)
