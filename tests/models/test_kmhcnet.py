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


@pytest.mark.parametrize("row", NAMES)
def test_parameters_as_published(row):
    published = float(variant(row).published["parameters"].removesuffix(" M"))
    assert variant_tester.parameters(row) / 1e6 == pytest.approx(published, abs=0.005)


@pytest.fixture(scope="module", params=NETWORKS)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def network(name):
    """Built once for all tests, which leave it as it is."""
    return build(name)


class TestNetwork:
    def test_colors_two_sizes(self, network):
        variant_tester.colors_two_sizes(network)

    def test_range_and_scale(self, network):
        """tanh * 128 of what the network says of (L* - 50) / 100."""
        lightness = torch.rand(1, 1, 64, 64) * 100
        with torch.inference_mode():
            features = network.encoder((lightness - 50) / 100)
            expected = 128 * torch.tanh(network.head(network.decoder(features)))
            assert torch.equal(network(lightness), expected)

    def test_no_unused_head_is_kept(self, network):
        names = [name for name, _ in network.named_parameters()]
        assert not any("_conv_head" in name or "encoder._bn1" in name for name in names)

    def test_residual_scales_are_tensors_and_no_weights(self, network):
        scales = [m.scale for m in network.encoder.modules() if hasattr(m, "scale")]
        assert all(isinstance(scale, torch.Tensor) for scale in scales)
        found = {round(float(scale), 3) for scale in scales}
        inception = network.encoder_name == "inceptionresnetv2"
        # Szegedy et al. 2016, as timm has them
        assert found == ({0.17, 0.1, 0.2, 1.0} if inception else set())
        assert not any(key.endswith("scale") for key in network.state_dict())


@needs_compiler
@pytest.mark.slow
@pytest.mark.parametrize("variant_name", ["kmhcnet_5", "kmhcnet_9"])
def test_inductor_keeps_residual_scales_apart(variant_name, tmp_path, monkeypatch):
    monkeypatch.setenv("KINEMACOLOR_CACHE", str(tmp_path / "cache"))
    network = variant_tester.trained_a_little(variant_name)
    weights.save(network, tmp_path / "w.safetensors", variant_name)
    loaded = weights.load(tmp_path / "w.safetensors")
    entry = CompiledNetwork(loaded, Inductor(), CPU, "fp32").entry((64, 64))
    assert entry.about["parity"]["problem"] == ""


def test_survives_a_file(tmp_path):
    variant_tester.survives_a_file("kmhcnet_6", build("kmhcnet_6"), tmp_path)


def test_learns():
    assert variant_tester.learns("kmhcnet_6", rate=1e-3) < 0.1


@pytest.mark.slow
@pytest.mark.parametrize("large", [name for name in NETWORKS if name != "kmhcnet_6"])
def test_large_networks_learn_and_survive_a_file(large, tmp_path):
    variant_tester.survives_a_file(large, build(large), tmp_path)
    assert variant_tester.learns(large, rate=1e-3) < 0.2


def test_recipe_of_the_table():
    recipe = variant("kmhcnet_12").recipe.resolved(7353)
    assert (recipe.loss, recipe.embedding, recipe.loss_space) == ("ms_ssim_mse", "resnet50", "lab")
    assert recipe.rate_at(0) == 1e-4 and recipe.rate_at(recipe.steps - 1) == pytest.approx(1e-5)
    assert recipe.stages[0].steps == 9192  # 5 * 7353 / 4, rounded up
