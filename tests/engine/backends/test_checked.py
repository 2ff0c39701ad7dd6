"""What networks give is checked: colours that are no numbers, and memory that there is not."""

import numpy as np
import pytest
import torch

from kinemacolor.engine.backends.checked import NetworkError
from kinemacolor.engine.backends.eager import EagerBackend
from tests.engine.backends.doubles import small

PICTURES = [np.full((32, 32), float(i), np.float32) for i in range(5)]


@pytest.fixture
def backend():
    return EagerBackend(small(), torch.device("cpu"))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_colors_that_are_no_numbers_are_refused(backend, monkeypatch, value):
    backend.batch = 5

    def color(pictures):
        ab = np.zeros((len(pictures), 32, 32, 2), np.float32)
        ab[-1, 3, 4, 1] = value
        return list(ab)

    monkeypatch.setattr(backend, "_color", color)
    with pytest.raises(NetworkError, match="no numbers"):
        backend(PICTURES)


def test_out_of_memory_on_the_cpu_is_told(backend, monkeypatch):
    def full(*_):
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(backend, "_color", full)
    with pytest.raises(MemoryError, match="not enough memory"):
        backend(PICTURES)


class TestGpuOutOfMemory:
    @pytest.fixture
    def calls(self, backend, monkeypatch):
        """The sizes of batches that were tried, by a GPU that has room after so many failures."""
        backend.batch = 8
        monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
        tried = []

        def play(failures):
            def color(pictures):
                tried.append(len(pictures))
                if len(tried) <= failures:
                    raise torch.OutOfMemoryError
                return [np.ones((32, 32, 2), np.float32) for _ in pictures]

            monkeypatch.setattr(backend, "_color", color)
            return tried

        return play

    def test_the_same_is_computed_once_more(self, backend, calls):
        tried = calls(1)
        assert len(backend(PICTURES)) == 5
        assert tried == [5, 5] and backend.batch == 8

    def test_and_never_in_other_arithmetic(self, backend, calls):
        tried, device, dtype = calls(99), backend.device, backend.dtype
        with pytest.raises(NetworkError, match=r"GPU has too little memory.*--working-size"):
            backend(PICTURES)
        assert tried == [5, 5]
        assert (backend.batch, backend.device, backend.dtype) == (8, device, dtype)
