"""Every variant keeps the contract."""

import pytest
import torch

from models.catalog import CATALOG, build, variant
from models.colorizer import Hints


@pytest.mark.parametrize("name", CATALOG)
class TestVariant:
    def test_shapes(self, name):
        network = build(name)
        for height, width in ((64, 96), (96, 64)):
            with torch.inference_mode():
                ab = network(torch.rand(2, 1, height, width) * 100)
            assert ab.shape == (2, 2, height, width) and ab.isfinite().all()

    def test_size_multiple(self, name):
        network = build(name)
        with pytest.raises(ValueError, match=str(network.size_multiple)):
            network(torch.zeros(1, 1, network.size_multiple + 1, network.size_multiple))

    def test_learns_a_few_pictures(self, name):
        torch.manual_seed(0)
        network = build(name).train()
        lightness = torch.rand(4, 1, 64, 64) * 100
        true = torch.cat([lightness - 50, 50 - lightness], dim=1) / 2
        optimizer = torch.optim.AdamW(network.parameters(), 2e-3)
        losses = []
        for _ in range(30):
            loss = (network(lightness) - true).abs().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        assert losses[-1] < 0.7 * losses[0]


def test_kinema_uses_hints_once_it_has_learnt_to():
    network = build("kinema")
    lightness = torch.rand(1, 1, 64, 64) * 100
    hints = Hints(torch.full((1, 2, 64, 64), 40.0), torch.ones(1, 1, 64, 64))
    none = Hints(torch.zeros(1, 2, 64, 64), torch.zeros(1, 1, 64, 64))
    with torch.inference_mode():
        plain = network(lightness)
        assert torch.equal(plain, network(lightness, none))
        assert not torch.equal(plain, network(lightness, hints))


def test_unknown_variant_lists_the_known():
    with pytest.raises(KeyError, match="kinema"):
        variant("nonsense")
