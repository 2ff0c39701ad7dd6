"""Weights keep what they are, bit for bit, and say what is wrong with bad files."""

import copy

import pytest
import torch
from safetensors.torch import save_file

from kinemacolor.models import weights
from kinemacolor.models.catalog import build


@pytest.fixture(scope="module")
def network():
    """Built once for all tests, which leave it as it is."""
    torch.manual_seed(0)
    return build("kinema")


def test_save_load_predict_is_bit_identical(network, tmp_path):
    path = tmp_path / "w.safetensors"
    weights.save(network, path, "kinema", metadata={"data": "none"})
    loaded = weights.load(path)
    x = torch.rand(1, 1, 64, 64) * 100
    with torch.inference_mode():
        assert torch.equal(network(x), loaded.network()(x))
    assert loaded.variant == "kinema" and loaded.metadata == {"data": "none"}
    assert not list(tmp_path.glob(".*"))


def test_half_precision_halves_the_file_and_hardly_moves_colors(network, tmp_path):
    whole, half = tmp_path / "whole.safetensors", tmp_path / "half.safetensors"
    weights.save(network, whole, "kinema")
    weights.save(network, half, "kinema", half=True)
    assert half.stat().st_size < 0.55 * whole.stat().st_size
    x = torch.rand(1, 1, 64, 64) * 100
    with torch.inference_mode():
        difference = weights.load(half).network()(x) - network(x)
    assert difference.abs().mean() < 0.2


def test_half_precision_leaves_what_is_too_large_for_it(network, tmp_path):
    other, path = copy.deepcopy(network), tmp_path / "w.safetensors"
    norm = other.blocks[0].mix[1]
    norm.running_var.fill_(1e5)
    weights.save(other, path, "kinema", half=True)
    assert weights.load(path).network().blocks[0].mix[1].running_var.max() == 1e5


def test_digest_changes_with_the_weights(network, tmp_path):
    path = tmp_path / "w.safetensors"
    weights.save(network, path, "kinema")
    before = weights.load(path).digest
    other = copy.deepcopy(network)
    with torch.no_grad():
        other.colours.bias += 1
    weights.save(other, path, "kinema")
    assert weights.load(path).digest != before


def test_bad_files(network, tmp_path):
    with pytest.raises(weights.WeightsError, match="neither a network nor a weights file"):
        weights.load("nothing-here")
    text = tmp_path / "text.safetensors"
    text.write_text("not weights")
    with pytest.raises(weights.WeightsError, match="is not a weights file"):
        weights.load(text)
    alien = tmp_path / "alien.safetensors"
    weights.save(network, alien, "alien")
    with pytest.raises(weights.WeightsError, match="unknown network 'alien'"):
        weights.load(alien)
    other = tmp_path / "other.safetensors"
    weights.save(network, other, "msau_net")
    with pytest.raises(weights.WeightsError, match="does not fit network 'msau_net'"):
        weights.load(other).network()


def test_every_call_builds_a_network_of_its_own(network, tmp_path):
    path = tmp_path / "w.safetensors"
    weights.save(network, path, "kinema", half=True)
    loaded = weights.load(path)
    one, other = loaded.network(), loaded.network()
    assert one.colours.weight.dtype == torch.float32
    with torch.no_grad():
        one.colours.weight.add_(1)
    assert not torch.equal(one.colours.weight, other.colours.weight)
    assert torch.equal(other.colours.weight, loaded.network().colours.weight)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(network, tmp_path, value):
    other, path = copy.deepcopy(network), tmp_path / "diverged.safetensors"
    with torch.no_grad():
        other.colours.bias[3] = value
    weights.save(other, path, "kinema")
    with pytest.raises(weights.WeightsError, match=r"no numbers .*colours\.bias"):
        weights.load(path)


@pytest.mark.parametrize("metadata", ["{", "[1, 2]"])
def test_metadata_that_is_no_json_object_is_told(network, tmp_path, metadata):
    path = tmp_path / "odd.safetensors"
    save_file(network.state_dict(), path, metadata={"variant": "kinema", "metadata": metadata})
    with pytest.raises(weights.WeightsError, match="is a damaged safetensors file"):
        weights.load(path)
