"""Colour spaces of stills: what lightness their codes show, and which codes show a colour.

L* is that of the picture as shown: relative to the space's white, by CIE 15:2004 with D65.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Protocol

import cv2
import numpy as np
import torch

from kinemacolor.engine.color.gamut import HUE_NODES, LIGHTNESS_NODES, Gamut
from kinemacolor.engine.color.planes import look_up
from kinemacolor.engine.color.srgb_planes import (
    lightness_of_luminance,
    linear_codes,
    srgb_codes,
    xyz_to_linear,
)
from kinemacolor.engine.kept_tables import kept_table
from kinemacolor.models.color.lab import (
    fit_gamut,
    grey_to_lightness,
    rgb_to_xyz_matrix,
    srgb_to_linear,
)

_OUT_OF_GAMUT = 180.0  # chroma beyond that of any sRGB colour
CODES = 1 << 16  # of 16 bits; every 257th is one of 8 bits


class SourceSpace(Protocol):
    """The space that a still's codes are in."""

    def lightness(self, pixels: np.ndarray) -> np.ndarray:
        """(H, W) float32 L* of codes, uint8 or uint16."""

    def in_srgb(self, pixels: np.ndarray) -> np.ndarray:
        """Codes of sRGB that show what `pixels` show, as near as it can; same shape and type."""


class TargetSpace(SourceSpace, Protocol):
    """An RGB space in which a coloured still is written."""

    @property
    def gamut(self) -> Gamut:
        """The colours that it can show."""

    def codes(
        self, lightness: np.ndarray, a: np.ndarray, b: np.ndarray, dtype: np.dtype
    ) -> np.ndarray:
        """(H, W, 3) codes of LAB planes, (H, W) float32, that lie within its gamut."""


class SRGBSpace:
    """sRGB (IEC 61966-2-1), of grey and of RGB codes."""

    @cached_property
    def gamut(self) -> Gamut:
        shape = LIGHTNESS_NODES, HUE_NODES + 1
        largest = kept_table("largest-chroma", shape, __file__, partial(_largest_chroma, None))
        return Gamut(largest)

    def lightness(self, pixels: np.ndarray) -> np.ndarray:
        grey, linear = _srgb_tables(pixels.dtype.str)
        if pixels.ndim == 2:
            return look_up(grey, pixels)
        return lightness_of_luminance(cv2.transform(look_up(linear, pixels), _luminance_weights()))

    def in_srgb(self, pixels: np.ndarray) -> np.ndarray:
        return pixels

    def codes(
        self, lightness: np.ndarray, a: np.ndarray, b: np.ndarray, dtype: np.dtype
    ) -> np.ndarray:
        return srgb_codes(lightness, a, b, dtype)


SRGB = SRGBSpace()


@dataclass(frozen=True, eq=False)
class GreySpace:
    """Grey codes of a profile or a gamma.

    Args:
        grey: (65536,) float32, sRGB-encoded value, 0..1, of every code of 16 bits.
    """

    grey: np.ndarray

    @cached_property
    def _table(self) -> np.ndarray:
        lightness: np.ndarray = grey_to_lightness(torch.from_numpy(self.grey).double()).numpy()
        return lightness.astype(np.float32)

    def lightness(self, pixels: np.ndarray) -> np.ndarray:
        return look_up(_of_depth(self._table, pixels.dtype), pixels)

    def in_srgb(self, pixels: np.ndarray) -> np.ndarray:
        levels = np.iinfo(pixels.dtype).max
        curve = np.rint(_of_depth(self.grey, pixels.dtype) * levels).astype(pixels.dtype)
        return look_up(curve, pixels)


@dataclass(frozen=True, eq=False)
class MatrixSpace:
    """RGB space of three curves and a matrix, as cameras, scanners and editors use.

    Args:
        curves: (65536, 3) float32, linear light of every code of 16 bits, rising from 0 to 1.
        to_srgb: (3, 3) float64 from linear light to sRGB's.
    """

    curves: np.ndarray
    to_srgb: np.ndarray

    @cached_property
    def gamut(self) -> Gamut:
        """That of colours in this space and in sRGB."""
        return Gamut(_largest_chroma(torch.from_numpy(np.linalg.inv(self.to_srgb))))

    @cached_property
    def _encoders(self) -> dict[np.dtype, np.ndarray]:
        """By type: (65536, 3), the code for linear light by its sRGB-encoded value."""
        light = srgb_to_linear(torch.linspace(0, 1, CODES, dtype=torch.float64)).numpy()
        place = np.linspace(0, 1, CODES)
        codes = np.stack([np.interp(light, curve, place) for curve in self.curves.T], axis=1)
        types = (np.dtype(np.uint8), np.dtype(np.uint16))
        return {dtype: np.rint(codes * np.iinfo(dtype).max).astype(dtype) for dtype in types}

    @cached_property
    def _from_xyz(self) -> np.ndarray:
        matrix = np.linalg.inv(self.to_srgb) @ xyz_to_linear().astype(np.float64)
        return matrix.astype(np.float32)

    def lightness(self, pixels: np.ndarray) -> np.ndarray:
        curves = _of_depth(self.curves, pixels.dtype)
        weights = _luminance_weights().astype(np.float64) @ self.to_srgb
        return lightness_of_luminance(
            cv2.transform(_by_channel(curves, pixels), weights.astype(np.float32))
        )

    def in_srgb(self, pixels: np.ndarray) -> np.ndarray:
        linear = _by_channel(_of_depth(self.curves, pixels.dtype), pixels)
        linear = cv2.transform(linear, self.to_srgb.astype(np.float32))
        return linear_codes(linear, pixels.dtype)

    def codes(
        self, lightness: np.ndarray, a: np.ndarray, b: np.ndarray, dtype: np.dtype
    ) -> np.ndarray:
        encoded = srgb_codes(lightness, a, b, np.dtype(np.uint16), self._from_xyz)
        return _by_channel(self._encoders[np.dtype(dtype)], encoded)


def _of_depth(table: np.ndarray, dtype: np.dtype) -> np.ndarray:
    return np.ascontiguousarray(table[::257]) if dtype == np.uint8 else table


def _by_channel(tables: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """`tables[pixels[..., c], c]` for every channel c; tables (256 or 65536, 3)."""
    if pixels.dtype == np.uint8:
        return cv2.LUT(pixels, np.ascontiguousarray(tables)[None])
    found = np.empty(pixels.shape, tables.dtype)
    for channel in range(3):
        np.take(tables[:, channel], pixels[..., channel], out=found[..., channel])
    return found


@lru_cache(maxsize=2)
def _srgb_tables(dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """float32 L* of grey codes, and linear light of codes."""
    codes = torch.linspace(0, 1, int(np.iinfo(dtype).max) + 1, dtype=torch.float64)
    return grey_to_lightness(codes).float().numpy(), srgb_to_linear(codes).float().numpy()


@lru_cache(maxsize=1)
def _luminance_weights() -> np.ndarray:
    weights: np.ndarray = rgb_to_xyz_matrix()[1:2].numpy()
    return weights


def _largest_chroma(to_other: torch.Tensor | None) -> np.ndarray:
    """Largest chroma in sRGB, and in the RGB space to which a matrix leads from linear sRGB."""
    lightness = torch.linspace(0, 100, LIGHTNESS_NODES).view(-1, 1).expand(-1, HUE_NODES + 1)
    hue = torch.linspace(0, 2 * torch.pi, HUE_NODES + 1).expand(LIGHTNESS_NODES, -1)
    lab = torch.stack([lightness, _OUT_OF_GAMUT * hue.cos(), _OUT_OF_GAMUT * hue.sin()])
    chroma: np.ndarray = fit_gamut(lab, steps=18, also=to_other)[1:].norm(dim=0).numpy()
    return chroma


def largest_step(space: SourceSpace, dtype: np.dtype) -> float:
    """The largest L* difference between neighbouring codes of grey."""
    codes = np.arange(int(np.iinfo(dtype).max) + 1).astype(dtype)
    return float(np.diff(space.lightness(np.dstack([codes[None]] * 3))[0]).max())
