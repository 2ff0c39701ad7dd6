"""Scores of coloured versions of a film against its true colours, frame by frame."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor

from benchmarks.video_metrics import Motion, cdc, color_change, histograms, true_motion
from kinemacolor.engine.media.video.frame_samples import plane_rows
from kinemacolor.engine.media.video.probe import VideoInfo, probe
from kinemacolor.engine.media.video.reader import DecodedFrame, read_frames
from kinemacolor.models.color.lab import srgb_to_lab
from kinemacolor.models.color.ycbcr import ycbcr_to_rgb
from kinemacolor.trainers.metrics import ciede2000, colorfulness

Scores = dict[str, dict[str, float]]  # by measure, then by version


class _Seen(NamedTuple):
    """One frame as it is seen: (3, H, W) encoded RGB in 0..1, and LAB."""

    rgb: Tensor
    lab: Tensor

    @property
    def ab(self) -> np.ndarray:
        return np.ascontiguousarray(self.lab[1:].permute(1, 2, 0).numpy())


def chroma_of(frame: DecodedFrame) -> tuple[np.ndarray, np.ndarray]:
    """Cb and Cr of a decoded frame, at their own size."""
    blue, red = (plane_rows(plane, frame.luma.dtype) for plane in frame.av_frame.planes[1:3])
    return blue, red


def _seen(frame: DecodedFrame, info: VideoInfo, *, grey: bool = False) -> _Seen:
    """Decodes a frame, chroma enlarged bilinearly; or what is left of it without colour."""
    size = frame.luma.shape[::-1]
    neutral = np.full(frame.luma.shape, info.encoding.chroma_scale[0], np.float32)
    chroma = (
        [neutral] * 2
        if grey
        else [
            cv2.resize(plane.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
            for plane in chroma_of(frame)
        ]
    )
    planes = torch.from_numpy(np.stack([frame.luma.astype(np.float32), *chroma]))
    rgb = ycbcr_to_rgb(planes, info.encoding).clamp(0, 1)
    return _Seen(rgb, srgb_to_lab(rgb, info.encoding.primaries))


def _frames(truth: Path, made: Mapping[str, Path]) -> Iterator[tuple[np.ndarray, dict]]:
    """Luma and all versions of every frame."""
    infos = {name: probe(path) for name, path in {**made, "truth": truth}.items()}
    films = [read_frames(info) for info in infos.values()]
    for together in zip(*films, strict=True):
        by_name = dict(zip(infos, together, strict=True))
        seen = {name: _seen(frame, infos[name]) for name, frame in by_name.items()}
        seen["grey"] = _seen(by_name["truth"], infos["truth"], grey=True)
        yield by_name["truth"].luma, seen


def measure(truth: Path, made: Mapping[str, Path]) -> Scores:
    """Colour and steadiness of all versions of one clip, the truth and plain grey among them.

    Args:
        truth, made: 8-bit films with the same luma.
    """
    values: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))

    def look(item: tuple[np.ndarray, dict[str, _Seen]]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        luma, seen = item
        for version, frame in seen.items():
            codes = (frame.rgb * 255).round().byte().permute(1, 2, 0).numpy()
            values["ciede2000"][version].append(ciede2000(frame.lab, seen["truth"].lab).mean())
            values["colorfulness"][version].append(colorfulness(frame.rgb))
            values["cdc"][version].append(histograms(codes))
        return luma, {version: frame.ab for version, frame in seen.items()}

    for (here, ab), (there, next_ab) in pairwise(map(look, _frames(truth, made))):
        motion: Motion = true_motion(here, there)
        for version in ab:
            change = color_change(ab[version], next_ab[version], motion)
            values["flicker"][version].append(change)
    return {
        name: {
            version: cdc(found) if name == "cdc" else float(np.nanmean(found))
            for version, found in versions.items()
        }
        for name, versions in values.items()
    }
