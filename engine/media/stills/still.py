"""Decoded still in memory, and the size limits that all formats share."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from kinemacolor.engine.color.still_spaces import SRGB, GreySpace, TargetSpace
from kinemacolor.engine.errors import MediaError

MAX_SIDE = 65_500  # libjpeg's own bound; far above any scanner's
MAX_PIXELS = 400_000_000


@dataclass(frozen=True, eq=False)
class Still:
    """Decoded picture with all metadata of its file.

    Args:
        name: of the file or archive member, for messages.
        format: "JPEG", "PNG", "TIFF" or "WEBP", by content.
        pixels: (H, W) grey or (H, W, 3) RGB, uint8 or uint16 over the full range of codes, as
            stored: the orientation is not applied.
        alpha: (H, W) of the same type, or None.
        orientation: EXIF's 1 to 8; see `to_upright`.
        exif: the EXIF block (a TIFF structure) without its thumbnail; None in TIFF files, where the
            directories are part of `passthrough`.
        icc: the ICC profile of the coloured pixels.
        shown_by: an ICC profile that says how the source's pixels are shown, where `icc` does not.
        space: the colour space of the pixels; see `target`.
        xmp: the XMP packet.
        passthrough: metadata that only the format's own reader and writer understand: segments,
            chunks, tags, encoder settings.
        qualities: of luma and of chroma, 1 to 100, at which it is written; None where that is
            without loss.
        notes: remarks for the user, one line each.
    """

    name: str
    format: str
    pixels: np.ndarray
    alpha: np.ndarray | None = None
    orientation: int = 1
    exif: bytes | None = None
    icc: bytes | None = None
    shown_by: bytes | None = field(default=None, repr=False)
    space: GreySpace | TargetSpace = field(default=SRGB, repr=False)
    xmp: bytes | None = None
    passthrough: object = field(default=None, repr=False)
    qualities: tuple[int, int] | None = None
    notes: tuple[str, ...] = ()

    @property
    def target(self) -> TargetSpace:
        """The colour space of the coloured pixels: the source's own, or sRGB for grey."""
        return SRGB if isinstance(self.space, GreySpace) else self.space


def check_size(name: str, width: int, height: int) -> None:
    """Check the size in a picture's header before memory is allocated for its pixels.

    Raises:
        MediaError: an empty picture, a side above `MAX_SIDE`, or more than `MAX_PIXELS` in all.
    """
    if width < 1 or height < 1:
        raise MediaError(name, f"a picture of {width}x{height} pixels is empty")
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise MediaError(
            name,
            f"{width}x{height} pixels are too many",
            f"at most {MAX_SIDE} a side and {MAX_PIXELS // 1_000_000} megapixels are read",
        )


def truncated(name: str, what: str, *, salvageable: bool = False) -> MediaError:
    """Error for a file that ends before its picture does."""
    remedy = "find a complete copy" + (", or try --salvage" if salvageable else "")
    return MediaError(name, f"the {what} is truncated", remedy)


def damaged(name: str, what: str, reason: str) -> MediaError:
    """Error for a file whose picture can be decoded in part."""
    problem = f"the {what} is damaged: {reason}"
    return MediaError(name, problem, "--salvage keeps what can be decoded")
