"""The Keras seeds and Deep CNN: layers, scales and parameters as published."""

import numpy as np
import pytest
import torch

from kinemacolor.models.catalog import build, variant
from kinemacolor.models.color.lab import lightness_to_grey
from kinemacolor.models.keras_layers import Convolution
from tests.models import variant_tester


@pytest.mark.parametrize("name", variant_tester.names("autoencoder_"))
def test_autoencoder_has_the_published_parameters(name):
    assert variant_tester.parameters(name) == 6_219_410


def test_autoencoders_learn_from_their_own_kind_of_picture():
    kinds = {name: variant(name).data for name in variant_tester.names("autoencoder_")}
    assert kinds == {
        "autoencoder_v1": "abstract:geometric",
        "autoencoder_v2": "abstract:fluid",
        "autoencoder_v12": "abstract:both",
    }


def same_convolution(picture: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """Keras' padding="same" by TensorFlow's definition: total padding, the odd pixel at the end."""
    size, (height, width) = kernel.shape[0], picture.shape
    out = np.zeros((-(-height // stride), -(-width // stride)))
    total = max((out.shape[0] - 1) * stride + size - height, 0)
    padded = np.pad(picture, (total // 2, total - total // 2))
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            window = padded[y * stride : y * stride + size, x * stride : x * stride + size]
            out[y, x] = (window * kernel).sum()
    return out


@pytest.mark.parametrize(("size", "stride"), [(3, 1), (3, 2), (4, 2), (2, 1), (1, 1)])
def test_convolutions_pad_as_keras_does(size, stride):
    layer = Convolution(1, 1, size, stride)
    picture = np.random.default_rng(0).random((8, 8), np.float32)
    kernel = layer.weight.detach().numpy()[0, 0]
    with torch.inference_mode():
        ours = layer(torch.from_numpy(picture)[None, None])[0, 0].numpy()
    np.testing.assert_allclose(ours, same_convolution(picture, kernel, stride), atol=1e-5)


def test_first_weights_are_glorots():
    weight = Convolution(64, 128).weight
    limit = (6 / (9 * (64 + 128))) ** 0.5
    assert weight.abs().max() <= limit
    assert weight.std().item() == pytest.approx(limit / 3**0.5, rel=0.02)


@pytest.mark.parametrize("kind", ["autoencoder", "resnet", "unet"])
def test_landscape_networks_see_grey_codes_and_speak_in_255ths(kind):
    network = build(f"landscape_{kind}")
    lightness = torch.rand(1, 1, 64, 64) * 100
    with torch.inference_mode():
        grey = lightness_to_grey(lightness) * 255
        expected = 255 * torch.tanh(network.draw(grey)) - 128
        torch.testing.assert_close(network(lightness), expected)


def test_deep_cnn_is_half_a_resnet18_from_224_to_28():
    network = build("deep_cnn")
    with torch.inference_mode():
        assert network.encoder(torch.zeros(1, 1, 224, 224)).shape == (1, 128, 28, 28)
        # The head's bias stands for grey in the seed's (ab + 128) / 255.
        network.decoder[-1].weight.zero_()
        assert network(torch.full((1, 1, 224, 224), 50.0)).abs().max() < 1e-4
