"""Fluid pictures: warped noise, agate, marbling, acrylic pours, ink in water, silk."""

from __future__ import annotations

import cv2
import numpy as np

from kinemacolor.trainers.abstract.flow import (
    Map,
    Rng,
    combed,
    enlarged,
    noise,
    sample,
    still,
    stirred,
    warped,
)
from kinemacolor.trainers.abstract.palette import Palette

_GRID = 160  # side of the fields that flows are computed on: they are smooth
_FOLD = 256  # colours of one fold of silk


def clouds(rng: Rng, palette: Palette, size: int) -> np.ndarray:
    """Noise warped by noise warped by noise (Quilez)."""
    first = warped(rng, still(_GRID), rng.uniform(1.2, 2.5), rng.uniform(0.08, 0.2))
    second = warped(rng, first, rng.uniform(1.5, 3), rng.uniform(0.1, 0.25))
    height = sample(noise(rng, _GRID, rng.uniform(1.5, 3.5), 4), second)
    rgb = _colored(height, palette.ramp(rng, stops=int(rng.integers(4, 7))), size)
    # Where the first warp was strong another colour shines through.
    veil = np.hypot(first[0] - still(_GRID)[0], first[1] - still(_GRID)[1])
    rgb = _glazed(rgb, palette.some(rng), _soft(veil, 0.35, 0.9), rng.uniform(0.3, 0.8))
    return _lit(rng, rgb, height)


def agate(rng: Rng, palette: Palette, size: int) -> np.ndarray:
    """Many bands along the heights of warped noise, as in cut stone."""
    where = warped(rng, still(_GRID), rng.uniform(1.2, 3), rng.uniform(0.06, 0.2), 3)
    height = sample(noise(rng, _GRID, rng.uniform(1, 2.2), 2, 0.35), where)
    turns = rng.uniform(0.8, 2.2)
    wave = 0.5 + 0.5 * np.sin(height * np.float32(turns * np.pi) + 6)
    band = wave + np.float32(0.15) * height
    ramp = palette.ramp(rng, stops=int(rng.integers(5, 9)), steps=rng.uniform(0, 0.7))
    return _lit(rng, _colored(band, ramp, size), height)


def marbling(rng: Rng, palette: Palette, size: int) -> np.ndarray:
    """Drops of paint on water, combed and stirred (ebru, suminagashi)."""
    where = still(_GRID)
    for _ in range(rng.integers(1, 4)):
        where = combed(rng, where, int(rng.integers(2, 7)))
    where = stirred(rng, where, rng.uniform(1.5, 3), rng.uniform(0.04, 0.25))
    return _carried(_drops(rng, palette, size), where, size)


def currents(rng: Rng, palette: Palette, size: int) -> np.ndarray:
    """Fields of colour drawn out into long swirls."""
    where = stirred(rng, still(_GRID), rng.uniform(1.5, 3), rng.uniform(0.3, 0.7))
    ramp = palette.ramp(rng, stops=int(rng.integers(4, 8)), steps=rng.uniform(0.2, 0.85))
    paint = noise(rng, _GRID, rng.uniform(2, 4), 2)
    return _carried(_colored(paint, ramp, 2 * size, fine=1), where, size)


def pour(rng: Rng, palette: Palette, size: int) -> np.ndarray:
    """Acrylic cells with lacing, on streams of paint."""
    where = stirred(rng, still(_GRID), rng.uniform(1.2, 2.5), rng.uniform(0.1, 0.35))
    where = warped(rng, where, 4, rng.uniform(0.005, 0.02))
    seeds = rng.random((int(rng.integers(18, 46)), 2)).astype(np.float32) * 1.4 - np.float32(0.2)
    weight = rng.uniform(-0.12, 0.1, len(seeds)).astype(np.float32)
    nearest = np.full((_GRID, _GRID), np.inf, np.float32)
    second = nearest.copy()
    for (x, y), extra in zip(seeds, weight, strict=True):
        distance = np.hypot(where[0] - x, where[1] - y) + extra
        second = np.minimum(second, np.maximum(nearest, distance))
        nearest = np.minimum(nearest, distance)
    streams = sample(noise(rng, _GRID, rng.uniform(1.5, 3), 2), where)
    ramp = palette.ramp(rng, stops=int(rng.integers(4, 8)), steps=rng.uniform(0.3, 0.8))
    rgb = _colored(streams + np.float32(3) * nearest, ramp, size)
    lacing = palette.paper if rng.random() < 0.6 else palette.ink
    edge = np.clip(1 - (second - nearest) / np.float32(rng.uniform(0.02, 0.06)), 0, 1)
    rgb = _glazed(rgb, lacing, edge, rng.uniform(0.6, 1))
    heart = np.clip(1.2 - (nearest - weight.min()) / np.float32(rng.uniform(0.1, 0.2)), 0, 1)
    return _lit(rng, _glazed(rgb, palette.some(rng), heart, rng.uniform(0.4, 1)), streams)


def ink(rng: Rng, palette: Palette, size: int) -> np.ndarray:
    """Plumes of inks in clear water, or of light in dark, each filtering what lies below."""
    dark = rng.random() < 0.3
    water = np.float32(255) - palette.ink if dark else palette.paper
    light = np.broadcast_to(water / np.float32(255), (size, size, 3))
    common = stirred(rng, still(_GRID), rng.uniform(1.5, 3), rng.uniform(0.15, 0.45))
    for _ in range(rng.integers(2, 5)):
        where = warped(rng, common, rng.uniform(1, 2), rng.uniform(0.04, 0.12))
        where = warped(rng, where, rng.uniform(5, 9), rng.uniform(0.005, 0.02))
        cloud = sample(noise(rng, _GRID, rng.uniform(0.9, 2), 4, 0.4), where)
        thread = sample(noise(rng, _GRID, rng.uniform(2, 4)), where)
        body = np.clip(cloud - np.float32(rng.uniform(-0.5, 0.6)), 0, None)
        # Ink gathers at its front and in threads, and thins out inside.
        front = body * np.exp(-2 * body) * np.float32(rng.uniform(1, 4))
        wisps = np.exp(-((thread / np.float32(0.22)) ** 2)) * np.float32(rng.uniform(0, 0.8))
        depth = enlarged((body * np.float32(0.7) + front) * (1 + wisps), size)[..., None]
        color = np.float32(255) - palette.some(rng) if dark else palette.some(rng)
        light = light * np.clip(color / np.float32(255), 0.03, 1) ** np.clip(depth, 0, 3)
    return np.float32(255) * (1 - light if dark else light)


def silk(rng: Rng, palette: Palette, size: int) -> np.ndarray:
    """Folds of cloth or waves, one behind another, each shaded from crest to trough."""
    angle = rng.uniform(0, 2 * np.pi)
    x, y = warped(rng, still(_GRID), rng.uniform(1, 2.2), rng.uniform(0.1, 0.22), 2)
    along = np.float32(np.cos(angle)) * x + np.float32(np.sin(angle)) * y
    folds = along * np.float32(rng.uniform(3, 9)) + np.float32(0.3) * noise(rng, _GRID, 1.5, 2)
    folds -= folds.min()
    count = int(folds.max()) + 1
    ramp = palette.ramp(rng, stops=int(rng.integers(4, 8)))
    tones = ramp[np.rint(np.linspace(0, 1023, count)).astype(int)]
    if rng.random() < 0.5:
        tones = tones[rng.permutation(count)]
    # Every fold as a run of the ramp: its tone, towards the next one's, from a shadow on.
    part = np.linspace(0, 1, _FOLD, dtype=np.float32)[:, None]
    share = part**2 * np.float32(rng.uniform(0.3, 0.9))
    runs = tones[:, None] * (1 - share) + np.roll(tones, 1, axis=0)[:, None] * share
    runs = (runs * (1 - np.float32(0.3) * (1 - part) ** 6)).reshape(-1, 3)
    return _reduced(_looked_up(enlarged(folds, 2 * size) * _FOLD, runs, cv2.INTER_NEAREST), size)


def _colored(field: np.ndarray, ramp: np.ndarray, size: int, *, fine: int = 2) -> np.ndarray:
    """A field through a ramp, its 2nd percentile to the first colour, its 98th to the last."""
    low, high = np.percentile(field, (2, 98)).astype(np.float32)
    scale = np.float32(len(ramp) - 1) / max(high - low, np.float32(1e-6))
    return _reduced(_looked_up(enlarged((field - low) * scale, size * fine), ramp), size)


def _looked_up(index: np.ndarray, ramp: np.ndarray, how: int = cv2.INTER_LINEAR) -> np.ndarray:
    """The ramp's colours at places along it, its ends beyond them."""
    none = np.zeros_like(index)
    return cv2.remap(ramp[None], index, none, how, borderMode=cv2.BORDER_REPLICATE)


def _reduced(rgb: np.ndarray, size: int) -> np.ndarray:
    """Twice as fine colours averaged, which softens the edges."""
    if rgb.shape[0] == size:
        return rgb
    return cv2.resize(rgb, (size, size), interpolation=cv2.INTER_AREA)


def _soft(field: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 below one quantile of the field, 1 above the other, smooth between."""
    a, b = np.quantile(field, (low, high)).astype(np.float32)
    part = np.clip((field - a) / (b - a + np.float32(1e-6)), 0, 1)
    return part * part * (3 - 2 * part)


def _glazed(rgb: np.ndarray, color: np.ndarray, mask: np.ndarray, alpha: float) -> np.ndarray:
    cover = enlarged(mask, rgb.shape[0]).clip(0, 1)[..., None] * np.float32(alpha)
    return rgb + (np.asarray(color, np.float32) - rgb) * cover


def _lit(rng: Rng, rgb: np.ndarray, height: np.ndarray) -> np.ndarray:
    """Some pictures gloss, as wet paint under a lamp."""
    if rng.random() < 0.5:
        return rgb
    angle, down_across = rng.uniform(0, 2 * np.pi), np.gradient(height)
    slope = np.float32(np.sin(angle)) * down_across[0] + np.float32(np.cos(angle)) * down_across[1]
    slope = enlarged(slope / (slope.std() + np.float32(1e-6)), rgb.shape[0])
    return rgb * (1 + np.float32(rng.uniform(0.04, 0.11)) * slope.clip(-2.5, 2.5)[..., None])


def _drops(rng: Rng, palette: Palette, size: int) -> np.ndarray:
    """(2 size, 2 size, 3) uint8: drops in drops, late ones over early ones."""
    fine = 2 * size
    picture = np.empty((fine, fine, 3), np.uint8)
    picture[:] = np.rint(palette.ground(rng))
    for _ in range(rng.integers(14, 40)):
        radius = rng.uniform(0.05, 0.24)
        centre = np.rint(rng.random(2) * fine * 256).astype(int).tolist()
        while radius > 0.015:
            color = palette.any(rng).tolist()
            cv2.circle(picture, centre, round(radius * fine * 256), color, -1, cv2.LINE_8, 8)
            radius -= rng.uniform(0.015, 0.07)
    return picture


def _carried(paint: np.ndarray, where: Map, size: int) -> np.ndarray:
    """A picture of twice the size, each place's colour taken from where the map says."""
    x, y = (enlarged(place, 2 * size) for place in where)
    return _reduced(sample(paint, (x, y)), size).astype(np.float32)


STYLES = (clouds, agate, marbling, currents, pour, ink, silk)
