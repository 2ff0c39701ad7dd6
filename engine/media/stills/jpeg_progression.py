"""Whether a JPEG has all of its scans: libjpeg shows a picture without the last ones in silence.

A progressive picture sends its coefficients in bands and the bits of each from the top down
(T.81, annex G). One that was cut off, and closed by a repair, lacks bands or bits.
"""

from __future__ import annotations

from kinemacolor.engine.media.stills.header import NEXT_MARKER, START_OF_FRAME

_PROGRESSIVE = frozenset((0xC2, 0xC6, 0xCA, 0xCE))
_BARE = frozenset((0x01, *range(0xD0, 0xD9)))  # markers without a segment
_SCAN, _END, _FILLER = 0xDA, 0xD9, 0xFF
_COEFFICIENTS = 64  # of a block


def lacks_scans(data: bytes) -> bool:
    """Whether a component has no scan, or a progressive one lacks bands or bits.

    Args:
        data: a whole file; where its segments are broken, nothing is said.
    """
    wanted: dict[int, set[int]] = {}  # coefficients whose last bit is to come, by component
    at, is_progressive = 2, False
    while at + 4 <= len(data) and data[at] == _FILLER and data[at + 1] != _END:
        marker = data[at + 1]
        if marker == _FILLER or marker in _BARE:
            at += 1 if marker == _FILLER else 2
            continue
        body = data[at + 4 : at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")]
        at += 4 + len(body)
        if marker in START_OF_FRAME and len(body) > 5:
            is_progressive = marker in _PROGRESSIVE
            number = range(_COEFFICIENTS if is_progressive else 1)
            wanted = {name: set(number) for name in body[6 : 6 + 3 * body[5] : 3]}
        if marker == _SCAN and len(body) > 3:
            first, last, approximation = body[-3:]
            sent = range(first, last + 1) if is_progressive else range(1)
            for component in body[1 : 1 + 2 * body[0] : 2]:
                if not is_progressive or approximation & 0xF == 0:
                    wanted.get(component, set()).difference_update(sent)
            found = NEXT_MARKER.search(data, at)
            at = found.start() if found else len(data)
    return any(wanted.values())
