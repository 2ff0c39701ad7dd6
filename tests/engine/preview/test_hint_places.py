"""Places for hints lie where the expected error is, one in each region that is alike."""

from __future__ import annotations

import numpy as np
import pytest

from kinemacolor.engine.preview.hint_places import hint_places

SHAPE = (64, 96)


def picture(*regions):
    """Error 1 and L* 50, but for (rows, columns, error, L*) regions."""
    error, lightness = np.ones(SHAPE, np.float32), np.full(SHAPE, 50, np.float32)
    for rows, columns, wrong, light in regions:
        error[rows, columns], lightness[rows, columns] = wrong, light
    return error, lightness


def inside(place, rows, columns):
    return (
        rows.start <= place.y * SHAPE[0] < rows.stop
        and columns.start <= place.x * SHAPE[1] < columns.stop
    )


def test_the_largest_sum_of_error_comes_first_then_the_next():
    large = slice(8, 40), slice(8, 40), 20, 80
    small = slice(44, 60), slice(70, 86), 30, 20
    first, second, *_ = hint_places(*picture(large, small), most=5)
    assert inside(first, *large[:2]) and inside(second, *small[:2])
    assert first.error == pytest.approx(20, rel=0.05)
    assert second.error == pytest.approx(30, rel=0.05)


def test_a_hint_explains_what_is_near_and_alike_alone():
    left, right = (slice(16, 48), slice(24, 48), 20), (slice(16, 48), slice(48, 72), 20)
    alike = hint_places(*picture((*left, 50), (*right, 50)), most=2)
    apart = hint_places(*picture((*left, 30), (*right, 70)), most=2)
    assert len(apart) == 2
    assert {inside(place, *left[:2]) for place in apart} == {True, False}
    # One region: the first place lies about its middle.
    assert 36 <= alike[0].x * SHAPE[1] <= 60


def test_what_gains_little_is_left_out_and_never_more_are_given():
    one = slice(24, 40), slice(40, 56), 50, 90
    assert len(hint_places(*picture(one), most=5)) < 5
    noise = np.random.default_rng(0).random((2, *SHAPE)).astype(np.float32) * 50
    assert len(hint_places(*noise, most=3)) == 3
    assert hint_places(*noise, most=0) == []


@pytest.mark.parametrize("shape", [(32, 32), (32, 4096), (512, 32), (2048, 2048)])
def test_pictures_of_any_size_take_bounded_memory(shape):
    error = np.zeros(shape, np.float32)
    error[-8:, -8:] = 9
    place, *_ = hint_places(error, np.full(shape, 40, np.float32), most=2)
    assert place.x > 0.7 and place.y > 0.7 and 0 < place.error <= 9


def test_no_error_needs_no_hints():
    assert hint_places(np.zeros(SHAPE, np.float32), np.full(SHAPE, 50, np.float32), 5) == []
