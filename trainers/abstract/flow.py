"""Smooth noise and incompressible flow, the stuff that fluid pictures are made of.

Fields are (N, N) float32 over the unit square; maps are two fields, x and y, 0..1: where the colour
of each place comes from.
"""

from __future__ import annotations

import cv2
import numpy as np

Rng = np.random.Generator
Map = tuple[np.ndarray, np.ndarray]


def noise(rng: Rng, size: int, cells: float, octaves: int = 1, gain: float = 0.5) -> np.ndarray:
    """Value noise with mean 0 and standard deviation 1.

    Args:
        rng: draws as many numbers whatever the size, so that a picture scales.
        size: side of the field.
        cells: hills across it, of the coarsest octave.
        octaves: layers, each twice as fine as the one before.
        gain: strength of each to the one before.
    """
    out = np.zeros((size, size), np.float32)
    for octave in range(octaves):
        across = cells * 2**octave
        lattice = rng.standard_normal((int(across) + 4,) * 2).astype(np.float32)
        # A window of the lattice, off its points, so that no two octaves' hills line up.
        scale = across / size
        offset = 1 + rng.random(2)
        matrix = np.array([[scale, 0, offset[0]], [0, scale, offset[1]]])
        layer = cv2.warpAffine(
            lattice, matrix, (size, size), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        )
        out += layer * np.float32(gain**octave)
    return (out - out.mean()) / (out.std() + np.float32(1e-6))


def still(size: int) -> Map:
    """The map that moves nothing."""
    line = (np.arange(size, dtype=np.float32) + np.float32(0.5)) / np.float32(size)
    x, y = np.meshgrid(line, line)
    return x, y


def sample(field: np.ndarray, where: Map) -> np.ndarray:
    """A field's or picture's values at the map's places; mirrored beyond its edges."""
    size = np.float32(field.shape[0])
    x, y = (place * size - np.float32(0.5) for place in where)
    return cv2.remap(field, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def warped(rng: Rng, where: Map, cells: float, strength: float, octaves: int = 2) -> Map:
    """The map with every place displaced by noise, about `strength` far (domain warping)."""
    size = where[0].shape[0]
    moves = (noise(rng, size, cells, octaves) * np.float32(strength) for _ in range(2))
    x, y = (sample(move, where) + place for move, place in zip(moves, where, strict=True))
    return x, y


def stirred(rng: Rng, where: Map, cells: float, strength: float, steps: int = 10) -> Map:
    """The map carried back along curl noise, a flow without sources (Bridson et al. 2007).

    Args:
        cells: whirls across.
        strength: how far the fluid flows, as a fraction of the side.
        steps: of Euler's method, midpoint form.
    """
    size = where[0].shape[0]
    potential = noise(rng, size, cells, 2, 0.4)
    down, across = np.gradient(potential)
    speed = np.float32(strength / steps) / np.sqrt((down**2 + across**2).mean())
    flow = np.stack([down * speed, -across * speed], axis=-1)
    x, y = where
    for _ in range(steps):
        half = sample(flow, (x, y)) * np.float32(0.5)
        step = sample(flow, (x + half[..., 0], y + half[..., 1]))
        x, y = x + step[..., 0], y + step[..., 1]
    return x, y


def combed(rng: Rng, where: Map, tines: int) -> Map:
    """The map after a comb was drawn through, a to-and-fro pull between its teeth (marbling)."""
    angle = rng.choice([0, np.pi / 2]) + rng.normal(0, 0.15)
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    x, y = where
    phase = (cos * y - sin * x) * np.float32(tines) + np.float32(rng.random())
    pull = np.float32(rng.uniform(0.03, 0.1)) * np.sin(2 * np.pi * phase, dtype=np.float32)
    return x + cos * pull, y + sin * pull


def enlarged(field: np.ndarray, size: int) -> np.ndarray:
    """A field or picture at another, larger size."""
    if field.shape[0] == size:
        return field
    return cv2.resize(field, (size, size), interpolation=cv2.INTER_CUBIC)
