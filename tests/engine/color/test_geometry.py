"""Working sizes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinemacolor.engine.color.geometry import common_shapes, is_common, working_shape


@pytest.mark.parametrize(
    ("picture", "shape"),
    [
        ((480, 640), (256, 352)),
        ((1080, 1920), (256, 448)),
        ((1920, 1080), (448, 256)),
        ((256, 256), (256, 256)),
        ((10, 100_000), (256, 1024)),
        ((1, 1), (256, 256)),
    ],
)
def test_known_shapes(picture, shape):
    assert working_shape(*picture, 256) == shape


@given(st.integers(1, 20_000), st.integers(1, 20_000), st.integers(1, 16))
def test_multiples_of_32_near_the_aspect(height, width, units):
    short = 32 * units
    rows, columns = working_shape(height, width, short)
    assert rows % 32 == columns % 32 == 0 and min(rows, columns) == short
    ratio = min(max(height, width) / min(height, width), 4)
    assert abs(max(rows, columns) / short - ratio) <= 16 / short + 1e-9


@pytest.mark.parametrize("short", [32, 256, 512])
def test_common_shapes_are_those_of_photographs(short):
    shapes = common_shapes(short)
    assert len(set(shapes)) == len(shapes)
    assert shapes[0] == (short, short) and {shape[::-1] for shape in shapes} == set(shapes)
    everything = {
        working_shape(*sides, short)
        for long in range(1000, 4001, 5)
        for sides in ((1000, long), (long, 1000))
    }
    assert {shape for shape in everything if is_common(shape)} == set(shapes)


@pytest.mark.parametrize(
    "photo", [(1000, 1000), (1500, 1000), (3000, 4000), (1920, 1080), (2400, 3000)]
)
def test_photographs_are_common_and_panoramas_are_not(photo):
    assert is_common(working_shape(*photo, 256))
    assert not is_common(working_shape(photo[0], 2 * max(photo), 256))
