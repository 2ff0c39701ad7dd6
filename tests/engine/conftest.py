"""Sources that several tests colour."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.engine.fakes import (
    still,
    write_zip,
)
from tests.engine.media.video.films import make_film


@pytest.fixture
def box(tmp_path) -> Path:
    """A folder of everything."""
    box = tmp_path / "box"
    (box / "sub/empty").mkdir(parents=True)
    for index, name in enumerate(("a.png", "sub/b.jpg", "sub/c.png")):
        (box / name).write_bytes(still(index, "JPEG" if name.endswith("jpg") else "PNG"))
        os.utime(box / name, (1e9 + index, 1e9 + index))
    (box / "sub/notes.txt").write_bytes(b"words\r\n")
    os.utime(box / "sub/notes.txt", (5e8, 5e8))
    make_film(box / "reel.mkv")
    write_zip(box / "more.zip", {"x.png": still(7), "read.me": b"words", "y.png": still(8)})
    return box
