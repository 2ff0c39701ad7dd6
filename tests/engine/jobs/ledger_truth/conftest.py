"""Four stills, and a folder for their results."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.fakes import still


@pytest.fixture
def box(tmp_path) -> Path:
    """Four stills."""
    box = tmp_path / "box"
    box.mkdir()
    for number in range(4):
        (box / f"{number}.png").write_bytes(still(number))
    return box


@pytest.fixture
def out(tmp_path) -> Path:
    return tmp_path / "out"
