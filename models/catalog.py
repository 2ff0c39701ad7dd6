"""Every network that can be built by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from models.colorizer import Colorizer
from models.kinema import Kinema
from models.recipe import Recipe, Stage


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A network, where it comes from and how it is trained.

    Args:
        name: what users call it.
        builder: makes it with fresh weights.
        source: the paper or project behind it.
        recipe: its training.
    """

    name: str
    builder: Callable[[], Colorizer]
    source: str
    recipe: Recipe


_VARIANTS = (
    Variant(
        name="kinema",
        builder=Kinema,
        source="this project; encoder EfficientNet-Lite2 (Tan and Le 2019)",
        recipe=Recipe(
            stages=(Stage(128, 32, 2500), Stage(192, 24, 1450)),
            learning_rate=1e-3,
            encoder_rate=0.4,
            decay_from=0.55,
        ),
    ),
)

CATALOG = {variant.name: variant for variant in _VARIANTS}
if len(CATALOG) != len(_VARIANTS):
    raise RuntimeError("two variants share a name")


def variant(name: str) -> Variant:
    """The variant called `name`.

    Raises:
        KeyError: none is; the message lists those that are.
    """
    try:
        return CATALOG[name]
    except KeyError:
        raise KeyError(f"no variant {name!r}; there are {', '.join(CATALOG)}") from None


def build(name: str) -> Colorizer:
    """The network called `name` with fresh weights, in evaluation mode."""
    return variant(name).builder().eval()
