"""Colours carried from key frames: where keys are, what lies between, and what a segment sees."""

import cv2
import numpy as np
import pytest

from kinemacolor.engine.motion.frames import LumaFrame, with_flow
from kinemacolor.engine.motion.propagation import propagate_colors
from kinemacolor.engine.motion.tracking import with_tracks

SHAPE = (96, 128)


def texture(seed, blur=3.0, shape=SHAPE):
    noise = cv2.GaussianBlur(np.random.default_rng(seed).random(shape, np.float32), (0, 0), blur)
    return (noise - noise.min()) / np.ptp(noise) * 100


def film(pictures):
    return [LumaFrame(n, light, None) for n, light in enumerate(pictures)]


def panning(frames, speed=1):
    return film(np.roll(texture(0), speed * n, 1) for n in range(frames))


def shaking(frames, fails):
    """The same coarse picture throughout, but with fine detail of its own in frames `fails`."""
    coarse = texture(0, blur=14)
    return film(
        coarse * 0.5 + 0.7 * texture(n + 9 if n in fails else 1, blur=1.5) for n in range(frames)
    )


class Network:
    """ab that is a frame's own number, and moves with its light."""

    def __init__(self):
        self.seen, self.batches = [], []

    def __call__(self, frames):
        self.batches.append(len(frames))
        self.seen += [luma_frame.index for luma_frame in frames]
        return [
            np.dstack([luma_frame.lightness, np.full(SHAPE, luma_frame.index, np.float32)])
            for luma_frame in frames
        ]


def run(frames, every, batch=1, network=None):
    network = network or Network()
    items = list(propagate_colors(with_flow(frames), every, network, batch))
    assert [colored.index for colored, _ in items] == [luma_frame.index for luma_frame in frames]
    return [colored.ab for colored, _ in items], sorted(network.seen)


class TestKeys:
    @pytest.mark.parametrize(
        ("every", "keys"),
        [(1, range(14)), (4, [0, 4, 8, 12, 13]), (6, [0, 6, 12, 13]), (32, [0, 13])],
    )
    def test_are_at_multiples_and_at_the_end(self, every, keys):
        assert run(panning(14), every)[1] == list(keys)

    def test_are_on_both_sides_of_a_cut(self):
        pictures = [texture(1, 12)] * 7 + [texture(2, 12)] * 6
        assert run(film(pictures), 5)[1] == [0, 5, 6, 7, 10, 12]

    def test_are_more_where_the_motion_is_lost(self):
        assert run(shaking(17, fails=()), 8)[1] == [0, 8, 16]
        assert run(shaking(17, fails={11}), 8)[1] == [0, 8, 10, 11, 12, 16]
        assert run(shaking(9, fails=range(9)), 8)[1] == list(range(9))

    def test_are_far_apart_where_the_motion_leads_on(self):
        assert run(panning(97), 48)[1] == [0, 48, 96]

    def test_are_near_where_a_given_frame_is_in_reach(self):
        network = Network()
        linked = with_tracks(with_flow(panning(97)), [40], reach=6)
        list(propagate_colors(linked, 48, network, 1, given={40}))
        assert sorted(network.seen) == [0, 36, 39, 40, 42, 45, 48, 96]

    def test_of_one_frame(self):
        assert run(panning(1), 8)[1] == [0]

    @pytest.mark.parametrize("batch", [1, 3, 8])
    def test_come_in_batches_that_change_nothing(self, batch):
        network = Network()
        frames = shaking(33, fails={11, 19})
        ab, keys = run(frames, 4, batch, network)
        assert sum(network.batches) == len(keys)
        assert len(network.batches) == -(-8 // batch)  # of the 8 intervals
        for one, other in zip(ab, run(frames, 4)[0], strict=True):
            np.testing.assert_array_equal(one, other)

    def test_of_long_intervals_come_a_few_at_once(self):
        """So that a large batch does not hold hundreds of frames."""
        network, read = Network(), []

        def reading():
            for luma_frame in panning(200):
                read.append(luma_frame.index)
                yield luma_frame

        batch, every = 8, 24
        for colored, _ in propagate_colors(with_flow(reading()), every, network, batch):
            assert read[-1] - colored.index <= 2 * (batch * 6 + every)
        assert network.seen == [*range(0, 200, every), 199]


class TestFramesBetween:
    def test_are_left_alone_where_every_frame_is_a_key(self):
        frames = shaking(5, fails={2})
        for luma_frame, ab in zip(frames, run(frames, 1)[0], strict=True):
            np.testing.assert_array_equal(ab, Network()([luma_frame])[0])

    @pytest.mark.parametrize("speed", [0, 1, -3])
    def test_have_the_keys_colors_moved(self, speed):
        frames = panning(9, speed)
        inner = (slice(8, -8), slice(24, -24))
        for luma_frame, ab in zip(frames, run(frames, 4)[0], strict=True):
            assert np.abs(ab[..., 0] - luma_frame.lightness)[inner].mean() < 1.5
        unmoved = np.abs(frames[2].lightness - frames[0].lightness)[inner].mean()
        assert speed == 0 or unmoved > 3

    def test_pass_evenly_from_a_key_to_the_next(self):
        ab, _ = run(panning(9), 4)
        inner = (slice(8, -8), slice(24, -24))
        for n, plane in enumerate(ab):
            assert np.abs(plane[..., 1] - n)[inner].mean() < 0.2

    def test_take_what_only_one_key_shows_from_that(self):
        """An object that appears at frame 2 of 4 has the colours of the key that knows it."""
        plain, shown = texture(0), texture(0)
        shown[40:60, 50:80] = texture(7)[40:60, 50:80]
        ab, keys = run(film([plain] * 2 + [shown] * 3), 4)
        assert keys == [0, 4]
        inside = (slice(44, 56), slice(56, 74))
        assert ab[1][inside][..., 1].mean() < 0.6 and ab[3][inside][..., 1].mean() > 3.4
        assert ab[2][:30, :, 1].mean() == pytest.approx(2, abs=0.05)


class TestAPart:
    @pytest.mark.parametrize(("start", "stop"), [(4, 13), (8, 9), (12, 21)])
    def test_from_key_to_key_is_as_in_the_whole(self, start, stop):
        frames = shaking(21, fails={6, 14})
        whole, _ = run(frames, 4)
        part, _ = run(frames[start:stop], 4)
        for one, other in zip(part, whole[start:stop], strict=True):
            np.testing.assert_array_equal(one, other)
