"""How a PNG's codes are to be shown (W3C PNG, third edition, 11.3.2): cICP, sRGB, gAMA, cHRM."""

from __future__ import annotations

import struct
from collections.abc import Mapping

import imagecodecs
import numpy as np

from kinemacolor.engine.errors import MediaError

CHUNKS = (b"cICP", b"sRGB", b"gAMA", b"cHRM", b"mDCV", b"cLLI")
_SRGB_GAMMA = 45455
_D65, _D50 = (0.3127, 0.3290), (0.34567, 0.35850)
# Code points of ITU-T H.273: x, y of red, green, blue and white.
_BT709 = ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060), _D65)
_PRIMARIES = {
    1: _BT709,
    4: ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), (0.310, 0.316)),
    5: ((0.64, 0.33), (0.29, 0.60), (0.15, 0.06), _D65),
    6: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65),
    7: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _D65),
    11: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.314, 0.351)),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _D65),
}
_GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0}
_BT709_CURVES = (1, 6, 14, 15)
_SRGB_CURVE = 13
_HDR = {16: "PQ", 18: "HLG"}

Chromaticities = tuple[tuple[float, float], ...]


def profile(
    first: Mapping[bytes, bytes], grey: bool, name: str
) -> tuple[bytes | None, tuple[str, ...]]:
    """ICC profile of what the chunks say, None where that is sRGB, or nothing; and notes.

    Args:
        first: the first chunk of each type.
        grey: whether the pixels are grey; else they are RGB.
        name: for errors.

    Raises:
        MediaError: cICP says a light that is not read: HDR, or narrow-range codes.
    """
    if b"cICP" in first:
        return _by_code_points(first[b"cICP"], grey, name), ()
    if b"sRGB" in first:
        return None, ()
    gamma = _unpacked(">I", first.get(b"gAMA"))
    chromaticities = _chromaticities(first.get(b"cHRM"))
    plain = not gamma or not gamma[0] or abs(gamma[0] / _SRGB_GAMMA - 1) < 0.05
    if plain and (grey or chromaticities in (None, _BT709)):
        return None, ()
    curve = _srgb_light if plain or not gamma else _power(100_000 / gamma[0])
    try:
        return _profile(chromaticities or _BT709, curve, grey), ()
    except imagecodecs.CmsError:  # such as colours on one line
        notes = ("its cHRM makes no colours: sRGB's primaries are taken",)
        return None if plain else _profile(_BT709, curve, grey), notes


def _by_code_points(chunk: bytes, grey: bool, name: str) -> bytes | None:
    primaries, transfer, matrix, full = _unpacked(">4B", chunk) or (0, 0, 0, 0)
    if transfer in _HDR:
        problem = f"a PNG in {_HDR[transfer]}'s high dynamic range is not read"
        raise MediaError(name, problem, "convert it to standard range first")
    known = transfer in (*_GAMMAS, *_BT709_CURVES, _SRGB_CURVE) and primaries in _PRIMARIES
    if matrix != 0 or full != 1 or not known:
        problem = f"a PNG in the colours {primaries}/{transfer}/{matrix}/{full} of cICP is not read"
        raise MediaError(name, problem, "convert it to sRGB first")
    if transfer == _SRGB_CURVE and (grey or primaries == 1):
        return None
    curve = _srgb_light if transfer == _SRGB_CURVE else _bt709_light
    if transfer in _GAMMAS:
        curve = _power(_GAMMAS[transfer])
    return _profile(_PRIMARIES[primaries], curve, grey)


def _profile(chromaticities: Chromaticities, curve: np.ndarray, grey: bool) -> bytes:
    table = np.rint(curve * 65535).astype(np.uint16)
    if grey:
        made = imagecodecs.cms_profile("gray", whitepoint=(*_D50, 1.0), transferfunction=table)
    else:
        *primaries, white = chromaticities
        made = imagecodecs.cms_profile(
            "rgb",
            whitepoint=(*white, 1.0),
            primaries=[value for x, y in primaries for value in (x, y, 1.0)],
            transferfunction=table,
        )
    # Little CMS stamps the time of day; equal chunks are to give equal profiles.
    return made[:24] + bytes(12) + made[36:]


def _chromaticities(chunk: bytes | None) -> Chromaticities | None:
    """x, y of red, green, blue and white; None where the chunk says none that can be."""
    values = _unpacked(">8I", chunk)
    if not values:
        return None
    pairs = [(x / 100_000, y / 100_000) for x, y in zip(values[::2], values[1::2], strict=True)]
    if not all(0 <= x <= 1 and 0 < y <= 1 for x, y in pairs):
        return None
    return (*pairs[1:], pairs[0])


def _unpacked(form: str, chunk: bytes | None) -> tuple[int, ...] | None:
    if chunk is None or len(chunk) != struct.calcsize(form):
        return None
    return struct.unpack(form, chunk)


_CODES = np.linspace(0, 1, 4096)
_srgb_light: np.ndarray = np.where(
    _CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4
)
_bt709_light: np.ndarray = np.where(
    _CODES < 0.081, _CODES / 4.5, ((_CODES + 0.099) / 1.099) ** (1 / 0.45)
)


def _power(gamma: float) -> np.ndarray:
    curve: np.ndarray = _CODES**gamma
    return curve
