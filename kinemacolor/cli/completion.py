"""Values that a shell completes; nothing heavy is loaded for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path


def complete(values: Iterable[str]) -> Callable[[str], list[str]]:
    """A completion, as `typer.Option(autocompletion=...)` takes it, of fixed values."""

    def begun(incomplete: str) -> list[str]:
        return [value for value in values if value.startswith(incomplete)]

    return begun


def complete_models(incomplete: str) -> list[str]:
    """The networks that come with weights, by the names of the files."""
    import kinemacolor.models

    folder = Path(kinemacolor.models.__file__).parent / "weights"
    names = sorted(file.stem for file in folder.glob("*.safetensors"))
    return complete(names)(incomplete)
