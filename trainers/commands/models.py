"""`kinemacolor models`. Heavy imports wait for the call."""

from __future__ import annotations

import typer


def models() -> None:
    """List the networks: parameters, hints, and whether weights are at hand."""
    from models.catalog import CATALOG
    from models.weights import WEIGHTS_FOLDER

    for name, variant in CATALOG.items():
        network = variant.builder()
        millions = sum(p.numel() for p in network.parameters()) / 1e6
        at_hand = (WEIGHTS_FOLDER / f"{name}.safetensors").is_file()
        typer.echo(
            f"{name}: {millions:.2f} M parameters, sides a multiple of {network.size_multiple}, "
            f"{'takes' if network.takes_hints else 'no'} hints, "
            f"{'weights at hand' if at_hand else 'no weights'}; {variant.source}"
        )
