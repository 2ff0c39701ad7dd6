"""The default network's encoder against timm's own, from which its weights come."""

import pytest
import timm
import torch
from segmentation_models_pytorch.encoders import get_encoder

from kinemacolor.models.catalog import build
from kinemacolor.models.efficientnet_lite import EfficientNetLite2
from kinemacolor.models.weights import load

NAME = "tf_efficientnet_lite2"


@pytest.fixture(scope="module")
def pair():
    """Ours and timm's, as segmentation-models-pytorch gives it, with the shipped weights."""
    theirs = get_encoder(f"tu-{NAME}", in_channels=4, weights=None)
    ours = EfficientNetLite2(channels=4)
    trained = load("kinema").network().encoder.state_dict()
    for encoder in (ours, theirs):
        encoder.load_state_dict(trained)
    return ours, theirs


def picture(height=64, width=96):
    return torch.randn(2, 4, height, width, generator=torch.Generator().manual_seed(0))


def test_names_shapes_and_order_are_timms(pair):
    ours, theirs = (
        [(name, tensor.shape, tensor.dtype) for name, tensor in encoder.state_dict().items()]
        for encoder in pair
    )
    assert ours == theirs
    assert pair[0].out_channels == pair[1].out_channels


@pytest.mark.parametrize("bf16", [False, True])
@pytest.mark.parametrize("shape", [(64, 96), (75, 53)])
def test_features_are_timms_bit_for_bit(pair, bf16, shape):
    found = []
    for encoder in pair:
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            found.append(encoder.eval()(picture(*shape)))
    assert len(found[0]) == 6
    assert all(map(torch.equal, *found))


def test_it_learns_as_timms_does_bit_for_bit(pair):
    found = []
    for encoder in pair:
        encoder.train().zero_grad()
        sum(features.square().mean() for features in encoder(picture())[1:]).backward()
        state = [buffer.clone() for buffer in encoder.buffers()]
        found.append([*(parameter.grad for parameter in encoder.parameters()), *state])
    assert all(map(torch.equal, *found))


def test_it_starts_as_timms_does():
    """As far as chance allows: weights of a convolution have one deviation, and mean zero."""
    torch.manual_seed(0)
    theirs = timm.create_model(NAME, in_chans=4, features_only=True).state_dict()
    for name, ours in EfficientNetLite2(channels=4).model.state_dict().items():
        if ours.ndim < 4:
            assert torch.equal(ours, theirs[name]), name
        else:
            rough = 6 / ours.numel() ** 0.5
            assert ours.std() == pytest.approx(float(theirs[name].std()), rel=rough), name


def test_the_default_network_has_it():
    assert isinstance(build("kinema").encoder, EfficientNetLite2)
