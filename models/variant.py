"""What the catalog knows of a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from kinemacolor.models.colorizer import Colorizer
from kinemacolor.models.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A network, where it comes from and how it is trained.

    Args:
        name: what users call it.
        builder: makes it with fresh weights.
        source: the paper or project behind it.
        recipe: its training.
        data: what it learns from where the user names nothing: a source that needs no files,
            such as "abstract:fluid"; None where photos must be given.
        published: its authors' figures by name, such as {"PSNR, dB": "34.0958"}.
    """

    name: str
    builder: Callable[[], Colorizer]
    source: str
    recipe: Recipe
    data: str | None = None
    published: Mapping[str, str] = field(default_factory=dict)
