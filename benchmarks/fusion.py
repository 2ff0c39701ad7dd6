"""Fit guided colour's fusion to clips: `python -m benchmarks.fusion CLIPS OUT`.

CLIPS is a folder of films in colour, one shot each; OUT the weights
(engine/guidance/matching/fusion.npz).
The first frame of every clip is given, and later ones take their colours from it: the perceptron
learns which candidate to believe. Prints the error with each clip left out in turn, in ab units,
beside that of the match alone: weights are worth keeping if they win on clips they did not see.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import torch
from torch import Tensor, nn

from kinemacolor.engine.color.geometry import working_shape
from kinemacolor.engine.color.planes import resize_plane
from kinemacolor.engine.guidance import carrying
from kinemacolor.engine.guidance.exemplars.exemplar import Authority, Exemplar, ShotExemplars
from kinemacolor.engine.guidance.matching.encoder import Encoder
from kinemacolor.engine.guidance.matching.fusion import ALIKE, JOINED, KINDS, features_of
from kinemacolor.engine.motion.optical_flow import compose_flow, estimate_flow, identity_grid
from kinemacolor.engine.motion.tracks import TRACK_REACH, Track
from kinemacolor.engine.process import single_threaded

_SHORT_SIDE = 256
_FRAMES = (1, 4, 8, 16, 24, 32, 48, -1)  # of each clip
_PIXELS = 2500  # of each frame
_HIDDEN = 16
_STEPS, _BATCH, _RATE, _DECAY = 700, 3000, 5e-3, 1e-3
_UNTRACKED = 0.1  # share of the pixels that learn to do without a track
_SHARPER = 1.5  # times the scores: no error more on clips, and livelier colours
_CHROMA = 0.045  # CIEDE2000's: how much less a difference counts for each unit of chroma


@dataclass(frozen=True, eq=False)
class _Pixels:
    """Pixels of a frame: (n, KINDS, c) features, (n, KINDS, 2) ab, (n, KINDS) which there are."""

    features: Tensor
    ab: Tensor
    there: Tensor
    truth: Tensor


def clip_of(path: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """L* and ab of a film's frames at the working size."""
    frames = []
    with av.open(str(path)) as film:
        for frame in film.decode(video=0):
            rgb = frame.to_ndarray(format="rgb24").astype(np.float32) / 255
            shape = working_shape(rgb.shape[0], rgb.shape[1], _SHORT_SIDE)
            lab = cv2.split(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB))
            light, a, b = (resize_plane(plane, shape) for plane in lab)
            frames.append((light, cv2.merge([a, b])))
    return frames


def pixels_of(clip: Sequence[tuple[np.ndarray, np.ndarray]], encoder: Encoder) -> Iterator[_Pixels]:
    """Pixels of some frames of a clip, with all that they may take from its first."""
    first = clip[0]
    exemplar = Exemplar(*first, np.ones_like(first[0]), Authority.GIVEN, 0, "frame 0")
    carrier = carrying.Carrier(ShotExemplars(0, (exemplar,)), encoder)
    wanted = {number if number > 0 else len(clip) - 1 for number in _FRAMES}
    there = onward = identity_grid(*first[0].shape)
    chosen = np.random.default_rng(0)
    for number in range(1, len(clip)):
        light, truth = clip[number]
        flow = estimate_flow(clip[number - 1][0], light)
        there = compose_flow(there, flow.to_previous)
        onward = compose_flow(flow.to_next, onward)
        if number not in wanted:
            continue
        tracks = [Track(0, there, onward, number)] if number <= TRACK_REACH else []
        with single_threaded(), torch.inference_mode():
            likeness, candidates = carrier.candidates(light, tracks)
            seen = features_of(light, likeness, candidates)
        half = seen.shape[2:]
        places = chosen.choice(half[0] * half[1], _PIXELS, replace=False)
        features = torch.zeros(_PIXELS, KINDS, seen.shape[1])
        ab, known = torch.zeros(_PIXELS, KINDS, 2), torch.zeros(_PIXELS, KINDS, dtype=torch.bool)
        for item, planes in zip(candidates, seen, strict=True):
            features[:, item.kind] = _at(planes, places)
            ab[:, item.kind] = _at(resize_plane(item.ab, half).transpose(2, 0, 1), places)
            known[:, item.kind] = True
        truth_there = _at(resize_plane(truth, half).transpose(2, 0, 1), places)
        yield _Pixels(features, ab, known, truth_there)


def _at(planes: np.ndarray, places: np.ndarray) -> Tensor:
    return torch.from_numpy(planes.reshape(len(planes), -1)[:, places].T.copy())


def fit(frames: Sequence[_Pixels]) -> list[np.ndarray]:
    """Weights and biases of the perceptron, layer by layer, that mixes candidates best."""
    torch.manual_seed(0)
    x, ab, there, truth = (
        torch.cat([getattr(frame, name) for frame in frames])
        for name in ("features", "ab", "there", "truth")
    )
    mean, deviation = x[there].mean(0), x[there].std(0) + 1e-2
    x = (x - mean) / deviation
    layers = [nn.Linear(x.shape[2], _HIDDEN), nn.Linear(_HIDDEN, _HIDDEN), nn.Linear(_HIDDEN, 1)]
    network = nn.Sequential(layers[0], nn.ReLU(), layers[1], nn.ReLU(), layers[2])
    optimizer = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, _STEPS)
    for _ in range(_STEPS):
        chosen = torch.randint(0, len(x), (_BATCH,))
        known = there[chosen].clone()
        known[torch.rand(_BATCH) < _UNTRACKED, JOINED] = False
        scores = network(x[chosen])[..., 0].masked_fill(~known, -1e4)
        mixed = (torch.softmax(scores, 1)[..., None] * ab[chosen]).sum(1)
        optimizer.zero_grad()
        _error(mixed, truth[chosen]).backward()
        optimizer.step()
        schedule.step()
    with torch.no_grad():  # what it sees need not be normalised first
        layers[0].bias.sub_(layers[0].weight @ (mean / deviation))
        layers[0].weight.div_(deviation)
        layers[-1].weight.mul_(_SHARPER)
        layers[-1].bias.mul_(_SHARPER)
    return [
        array.detach().numpy().copy() for layer in layers for array in (layer.weight.T, layer.bias)
    ]


def _error(ab: Tensor, truth: Tensor) -> Tensor:
    chroma = truth.norm(dim=1)
    return ((ab - truth).norm(dim=1) / (1 + _CHROMA * chroma)).mean()


def error_of(weights: Sequence[np.ndarray], frames: Sequence[_Pixels]) -> tuple[float, float]:
    """Mean error of the mixture, and of the match alone."""
    mixed, matched = [], []
    for frame in frames:
        x = frame.features
        for place in range(0, len(weights), 2):
            x = x @ torch.from_numpy(weights[place]) + torch.from_numpy(weights[place + 1])
            x = x.relu() if place < len(weights) - 2 else x
        share = torch.softmax(x[..., 0].masked_fill(~frame.there, -1e4), 1)
        mixed.append(float(_error((share[..., None] * frame.ab).sum(1), frame.truth)))
        matched.append(float(_error(frame.ab[:, ALIKE], frame.truth)))
    return float(np.mean(mixed)), float(np.mean(matched))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    if not given.clips.is_dir():
        parser.error(f"{given.clips}: there is no such folder")
    encoder = Encoder()
    found = {
        path.stem: list(pixels_of(clip_of(path), encoder)) for path in sorted(given.clips.iterdir())
    }
    for name, frames in found.items():
        others = [frame for other in found if other != name for frame in found[other]]
        fused, matched = error_of(fit(others), frames)
        print(f"{name:24s} fused {fused:.2f}, match {matched:.2f}")
    weights = fit([frame for frames in found.values() for frame in frames])
    named: dict[str, Any] = {str(place): array for place, array in enumerate(weights)}
    np.savez(given.out, **named)


if __name__ == "__main__":
    main()
