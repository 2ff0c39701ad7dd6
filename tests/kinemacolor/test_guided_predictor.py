"""What evaluation calls guided colours is what `colorize_image` makes of the same hints."""

import numpy as np
import pytest
import torch

from kinemacolor import colorize_image, load_network
from kinemacolor._hints import place_points, placed_points
from kinemacolor.cli.guided_predictor import guided_predictor
from kinemacolor.models.catalog import build
from kinemacolor.models.color.lab import grey_to_lightness, srgb_to_lab
from kinemacolor.models.colorizer import Hints
from kinemacolor.models.weights import load, save
from kinemacolor.trainers.evaluation import composed

SIDE = 256  # the working size


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "model.safetensors"
    save(build("kinema"), path, "kinema", metadata={"recipe": {}, "photos": 3})
    return str(path)


def drawn(count):
    """(N, 5) x, y, red, green, blue at different pixels, and the same as networks take hints."""
    rng = np.random.default_rng(count)
    y, x = np.divmod(rng.permutation(SIDE * SIDE)[:count], SIDE)
    colors = rng.integers(90, 166, (count, 3))
    rows = np.column_stack([x, y, colors])
    lab = srgb_to_lab(torch.from_numpy(colors.T[:, None] / 255))
    hints = Hints(torch.zeros(1, 2, SIDE, SIDE), torch.zeros(1, 1, SIDE, SIDE))
    hints.ab[0, :, y, x] = lab[1:, 0].float()
    hints.mask[0, 0, y, x] = 1
    return rows, hints


@pytest.mark.parametrize("count", [1, 9, 400])
def test_points_and_hints_are_each_others_inverse(count):
    _, hints = drawn(count)
    points = placed_points(hints)
    again = place_points(points, (SIDE, SIDE))
    assert len(points) == count
    assert torch.equal(again.mask, hints.mask) and torch.allclose(again.ab, hints.ab)


@pytest.mark.parametrize("count", [5, 60])  # by likeness alone, and with the network's own way
def test_is_what_an_image_is_colored_like(model, count):
    rows, hints = drawn(count)
    down = np.linspace(60, 190, SIDE, dtype=np.float32)[:, None]
    grey = (down + 10 * np.sin(np.arange(SIDE) / 9)).round().astype(np.uint8)
    light = grey_to_lightness(torch.from_numpy(grey)[None, None].float() / 255)
    ab = guided_predictor(load(model), "cpu", "fp32")(light, hints)
    network = load_network(model, device="cpu", backend="eager", precision="fp32")
    shown = colorize_image(grey, network=network, hints=rows).astype(float)
    wanted = (composed(light, ab)[0].permute(1, 2, 0) * 255).numpy()
    assert np.ptp(wanted, axis=2).mean() > 3  # there are colours to compare
    assert np.abs(shown - wanted).mean() < 1 and np.abs(shown - wanted).max() < 6


def test_each_picture_of_a_batch_has_its_own_hints(model):
    (_, some), (_, others) = drawn(5), drawn(40)
    light = torch.full((2, 1, SIDE, SIDE), 55.0)
    predict = guided_predictor(load(model), "cpu", "fp32")
    both = predict(light, Hints(*(torch.cat(pair) for pair in zip(some, others, strict=True))))
    for number, hints in enumerate((some, others)):
        assert torch.equal(both[number], predict(light[:1], hints)[0])


def test_without_hints_it_is_the_network(model):
    light = torch.linspace(20, 80, SIDE * SIDE).view(1, 1, SIDE, SIDE)
    network = load_network(model, device="cpu", backend="eager", precision="fp32")
    [ab] = network.for_stills([light[0, 0].numpy()])
    plain = guided_predictor(load(model), "cpu", "fp32")(light, None)
    np.testing.assert_allclose(plain[0].permute(1, 2, 0).numpy(), ab, atol=1e-4)
