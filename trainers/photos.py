"""Photos to learn from: found, checked for colour, cropped, turned into LAB."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from models.colorspace import srgb_to_lab
from models.recipe import Recipe
from trainers.hints import random_mask

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}
# Below this mean chroma (LAB units) a photo teaches grey; below this spread of ab around a curve
# over lightness it is toned.
_GREY_CHROMA, _TONED_SPREAD = 3.0, 1.8


class DataError(Exception):
    """A source of photos that holds none."""


def find_photos(folder: Path) -> list[Path]:
    """All pictures under `folder`, sorted by path.

    Raises:
        DataError: there is no such folder, or none in it.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder; give a folder of photos")
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    if not found:
        raise DataError(f"{folder}: no photos in it; known kinds: {', '.join(sorted(SUFFIXES))}")
    return found


def read_rgb(path: Path) -> np.ndarray | None:
    """(H, W, 3) uint8 RGB, or None where the file cannot be read."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    return None if picture is None else cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


def to_lab(rgb: np.ndarray) -> Tensor:
    """(H, W, 3) uint8 sRGB to (3, H, W) float32 LAB."""
    return srgb_to_lab(torch.from_numpy(rgb).permute(2, 0, 1).float() / 255)


def colour_kind(path: Path) -> str:
    """What a photo teaches: "colour", "grey", "toned" (one hue, such as sepia) or "unreadable"."""
    rgb = read_rgb(path)
    if rgb is None:
        return "unreadable"
    small = cv2.resize(rgb, (64, 64), interpolation=cv2.INTER_AREA)
    lightness, *ab = to_lab(small).flatten(1).double().numpy()
    if np.hypot(*ab).mean() < _GREY_CHROMA:
        return "grey"
    # A toned print's colour is a function of its lightness: hardly anything is left without it.
    left = [plane - np.polyval(np.polyfit(lightness, plane, 3), lightness) for plane in ab]
    return "toned" if np.hypot(*left).mean() < _TONED_SPREAD else "colour"


@dataclass(frozen=True)
class PhotoSet:
    """The photos that teach colour, and how many were left out.

    Attributes:
        paths: sorted.
        left_out: number by reason.
    """

    paths: tuple[Path, ...]
    left_out: dict[str, int]

    @classmethod
    def scan(cls, folder: Path, cache: Path | None = None) -> PhotoSet:
        """Looks at every photo under `folder` once; `cache` is a JSON file that remembers it.

        Raises:
            DataError: no usable photo.
        """
        paths = find_photos(folder)
        names = [str(p.relative_to(folder)) for p in paths]
        kinds: dict[str, str] = {}
        if cache is not None and cache.is_file():
            kinds = json.loads(cache.read_text())
        if kinds.keys() != set(names):
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                kinds = dict(zip(names, pool.map(colour_kind, paths), strict=True))
            if cache is not None:
                cache.write_text(json.dumps(kinds))
        kept = tuple(p for p, n in zip(paths, names, strict=True) if kinds[n] == "colour")
        if not kept:
            raise DataError(f"{folder}: no colour photo in it")
        left_out = {k: list(kinds.values()).count(k) for k in ("grey", "toned", "unreadable")}
        return cls(kept, left_out)


class Crops(Dataset[Tensor]):
    """Random square crops; item (epoch-wide position, photo, size) is a pure function of the seed.

    Keys are (position, photo number, size) as `StepSampler` makes them.
    Items are (4, size, size) float16: LAB, and 1 where the recipe gives the colour as a hint.
    """

    def __init__(self, photos: PhotoSet, recipe: Recipe) -> None:
        self.paths = [str(p) for p in photos.paths]
        self.recipe = recipe

    def __getitem__(self, key: tuple[int, int, int]) -> Tensor:
        position, number, size = key
        rng = np.random.default_rng((self.recipe.seed, position))
        rgb = read_rgb(Path(self.paths[number]))
        if rgb is None:
            raise DataError(f"{self.paths[number]}: cannot be read any more")
        height, width = rgb.shape[:2]
        side = max(1, round(min(height, width) * rng.uniform(*self.recipe.crop)))
        top, left = rng.integers(height - side + 1), rng.integers(width - side + 1)
        crop = rgb[top : top + side, left : left + side]
        how = cv2.INTER_AREA if side > size else cv2.INTER_CUBIC
        crop = cv2.resize(crop, (size, size), interpolation=how)
        if rng.random() < self.recipe.flip:
            crop = np.ascontiguousarray(crop[:, ::-1])
        mask = np.zeros((size, size), dtype=bool)
        if self.recipe.hints:
            mask = random_mask(size, size, float(rng.choice(self.recipe.hints)), rng)
        return torch.cat([to_lab(crop), torch.from_numpy(mask)[None]]).half()


class StepSampler(Sampler[list[tuple[int, int, int]]]):
    """Batches of keys from a step onwards: every epoch a new seeded permutation."""

    def __init__(self, photos: int, recipe: Recipe, first_step: int = 0) -> None:
        self.photos, self.recipe, self.first_step = photos, recipe, first_step

    def __len__(self) -> int:
        return self.recipe.steps - self.first_step

    def __iter__(self) -> Iterator[list[tuple[int, int, int]]]:
        position, epoch = 0, -1
        order = np.empty(0, dtype=np.int64)
        for step in range(self.recipe.steps):
            stage = self.recipe.stage_at(step)
            batch = range(position, position + stage.batch)
            position = batch.stop
            if step < self.first_step:
                continue
            keys = []
            for p in batch:
                if p // self.photos != epoch:
                    epoch = p // self.photos
                    order = np.random.default_rng((self.recipe.seed, epoch)).permutation(
                        self.photos
                    )
                keys.append((p, int(order[p % self.photos]), stage.size))
            yield keys
