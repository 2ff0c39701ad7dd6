"""The eager backend against the plain network."""

import copy
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import nn

from engine.backends.eager import EagerBackend, pick_device
from engine.backends.folding import fold_batch_norm
from engine.errors import KinemacolorError
from models.catalog import CATALOG, build
from models.weights import Loaded


def trained_a_little(name: str):
    """A network whose normalisations are not the identity they start as."""
    torch.manual_seed(0)
    network = build(name).train()
    for _ in range(2):
        network(torch.rand(4, 1, 64, 64) * 100)
    return network.eval()


@pytest.mark.parametrize("name", CATALOG)
def test_folding_changes_nothing_but_the_work(name):
    network = trained_a_little(name)
    folded = fold_batch_norm(copy.deepcopy(network))
    assert not any(isinstance(m, nn.BatchNorm2d) for m in folded.modules())
    x = torch.rand(1, 1, 64, 96) * 100
    with torch.inference_mode():
        torch.testing.assert_close(folded(x), network(x), atol=1e-3, rtol=1e-4)


class TestEagerBackend:
    @pytest.fixture
    def network(self):
        return trained_a_little("kinema")

    @pytest.fixture
    def backend(self, network):
        loaded = Loaded(copy.deepcopy(network), "kinema", "0" * 64, {})
        return EagerBackend(loaded, torch.device("cpu"))

    @pytest.fixture
    def pictures(self):
        rng = np.random.default_rng(0)
        return [rng.uniform(0, 100, (64, 96)).astype(np.float32) for _ in range(5)]

    def test_equals_the_network(self, network, backend, pictures):
        with torch.inference_mode():
            plain = network(torch.from_numpy(pictures[0])[None, None])[0].permute(1, 2, 0)
        got = backend(pictures[:1])[0]
        assert got.shape == (64, 96, 2) and got.dtype == np.float32
        tolerance = 1e-3 if backend.dtype == torch.float32 else 0.03 * float(plain.abs().max())
        assert np.abs(got - plain.numpy()).mean() < tolerance

    def test_colours_do_not_depend_on_company_or_threads(self, backend, pictures):
        alone = [backend([picture])[0] for picture in pictures]
        together = backend(pictures)
        with ThreadPoolExecutor(3) as pool:
            threaded = list(pool.map(lambda p: backend([p])[0], pictures))
        for a, b, c in zip(alone, together, threaded, strict=True):
            assert np.array_equal(a, b) and np.array_equal(a, c)

    def test_out_of_memory_on_the_cpu_is_told(self, backend, pictures, monkeypatch):
        def full(*_):
            raise torch.OutOfMemoryError

        monkeypatch.setattr(backend, "_colour", full)
        with pytest.raises(MemoryError, match="even on the CPU"):
            backend(pictures)


class TestRetreat:
    """Running out of GPU memory, played with a backend that only says that it is on one."""

    @pytest.fixture
    def backend(self, monkeypatch):
        loaded = Loaded(trained_a_little("kinema"), "kinema", "0" * 64, {})
        backend = EagerBackend(loaded, torch.device("cpu"))
        backend.device, backend.batch = torch.device("cuda"), 8
        monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
        return backend

    def test_smaller_batches_then_the_cpu_and_never_grey(self, backend, monkeypatch, caplog):
        real = backend._colour

        def colour(pictures, batch):
            if backend.device.type == "cuda" and batch > fits:
                raise torch.OutOfMemoryError
            return real(pictures, batch) if backend.device.type == "cpu" else list(pictures)

        monkeypatch.setattr(backend, "_colour", colour)
        fits = 2
        pictures = [np.full((32, 32), float(i), np.float32) for i in range(5)]
        got = backend(pictures)
        assert backend.batch == 2 and [g[0, 0] for g in got] == [0, 1, 2, 3, 4]
        fits = 0
        got = backend(pictures)
        assert backend.device.type == "cpu" and all(g.shape == (32, 32, 2) for g in got)
        assert "going on with the CPU" in caplog.text


def test_absent_cuda_is_one_line():
    if torch.cuda.is_available():
        assert pick_device("auto").type == "cuda"
    else:
        assert pick_device("auto").type == "cpu"
    with pytest.raises(KinemacolorError, match="no such CUDA device"):
        pick_device("cuda:99")
