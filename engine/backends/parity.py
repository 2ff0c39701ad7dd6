"""Whether a compiled network still gives the colours of the network that it was made from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from kinemacolor.engine.backends.base import Shape
from kinemacolor.models.colorizer import Colorizer

# The 99th percentile of the distance in ab that is let through, by what the form computes in.
LIMITS = {"fp32": 0.1, "bf16": 1.0, "fp16": 1.0, "int8": 2.0}

Color = Callable[[list[np.ndarray]], list[np.ndarray]]


@dataclass(frozen=True)
class Parity:
    """How far a compiled network is from eager float32.

    Args:
        mean, p99: mean and 99th percentile of the distance in ab over all pixels, ab units.
        problem: why it must not be used; empty where nothing is wrong.
    """

    mean: float
    p99: float
    problem: str = ""


def probes(shape: Shape, seed: int = 1) -> list[np.ndarray]:
    """Three fixed pictures that look a little like photographs: (h, w) float32 L* each.

    Noise whose amplitude falls with frequency as in natural scenes; the same faded and grainy, as
    old prints are; and with a night's shadows, white patches and hard edges.
    """
    rows, columns = shape
    rng = np.random.default_rng(seed)
    frequency = np.hypot(np.fft.fftfreq(rows)[:, None], np.fft.rfftfreq(columns)[None])
    frequency[0, 0] = np.inf

    def scene() -> np.ndarray:
        spectrum = np.fft.rfft2(rng.standard_normal(shape)) / frequency
        picture = np.fft.irfft2(spectrum, shape)
        return (picture - picture.min()) / np.ptp(picture) * 100

    faded = 35 + 0.4 * scene() + rng.normal(0, 2, shape)
    night = (scene() / 100) ** 3 * 100
    night[: rows // 8] = 0
    night[rows // 2 : rows // 2 + rows // 8, : columns // 4] = 100
    return [picture.clip(0, 100).astype(np.float32) for picture in (scene(), faded, night)]


def reference(network: Colorizer, pictures: Sequence[np.ndarray]) -> list[np.ndarray]:
    """What the network itself gives in float32: (h, w, 2) each."""
    with torch.inference_mode():
        tensors = [network(torch.from_numpy(picture)[None, None])[0] for picture in pictures]
    return [ab.permute(1, 2, 0).numpy() for ab in tensors]


def compare(color: Color, network: Colorizer, shape: Shape, precision: str) -> Parity:
    """Hold a compiled network against the one it was made from.

    Args:
        color: the compiled one, as the engine calls it.
        network: float32, on the CPU.
        shape: that it was compiled for.
        precision: a key of `LIMITS`.
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
    limit = LIMITS[precision]
    # The mean tells of few pixels that are far off, which the percentile does not see.
    for name, off in (("at the 99th percentile", p99), ("in the mean", mean)):
        if off > limit:
            return Parity(mean, p99, f"is off by {off:.2f} ab units {name}, {limit} allowed")
    return Parity(mean, p99)
