"""What every network of the catalog must do, for the families' tests to call."""

from pathlib import Path

import torch
import torch.nn.functional as F

from kinemacolor.models import weights
from kinemacolor.models.catalog import CATALOG, variant
from kinemacolor.models.colorizer import Colorizer
from kinemacolor.trainers.training.optimizer import build_optimizer, set_rate

STEPS, PICTURES = 30, 8


def networks() -> list[str]:
    """One variant's name for each network: several share theirs, and differ in recipes.

    DDColor's large one, which takes a gigabyte, is left out: it is the tiny one with more layers.
    """
    first: dict[object, str] = {}
    for name, found in CATALOG.items():
        if name == "ddcolor_large":
            continue
        builder = found.builder
        first.setdefault((getattr(builder, "func", builder), getattr(builder, "args", ())), name)
    return list(first.values())


def trained_a_little(name: str) -> Colorizer:
    """In evaluation mode, with normalisations that do something and heads that are not zero."""
    torch.manual_seed(0)
    network = variant(name).builder().train()
    for parameter in network.parameters():
        if parameter.ndim > 1 and not parameter.any():
            torch.nn.init.normal_(parameter)
    with torch.no_grad():
        for _ in range(2):
            network(torch.rand(4, 1, 64, 64) * 100)
    return network.eval()


def parameters(name: str) -> int:
    with torch.device("meta"):
        return sum(p.numel() for p in variant(name).builder().parameters())


def colors_two_sizes(network: Colorizer) -> None:
    """Finite ab of the input's size; a side that is no multiple is refused."""
    side = network.size_multiple
    wide = 2 * side if side >= 16 else 32
    for height, width in ((wide, wide), (wide, wide + side)):
        with torch.inference_mode():
            ab = network(torch.rand(2, 1, height, width) * 100)
        assert ab.shape == (2, 2, height, width)
        assert ab.isfinite().all() and ab.dtype == torch.float32
        assert ab.abs().max() <= 255 + 128


def survives_a_file(name: str, network: Colorizer, folder: Path) -> None:
    """Saved and loaded, a network of this name predicts the same bits."""
    path = folder / f"{name}.safetensors"
    weights.save(network, path, name)
    loaded = weights.load(path)
    path.unlink()
    assert loaded.variant == name
    side = max(32, network.size_multiple)
    lightness = torch.rand(1, 1, side, side) * 100
    with torch.inference_mode():
        assert torch.equal(network(lightness), loaded.network()(lightness))


def learns(name: str, *, size: int = 32, rate: float | None = None) -> float:
    """The mean of the last five losses of 30 steps on 8 pictures, over the first.

    Optimizer and, where `rate` is None, learning rate are the recipe's; the loss is the squared
    error in LAB. Colour is a function of lightness, so there is something to be learnt.
    """
    torch.manual_seed(0)
    recipe = variant(name).recipe
    network = variant(name).builder().train()
    coarse = torch.rand(PICTURES, 1, 5, 5)
    lightness = 100 * F.interpolate(coarse, size=(size, size), mode="bicubic")
    lightness = lightness.clamp(0, 100)
    true = torch.cat([lightness - 50, 50 - lightness], dim=1) / 2 + 15
    optimizer = build_optimizer(recipe, network)
    set_rate(optimizer, recipe.learning_rate if rate is None else rate)
    losses = []
    for _ in range(STEPS):
        loss = F.mse_loss(network(lightness), true)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses[-5:]) / 5 / losses[0]


def names(prefix: str) -> list[str]:
    return [name for name in CATALOG if name.startswith(prefix)]
