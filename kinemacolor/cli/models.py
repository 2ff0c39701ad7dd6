"""`kinemacolor models`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kinemacolor.cli.console import Console
from kinemacolor.cli.json_files import check_folder, write_json
from kinemacolor.cli.options import JsonDocument, ReportFile

if TYPE_CHECKING:
    from kinemacolor.models.recipe import Recipe
    from kinemacolor.models.variant import Variant

_SIZE = 256  # pixels a side at which operations are counted
_HEADS = ("name", "M params", "GFLOPs", "sides", "hints", "loss", "weights", "published", "source")
_RIGHT = {"M params", "GFLOPs", "sides"}


def models(*, machine: JsonDocument = False, report: ReportFile = None) -> None:
    """List the networks that can be used or trained.

    GFLOPs are of one 256x256 picture, convolutions and matrix products alone, a multiply-add
    counted as two. A picture's sides must be multiples of the number under "sides". "published"
    has the authors' own figures.

    Examples:
        The table:
        $ kinemacolor models
        Everything about them, for a program:
        $ kinemacolor models --json
        The same in a file, beside the table:
        $ kinemacolor models --report models.json
    """
    from kinemacolor.models.catalog import CATALOG

    check_folder(report)
    rows = [_described(variant) for variant in CATALOG.values()]
    console = Console()
    if machine:
        console.json(rows)
    else:
        for line in _table(rows):
            console.result(line)
    if report is not None:
        write_json(report, rows)


def _described(variant: Variant) -> dict[str, Any]:
    """What JSON says of a network."""
    import torch

    from kinemacolor.models.cost import cost
    from kinemacolor.models.weights import published_file

    with torch.device("meta"):  # shapes without memory
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
    """A loss in words: its name, its colour space unless LAB, and its embedding's network."""
    space = f" {recipe.loss_space}" if recipe.loss_space != "lab" else ""
    embedding = f" + {recipe.embedding}" if recipe.embedding != "none" else ""
    return f"{recipe.loss}{space}{embedding}"


def _table(rows: list[dict[str, Any]]) -> list[str]:
    """Lines with columns as wide as their longest cell."""
    cells = [_HEADS, *(_cells(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for line in cells:
        padded = (
            cell.rjust(width) if head in _RIGHT else cell.ljust(width)
            for head, cell, width in zip(_HEADS, line, widths, strict=True)
        )
        lines.append("  ".join(padded).rstrip())
    return lines


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        row["name"],
        f"{row['parameters'] / 1e6:.2f}",
        f"{row['flops'] / 1e9:.2f}",
        str(row["size_multiple"]),
        "yes" if row["takes_hints"] else "no",
        row["loss"],
        "included" if row["weights"] else "none",
        "; ".join(f"{name} {value}" for name, value in row["published"].items()) or "-",
        row["source"],
    )
