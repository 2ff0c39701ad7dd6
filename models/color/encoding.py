"""Y'CbCr encodings of video: matrix, primaries, range, depth (ITU-R BT.601, BT.709, BT.2020).

Plain values: imports neither PyTorch nor NumPy.
"""

from __future__ import annotations

from dataclasses import dataclass

# Kr, Kb of luma = Kr R' + (1 - Kr - Kb) G' + Kb B'.
LUMA_WEIGHTS = {
    "bt601": (0.299, 0.114),
    "bt709": (0.2126, 0.0722),
    "bt2020": (0.2627, 0.0593),
}
PRIMARIES = ("bt709", "smpte170m", "bt470bg", "bt2020")


@dataclass(frozen=True)
class YCbCrEncoding:
    """The encoding of colours in the Y', Cb and Cr planes of a video.

    Args:
        matrix: key of `LUMA_WEIGHTS`; non-constant luminance.
        primaries: one of `PRIMARIES`, all with white D65; bt709 are also sRGB's.
        full_range: luma codes 0 to 2**depth - 1 (JFIF), instead of the limited (studio) range of
            16 to 235 times 2**(depth - 8).
        depth: bits a sample, 8 to 16.

    Raises:
        ValueError: a value is none of these.
    """

    matrix: str = "bt709"
    primaries: str = "bt709"
    full_range: bool = False
    depth: int = 8

    def __post_init__(self) -> None:
        if self.matrix not in LUMA_WEIGHTS:
            raise ValueError(f"matrix {self.matrix!r} is not one of {', '.join(LUMA_WEIGHTS)}")
        if self.primaries not in PRIMARIES:
            raise ValueError(f"primaries {self.primaries!r} are not one of {', '.join(PRIMARIES)}")
        if not 8 <= self.depth <= 16:
            raise ValueError(f"depth {self.depth} is not within 8..16 bits")

    @property
    def luma_scale(self) -> tuple[float, float]:
        """The luma plane's code of black, and the number of codes from black to white."""
        unit = 1 << (self.depth - 8)
        return (0.0, 256.0 * unit - 1) if self.full_range else (16.0 * unit, 219.0 * unit)

    @property
    def chroma_scale(self) -> tuple[float, float]:
        """The chroma planes' neutral code, and the number of codes from -0.5 to 0.5 of Cb or Cr."""
        unit = 1 << (self.depth - 8)
        return 128.0 * unit, (256.0 * unit - 1 if self.full_range else 224.0 * unit)
