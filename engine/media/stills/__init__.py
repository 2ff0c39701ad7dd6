"""Reading and writing of stills: JPEG, PNG, TIFF and WebP, with their metadata."""

from __future__ import annotations

from kinemacolor.engine.media.stills.files import read_still, write_still, written_pixels
from kinemacolor.engine.media.stills.orientation import from_upright, to_upright
from kinemacolor.engine.media.stills.still import MAX_PIXELS, MAX_SIDE, Still

__all__ = [
    "MAX_PIXELS",
    "MAX_SIDE",
    "Still",
    "from_upright",
    "read_still",
    "to_upright",
    "write_still",
    "written_pixels",
]
