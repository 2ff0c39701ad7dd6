"""Working sizes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinemacolor.engine.color.geometry import working_shape


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
