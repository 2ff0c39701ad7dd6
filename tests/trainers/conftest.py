"""A folder of small photos, coloured and useless ones; a job of a tiny network."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from kinemacolor.models.recipe import Recipe
from kinemacolor.trainers.training import Job
from tests.trainers import tiny


def photo(seed: int, height: int = 72, width: int = 96) -> np.ndarray:
    """(height, width, 3) uint8 BGR with smooth, varied colours."""
    noise = np.random.default_rng(seed).random((6, 8, 3), np.float32)
    return (
        cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC).clip(0, 1) * 255
    ).astype(np.uint8)


@pytest.fixture
def photo_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    for i in range(6):
        cv2.imwrite(str(folder / f"{i}.png"), photo(i))
    cv2.imwrite(str(folder / "more" / "6.jpg"), photo(6))
    grey = cv2.cvtColor(photo(7), cv2.COLOR_BGR2GRAY)
    cv2.imwrite(str(folder / "grey.png"), cv2.merge([grey] * 3))
    sepia = np.clip(grey[..., None] * [0.6, 0.8, 1.0], 0, 255).astype(np.uint8)
    cv2.imwrite(str(folder / "sepia.png"), sepia)
    (folder / "broken.jpg").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("no photo")
    return folder


# Dropout, batch norm, averaging, hints, accumulated parts and a rate that scores lower.
CHANGES = {
    "ema": 0.9, "hints": [0.1, 0.02], "hint_rate": 0.01, "accumulate": 2, "clip": 5.0,
    "warmup": 3, "psnr_floor": 99.0, "precision": "bf16", "flip": 0.5, "crop": [0.5, 1.0],
}  # fmt: skip


@pytest.fixture
def job(tmp_path, monkeypatch):
    tiny.register(monkeypatch, norm=True)

    def make(name="run", **changes):
        recipe = Recipe.from_dict(tiny.RECIPE.to_dict() | CHANGES | changes.pop("recipe", {}))
        fields = {
            "variant": "tiny",
            "recipe": recipe,
            "photos": tiny.Noise(),
            "validation": tiny.Noise(1),
            "folder": tmp_path / name,
            "loaders": 0,
            "score_every": 4,
        }
        return Job(**fields | changes)

    return make
