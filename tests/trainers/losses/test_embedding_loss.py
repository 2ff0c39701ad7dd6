"""Embedding losses against torchvision's own networks, listened to with hooks."""

from collections.abc import Callable
from functools import cache
from urllib.error import URLError

import numpy as np
import pytest
import torch
from skimage.color import lab2rgb
from torchvision.models import resnet50, vgg16

from kinemacolor.models.recipe import Recipe
from kinemacolor.trainers.losses import build_loss
from kinemacolor.trainers.pretrained import PretrainedError
from tests.trainers import similarity_reference as reference
from tests.trainers.lab_pictures import batch, grey_of, guess_of

HEADS = ("avgpool", "fc", "classifier")
KINDS = {"vgg16": (vgg16, "features"), "resnet50": (resnet50, "layer4")}
TRUE = batch(50, 2, 64, 64)
GUESS = guess_of(TRUE)

every_kind = pytest.mark.parametrize("kind", list(KINDS))


@pytest.fixture(scope="module")
def networks() -> dict[str, torch.nn.Module]:
    """One of each kind; random ImageNet networks, drawn from seed 7."""
    made = {}
    for kind, (build, _) in KINDS.items():
        torch.manual_seed(7)
        made[kind] = build(weights=None).eval()
    return made


@pytest.fixture(scope="module")
def files(networks, tmp_path_factory) -> dict[str, str]:
    """Their state dicts as files; VGG16's without its classifier, which is not needed."""
    folder = tmp_path_factory.mktemp("embeddings")
    paths = {}
    for kind, network in networks.items():
        state = {k: v for k, v in network.state_dict().items() if "classifier" not in k}
        paths[kind] = str(folder / f"{kind}.pth")
        torch.save(state, paths[kind])
    return paths


@pytest.fixture(scope="module")
def loss_of(files) -> Callable[..., torch.nn.Module]:
    """Frozen losses by kind, loss and space, each built once: no test may change them."""

    @cache
    def build(kind: str, loss: str = "mse_255", space: str = "lab") -> torch.nn.Module:
        return loss_with(files[kind], kind, loss, loss_space=space)

    return build


def loss_with(weights: str, kind: str, loss: str = "mse_255", **changes):
    return build_loss(Recipe(loss=loss, embedding=kind, embedding_weights=weights, **changes))


def term_by_hand(network: torch.nn.Module, layer: str, space: str = "lab") -> float:
    """Mean squared difference of tanh of what `layer` gives for the two pictures."""
    heard: list[np.ndarray] = []
    hook = getattr(network, layer).register_forward_hook(
        lambda module, given, found: heard.append(found.detach().double().numpy())
    )
    for lab in (GUESS, TRUE):
        if space == "lab":
            seen = lab + torch.tensor([0.0, 128, 128]).view(3, 1, 1)
        else:
            rgb = lab2rgb(lab.double().numpy(), channel_axis=1).clip(0, 1)
            seen = torch.from_numpy(rgb * 255).float()
        with torch.no_grad():
            network(seen)
    hook.remove()
    return float(((np.tanh(heard[0]) - np.tanh(heard[1])) ** 2).mean())


@every_kind
@pytest.mark.parametrize("space", ["lab", "rgb"])
def test_the_term_equals_the_one_by_hand(kind, space, networks, loss_of):
    expected = term_by_hand(networks[kind], KINDS[kind][1], space)
    found = loss_of(kind, space=space)(GUESS, TRUE).item()
    assert found == pytest.approx(expected, rel=2e-3)
    assert expected > 1e-4


@every_kind
def test_with_ms_ssim_it_is_half(kind, networks, loss_of):
    planes = (lab[:, 1:].numpy() + 128 for lab in (GUESS, TRUE))
    pairs = list(zip(*planes, strict=True))
    similarity = np.mean([reference.ms_ssim(*pair, 255, 3) for pair in pairs])
    expected = 0.5 * ((1 - similarity) + term_by_hand(networks[kind], KINDS[kind][1]))
    found = loss_of(kind, "ms_ssim_mse")(GUESS, TRUE).item()
    assert found == pytest.approx(expected, rel=1e-3)


def assert_same_features(loss: torch.nn.Module, network: torch.nn.Module) -> None:
    """The loss's network is `network` without its head, weight by weight."""
    ours = list(loss.state_dict().values())
    theirs = list(network.state_dict().values())[: len(ours)]
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))
    assert len(ours) == sum(k.split(".")[0] not in HEADS for k in network.state_dict())


@every_kind
def test_weights_from_the_hub(kind, networks, monkeypatch):
    monkeypatch.setattr(
        "torchvision.models._api.load_state_dict_from_url",
        lambda *given, **named: networks[kind].state_dict(),
    )
    monkeypatch.setattr("kinemacolor.trainers.losses.embedding.is_reachable", lambda address: True)
    assert_same_features(loss_with("imagenet", kind), networks[kind])


@every_kind
@pytest.mark.parametrize("loss", ["mse_255", "ms_ssim_mse"])
def test_gradients_reach_the_prediction_alone(kind, loss, loss_of):
    built = loss_of(kind, loss)
    guess = GUESS.clone().requires_grad_()
    built(guess, TRUE).backward()
    assert guess.grad is not None and guess.grad.isfinite().all() and guess.grad.abs().max() > 0
    assert all(p.grad is None and not p.requires_grad for p in built.parameters())
    assert len(list(built.parameters())) > 20


@every_kind
def test_equal_pictures_grey_or_not_cost_nothing_and_slopes_are_finite(kind, loss_of):
    built = loss_of(kind)
    for lab in (TRUE, grey_of(TRUE)):
        guess = lab.clone().requires_grad_()
        value = built(guess, lab)
        value.backward()
        assert value.item() == pytest.approx(0, abs=1e-9)
        assert guess.grad is not None and guess.grad.isfinite().all()


def test_batch_norm_does_as_the_recipe_says(networks, files, loss_of):
    frozen = loss_of("resnet50").train()
    before = {k: v.clone() for k, v in frozen.state_dict().items()}
    frozen(GUESS, TRUE)
    assert all(torch.equal(v, before[k]) for k, v in frozen.state_dict().items())

    faithful = loss_with(files["resnet50"], "resnet50", embedding_training=True).eval()
    network = networks["resnet50"]
    state = {k: v.clone() for k, v in network.state_dict().items()}
    network.train()
    try:
        expected = term_by_hand(network, "layer4")
    finally:
        network.eval().load_state_dict(state)
    found = faithful(GUESS, TRUE).item()
    assert found == pytest.approx(expected, rel=1e-3)
    assert found != pytest.approx(frozen(GUESS, TRUE).item(), rel=0.05)


@every_kind
def test_random_weights_depend_on_the_seed_alone(kind, networks):
    torch.manual_seed(1)
    built = loss_with("none", kind, seed=7)
    drawn = torch.rand(1)
    torch.manual_seed(1)
    assert torch.equal(drawn, torch.rand(1))
    assert_same_features(built, networks[kind])


class TestWeightsThatCannotBeHad:
    def test_no_network(self, monkeypatch):
        def fail(*given, **named):
            raise URLError("no route")

        monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", fail)
        with pytest.raises(PretrainedError, match=r"vgg16 cannot be fetched .*embedding_weights=P"):
            loss_with("imagenet", "vgg16")

    def test_no_such_file(self, tmp_path):
        with pytest.raises(PretrainedError, match=r"none\.pth: no such file of embedding weights"):
            loss_with(str(tmp_path / "none.pth"), "vgg16")

    def test_no_state_dict(self, tmp_path):
        (tmp_path / "text.pth").write_text("no weights")
        with pytest.raises(PretrainedError, match=r"text\.pth: not a PyTorch state dict"):
            loss_with(str(tmp_path / "text.pth"), "vgg16")

    def test_another_networks(self, files):
        with pytest.raises(PretrainedError, match=r"no weights of vgg16: features\.0\.weight"):
            loss_with(files["resnet50"], "vgg16")

    def test_something_else_pickled(self, tmp_path):
        torch.save([1, 2], tmp_path / "list.pth")
        with pytest.raises(PretrainedError, match=r"list\.pth: not a PyTorch state dict"):
            loss_with(str(tmp_path / "list.pth"), "vgg16")

    def test_other_shapes(self, files, tmp_path):
        state = torch.load(files["vgg16"], weights_only=True)
        state["features.0.weight"] = torch.zeros(64, 1, 3, 3)
        torch.save(state, tmp_path / "grey.pth")
        with pytest.raises(PretrainedError, match=r"\(64, 1, 3, 3\) for features\.0\.weight"):
            loss_with(str(tmp_path / "grey.pth"), "vgg16")
