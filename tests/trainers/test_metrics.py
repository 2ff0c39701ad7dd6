"""Measures against scikit-image and against numbers worked out by hand."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import deltaE_ciede2000
from skimage.metrics import peak_signal_noise_ratio

from trainers.metrics import ciede2000, colourfulness, psnr

colours = st.tuples(st.floats(0, 100), st.floats(-110, 110), st.floats(-110, 110))


def plane(*lab: float) -> torch.Tensor:
    return torch.tensor(lab, dtype=torch.float64).view(3, 1, 1)


# From table 1 of Sharma, Wu and Dalal (2005): pairs that catch usual mistakes.
SHARMA = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
    ((50, 2.4900, -0.0010), (50, -2.4900, 0.0011), 7.2195),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ((50, 0, 0), (50, -1, 2), 2.3669),
]


@pytest.mark.parametrize(("one", "other", "difference"), SHARMA)
def test_ciede2000_of_the_authors_pairs(one, other, difference):
    assert ciede2000(plane(*one), plane(*other)).item() == pytest.approx(difference, abs=1e-4)


@settings(deadline=None, max_examples=100)
@given(one=colours, other=colours)
def test_ciede2000_equals_scikit_image(one, other):
    ours = ciede2000(plane(*one), plane(*other)).item()
    assert ours == pytest.approx(float(deltaE_ciede2000(one, other)), abs=1e-6)
    assert ours == pytest.approx(ciede2000(plane(*other), plane(*one)).item(), abs=1e-9)


def test_colourfulness_by_hand():
    grey = torch.rand(1, 8, 8).expand(3, 8, 8)
    assert colourfulness(grey).item() == pytest.approx(0, abs=1e-4)
    red_and_cyan = torch.zeros(3, 1, 2)
    red_and_cyan[0, 0, 0] = red_and_cyan[1, 0, 1] = red_and_cyan[2, 0, 1] = 1
    # rg = 255, -255: deviation 255, mean 0; yb = 127.5, -127.5: deviation 127.5, mean 0.
    assert colourfulness(red_and_cyan).item() == pytest.approx(np.hypot(255, 127.5), rel=1e-5)


def test_psnr_equals_scikit_image():
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 3, 16, 16))
    ours = psnr(torch.from_numpy(a), torch.from_numpy(b)).item()
    assert ours == pytest.approx(peak_signal_noise_ratio(a, b, data_range=1))
