"""Smooth noise and incompressible flow, the stuff that fluid pictures are made of.

Fields are (N, N) float32 over the unit square; maps are two fields, x and y, 0..1: where the colour
of each place comes from.
"""

from __future__ import annotations

import cv2
import numpy as np

Rng = np.random.Generator
Map = tuple[np.ndarray, np.ndarray]
_EDGE = cv2.BORDER_REFLECT
_DOUBLINGS = 4


def noise(rng: Rng, size: int, cells: float, octaves: int = 1, gain: float = 0.5) -> np.ndarray:
    """Random hills, cubic B-splines over a lattice, with mean 0 and standard deviation 1.

    Args:
        rng: draws as many numbers whatever the size, so that a picture scales.
        size: side of the field.
        cells: hills across it, of the coarsest octave.
        octaves: layers, each twice as fine as the one before.
        gain: strength of each to the one before.
    """
    out = np.zeros((size, size))
    for octave in range(octaves):
        across = cells * 2**octave
        knots = int(across) + 5
        lattice = rng.standard_normal((knots, knots))
        # Off the lattice's points, so that no two octaves' hills line up.
        down, right = (_splines(size, across, knots, begin) for begin in 1 + rng.random(2))
        out += gain**octave * (down @ lattice @ right.T)
    return ((out - out.mean()) / (out.std() + 1e-9)).astype(np.float32)


def _splines(size: int, across: float, knots: int, begin: float) -> np.ndarray:
    """(size, knots) weights of a uniform cubic B-spline's knots at the pixels of a line."""
    place = begin + (np.arange(size) + 0.5) / size * across
    far = np.abs(place[:, None] - np.arange(knots))
    return np.where(far < 1, 2 / 3 - far**2 + far**3 / 2, np.clip(2 - far, 0, None) ** 3 / 6)


def still(size: int) -> Map:
    """The map that moves nothing."""
    line = (np.arange(size, dtype=np.float32) + np.float32(0.5)) / np.float32(size)
    x, y = np.meshgrid(line, line)
    return x, y


def sample(field: np.ndarray, where: Map) -> np.ndarray:
    """A field's or picture's values at the map's places; mirrored beyond its edges."""
    size = np.float32(field.shape[0])
    x, y = (place * size - np.float32(0.5) for place in where)
    return cv2.remap(field, x, y, cv2.INTER_LINEAR, borderMode=_EDGE)


def warped(rng: Rng, where: Map, cells: float, strength: float, octaves: int = 2) -> Map:
    """The map with every place displaced by noise, about `strength` far (domain warping)."""
    size = where[0].shape[0]
    moves = (noise(rng, size, cells, octaves) * np.float32(strength) for _ in range(2))
    x, y = (sample(move, where) + place for move, place in zip(moves, where, strict=True))
    return x, y


def stirred(rng: Rng, where: Map, cells: float, strength: float) -> Map:
    """The map carried back along curl noise, a flow without sources (Bridson et al. 2007).

    Args:
        cells: whirls across.
        strength: how far the fluid flows, as a fraction of the side.
    """
    size = where[0].shape[0]
    # A wider field, so that what flows in from outside flows as smoothly.
    margin = size // 6
    wide = size + 2 * margin
    potential = noise(rng, wide, cells * wide / size, 2, 0.3)
    down, across = np.gradient(potential)
    speed = np.float32(strength * size) / np.sqrt((down**2 + across**2).mean())
    # Scaling and squaring: a short way, walked twice, walked twice ... is the long one.
    moves = np.stack([down, -across], axis=-1) * (speed / np.float32(2**_DOUBLINGS))
    y, x = np.mgrid[:wide, :wide].astype(np.float32)
    for _ in range(_DOUBLINGS):
        to_x, to_y = x + moves[..., 0], y + moves[..., 1]
        moves = moves + cv2.remap(moves, to_x, to_y, cv2.INTER_LINEAR, borderMode=_EDGE)
    moves = cv2.GaussianBlur(moves, (0, 0), 0.8) / np.float32(size)  # no pixel-fine folds
    moves = moves[margin:-margin, margin:-margin]
    step = sample(moves, where)
    return where[0] + step[..., 0], where[1] + step[..., 1]


def combed(rng: Rng, where: Map, tines: int) -> Map:
    """The map after a comb was drawn through, a to-and-fro pull between its teeth (marbling)."""
    angle = rng.choice([0, np.pi / 2]) + rng.normal(0, 0.15)
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    x, y = where
    phase = (cos * y - sin * x) * np.float32(tines) + np.float32(rng.random())
    pull = np.float32(rng.uniform(0.12, 0.35) / tines) * np.sin(2 * np.pi * phase, dtype=np.float32)
    return x + cos * pull, y + sin * pull


def enlarged(field: np.ndarray, size: int) -> np.ndarray:
    """A field or picture at another, larger size."""
    if field.shape[0] == size:
        return field
    return cv2.resize(field, (size, size), interpolation=cv2.INTER_CUBIC)
