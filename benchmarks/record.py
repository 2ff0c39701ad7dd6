"""JSON records of measurements, with the machine that they were taken on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kinemacolor.engine.bench.machine import machine


def write_json(path: Path | None, results: Any) -> None:
    """Write machine and results to `path` as JSON; nothing where it is None."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"machine": machine(), "results": results}, indent=2) + "\n")
