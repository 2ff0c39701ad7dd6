"""Training data: photos filtered by their colour, and the order in which they are learnt from."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Sampler

from kinemacolor.engine.machine import cores
from kinemacolor.models.color.lab import grey_to_lightness, srgb_to_lab
from kinemacolor.models.recipe import Recipe, Stage
from kinemacolor.trainers.pictures import DataError, Pictures
from kinemacolor.trainers.pictures.base import Source
from kinemacolor.trainers.progress_line import ProgressLine

# Below this mean chroma (LAB units) a photo teaches grey; below this spread of ab around a curve
# over lightness it is toned.
_GREY_CHROMA, _TONED_SPREAD = 3.0, 1.8


def to_lab(rgb: np.ndarray) -> Tensor:
    """(H, W, 3) uint8 sRGB to (3, H, W) float32 LAB."""
    return srgb_to_lab(torch.from_numpy(rgb).permute(2, 0, 1).float() / 255)


def grey_lightness(grey: np.ndarray) -> Tensor:
    """(H, W) float32 encoded grey, 0..1, to (1, H, W) L*."""
    return grey_to_lightness(torch.from_numpy(grey)[None])


def color_kind(rgb: np.ndarray) -> str:
    """Kind of an (H, W, 3) uint8 photo: "colour", "grey" or "toned" (of one hue, as sepia)."""
    small = cv2.resize(rgb, (64, 64), interpolation=cv2.INTER_AREA)
    lightness, *ab = to_lab(small).flatten(1).double().numpy()
    if np.hypot(*ab).mean() < _GREY_CHROMA:
        return "grey"
    # A toned print's colour is a function of its lightness: hardly anything is left without it.
    left = [plane - np.polyval(np.polyfit(lightness, plane, 3), lightness) for plane in ab]
    return "toned" if np.hypot(*left).mean() < _TONED_SPREAD else "colour"


@dataclass(frozen=True)
class PhotoSet:
    """Pictures of a source that have colours to learn from; itself `Pictures`.

    Attributes:
        pictures: the whole source.
        numbers: those in colour.
        left_out: number of the others by reason: "grey", "toned", "unreadable".
    """

    pictures: Pictures
    numbers: tuple[int, ...]
    left_out: dict[str, int]

    @classmethod
    def scan(cls, pictures: Source, cache: Path | None = None) -> PhotoSet:
        """Sorts out a source by reading every picture once.

        Args:
            pictures: the source.
            cache: JSON file that keeps the pictures' kinds by name, with their versions.

        Raises:
            DataError: no picture is in colour.
        """
        known: dict[str, list[str]] = {}
        if cache is not None and cache.is_file():
            known = json.loads(cache.read_text(encoding="utf-8"))
        versions = [pictures.version(number) for number in range(len(pictures))]
        new = [
            number
            for number, seen in enumerate(zip(pictures.names, versions, strict=True))
            if known.get(seen[0], [])[1:] != [seen[1]]  # an older file has the kind alone
        ]
        try:
            for number, kind in _kinds(pictures, new):
                known[pictures.names[number]] = [kind, versions[number]]
        finally:  # what was seen before an interruption need not be read again
            if cache is not None and new:
                part = cache.with_name(f"{cache.name}.{os.getpid()}.part")
                part.write_text(json.dumps(known, indent=0), encoding="utf-8")
                part.replace(cache)
        kinds = [known[name][0] for name in pictures.names]
        left_out = {kind: kinds.count(kind) for kind in ("grey", "toned", "unreadable")}
        numbers = tuple(i for i, kind in enumerate(kinds) if kind == "colour")
        if not numbers:
            counts = ", ".join(f"{count} {kind}" for kind, count in left_out.items())
            raise DataError(f"none of {len(kinds)} pictures teaches colour: {counts}")
        return cls(pictures, numbers, left_out)

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(self.pictures.names[number] for number in self.numbers)

    def __len__(self) -> int:
        return len(self.numbers)

    def read(self, number: int) -> np.ndarray:
        return self.pictures.read(self.numbers[number])


def _kinds(pictures: Pictures, numbers: Sequence[int]) -> Iterator[tuple[int, str]]:
    """Numbers and kinds of some pictures, in order; shows how many have been read."""
    pool = ThreadPoolExecutor(cores())
    try:
        with ProgressLine("reading photos", len(numbers)) as line:
            if numbers:
                line.show(0)
            found = pool.map(lambda number: _kind(pictures, number), numbers)
            for done, (number, kind) in enumerate(zip(numbers, found, strict=True), start=1):
                line.show(done)
                yield number, kind
    finally:
        pool.shutdown(cancel_futures=True)


def _kind(pictures: Pictures, number: int) -> str:
    try:
        return color_kind(pictures.read(number))
    except DataError:
        return "unreadable"


class StepSampler(Sampler[list[tuple[int, int, int]]]):
    """Batch sampler of keys of `kinemacolor.trainers.crops.Crops` from a step onwards.

    Every epoch has a new seeded permutation.

    Args:
        photos: number of photos.
        recipe: resolved, with its stages' lengths in steps.
        first_step: step to begin at.
        rank: this worker's, from 0; it gets keys rank, rank + world, ... of every batch.
        world: number of workers.
        stage_at: the stage of a step, None after the last; None is the recipe's own, by steps.
        first_crop: crops of all workers before `first_step`; None is as many as the recipe has.

    Raises:
        ValueError: a batch cannot be divided evenly among the workers.
    """

    def __init__(
        self,
        photos: int,
        recipe: Recipe,
        first_step: int = 0,
        rank: int = 0,
        world: int = 1,
        *,
        stage_at: Callable[[int], Stage | None] | None = None,
        first_crop: int | None = None,
    ) -> None:
        if not 0 <= rank < world:
            raise ValueError(f"rank {rank} is not one of {world} workers")
        for stage in recipe.stages:
            if stage.batch % world:
                raise ValueError(f"batch {stage.batch} cannot be dealt evenly to {world} workers")
        self.photos, self.recipe, self.first_step = photos, recipe, first_step
        self.rank, self.world = rank, world
        self._stage_at = stage_at or self._by_steps
        self._first_crop = first_crop

    def __iter__(self) -> Iterator[list[tuple[int, int, int]]]:
        position, epoch = self._first_crop, -1
        if position is None:
            position = sum(self.recipe.stage_at(step).batch for step in range(self.first_step))
        order = np.empty(0, dtype=np.int64)
        for step in count(self.first_step):
            stage = self._stage_at(step)
            if stage is None:
                return
            batch = range(position, position + stage.batch)
            position = batch.stop
            keys = []
            for p in batch:
                if p // self.photos != epoch:
                    epoch = p // self.photos
                    order = np.random.default_rng((self.recipe.seed, epoch)).permutation(
                        self.photos
                    )
                keys.append((p, int(order[p % self.photos]), stage.size))
            yield keys[self.rank :: self.world]

    def _by_steps(self, step: int) -> Stage | None:
        return self.recipe.stage_at(step) if step < self.recipe.steps else None
