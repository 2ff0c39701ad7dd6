"""A network without weights whose colours are known, and films for it to colour."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import torch

import kinemacolor.engine.pipeline.worker
from kinemacolor.engine.pipeline.worker import Worker
from kinemacolor.engine.settings import Settings
from kinemacolor.models.colorizer import Colorizer
from kinemacolor.models.weights import Loaded


class Tint(Colorizer):
    """Yellow at the bottom, blue at the top, a* by lightness; keeps the sizes that it saw.

    Args:
        fail_at: the picture (from 0) at which it breaks down; None never.
        error: what is raised then.
    """

    size_multiple = 32

    def __init__(self, fail_at: int | None = None, error: Exception | None = None) -> None:
        super().__init__()
        self.sizes: list[tuple[int, int]] = []
        self._fail_at, self._error = fail_at, error

    def forward(self, lightness, hints=None):
        self.check_size(lightness)
        if self._fail_at is not None and len(self.sizes) > self._fail_at:
            raise self._error
        self.sizes.append(tuple(lightness.shape[-2:]))
        down = torch.linspace(-30, 30, lightness.shape[-2]).view(-1, 1).expand_as(lightness)
        return torch.cat([20 * torch.sin(lightness / 9), down], dim=1)


def tinting_worker(
    patch: pytest.MonkeyPatch, network: Colorizer | None = None, **settings: object
) -> Worker:
    """A worker that colours with `network` (a `Tint`), seeing pictures 32 pixels high."""
    network = network or Tint()
    patch.setattr(
        kinemacolor.engine.pipeline.worker,
        "load",
        lambda _: Loaded(lambda: network, "tint", "0" * 64, {}),
    )
    # Sources that tests make may have any chroma; and these colours are the same everywhere.
    defaults = {
        "working_size": 32,
        "device": "cpu",
        "codec": "ffv1",
        "on_color": "recolor",
        "color_memory": False,
    }
    worker = Worker(Settings(**(defaults | settings)))
    if isinstance(network, Tint):
        network.sizes.clear()  # of the worker's own trial run
    return worker


def photo(height: int, width: int, seed: int = 0) -> np.ndarray:
    """(height, width) uint8 soft detail over all codes."""
    noise = np.random.default_rng(seed).random((height, width), np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 3)
    return ((soft - soft.min()) / np.ptp(soft) * 255).astype(np.uint8)


def cut_after_still(before: int, after: int) -> list[np.ndarray]:
    """Frames of two still shots, which are so alike that only the stillness tells the cut."""
    rng = np.random.default_rng(3)
    one, other = (np.kron(rng.standard_normal((6, 8)), np.ones((8, 8))) for _ in range(2))
    shots = (one, before), (0.575 * one + 0.82 * other, after)
    return [
        (128 + 25 * shot).clip(0, 255).astype(np.uint8)
        for shot, length in shots
        for _ in range(length)
    ]


def pan(frames: int, height: int = 64, width: int = 96, seed: int = 0) -> list[np.ndarray]:
    """A camera moving over a photo by a pixel a frame, with a little flicker."""
    wide = photo(height, width + frames, seed)
    gain = np.random.default_rng(seed).uniform(0.9, 1, frames)
    return [(wide[:, i : i + width] * gain[i]).astype(np.uint8) for i in range(frames)]


def write_grey(
    path: Path, frames: Sequence[np.ndarray], *, rotation: int = 0, aspect: Fraction | None = None
) -> Path:
    """A lossless grey film at 25 frames a second."""
    with av.open(str(path), "w") as film:
        video = film.add_stream("ffv1", rate=25, options={"level": "3", "slicecrc": "1"})
        video.height, video.width = frames[0].shape
        video.pix_fmt = "gray"
        if aspect:
            video.codec_context.sample_aspect_ratio = aspect
        if rotation:
            video.set_display_rotation(rotation)
        for number, luma in enumerate(frames):
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(luma), format="gray")
            picture.pts, picture.time_base = number, Fraction(1, 25)
            film.mux(video.encode(picture))
        film.mux(video.encode(None))
    return path
