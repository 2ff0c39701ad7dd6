"""The appearance encoder sees what the network that it was taken out of sees."""

from __future__ import annotations

import torch
from safetensors.torch import save_file

from kinemacolor.models import appearance
from kinemacolor.models.appearance import Appearance, shipped
from kinemacolor.models.kinema import Kinema
from kinemacolor.trainers.appearance import taken_from


def test_its_features_are_the_networks(tmp_path, monkeypatch):
    torch.manual_seed(0)
    network = Kinema().train()
    with torch.no_grad():
        for _ in range(2):  # statistics that do something
            network(torch.rand(2, 1, 64, 64) * 100)
    network.eval()
    network.load_state_dict({k: v.half().to(v.dtype) for k, v in network.state_dict().items()})
    monkeypatch.setattr(appearance, "WEIGHTS", tmp_path / "appearance.safetensors")
    save_file(taken_from(network), appearance.WEIGHTS)
    lightness = torch.rand(2, 1, 64, 96) * 100
    with torch.inference_mode():
        ours = shipped()(lightness)
        hints = torch.zeros(2, 3, 64, 96)
        theirs = network.encoder(torch.cat([(lightness / 100 - 0.498) / 0.502, hints], dim=1))
    assert [tuple(planes.shape) for planes in ours] == [
        (2, 24, 16, 24),
        (2, 48, 8, 12),
        (2, 120, 4, 6),
    ]
    for mine, other in zip(ours, theirs[2:5], strict=True):
        torch.testing.assert_close(mine, other, atol=1e-4, rtol=1e-4)


def test_the_shipped_one_tells_pictures_apart():
    torch.manual_seed(0)
    encoder = shipped()
    assert not encoder.training
    assert sum(p.numel() for p in Appearance().parameters()) < 1.3e6
    with torch.inference_mode():
        dark, light = (encoder(torch.full((1, 1, 64, 64), value)) for value in (20.0, 80.0))
    assert all((a - b).abs().mean() > 0.05 for a, b in zip(dark, light, strict=True))
