"""Fusion: of several candidates, the colours of what fits."""

import numpy as np
import torch

from kinemacolor.engine.guidance.matching.fusion import (
    ALIKE,
    DIRECT,
    FEATURES,
    Candidate,
    Fit,
    Likeness,
    features_of,
    fused,
)
from kinemacolor.engine.guidance.matching.sight import sight_of
from kinemacolor.engine.motion.optical_flow import identity_grid
from tests.engine.guidance.scene import SHAPE, error, scene, shifted

CELLS = SHAPE[0] // 16 * 3, SHAPE[1] // 16 * 3


def likeness(highest=0.7, spread=8.0):
    return Likeness(*(np.full(CELLS, value, np.float32) for value in (highest, spread)))


def offers(encoder, light, other, matched, moved):
    known = np.ones(SHAPE, np.float32)
    with torch.inference_mode():
        grid = identity_grid(*SHAPE)
        fit = Fit(sight_of(light, encoder), sight_of(other, encoder))(grid, grid)
    return [Candidate(ALIKE, matched, known), Candidate(DIRECT, moved, known, 1, fit)]


def test_what_fits_is_believed_and_what_does_not_is_not(encoder):
    light, ab = scene()
    same = offers(encoder, light, light, -ab, ab)
    with torch.inference_mode():
        assert error(fused(light, likeness(), same), ab) < 0.3 * error(-ab, ab)
        other = offers(encoder, light, shifted(light, 60), ab, -ab)
        unlike = fused(light, likeness(highest=0.98, spread=1.0), other)
    assert error(unlike, ab) < error(-ab, ab)


def test_unknown_colors_are_not_taken(encoder):
    light, ab = scene()
    matched, moved = offers(encoder, light, light, ab * 0, ab)
    unknown = Candidate(DIRECT, moved.ab, np.zeros(SHAPE, np.float32), 1, moved.fit)
    with torch.inference_mode():
        mixed = fused(light, likeness(), [matched, unknown])
        seen = features_of(light, likeness(), [matched, unknown])
    assert np.abs(mixed).max() < 1e-2
    assert seen.shape == (2, FEATURES, SHAPE[0] // 2, SHAPE[1] // 2)
    assert seen.dtype == np.float32
