"""Y'CbCr against the standards' own numbers, and the chroma solver against its definition."""

import numpy as np
import pytest
import torch
from skimage.color import rgb2lab, rgb2ycbcr

from kinemacolor.models.color.encoding import YCbCrEncoding
from kinemacolor.models.color.lab import srgb_to_lab
from kinemacolor.models.color.ycbcr import (
    chroma_for_ab,
    lightness_of_luma,
    rgb_to_ycbcr,
    ycbcr_to_rgb,
)

ENCODINGS = [
    YCbCrEncoding(matrix, full_range=full, depth=depth)
    for matrix in ("bt601", "bt709", "bt2020")
    for full in (False, True)
    for depth in (8, 10, 16)
]


def test_bt601_equals_scikit_image():
    rgb = np.random.default_rng(0).random((20, 20, 3))
    ours = rgb_to_ycbcr(torch.from_numpy(rgb).movedim(-1, 0), YCbCrEncoding("bt601"))
    np.testing.assert_allclose(ours.movedim(0, -1).numpy(), rgb2ycbcr(rgb), atol=0.01)


def test_bt709_primaries_at_8_bits():
    """The codes of 75 % colour bars that every video engineer knows (limited range)."""
    bars = torch.tensor([[0.75, 0, 0], [0, 0.75, 0], [0, 0, 0.75]]).T.view(3, 1, 3)
    codes = rgb_to_ycbcr(bars.double(), YCbCrEncoding("bt709")).round().view(3, 3).T.tolist()
    assert codes == [[51, 109, 212], [133, 63, 52], [28, 212, 120]]


@pytest.mark.parametrize("encoding", ENCODINGS, ids=str)
def test_there_and_back(encoding):
    rgb = torch.rand(3, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(ycbcr_to_rgb(rgb_to_ycbcr(rgb, encoding), encoding), rgb)


@pytest.mark.parametrize("encoding", ENCODINGS, ids=str)
def test_lightness_of_luma_covers_black_to_white(encoding):
    table = lightness_of_luma(encoding)
    black, span = encoding.luma_scale
    assert table.shape == (1 << encoding.depth,)
    assert table[int(black)] == 0 and abs(table[int(black + span)] - 100) < 1e-3
    assert (table.diff() >= 0).all()


@pytest.mark.parametrize("matrix", ["bt601", "bt709", "bt2020"])
def test_chroma_gives_the_wanted_ab(matrix):
    """In gamut the decoded colour has the wanted ab, and the luma is what it was."""
    encoding = YCbCrEncoding(matrix, full_range=True)
    rgb = torch.rand(3, 24, 24, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    kr_kg_kb = rgb_to_ycbcr(rgb, encoding)[:1] / 255
    ab = srgb_to_lab(rgb)[1:]
    chroma = chroma_for_ab(kr_kg_kb, ab, encoding)
    planes = torch.cat([kr_kg_kb * 255, chroma * 255 + 128])
    decoded = ycbcr_to_rgb(planes, encoding).movedim(0, -1).numpy()
    reference = rgb2lab(decoded.clip(0, 1))[..., 1:]
    assert np.abs(reference - ab.movedim(0, -1).numpy()).mean() < 0.05


def test_chroma_out_of_gamut_keeps_hue():
    y = torch.full((1, 1, 72), 0.5, dtype=torch.float64)
    hue = torch.arange(72, dtype=torch.float64) * torch.pi / 36
    ab = 150 * torch.stack([hue.cos(), hue.sin()]).view(2, 1, 72)
    encoding = YCbCrEncoding("bt709", full_range=True)
    chroma = chroma_for_ab(y, ab, encoding)
    rgb = ycbcr_to_rgb(torch.cat([y * 255, chroma * 255 + 128]), encoding)
    assert rgb.min() > -2e-3 and rgb.max() < 1 + 2e-3
    got = srgb_to_lab(rgb)[1:]
    off = torch.atan2(got[1], got[0]) - torch.atan2(ab[1], ab[0])
    off = (off + torch.pi) % (2 * torch.pi) - torch.pi
    assert off.abs().max() < 0.05


@pytest.mark.parametrize("bad", [{"matrix": "bt470"}, {"primaries": "p3"}, {"depth": 7}])
def test_unknown_encodings_are_refused(bad):
    with pytest.raises(ValueError, match=str(next(iter(bad.values())))):
        YCbCrEncoding(**bad)
