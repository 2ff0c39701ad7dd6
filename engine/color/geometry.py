"""The working size: the (rows, columns) at which the network sees a picture."""

from __future__ import annotations

_MULTIPLE = 32
_LONGEST = 4  # long side over short side; beyond, the picture is squeezed
_COMMON = 1.75  # the same, up to which nearly all photographs are: 5:4, 4:3, 3:2, 16:9


def working_shape(height: int, width: int, short_side: int) -> tuple[int, int]:
    """(rows, columns), both multiples of 32, near the picture's aspect ratio.

    Rounding stretches a picture by a few per cent at most, which does not harm its colours; one
    shape for all frames of a film lets one compiled graph serve it.

    Args:
        height, width: of the picture, in pixels as displayed or stored.
        short_side: wanted length of the short side; a multiple of 32.
    """
    ratio = min(max(height, width) / min(height, width), _LONGEST)
    long_side = max(_MULTIPLE, round(short_side * ratio / _MULTIPLE) * _MULTIPLE)
    return (short_side, long_side) if height <= width else (long_side, short_side)


def common_shapes(short_side: int) -> tuple[tuple[int, int], ...]:
    """The working sizes of photographs of common aspect ratios, square, lying and upright.

    Args:
        short_side: as of `working_shape`.
    """
    longest = int(_COMMON * short_side)
    lying = [(short_side, side) for side in range(short_side, longest + 1, _MULTIPLE)]
    return (*lying, *(shape[::-1] for shape in lying[1:]))


def is_common(shape: tuple[int, int]) -> bool:
    """Whether a working size is one of `common_shapes` of its short side."""
    return max(shape) <= _COMMON * min(shape)
