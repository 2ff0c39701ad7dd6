"""`kinemacolor models`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kinemacolor.cli.console import Console
from kinemacolor.cli.json_files import check_folder, write_json
from kinemacolor.cli.options import JsonDocument, ReportFile
from kinemacolor.engine.settings import Settings
from kinemacolor.models.facts import FACTS

if TYPE_CHECKING:
    from kinemacolor.models.recipe import Recipe
    from kinemacolor.models.variant import Variant

_COLUMNS = 80  # that the short table fits
_SIZE = 256  # pixels a side at which operations are counted
_SHORT = ("name", "weights", "work", "fps here", "good for")
_FULL = ("name", "M params", "GFLOPs", "sides", "hints", "loss", "weights", "published", "source")
_RIGHT = {"M params", "GFLOPs", "sides", "work", "fps here"}
_LEGEND = "Networks without weights: train one, or give a file; --all and --help tell more."
_WEIGHTS = {True: "included", False: "none"}


def models(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="All that is known of them, in a wide table.")
    ] = False,
    machine: JsonDocument = False,
    report: ReportFile = None,
) -> None:
    """List the networks that can be used or trained.

    One whose weights are included can be used at once; the others have to be trained first, or
    take a file of their authors' weights (`--model FILE`).
    "work" is the arithmetic for a picture, as a multiple of the default network's. "fps here" are
    the frames a second of the last job on this machine that coloured films with the network.

    With --all: GFLOPs are of one 256x256 picture, convolutions and matrix products alone, a
    multiply-add counted as two. A picture's sides must be multiples of the number under "sides".
    "published" has the authors' own figures.

    Examples:
        The table:
        $ kinemacolor models
        Everything about them:
        $ kinemacolor models --all
        The same as JSON, in a file beside the table:
        $ kinemacolor models --report models.json
    """
    check_folder(report)
    console = Console()
    if machine or everything or report is not None:
        from kinemacolor.models.catalog import CATALOG

        rows = [_described(variant) for variant in CATALOG.values()]
        if report is not None:
            write_json(report, rows)
    if machine:
        console.json(rows)
        return
    table = [_FULL, *map(_cells, rows)] if everything else [_SHORT, *_short_cells()]
    for line in _lines(table):
        console.result(line if everything else line[:_COLUMNS])
    if not everything:
        console.message(_LEGEND)


def _short_cells() -> Iterator[tuple[str, ...]]:
    """The short table, which needs no network of this package to be loaded."""
    from kinemacolor.engine.jobs.reporting.speeds import known_speeds
    from kinemacolor.models.catalog import CATALOG
    from kinemacolor.models.weights_files import published_file

    default = FACTS[Settings().model].flops
    speeds = known_speeds()
    for name in CATALOG:
        known = FACTS.get(name)
        work = f"{known.flops / default:.1f}" if known else "?"
        good_for = known.good_for if known else CATALOG[name].source
        speed = f"{speeds[name]:.1f}" if name in speeds else "-"
        yield name, _WEIGHTS[published_file(name).is_file()], work, speed, good_for


def _described(variant: Variant) -> dict[str, Any]:
    """What JSON says of a network."""
    from kinemacolor.models.weights_files import published_file

    parameters, flops, size_multiple, takes_hints = _figures(variant)
    return {
        "name": variant.name,
        "parameters": parameters,
        "flops": flops,
        "size_multiple": size_multiple,
        "takes_hints": takes_hints,
        "loss": describe_loss(variant.recipe),
        "weights": published_file(variant.name).is_file(),
        "published": dict(variant.published),
        "source": variant.source,
        "license": variant.license or None,
    }


def _figures(variant: Variant) -> tuple[int, int, int, bool]:
    """Parameters, FLOPs, size multiple, whether hints are taken; counted where not on record."""
    if variant.name in FACTS:
        return FACTS[variant.name][1:]
    import torch

    from kinemacolor.models.cost import cost

    with torch.device("meta"):  # shapes without memory
        network = variant.builder()
    return (*cost(variant, _SIZE), network.size_multiple, network.takes_hints)


def describe_loss(recipe: Recipe) -> str:
    """A loss in words: its name, its colour space unless LAB, and its embedding's network."""
    space = f" {recipe.loss_space}" if recipe.loss_space != "lab" else ""
    embedding = f" + {recipe.embedding}" if recipe.embedding != "none" else ""
    return f"{recipe.loss}{space}{embedding}"


def _lines(table: Sequence[Sequence[str]]) -> list[str]:
    """Lines with columns as wide as their longest cell; the first line has their names."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = []
    for cells in table:
        padded = (
            cell.rjust(width) if head in _RIGHT else cell.ljust(width)
            for head, cell, width in zip(table[0], cells, widths, strict=True)
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
        _WEIGHTS[row["weights"]],
        "; ".join(f"{name} {value}" for name, value in row["published"].items()) or "-",
        row["source"],
    )
