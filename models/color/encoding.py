"""How a film's planes stand for colours (ITU-R BT.601, 709, 2020); loads no library."""

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
    """How a film's three planes stand for colours.

    Args:
        matrix: key of `LUMA_WEIGHTS`.
        primaries: one of `PRIMARIES`; bt709 are sRGB's.
        full_range: luma 0..2^depth-1 (JPEG) instead of 16..235 scaled to the depth (studio).
        depth: bits a sample, 8 to 16.
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
        """(black code, codes from black to white) of the luma plane."""
        unit = 1 << (self.depth - 8)
        return (0.0, 256.0 * unit - 1) if self.full_range else (16.0 * unit, 219.0 * unit)

    @property
    def chroma_scale(self) -> tuple[float, float]:
        """(neutral code, codes for a Cb or Cr from -0.5 to 0.5) of the chroma planes."""
        unit = 1 << (self.depth - 8)
        return 128.0 * unit, (256.0 * unit - 1 if self.full_range else 224.0 * unit)
