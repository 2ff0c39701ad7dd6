"""Tracks: chained there and back, to the right frames, and the same from anywhere."""

import numpy as np
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from kinemacolor.engine.motion.frames import LumaFrame
from kinemacolor.engine.motion.optical_flow import (
    BidirectionalFlow,
    compose_flow,
    identity_grid,
)
from kinemacolor.engine.motion.tracking import with_tracks

SHAPE = (6, 8)


def film(frames, shots=()):
    """Frames with smooth, made-up flow; `shots` are numbers of frames that begin one."""
    items = []
    for n in range(frames):
        rng = np.random.default_rng(n)
        flow = None
        if n + 1 < frames and n + 1 not in shots:
            steps = (identity_grid(*SHAPE) + rng.normal(0, 1.5, (2, 1, 1)) for _ in range(2))
            to_next, to_previous = (np.float32(step) for step in steps)
            flow = BidirectionalFlow(to_next, to_previous, *np.ones((2, *SHAPE), np.float32))
        items.append((LumaFrame(n, rng.random(SHAPE, np.float32), n), flow))
    return items


def joined(items, start, stop):
    """Positions of the pixels of frame `start` in frame `stop`, from one to the next."""
    positions = identity_grid(*SHAPE)
    # From the far end back, as `compose_flow` has it: the last step is taken first.
    path = range(start, stop, 1 if stop > start else -1)
    steps = [items[n][1].to_next if stop > start else items[n - 1][1].to_previous for n in path]
    for step in reversed(steps):
        positions = compose_flow(positions, step)
    return positions


def onward(items, start, stop):
    """The same, by the steps in their own order."""
    path = range(start, stop, 1 if stop > start else -1)
    positions = identity_grid(*SHAPE)
    for n in path:
        step = items[n][1].to_next if stop > start else items[n - 1][1].to_previous
        positions = compose_flow(step, positions)
    return positions


def tracked(items, given, reach=32):
    return [frame for frame, _ in with_tracks(items, given, reach)]


def expected(n, given, shots, frames, reach):
    """Numbers of the given frames that frame `n` leads to."""
    starts = sorted({0, *shots, frames})
    first = max(s for s in starts if s <= n)
    stop = min(s for s in starts if s > n)
    inside = [g for g in given if first <= g < stop and abs(g - n) <= reach]
    before = [g for g in inside if g < n][-1:]
    return before + [g for g in inside if g == n] + [g for g in inside if g > n][:1]


films = st.integers(1, 40).flatmap(
    lambda frames: st.tuples(
        st.just(frames),
        st.sets(st.integers(0, 45), max_size=6).map(sorted),
        st.sets(st.integers(1, 40), max_size=3),
        st.integers(1, 12),
    )
)


class TestTracks:
    @settings(max_examples=60, deadline=None)
    @for_all(films)
    def test_lead_to_the_nearest_given_frames_of_the_shot(self, made):
        frames, given, shots, reach = made
        found = tracked(film(frames, shots), given, reach)
        assert [frame.index for frame in found] == list(range(frames))
        for frame in found:
            here = [track.frame for track in frame.tracks]
            assert here == expected(frame.index, given, shots, frames, reach)
            assert all(t.distance == abs(t.frame - frame.index) for t in frame.tracks)

    @pytest.mark.parametrize("given", [[0], [11], [5], [2, 9]])
    def test_are_the_flow_joined_there_and_back(self, given):
        items = film(12)
        tracks = [(frame.index, track) for frame in tracked(items, given) for track in frame.tracks]
        assert len(tracks) >= 12
        for n, track in tracks:
            np.testing.assert_array_equal(track.positions, joined(items, n, track.frame))
            np.testing.assert_array_equal(track.onward, onward(items, track.frame, n))

    def test_follow_what_moves(self):
        step = np.float32([2, -1])[:, None, None]
        grid = identity_grid(64, 64)
        flow = BidirectionalFlow(grid + step, grid - step, *np.ones((2, 64, 64), np.float32))
        light = np.zeros((64, 64), np.float32)
        items = [(LumaFrame(n, light, None), flow if n < 5 else None) for n in range(6)]
        middle = np.s_[:, 20:40, 20:40]
        first = tracked(items, [0])[5].tracks[0]
        np.testing.assert_allclose((first.positions - grid)[middle], np.tile(-5 * step, (20, 20)))
        np.testing.assert_allclose((first.onward - grid)[middle], np.tile(5 * step, (20, 20)))
        last = tracked(items, [5])[0].tracks[0]
        np.testing.assert_allclose((last.positions - grid)[middle], np.tile(5 * step, (20, 20)))
        np.testing.assert_allclose((last.onward - grid)[middle], np.tile(-5 * step, (20, 20)))

    def test_of_a_part_are_those_of_the_whole(self):
        items, given = film(40, shots={30}), [3, 11, 25]
        whole = tracked(items, given, 8)
        part = tracked(items[3:34], given, 8)  # from a given frame on, past one behind
        for frame in part[8:]:
            there = whole[frame.index].tracks
            assert [t.frame for t in frame.tracks] == [t.frame for t in there]
            for one, other in zip(frame.tracks, there, strict=True):
                np.testing.assert_array_equal(one.positions, other.positions)
                np.testing.assert_array_equal(one.onward, other.onward)

    def test_hold_back_no_more_frames_than_they_reach(self):
        read = []

        def reading():
            for item in film(60):
                read.append(item[0].index)
                yield item

        for frame, _ in with_tracks(reading(), [20, 50], 10):
            assert read[-1] - frame.index <= 10
