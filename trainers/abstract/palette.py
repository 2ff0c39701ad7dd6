"""Colours that go together, drawn in LCh (the polar form of LAB)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from kinemacolor.models.color.lab import fit_gamut, lab_to_srgb

# Lightness at which sRGB shows a hue (degrees in LAB) at its fullest.
_HUES = (0, 40, 65, 100, 136, 195, 260, 290, 310, 330, 360)
_LIGHTNESS = (58, 52, 68, 88, 68, 66, 50, 34, 38, 50, 58)
# Hues that painters begin with, and how often; other colours of the palette lie by the scheme.
_BASES, _SHARES = (35, 75, 185, 265, 335), (0.3, 0.2, 0.12, 0.26, 0.12)
_SCHEMES = {
    "analogous": (0, 22, -22, 44, -40, 8),
    "complementary": (0, 180, 14, 194, -16, 168),
    "split": (0, 150, 210, 12, 160, 200),
    "triad": (0, 120, 240, 10, 130, 230),
    "tetrad": (0, 90, 180, 270, 20, 200),
}


def to_rgb(lab: np.ndarray) -> np.ndarray:
    """(N, 3) LAB, in gamut, to (N, 3) float32 sRGB, 0..255."""
    rgb = lab_to_srgb(torch.from_numpy(lab.T[:, :, None]).double())
    return (rgb[:, :, 0].T * 255).clamp(0, 255).float().numpy()


def _fitted(lightness: np.ndarray, chroma: np.ndarray, hue: np.ndarray) -> np.ndarray:
    """(N, 3) LAB of LCh (degrees), chroma lowered where sRGB has not as much."""
    angle = np.radians(hue)
    lab = np.stack([lightness, chroma * np.cos(angle), chroma * np.sin(angle)])
    return fit_gamut(torch.from_numpy(lab[:, :, None]), steps=7)[:, :, 0].numpy().T


@dataclass(frozen=True)
class Palette:
    """Six colours in harmony, with a light neutral ("paper") and a dark one ("ink").

    Attributes:
        lab: (8, 3): the colours, most important first, then paper and ink.
        rgb: the same as float32 sRGB, 0..255.
    """

    lab: np.ndarray
    rgb: np.ndarray

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Palette:
        base = rng.choice(_BASES, p=_SHARES) + rng.uniform(-18, 18)
        scheme = _SCHEMES[tuple(_SCHEMES)[rng.integers(len(_SCHEMES))]]
        hue = (base + np.array(scheme) + rng.uniform(-9, 9, 6)) % 360
        contrast, vividness = rng.uniform(8, 24), rng.uniform(0.55, 1.0)
        lightness = np.interp(hue, _HUES, _LIGHTNESS) + contrast * rng.uniform(-1, 1, 6)
        chroma = vividness * rng.uniform(50, 105, 6)
        lightness = np.append(lightness, [rng.uniform(86, 97), rng.uniform(8, 24)])
        chroma = np.append(chroma, [rng.uniform(2, 14), rng.uniform(4, 26)])
        ink = rng.choice([270, 285, 40]) + rng.uniform(-15, 15)
        hue = np.append(hue, [rng.uniform(65, 105), ink])
        lab = _fitted(np.clip(lightness, 14, 97), chroma, hue)
        return cls(lab, to_rgb(lab))

    @property
    def paper(self) -> np.ndarray:
        return self.rgb[6]

    @property
    def ink(self) -> np.ndarray:
        return self.rgb[7]

    def ground(self, rng: np.random.Generator) -> np.ndarray:
        """A colour to begin a picture on: mostly paper, else ink or a main colour."""
        return self.rgb[rng.choice([6, 7, 0, 1], p=[0.55, 0.2, 0.15, 0.1])]

    def some(self, rng: np.random.Generator) -> np.ndarray:
        """One of the colours, the first the most often."""
        return self.rgb[rng.choice(6, p=[0.26, 0.22, 0.18, 0.14, 0.11, 0.09])]

    def any(self, rng: np.random.Generator) -> np.ndarray:
        """One of the colours, or a neutral."""
        return self.rgb[rng.choice([6, 7])] if rng.random() < 0.22 else self.some(rng)

    def ramp(self, rng: np.random.Generator, *, stops: int, steps: float = 0.0) -> np.ndarray:
        """(1024, 3) float32 sRGB: a way through some of the colours, mostly from dark to light.

        Args:
            stops: colours on the way, 2 to 8.
            steps: 0 for smooth transitions, towards 1 for flat bands with narrow ones between.
        """
        chosen = np.append(rng.permutation(6)[: max(1, stops - 2)], [6, 7])[-stops:]
        order = self.lab[chosen, 0] if rng.random() < 0.7 else rng.random(stops)
        lab = self.lab[chosen[np.argsort(order, kind="stable")]]
        place = np.linspace(0, stops - 1, 1024)
        whole = np.minimum(place.astype(int), stops - 2)
        part = np.clip((place - whole - 0.5) / (1 - steps) + 0.5, 0, 1)
        part = (part * part * (3 - 2 * part))[:, None]
        return to_rgb(lab[whole] * (1 - part) + lab[whole + 1] * part)
