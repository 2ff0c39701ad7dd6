"""EBML, the element format of Matroska files: variable-length integers (RFC 8794, 4 to 6)."""

from __future__ import annotations

EBML_HEADER, SEGMENT = 0x1A45DFA3, 0x18538067
LONGEST_HEAD = 12  # bytes of an element's number and length


def variable_integer(data: bytes, at: int, *, keep_marker: bool = False) -> tuple[int | None, int]:
    """Read a variable-length integer.

    Args:
        keep_marker: element numbers are written with their length marker, lengths without.

    Returns:
        The value, and where the next one begins. None is an unknown length or the data's end.
    """
    if at >= len(data) or not data[at]:
        return None, at + 1
    width = 9 - data[at].bit_length()
    value = int.from_bytes(data[at : at + width], "big")
    if keep_marker:
        return value, at + width
    ones = (1 << 7 * width) - 1
    return (None if value & ones == ones else value & ones), at + width


def element_head(data: bytes, at: int = 0) -> tuple[int | None, int | None, int]:
    """The head of the element at `at`.

    Returns:
        Its number (ID), its length in bytes, and where its content begins; None is an unknown
        length or the data's end.
    """
    number, at = variable_integer(data, at, keep_marker=True)
    length, at = variable_integer(data, at)
    return number, length, at
