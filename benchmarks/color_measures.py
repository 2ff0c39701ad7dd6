"""Measures of one coloured frame against its true colours, as propagation is scored in the field.

ColorMNet's evaluator (Yang et al. 2024, `evaluation_matrics/evaluation.py`) subtracts and squares
uint8 arrays, so that errors wrap around at 256: an error of 16 counts as none, and grey films score
some 30 dB. Measures that follow it (`psnr_wrapped`, `cm_psnr_wrapped`, `cm_ssim`) are for the
record only. It takes the pictures that its script saves: the truth's L* with the result's a*, b*,
cut off to codes, not rounded.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import torch

from benchmarks.clips import to_codes
from kinemacolor.models.color.lab import lab_to_srgb, srgb_to_lab
from kinemacolor.trainers.metrics import ciede2000, colorfulness

AB_PEAK = 202.335  # of PSNR over a*, b*, as LVVCP takes it (VLOGroup/LVVCP, psnr_utils.py)
EQUAL = 99.0  # dB, the most: of pictures without any difference
_WINDOW = 7  # pixels, of SSIM

# What is measured of every frame, and digits in tables.
DIGITS = {
    "de": 2,
    "de_l": 2,
    "ab_psnr": 2,
    "psnr": 2,
    "ssim": 4,
    "colorfulness": 1,
    "drift": 2,
    "psnr_wrapped": 2,
    "cm_psnr_wrapped": 2,
    "cm_ssim": 4,
}


@dataclass(frozen=True, eq=False)
class Seen:
    """A frame as it is seen.

    Args:
        rgb: (H, W, 3) float32 R'G'B' of 0..1.
        lab: (3, H, W) float32.
    """

    rgb: np.ndarray
    lab: torch.Tensor

    @classmethod
    def of(cls, rgb: np.ndarray) -> Seen:
        """A frame by its R'G'B'."""
        return cls(rgb, srgb_to_lab(_tensor(rgb)))

    @property
    def ab(self) -> np.ndarray:
        """(H, W, 2) float32."""
        return np.ascontiguousarray(self.lab[1:].permute(1, 2, 0).numpy())


def _tensor(rgb: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(rgb.transpose(2, 0, 1)))


def with_colors(truth: Seen, ab: np.ndarray) -> np.ndarray:
    """(H, W, 3) float32 R'G'B' of a frame's L* with other (H, W, 2) a*, b*, clipped to 0..1."""
    lab = torch.cat([truth.lab[:1], torch.from_numpy(ab).permute(2, 0, 1)])
    return np.ascontiguousarray(lab_to_srgb(lab).clamp(0, 1).permute(1, 2, 0).numpy())


def compare(seen: Seen, truth: Seen) -> dict[str, float]:
    """Measures of a frame against the truth.

    - de, de_l: CIEDE2000 (CIE 142-2001), mean over pixels, of what is seen, and with the truth's L*
    - ab_psnr: dB, of a* and b* at the peak `AB_PEAK`
    - psnr: dB, of R'G'B' rounded to 8 bits, in floating point
    - ssim: structural similarity (Wang et al. 2004) of the same, scikit-image's default window
    - colorfulness: Hasler and Suesstrunk's M3 (2003)
    - drift: mean distance in the plane of a*, b*, LAB units
    - psnr_wrapped, cm_psnr_wrapped, cm_ssim: as ColorMNet's evaluator, see above
    """
    here, there = to_codes(seen.rgb), to_codes(truth.rgb)
    ab = (seen.lab - truth.lab)[1:]
    swapped = torch.cat([truth.lab[:1], seen.lab[1:]])
    saved = (lab_to_srgb(swapped).clamp(0, 1) * 255).byte().permute(1, 2, 0).numpy()
    return {
        "de": _mean(ciede2000(seen.lab, truth.lab)),
        "de_l": _mean(ciede2000(swapped, truth.lab)),
        "ab_psnr": decibels(float(ab.double().square().mean()), AB_PEAK),
        "psnr": psnr(here, there),
        "ssim": ssim(here, there),
        "colorfulness": float(colorfulness(_tensor(seen.rgb))),
        "drift": _mean(torch.hypot(ab[0], ab[1])),
        "psnr_wrapped": wrapped_psnr(here, there),
        "cm_psnr_wrapped": wrapped_psnr(saved, there),
        "cm_ssim": ssim(saved, there),
    }


def _mean(values: torch.Tensor) -> float:
    return float(values.double().mean())


def decibels(power: float, peak: float) -> float:
    """Peak signal-to-noise ratio of a mean squared error, `EQUAL` at most."""
    return min(EQUAL, 20 * math.log10(peak / math.sqrt(power))) if power else EQUAL


def psnr(here: np.ndarray, there: np.ndarray) -> float:
    """dB, of uint8 pictures."""
    error = here.astype(np.int32) - there
    return decibels(float(np.mean(error * error, dtype=np.float64)), 255)


def wrapped_psnr(here: np.ndarray, there: np.ndarray) -> float:
    """dB, of uint8 pictures whose differences and squares wrap around at 256."""
    error = here - there
    return decibels(float(np.mean(error * error, dtype=np.float64)), 255)


def ssim(here: np.ndarray, there: np.ndarray) -> float:
    """Structural similarity of (H, W, C) uint8 pictures, mean over pixels and channels.

    As scikit-image's `structural_similarity` computes it by default: windows of 7 x 7 equal
    weights, sample variances, K1 = .01, K2 = .03, three pixels of the border left out.
    """
    count = _WINDOW**2  # whole numbers up to the quotient: exact, and quicker

    def total(values: np.ndarray) -> np.ndarray:
        sums: np.ndarray = cv2.boxFilter(values, cv2.CV_32S, (_WINDOW, _WINDOW), normalize=False)
        return sums[_WINDOW // 2 : -(_WINDOW // 2), _WINDOW // 2 : -(_WINDOW // 2)]

    x, y = here.astype(np.uint16), there.astype(np.uint16)
    of_x, of_y = total(x), total(y)
    means = of_x * of_y
    squares = of_x * of_x + of_y * of_y
    shared = count * total(x * y) - means
    spreads = count * (total(x * x) + total(y * y)) - squares
    c1, c2 = (0.01 * 255) ** 2 * count**2, (0.03 * 255) ** 2 * count * (count - 1)
    return float(((2 * means + c1) / (squares + c1) * (2 * shared + c2) / (spreads + c2)).mean())
