"""Where films are cut into segments: at shots, none lost, each with its context."""

from __future__ import annotations

import random
from bisect import bisect_right
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinemacolor.engine.pipeline.segmentation import plan_segments


class TestCutting:
    @given(
        st.integers(1, 400),
        st.sets(st.integers(1, 399)),
        st.integers(1, 90),
        st.integers(0, 9),
        st.integers(1, 9),
    )
    def test_every_frame_is_given_once_and_has_its_context(
        self, frames, cuts, longest, window, every
    ):
        shots = [0, *sorted(cut for cut in cuts if cut < frames)]
        parts = plan_segments(frames, shots, longest, window, every)
        assert [n for part in parts for n in range(part.start, part.stop)] == list(range(frames))
        assert all(part.stop - part.start <= longest for part in parts)
        begin, end = {*shots}, {*(shot - 1 for shot in shots), frames - 1}
        for part in parts:
            for place, step, seen, ends in (
                (part.start, -1, part.decode_start, begin),
                (part.stop - 1, 1, part.decode_stop - 1, end),
            ):
                for _ in range(window):  # as far as smoothing looks
                    place += 0 if place in ends else step
                while place % every and place not in ends:  # on to a key
                    place += step
                assert seen == place

    def test_is_at_shots_where_there_are_any(self):
        borders = [part.start for part in plan_segments(100, [0, 10, 26, 60, 95], 30, 3)]
        assert borders == [0, 26, 56, 86]

    def test_does_not_make_crumbs(self):
        assert [p.stop for p in plan_segments(64, [0, 3, 33, 34], 32, 3)] == [32, 64]

    def test_keeps_shots_apart_that_may_change_alone(self):
        shots = [0, 14, 20, 90, 150]
        parts = plan_segments(160, shots, 50, 3, apart=True)
        assert [part.stop for part in parts] == [14, 50, 90, 100, 150, 160]
        assert [part.stop for part in plan_segments(40, [0, 14, 30], 480, 3)] == [40]
        assert [part.stop for part in plan_segments(40, [0, 14, 30], 480, 3, apart=True)] == [
            14,
            30,
            40,
        ]

    @pytest.mark.parametrize("longest", [1, 7, 50, 480])
    @pytest.mark.parametrize("most", [9, 40, 300])
    def test_another_cut_moves_the_borders_beside_it_alone(self, longest, most):
        """And what may then be too near them to be a border."""
        rng = random.Random(longest * most)
        for _ in range(50):
            shots = [0, *accumulate(rng.randint(1, most) for _ in range(60))]
            frames = shots.pop()
            cut = rng.randrange(1, frames)
            before, after = (
                {(part.start, part.stop) for part in self.apart(frames, cuts, longest)}
                for cuts in (shots, sorted({*shots, cut}))
            )
            place = bisect_right(shots, cut)
            low, high = shots[place - 1] - 12, [*shots, frames][place] + 12
            assert all(start <= high and stop >= low for start, stop in before ^ after)

    @pytest.mark.parametrize("longest", [1, 7, 50, 96, 480])
    def test_apart_covers_every_frame_once_and_is_no_longer_than_told(self, longest):
        rng = random.Random(longest)
        for most in (3, 40, 1500):
            shots = [0, *accumulate(rng.randint(1, most) for _ in range(60))]
            frames = shots.pop()
            parts = self.apart(frames, shots, longest)
            assert all(one.stop == next_.start for one, next_ in pairwise(parts))
            assert (parts[0].start, parts[-1].stop) == (0, frames)
            assert max(part.stop - part.start for part in parts) <= longest

    def apart(self, frames, shots, longest):
        return plan_segments(frames, shots, longest, 3, apart=True)
