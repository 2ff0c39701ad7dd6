"""Consensus: the network's colours of several frames, made to agree wherever they show the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from kinemacolor.engine.color.planes import pixels_of, planes_of
from kinemacolor.engine.guidance.matching.likeness import Link, Look
from kinemacolor.engine.process import single_threaded

_ROUNDS = 8
_MATCHED = 0.5  # weight of a sure match; that of sure motion, and of a picture's own colours, is 1
# Chroma that is added to every voice's: a vivid one counts for more, since the network is greyest
# where it is unsure (a mean over its palette).
_GREY = 10.0

_MOST_GAIN = 1.3  # of chroma, for what mixing takes away

Links = Sequence[Sequence[int]]


@single_threaded()
@torch.inference_mode()
def consensus(looks: Sequence[Look], ab: Sequence[np.ndarray], links: Links) -> list[np.ndarray]:
    """Colours that agree.

    In every round each picture takes the mean of its own colours and of those that the pictures it
    is linked with would give it.

    Args:
        looks: of the pictures.
        ab: (h, w, 2) float32 each, at the looks' sizes.
        links: for each picture, the places of those that it listens to.

    Returns:
        (h, w, 2) float32 each.
    """
    found = [
        [(there, Link(looks[here], looks[there])) for there in heard]
        for here, heard in enumerate(links)
    ]
    colors = [pixels_of(planes_of(own)) for own in ab]  # by planes in memory from here on
    for _ in range(_ROUNDS):
        colors = [_heard(here, colors, linked) for here, linked in enumerate(found)]
    gain = _kept_chroma(ab, colors)
    return [colors_here * gain for colors_here in colors]


def _kept_chroma(before: Sequence[np.ndarray], after: Sequence[np.ndarray]) -> np.float32:
    """The gain by which colours that were mixed are as strong as before."""
    powers = [
        sum(float(np.square(ab).sum(dtype=np.float64)) for ab in planes)
        for planes in (before, after)
    ]
    if not powers[1]:
        return np.float32(1)
    return np.float32(np.clip((powers[0] / powers[1]) ** 0.5, 1, _MOST_GAIN))


def _heard(
    here: int, colors: Sequence[np.ndarray], linked: Sequence[tuple[int, Link]]
) -> np.ndarray:
    own = colors[here]
    total, weight = np.zeros_like(own), _vividness(own)
    for there, link in linked:
        change = link.change(own, colors[there])
        share = np.maximum(_MATCHED * link.known, link.trust)
        voice = share * _vividness(own + change)
        total += change * voice[..., None]
        weight += voice
    heard: np.ndarray = own + total / weight[..., None]
    return heard


def _vividness(ab: np.ndarray) -> np.ndarray:
    vividness: np.ndarray = np.sqrt((ab * ab).sum(axis=2)) + np.float32(_GREY)
    return vividness
