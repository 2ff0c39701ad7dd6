"""Colours that agree: links between pictures, their consensus, set-ups, and frames held to them."""

from __future__ import annotations

import numpy as np
import pytest

from kinemacolor.engine.guidance.exemplars.consensus import consensus
from kinemacolor.engine.guidance.exemplars.exemplar import Authority, Exemplar
from kinemacolor.engine.guidance.exemplars.remembering import remember
from kinemacolor.engine.guidance.exemplars.setups import find_setups
from kinemacolor.engine.guidance.holding import Holder
from kinemacolor.engine.guidance.matching.encoder import Encoder
from kinemacolor.engine.guidance.matching.likeness import Link, look_at, look_shape
from tests.engine.tint import photo

ENCODER = Encoder()


def view(seed: int, shift: int = 0) -> np.ndarray:
    """(128, 192) float32 L* of a scene, from a camera moved by some pixels."""
    wide = photo(128, 224, seed).astype(np.float32) / np.float32(2.55)
    return np.ascontiguousarray(wide[:, shift : shift + 192])


def flat(a: float, b: float) -> np.ndarray:
    return np.full((128, 192, 2), (a, b), np.float32)


@pytest.fixture(scope="module")
def looks():
    return [look_at(view(1, shift), ENCODER) for shift in (0, 4, 8)]


@pytest.mark.parametrize("shape", [(256, 352), (352, 256), (128, 192), (32, 64), (544, 960)])
def test_a_looks_size_stays(shape):
    rows, columns = look_shape(shape)
    assert rows % 32 == columns % 32 == 0
    assert min(rows, columns) <= 128
    assert look_shape((rows, columns)) == (rows, columns)


def test_what_moves_is_followed(looks):
    ab = np.dstack([view(1, 0), view(1, 0)])
    moved = np.dstack([view(1, 4), view(1, 4)])
    link = Link(looks[1], looks[0])
    change = link.change(flat(0, 0), ab)
    inside = np.s_[8:-8, 8:-16]
    assert np.abs(change - moved)[inside].mean() < 2
    assert link.trust[inside].mean() > 0.9


def test_pictures_of_one_scene_agree(looks):
    agreed = consensus(looks, [flat(30, 0), flat(0, 30), flat(10, 10)], [[1, 2], [0, 2], [0, 1]])
    middles = np.array([ab[16:-16, 16:-24].mean(axis=(0, 1)) for ab in agreed])
    assert np.ptp(middles, axis=0).max() < 2
    assert 5 < middles.mean() < 25


def test_mixing_does_not_grey(looks):
    colors = [flat(30, 0), flat(0, 30), flat(30, 0)]
    agreed = consensus(looks, colors, [[1, 2], [0, 2], [0, 1]])
    assert 25 < np.mean([np.hypot(*np.moveaxis(ab, 2, 0)).mean() for ab in agreed]) < 32


def test_vivid_voices_count_for_more(looks):
    agreed = consensus(looks[:2], [flat(40, 0), flat(0, 0)], [[1], [0]])
    assert np.mean([ab[16:-16, 16:-24, 0].mean() for ab in agreed]) > 22


def test_who_hears_nobody_keeps_its_colors(looks):
    [ab] = consensus(looks[:1], [flat(12, -7)], [[]])
    assert np.array_equal(ab, flat(12, -7))


def test_consensus_is_the_same_every_time(looks):
    colors, links = [flat(30, 0), flat(0, 30), flat(10, 10)], [[1, 2], [0, 2], [0, 1]]
    first, again = (consensus(looks, colors, links) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))


SCENES = [1, 2, 1, 2, 3, 1]  # to and fro, and something else


def test_shots_of_one_set_up_are_found():
    frames = [[view(seed, shift) for shift in (0, 2)] for seed in SCENES]
    seen = [[look_at(frame, ENCODER) for frame in shot] for shot in frames]
    assert find_setups(frames, lambda shot, place: seen[shot][place]) == [0, 1, 0, 1, 4, 0]


def test_blank_and_absent_frames_are_of_no_set_up():
    blank = np.full((128, 192), 3, np.float32)
    frames = [[blank], [], [blank], []]
    assert find_setups(frames, lambda *_: look_at(blank, ENCODER)) == [0, 1, 2, 3]


def test_set_ups_share_their_colors():
    numbers = [[10 * shot] for shot in range(len(SCENES))]
    lightness = {10 * shot: view(seed) for shot, seed in enumerate(SCENES)}
    ab = {10 * shot: flat(8 * shot, 0) for shot in range(len(SCENES))}
    setups, agreed = remember(
        numbers, lightness, ab, lambda number: look_at(lightness[number], ENCODER)
    )
    assert setups == [0, 1, 0, 1, 4, 0]
    a = [agreed[10 * shot][..., 0].mean() for shot in range(len(SCENES))]
    assert abs(a[0] - a[2]) < 4 and abs(a[2] - a[5]) < 4
    assert abs(a[1] - a[3]) < 2
    assert a[4] == 32


def exemplar(lightness: np.ndarray, ab: np.ndarray) -> Exemplar:
    return Exemplar(lightness, ab, np.ones_like(lightness), Authority.NETWORK, 0, "frame 0")


def test_frames_are_held_to_the_exemplars():
    holder = Holder([exemplar(view(1), flat(20, 5))], ENCODER)
    held = holder(view(1, 3), flat(0, -10))
    assert np.abs(held - flat(20, 5))[16:-16, 16:-16].mean() < 3


def test_what_is_unlike_keeps_the_networks_colors():
    holder = Holder([exemplar(view(1), flat(40, 40))], ENCODER)
    stripes = np.tile(np.float32([[20] * 6 + [80] * 6]), (128, 16))
    held = holder(stripes, flat(0, -10))
    assert np.abs(held - flat(0, -10)).mean() < 5
