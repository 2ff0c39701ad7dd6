"""The learned metric: cells of pictures as vectors whose cosines are similarities."""

import pytest
import torch

from kinemacolor.models.metric import (
    GROUPS,
    WEIGHTS,
    cells_of,
    joined,
    projected,
    shipped_head,
    statistics_of,
    tone_of,
)


def features(seed=0):
    rng = torch.Generator().manual_seed(seed)
    sizes = (24, 12, 16), (48, 6, 8), (120, 3, 4)
    return cells_of(*(torch.randn(size, generator=rng) for size in sizes))


def test_cells_have_features_of_every_kind():
    assert [tuple(x.shape) for x in features()] == [(48, channels) for channels in GROUPS]


def test_surroundings_are_means_of_three_by_three_cells():
    eighth = torch.zeros(48, 6, 8)
    eighth[0, 2, 3] = 9
    around = cells_of(torch.zeros(24, 12, 16), eighth, torch.zeros(120, 3, 4))[2]
    expected = torch.zeros(6, 8)
    expected[1:4, 2:5] = 1
    torch.testing.assert_close(around[:, 0].reshape(6, 8), expected)


def test_tone_tells_light_from_dark_and_plain_from_textured():
    lightness = torch.full((16, 16), 90.0)
    lightness[8:] = 10
    lightness[::2, 8:] += 10
    tone = tone_of(lightness, (2, 2))
    torch.testing.assert_close(tone.norm(dim=1), torch.ones(4))
    assert tone[0, 0] > 0.4 > -0.4 > tone[2, 0] and (tone[1::2, 1] > tone[::2, 1]).all()


def test_joined_kinds_count_alike():
    seen = features()
    tone = tone_of(torch.rand(48, 64) * 100, (6, 8))
    whole = joined(seen, tone, statistics_of(seen))
    torch.testing.assert_close(whole.norm(dim=1), torch.ones(48))
    for part in whole.split([*GROUPS, 3], 1):
        torch.testing.assert_close(part.square().sum(1), torch.full((48,), 1 / 6))
    # Of a picture itself, neither scale nor offset of a channel matters.
    scaled = [3 * x + 2 for x in seen]
    other = joined(scaled, tone, statistics_of(scaled))
    torch.testing.assert_close(other, whole, atol=5e-3, rtol=0)


def test_shipped_head_is_small_and_makes_unit_vectors():
    head = shipped_head()
    assert WEIGHTS.stat().st_size < 200_000 and WEIGHTS.with_suffix(".md").is_file()
    seen = features()
    whole = joined(seen, tone_of(torch.rand(48, 64) * 100, (6, 8)), statistics_of(seen))
    found = projected(whole, head)
    assert found.shape == (48, head.shape[1])
    assert found.norm(dim=1).tolist() == pytest.approx([1] * 48, abs=1e-5)
