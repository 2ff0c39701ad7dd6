"""`kinemacolor models`. Heavy imports wait for the call."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from kinemacolor.models.recipe import Recipe
    from kinemacolor.models.variant import Variant

_SIZE = 256  # pixels a side that the operations are counted at
_HEADS = ("name", "M params", "GFLOPs", "sides", "hints", "loss", "weights", "published", "source")
_RIGHT = {"M params", "GFLOPs", "sides"}


def models(
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the list there too.")
    ] = None,
) -> None:
    """List the networks: size, cost, loss, their authors' figures, and whether weights are at hand.

    GFLOPs are of one 256x256 picture, a multiply-add as two, convolutions and matrix products
    alone. Sides must be multiples of what stands there.
    """
    from kinemacolor.models.catalog import CATALOG

    if json_file is not None and not json_file.parent.is_dir():
        from kinemacolor.models.errors import SettingsError

        raise SettingsError(f"{json_file}: there is no folder {json_file.parent}")
    rows = [_described(variant) for variant in CATALOG.values()]
    typer.echo(_table(rows))
    if json_file is not None:
        json_file.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


def _described(variant: Variant) -> dict[str, Any]:
    """What the list says of a network, as JSON has it."""
    import torch

    from kinemacolor.models.cost import cost
    from kinemacolor.models.weights import published_file

    with torch.device("meta"):  # has shapes and no content
        network = variant.builder()
    found = cost(variant, _SIZE)
    return {
        "name": variant.name,
        "parameters": found.parameters,
        "flops": found.flops,
        "size_multiple": network.size_multiple,
        "takes_hints": network.takes_hints,
        "loss": describe_loss(variant.recipe),
        "weights": published_file(variant).is_file(),
        "published": dict(variant.published),
        "source": variant.source,
    }


def describe_loss(recipe: Recipe) -> str:
    """Its name, where it compares if that is not LAB, and whose features."""
    space = f" {recipe.loss_space}" if recipe.loss_space != "lab" else ""
    embedding = f" + {recipe.embedding}" if recipe.embedding != "none" else ""
    return f"{recipe.loss}{space}{embedding}"


def _table(rows: list[dict[str, Any]]) -> str:
    """Columns as wide as their longest cell."""
    cells = [_HEADS, *(_cells(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for line in cells:
        padded = (
            cell.rjust(width) if head in _RIGHT else cell.ljust(width)
            for head, cell, width in zip(_HEADS, line, widths, strict=True)
        )
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        row["name"],
        f"{row['parameters'] / 1e6:.2f}",
        f"{row['flops'] / 1e9:.2f}",
        str(row["size_multiple"]),
        "yes" if row["takes_hints"] else "no",
        row["loss"],
        "at hand" if row["weights"] else "none",
        "; ".join(f"{name} {value}" for name, value in row["published"].items()) or "-",
        row["source"],
    )
