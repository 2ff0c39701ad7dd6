"""The preview's networks: the colours of the engine's own, and how sure they are of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kinemacolor.engine.backends.eager import EagerBackend
from kinemacolor.engine.preview import networks
from kinemacolor.engine.preview.networks import PreviewNetwork
from kinemacolor.engine.settings import Settings
from kinemacolor.models.distribution import expected_error
from kinemacolor.models.weights import Loaded, load
from tests.engine.tint import Tint, photo


def planes(count):
    return [photo(64, 96, seed).astype(np.float32) / 2.55 for seed in range(count)]


def test_colors_are_the_backends_and_uncertainty_the_networks():
    network = PreviewNetwork(Settings(device="cpu", precision="fp32"))
    listener = network.for_picture("film")
    some = planes(3)
    found = listener(some)
    loaded = load("kinema")
    plain = EagerBackend(loaded, torch.device("cpu"), "fp32")
    for ours, theirs in zip(found, plain(some), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    model = loaded.network()
    with torch.inference_mode():
        for plane in some:
            error = expected_error(
                model.predict(torch.from_numpy(plane)[None, None]), model.palette
            )
            assert listener.uncertainty(plane * 2) == pytest.approx(float(error.mean()), rel=1e-3)


def test_the_same_picture_is_colored_once(monkeypatch):
    tint = Tint()
    monkeypatch.setattr(networks, "load", lambda _: Loaded(lambda: tint, "tint", "0" * 64, {}))
    network = PreviewNetwork(Settings(device="cpu", precision="fp32"))
    tint.sizes.clear()
    first, second = network.for_picture("film"), network.for_picture("film")
    some = planes(2)
    ab = first(some[:1])
    again = second(some)
    assert len(tint.sizes) == 2
    np.testing.assert_array_equal(again[0], ab[0])
    assert (first.pictures, second.pictures) == (1, 1)
    assert second.uncertainty(some[0]) is None  # it does not tell
