"""Measurements as they are told: JSON with their machine, and whether bars hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kinemacolor.engine.bench.machine import machine


def verdict(holds: bool) -> str:
    """Whether a bar is reached, in a word; what is not reached is to be seen at a glance."""
    return "holds" if holds else "FAILS"


def write_json(path: Path | None, results: Any) -> None:
    """Write machine and results to `path` as JSON; nothing where it is None."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"machine": machine(), "results": results}, indent=2) + "\n")
