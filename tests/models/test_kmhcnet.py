"""KMHCNet's sixteen variants are nine networks; the table's parameters are theirs."""

import pytest
import torch

from kinemacolor.engine.backends.compiled import CompiledNetwork
from kinemacolor.engine.backends.inductor import Inductor
from kinemacolor.models import weights
from kinemacolor.models.catalog import build, variant
from tests.engine.backends.doubles import CPU, needs_compiler
from tests.models import variant_tester

NAMES = variant_tester.names("kmhcnet_")
NETWORKS = [name for name in variant_tester.networks() if name in NAMES]


def test_sixteen_variants_of_nine_networks():
    assert sorted(NAMES) == sorted(f"kmhcnet_{i}" for i in range(1, 17))
    assert len(NETWORKS) == 9


@pytest.mark.parametrize("name", NAMES)
def test_parameters_as_published(name):
    published = float(variant(name).published["parameters"].removesuffix(" M"))
    assert variant_tester.parameters(name) / 1e6 == pytest.approx(published, abs=0.005)


@pytest.mark.parametrize("name", NETWORKS)
def test_colors_two_sizes(name):
    variant_tester.colors_two_sizes(build(name))


def test_range_and_scale():
    """tanh * 128 of what the network says of (L* - 50) / 100."""
    network = build("kmhcnet_6")
    lightness = torch.rand(1, 1, 64, 64) * 100
    with torch.inference_mode():
        features = network.encoder((lightness - 50) / 100)
        expected = 128 * torch.tanh(network.head(network.decoder(features)))
        assert torch.equal(network(lightness), expected)


def test_efficientnet_keeps_no_unused_head():
    names = [name for name, _ in build("kmhcnet_7").named_parameters()]
    assert not any("_conv_head" in name or "encoder._bn1" in name for name in names)


@pytest.mark.parametrize("name", ["kmhcnet_5", "kmhcnet_9"])
def test_residual_scales_are_tensors_and_no_weights(name):
    network = build(name)
    scales = [m.scale for m in network.encoder.modules() if hasattr(m, "scale")]
    assert all(isinstance(scale, torch.Tensor) for scale in scales)
    found = {round(float(scale), 3) for scale in scales}
    assert found == {0.17, 0.1, 0.2, 1.0}  # Szegedy et al. 2016, as timm has them
    assert not any(key.endswith("scale") for key in network.state_dict())


@needs_compiler
@pytest.mark.slow
@pytest.mark.parametrize("name", ["kmhcnet_5", "kmhcnet_9"])
def test_inductor_keeps_residual_scales_apart(name, tmp_path, monkeypatch):
    monkeypatch.setenv("KINEMACOLOR_CACHE", str(tmp_path / "cache"))
    weights.save(variant_tester.trained_a_little(name), tmp_path / "w.safetensors", name)
    loaded = weights.load(tmp_path / "w.safetensors")
    form = CompiledNetwork(loaded, Inductor(), CPU, "fp32").entry((64, 64))
    assert form.about["parity"]["problem"] == ""


def test_survives_a_file(tmp_path):
    variant_tester.survives_a_file("kmhcnet_6", tmp_path)


def test_learns():
    assert variant_tester.learns("kmhcnet_6", rate=1e-3) < 0.1


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NETWORKS if name != "kmhcnet_6"])
def test_large_networks_learn_and_survive_a_file(name, tmp_path):
    variant_tester.survives_a_file(name, tmp_path)
    assert variant_tester.learns(name, rate=1e-3) < 0.2


def test_recipe_of_the_table():
    recipe = variant("kmhcnet_12").recipe.resolved(7353)
    assert (recipe.loss, recipe.embedding, recipe.loss_space) == ("ms_ssim_mse", "resnet50", "lab")
    assert recipe.rate_at(0) == 1e-4 and recipe.rate_at(recipe.steps - 1) == pytest.approx(1e-5)
    assert recipe.stages[0].steps == 9192  # 5 * 7353 / 4, rounded up
