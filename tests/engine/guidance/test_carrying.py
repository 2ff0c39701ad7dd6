"""Carrying: a frame takes its colours from exemplars, by motion and by likeness."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from kinemacolor.engine.guidance.carrying import Carrier
from kinemacolor.engine.guidance.exemplars.exemplar import Authority, ShotExemplars
from tests.engine.guidance.scene import SHAPE, error, exemplar, scene, shifted, track


def carrier(encoder, *exemplars):
    return Carrier(ShotExemplars(0, exemplars), encoder)


def test_a_given_frame_has_its_own_colors(encoder):
    light, ab = scene()
    carried = carrier(encoder, exemplar(light, ab))(light, ab * 0, [track(0, distance=0)])
    assert np.abs(carried.ab - ab).max() < 1e-4
    assert carried.led.min() == 1


@pytest.mark.parametrize("tracked", [True, False])
def test_colors_go_with_what_they_belong_to(encoder, tracked):
    light, ab = scene()
    carry = carrier(encoder, exemplar(light, ab))
    there, truth = shifted(light, 12), shifted(ab, 12)
    carried = carry(there, ab * 0, [track(12)] if tracked else [])
    held, grey = error(ab, truth), error(ab * 0, truth)
    assert error(carried.ab, truth) < 0.35 * min(held, grey)
    assert carried.ab.dtype == carried.led.dtype == np.float32
    assert carried.led.mean() > 0.8


def test_another_scene_is_led_less(encoder):
    light, ab = scene()
    carry = carrier(encoder, exemplar(light, ab))
    rng = np.random.default_rng(1)
    other = (rng.random(SHAPE) * 100).astype(np.float32)
    assert carry(other, ab * 0, []).led.mean() < carry(shifted(light, 6), ab * 0, []).led.mean()


def test_a_reference_may_be_of_another_size(encoder):
    light, ab = scene(shape=(160, 128))
    here, truth = scene(3)
    picture = exemplar(light, ab, Authority.REFERENCE, None)
    carried = carrier(encoder, picture)(here, truth * 0, [])
    assert error(carried.ab, truth) < error(truth * 0, truth)


def test_two_given_frames_lead_further_than_one(encoder):
    light, ab = scene()
    hidden = np.zeros(SHAPE, np.float32)
    hidden[:, : SHAPE[1] // 2] = 1
    left, right = exemplar(light, ab, known=hidden), exemplar(light, ab, known=1 - hidden, frame=8)
    here, truth = shifted(light, 2), shifted(ab, 2)
    tracks = [track(2), track(2, frame=8)]
    both = error(carrier(encoder, left, right)(here, ab * 0, tracks).ab, truth)
    assert both < error(carrier(encoder, left)(here, ab * 0, tracks).ab, truth)


@pytest.mark.parametrize("tracked", [True, False])
def test_a_frame_of_which_little_is_known_takes_nothing_from_another(encoder, tracked):
    """It looks more alike than the key frame does, but says nothing of most places."""
    light, ab = scene()
    near, here, truth = shifted(light, 10), shifted(light, 12), shifted(ab, 12)
    disc = shifted(ab, 10)[..., 0] == 40
    hint = exemplar(near, np.full_like(ab, 7), known=disc.astype(np.float32), frame=10)
    tracks = [track(12), track(2, frame=10)] if tracked else []
    key = exemplar(light, ab)
    alone, both = (carrier(encoder, *some)(here, ab * 0, tracks) for some in ((key,), (key, hint)))
    elsewhere = cv2.dilate(shifted(disc.astype(np.uint8), 2), np.ones((33, 33))) == 0
    off = [np.linalg.norm(each.ab - truth, axis=2)[elsewhere].mean() for each in (alone, both)]
    assert off[1] < 1.1 * off[0] + 0.2
    assert both.led[elsewhere].mean() > 0.95 * alone.led[elsewhere].mean()


@pytest.mark.parametrize("tracked", [True, False])
def test_what_nobody_knew_is_not_led(encoder, tracked):
    light, ab = scene()
    here, disc = shifted(light, 4), shifted(ab, 4)[..., 0] == 40
    known = (ab[..., 0] == 40).astype(np.float32)  # the colour of one disc was given
    automatic = np.full_like(ab, 3)
    carry = carrier(encoder, exemplar(light, ab, known=known))
    carried = carry(here, automatic, [track(4)] if tracked else [])
    assert carried.led[disc].mean() > 0.6 > 0.2 > carried.led[~disc].mean()
    apart = np.linalg.norm(carried.ab - automatic, axis=2)
    assert apart[~disc].mean() < 0.2 * apart[disc].mean()


def test_the_networks_own_exemplar_shifts_regions_and_keeps_detail(encoder):
    light, ab = scene()
    detail = np.random.default_rng(0).normal(0, 3, ab.shape).astype(np.float32)
    automatic = ab + 10 + detail
    own = exemplar(light, ab, Authority.NETWORK, 30)
    carried = carrier(encoder, own)(light, automatic, [])
    assert carried.led.max() == 0
    inner = carried.ab - automatic
    assert np.abs(inner.mean((0, 1)) + 10).max() < 4
    assert inner.std() < 4


def test_what_is_given_goes_before_the_networks_own(encoder):
    light, ab = scene()
    own = exemplar(light, -ab, Authority.NETWORK, 30)
    alone = carrier(encoder, exemplar(light, ab))(shifted(light, 4), ab * 0, [track(4)])
    both = carrier(encoder, exemplar(light, ab), own)(shifted(light, 4), ab * 0, [track(4)])
    assert error(both.ab, alone.ab) < 1


def test_threads_and_order_change_nothing(encoder):
    light, ab = scene()
    frames = [shifted(light, by) for by in (2, 4, 6, 8)]
    carry = carrier(encoder, exemplar(light, ab))
    alone = [carry(frame, ab * 0, []).ab for frame in frames]
    with ThreadPoolExecutor(4) as pool:
        again = carrier(encoder, exemplar(light, ab))
        together = list(pool.map(lambda frame: again(frame, ab * 0, []).ab, frames[::-1]))[::-1]
    for one, other in zip(alone, together, strict=True):
        assert np.array_equal(one, other)
