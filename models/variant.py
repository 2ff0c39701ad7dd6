"""A catalog entry: a network under the name that users give it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kinemacolor.models.recipe import Recipe

if TYPE_CHECKING:
    from kinemacolor.models.colorizer import Colorizer


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A network with its origin and its training recipe; building it takes `builder`.

    Args:
        name: what users call it, such as with `--model`.
        builder: makes the network with fresh weights, in training mode.
        source: the paper or project behind it, in a line.
        recipe: its training.
        data: what it learns from where the user names nothing: a source that needs no files,
            such as "abstract:fluid"; None where photos must be given.
        published: its authors' figures by name, such as {"PSNR, dB": "34.0958"}.
        weights: the safetensors file with its trained weights, for networks of other packages;
            None for `NAME.safetensors` among this package's.
        license: of the weights that their authors published, by its SPDX identifier; empty where
            they are this project's.
    """

    name: str
    builder: Callable[[], Colorizer]
    source: str
    recipe: Recipe = field(default_factory=Recipe)
    data: str | None = None
    published: Mapping[str, str] = field(default_factory=dict)
    weights: Path | None = None
    license: str = ""
