"""Devices by the names that users give them."""

from __future__ import annotations

import pytest
import torch

from kinemacolor.models.device import pick_device
from kinemacolor.models.errors import KinemacolorError, SettingsError


@pytest.fixture(params=[0, 2])
def gpus(request, monkeypatch) -> int:
    """So many GPUs, which are made up."""
    monkeypatch.setattr(torch.cuda, "device_count", lambda: request.param)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: request.param > 0)
    return request.param


class TestPickDevice:
    def test_auto_is_a_gpu_where_there_is_one(self, gpus):
        assert pick_device("auto") == torch.device("cuda" if gpus else "cpu")

    def test_cpu_is_always_there(self, gpus):
        assert pick_device("cpu") == torch.device("cpu")

    @pytest.mark.parametrize(("name", "needed"), [("cuda", 1), ("cuda:1", 2), ("cuda:99", 100)])
    def test_cuda_is_there_or_an_error(self, gpus, name, needed):
        if gpus >= needed:
            assert pick_device(name) == torch.device(name)
            return
        with pytest.raises(KinemacolorError, match=f"--device {name}: .*no such CUDA") as caught:
            pick_device(name)
        assert not isinstance(caught.value, SettingsError)  # right usage, wrong machine

    @pytest.mark.parametrize("name", ["", "abacus", "tpu9", "cuda:", "cuda:x", "cuda:-1", "cpu:1"])
    def test_other_names_are_wrong_usage(self, name):
        with pytest.raises(SettingsError, match="is no device; use auto, cpu, cuda or cuda:N"):
            pick_device(name)
