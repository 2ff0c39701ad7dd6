"""A carrier without an encoder, whose colours tell what it was given, and exemplars for it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from kinemacolor.engine.guidance.exemplars.exemplar import Authority, Exemplar, ShotExemplars
from kinemacolor.engine.motion.optical_flow import warp_ab


class TellingCarrier:
    """Blends what the tracks lead to by nearness; the network's colours where none leads.

    The way onward shows, too: every part of a track changes the colours.
    """

    def __init__(self, shot, encoder):
        self.by_frame = {exemplar.frame: exemplar for exemplar in shot.exemplars}

    def __call__(self, lightness, automatic, tracks):
        ab, total = automatic * np.float32(0.01), 0.01
        for track in tracks:
            known, share = self.by_frame[track.frame], 1 / (1 + track.distance) ** 4
            found = warp_ab(known.ab, track.positions) + track.onward.std() / 1000
            ab, total = ab + found * np.float32(share), total + share
        if tracks and min(track.distance for track in tracks) == 0:
            [here] = [track for track in tracks if track.distance == 0]
            ab, total = self.by_frame[here.frame].ab, 1
        led = sum(1 / (1 + track.distance) for track in tracks) / 3
        return SimpleNamespace(
            ab=np.float32(ab / np.float32(total)), led=np.full(lightness.shape, led, np.float32)
        )


def exemplar(frame, *, authority=Authority.GIVEN, ab=None):
    """A frame's picture; of two colours, side by side, where none are given."""
    if ab is None:
        rng = np.random.default_rng(frame or 0)
        row = np.repeat(rng.uniform(-40, 40, (1, 2, 2)), 32, axis=1)
        ab = np.repeat(row, 32, axis=0).astype(np.float32).round()
    light, known = np.full(ab.shape[:2], 50, np.float32), np.ones(ab.shape[:2], np.float32)
    return Exemplar(light, ab, known, authority, frame, f"frame {frame}")


def shot_of(start, *frames, **wishes):
    """A shot with given frames."""
    return ShotExemplars(start, tuple(map(exemplar, frames)), **wishes)
