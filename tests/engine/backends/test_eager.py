"""The eager backend against the plain network."""

import copy
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from kinemacolor.engine.backends.eager import EagerBackend
from kinemacolor.engine.backends.folding import fold_normalization
from kinemacolor.models.colorizer import Colorizer
from kinemacolor.models.weights import Loaded
from tests.models.variant_tester import networks, trained_a_little

# The largest repeat, deeper, what these are made of.
LARGE = ("kmhcnet_1", "kmhcnet_2", "kmhcnet_4", "kmhcnet_5", "kmhcnet_8", "kmhcnet_10")
NETWORKS = [
    pytest.param(name, marks=pytest.mark.slow if name in LARGE else ()) for name in networks()
]


@pytest.fixture(scope="module", params=NETWORKS)
def name(request):
    return request.param


# Normalisations after an activation, or of what is no convolution's: nothing to fold into.
NORMALIZED_LATER = {
    "landscape_autoencoder": 3,
    "landscape_unet": 3,
    "eccv16": 7,
    "siggraph17": 9,
    "ddcolor_tiny": 6,
}


@pytest.fixture(scope="module")
def any_network(name):
    """Made once for both tests, which leave it as it is."""
    return trained_a_little(name)


@pytest.fixture(scope="module")
def kinema():
    """Made once for all tests, which leave it as it is."""
    return trained_a_little("kinema")


class TestEveryNetwork:
    def test_folding_changes_nothing_but_the_work(self, name, any_network):
        network = any_network
        folded = fold_normalization(copy.deepcopy(network))
        norms = [m for m in folded.modules() if isinstance(m, nn.BatchNorm2d)]
        assert len(norms) == NORMALIZED_LATER.get(name, 0)
        x = torch.rand(1, 1, 64, 96) * 100
        with torch.inference_mode():
            torch.testing.assert_close(folded(x), network(x), atol=2e-3, rtol=1e-4)

    def test_bfloat16_gives_nearly_the_same_colors(self, name, any_network, monkeypatch):
        monkeypatch.setattr("kinemacolor.engine.backends.eager.quick_bfloat16", lambda _: True)
        network = any_network
        loaded = Loaded(partial(copy.deepcopy, network), name, "0" * 64, {})
        backend = EagerBackend(loaded, torch.device("cpu"))
        x = torch.rand(1, 1, 64, 96) * 100
        with torch.inference_mode():
            plain = network(x)[0].permute(1, 2, 0).numpy()
        (got,) = backend([x[0, 0].numpy()])
        assert got.dtype == np.float32
        # 152 layers of untrained weights lose 2.2 % to rounding, as under torch's own autocast.
        assert np.abs(got - plain).mean() < 0.03 * np.abs(plain).max()


def test_folding_sees_an_activation_in_place():
    """Convolution, ReLU, normalisation: the ReLU's result is the convolution's own tensor."""

    class InPlace(Colorizer):
        def __init__(self):
            super().__init__()
            self.layers = nn.Sequential(
                nn.Conv2d(1, 2, 1), nn.ReLU(inplace=True), nn.BatchNorm2d(2), nn.Conv2d(2, 2, 1)
            )

        def forward(self, lightness, hints=None):
            return self.layers(lightness - 50)

    network = InPlace().eval()
    network.layers[2].running_mean += 5
    x = torch.rand(1, 1, 8, 8) * 100
    with torch.inference_mode():
        torch.testing.assert_close(fold_normalization(copy.deepcopy(network))(x), network(x))


class TestEagerBackend:
    @pytest.fixture
    def backend(self, kinema):
        loaded = Loaded(partial(copy.deepcopy, kinema), "kinema", "0" * 64, {})
        return EagerBackend(loaded, torch.device("cpu"))

    @pytest.fixture
    def pictures(self):
        rng = np.random.default_rng(0)
        return [rng.uniform(0, 100, (64, 96)).astype(np.float32) for _ in range(5)]

    def test_equals_the_network(self, kinema, backend, pictures):
        with torch.inference_mode():
            plain = kinema(torch.from_numpy(pictures[0])[None, None])[0].permute(1, 2, 0)
        got = backend(pictures[:1])[0]
        assert got.shape == (64, 96, 2) and got.dtype == np.float32
        tolerance = 1e-3 if backend.dtype == torch.float32 else 0.03 * float(plain.abs().max())
        assert np.abs(got - plain.numpy()).mean() < tolerance

    def test_colors_do_not_depend_on_company_or_threads(self, backend, pictures):
        alone = [backend([picture])[0] for picture in pictures]
        together = backend(pictures)
        with ThreadPoolExecutor(3) as pool:
            threaded = list(pool.map(lambda p: backend([p])[0], pictures))
        for a, b, c in zip(alone, together, threaded, strict=True):
            assert np.array_equal(a, b) and np.array_equal(a, c)
