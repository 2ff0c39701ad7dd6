"""How much memory it takes to colour a still, by its header."""

from __future__ import annotations

from kinemacolor.engine.media.stills.header import Header, read_header, without_padding

_WEBP = 24  # bytes a pixel of libwebp's own: another order of channels, planes, tokens


def still_memory(data: bytes) -> int:
    """Bytes, at most, that reading, colouring and writing a still takes, its content included.

    Args:
        data: the whole file.
    """
    header = read_header(without_padding(data)[0])
    return 3 * len(data) + (_pixels(header) if header else 0)


def _pixels(header: Header) -> int:
    count = header.width * header.height
    raw = count * header.channels * header.depth
    rgb = 3 * count * header.depth
    # Decoded samples, once more to part colours from alpha, and the result.
    shared = 2 * raw + rgb
    if header.format == "JPEG":
        # The other order of channels; coefficients, for optimised tables; the file, decoded again.
        return shared + rgb + 2 * rgb + 2 * rgb
    if header.format == "WEBP":
        shared += _WEBP * count
    written = max(header.channels, 3) * count * header.depth
    return shared + 3 * written  # with its alpha; the encoder's output, and its copy
