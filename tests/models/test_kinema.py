"""The default network: its budget, its hints, what it starts from."""

import copy
import math

import pytest
import torch

from kinemacolor.models.catalog import build, variant
from kinemacolor.models.colorizer import Hints
from kinemacolor.models.cost import cost
from kinemacolor.models.distribution import expected_error
from kinemacolor.models.hint_spread import spread, spread_where_given
from kinemacolor.models.kinema import livened


@pytest.fixture(scope="module")
def network():
    """Built once for all tests, which leave it as it is."""
    torch.manual_seed(0)
    return build("kinema")


@pytest.fixture(scope="module")
def lightness():
    return torch.rand(1, 1, 64, 96) * 100


def one_hint(lightness, ab):
    hints = Hints(torch.zeros(1, 2, *lightness.shape[-2:]), torch.zeros_like(lightness))
    hints.ab[0, :, 20, 30] = torch.tensor(ab)
    hints.mask[0, 0, 20, 30] = 1
    return hints


def test_it_stays_within_a_laptops_budget():
    found = cost(variant("kinema"))
    assert found.flops <= 12e9
    assert found.parameters * 2 <= 30e6  # bytes at half precision


def test_without_hints_is_with_an_empty_mask(network, lightness):
    empty = Hints(torch.zeros(1, 2, 64, 96), torch.zeros_like(lightness))
    with torch.inference_mode():
        assert torch.equal(network(lightness), network(lightness, empty))


def test_the_untrained_network_leans_towards_the_hints_color(network, lightness):
    """The gate to given colours is ajar from the start."""
    hints = one_hint(lightness, (40.0, -30.0))
    with torch.inference_mode():
        plain, guided = network(lightness), network(lightness, hints)
    aim = spread(lightness, hints)
    before, after = ((ab - aim).norm(dim=1).mean() for ab in (plain, guided))
    assert after < before


def test_given_colors_are_kept(network):
    """Whatever the weights: what the network misses at hinted pixels is made good there."""
    torch.manual_seed(1)
    coarse = torch.rand(1, 1, 5, 7) * 100
    lightness = torch.nn.functional.interpolate(coarse, (64, 96), mode="bicubic").clamp(0, 100)
    network = copy.deepcopy(network)
    torch.nn.init.normal_(network.colours.weight)
    torch.nn.init.normal_(network.mixing[-1].weight, std=0.05)
    mask = (torch.rand_like(lightness) < 0.005).float()
    true = torch.stack([lightness - 50, 50 - lightness], dim=1)[:, :, 0] / 2
    with torch.inference_mode():
        ab = network(lightness, Hints(true * mask, mask))
    missed = ((ab - true).norm(dim=1, keepdim=True) * mask).sum() / mask.sum()
    assert mask.sum() > 10 and missed < 2


def test_attention_adds_nothing_at_first(network):
    x = torch.randn(1, 352, 2, 3)
    with torch.inference_mode():
        assert torch.equal(network.attention[0](x), x)


def lively(network, vividness, gamma=1.0):
    torch.manual_seed(0)
    network = copy.deepcopy(network)
    torch.nn.init.normal_(network.colours.weight)
    network.vividness.fill_(vividness)
    network.chroma_gamma.fill_(gamma)
    return network


def test_chroma_is_livened_and_hue_kept():
    ab = torch.tensor([[3.0, 4.0], [-9.0, 12.0], [30.0, -40.0], [0.0, 0.0]]).T[None, :, None]
    found = livened(ab, 1.5, 1.2)[0, :, 0].T
    for (a, b), (x, y) in zip(ab[0, :, 0].T.tolist(), found.tolist(), strict=True):
        chroma = math.hypot(a, b)
        assert math.hypot(x, y) == pytest.approx(1.5 * 15 * (chroma / 15) ** 1.2, abs=1e-4)
        assert math.atan2(y, x) == pytest.approx(math.atan2(b, a))
    assert torch.equal(livened(ab, 1.0, 1.0), ab)


@pytest.mark.parametrize("gamma", [1.0, 1.3])
def test_what_is_given_is_not_livened(network, lightness, gamma):
    hints = one_hint(lightness, (40.0, -30.0))
    plain, vivid = lively(network, 1.0), lively(network, 1.5, gamma)
    with torch.inference_mode():
        if gamma == 1:
            assert torch.allclose(vivid(lightness), 1.5 * plain(lightness), atol=1e-3)
        given = [one(lightness, hints)[0, :, 20, 30] for one in (plain, vivid)]
    known = hints.ab[0, :, 20, 30]
    assert all((ab - known).norm() < 0.2 * known.norm() for ab in given)


def test_the_more_is_given_the_less_is_livened(network, lightness):
    plain, vivid = lively(network, 1.0), lively(network, 1.5)
    distances = []
    for count in (0, 1, 40):
        mask = torch.zeros_like(lightness)
        places = torch.arange(count) * (mask.numel() // 41)
        mask.view(-1)[places] = 1
        hints = Hints(20 * mask.repeat(1, 2, 1, 1), mask) if count else None
        with torch.inference_mode():
            distances.append((vivid(lightness, hints) - plain(lightness, hints)).abs().mean())
    assert distances[0] > 2 * distances[1] > 4 * distances[2]


def test_training_sees_no_vividness(network, lightness):
    plain, vivid = lively(network, 1.0).train(), lively(network, 1.5, 1.3).train()
    for one in (plain, vivid):
        for layer in one.modules():
            if isinstance(layer, torch.nn.BatchNorm2d):
                layer.eval()
    with torch.no_grad():
        assert torch.equal(plain(lightness), vivid(lightness))


def test_weights_of_before_are_as_they_were(network, lightness):
    added = ("vividness", "chroma_gamma")
    state = {name: value for name, value in network.state_dict().items() if name not in added}
    younger = lively(network, 1.5, 1.3)
    younger.load_state_dict(state)
    assert younger.vividness == younger.chroma_gamma == 1


def test_it_says_how_sure_it_is_of_every_pixel(network, lightness):
    with torch.inference_mode():
        prediction = network.predict(lightness)
        error = expected_error(prediction, network.palette)
    assert torch.equal(prediction.ab, network(lightness))
    assert error.shape == lightness.shape and error.isfinite().all() and (error > 0).all()


def test_pictures_of_a_batch_without_hints_cost_nothing_and_change_nothing(lightness):
    one = one_hint(lightness, (30.0, -20.0))
    none = Hints(torch.zeros_like(one.ab), torch.zeros_like(one.mask))
    both = Hints(torch.cat([none.ab, one.ab]), torch.cat([none.mask, one.mask]))
    found = spread_where_given(lightness.repeat(2, 1, 1, 1), both)
    assert torch.allclose(found, spread(lightness.repeat(2, 1, 1, 1), both))
    assert not spread_where_given(lightness, none).any()
