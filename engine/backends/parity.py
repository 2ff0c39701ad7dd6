"""The parity check: whether a compiled network gives the colours of the one it was made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from kinemacolor.engine.backends.base import Pictures, Shape
from kinemacolor.models.colorizer import Colorizer

Color = Callable[[Pictures], Pictures]


@dataclass(frozen=True)
class Parity:
    """The distance of a compiled network's colours from eager float32's.

    Args:
        mean, p99: mean and 99th percentile over all pixels of the Euclidean distance in a*b*, LAB
            units.
        problem: why it must not be used; empty where nothing is wrong.
    """

    mean: float
    p99: float
    problem: str = ""


def probes(shape: Shape, seed: int = 1) -> Pictures:
    """Three fixed test pictures with the statistics of photographs: (h, w) float32 L* each.

    Noise whose amplitude falls with frequency as in natural scenes; the same faded and grainy, as
    old prints are; and with a night's shadows, white patches and hard edges.
    """
    rows, columns = shape
    rng = np.random.default_rng(seed)
    frequency = np.hypot(np.fft.fftfreq(rows)[:, None], np.fft.rfftfreq(columns)[None])
    frequency[0, 0] = np.inf

    def scene() -> NDArray[np.float64]:
        spectrum = np.fft.rfft2(rng.standard_normal(shape)) / frequency
        picture = np.fft.irfft2(spectrum, shape)
        scaled: NDArray[np.float64] = (picture - picture.min()) / np.ptp(picture) * 100
        return scaled

    faded = 35 + 0.4 * scene() + rng.normal(0, 2, shape)
    night = (scene() / 100) ** 3 * 100
    night[: rows // 8] = 0
    night[rows // 2 : rows // 2 + rows // 8, : columns // 4] = 100
    return [picture.clip(0, 100).astype(np.float32) for picture in (scene(), faded, night)]


def reference(network: Colorizer, pictures: Pictures) -> Pictures:
    """What the network itself gives in float32: (h, w, 2) a*b* for each (h, w) L*."""
    with torch.inference_mode():
        tensors = [network(torch.from_numpy(picture)[None, None])[0] for picture in pictures]
    return [ab.permute(1, 2, 0).numpy() for ab in tensors]


def compare(color: Color, network: Colorizer, shape: Shape, limit: float) -> Parity:
    """Compare a compiled network with the one it was made from, on `probes`.

    Args:
        color: the compiled one, as the engine calls it: L* pictures to a*b* pictures.
        network: float32, on the CPU, in evaluation mode.
        shape: rows and columns that it was compiled for.
        limit: largest 99th percentile of the distance that passes, LAB units.
    """
    pictures = probes(shape)
    wanted = np.stack(reference(network, pictures))
    got = np.stack(color(pictures))
    if got.shape != wanted.shape:
        return Parity(np.inf, np.inf, f"gives {got.shape[1:]} instead of {wanted.shape[1:]}")
    if not np.isfinite(got).all():
        return Parity(np.inf, np.inf, "gives numbers that are none (NaN or infinity)")
    distance = np.linalg.norm(got.astype(np.float64) - wanted, axis=-1)
    mean, p99 = float(distance.mean()), float(np.percentile(distance, 99))
    if not np.ptp(got, axis=(1, 2)).any() and np.ptp(wanted, axis=(1, 2)).any():
        return Parity(mean, p99, "gives one colour everywhere")
    # The mean tells of few pixels that are far off, which the percentile does not see.
    for name, off in (("at the 99th percentile", p99), ("in the mean", mean)):
        if off > limit:
            return Parity(mean, p99, f"is off by {off:.2f} ab units {name}, {limit} allowed")
    return Parity(mean, p99)
