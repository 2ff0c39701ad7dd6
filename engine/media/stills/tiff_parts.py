"""Strips and tiles of a TIFF that are pictures of their own, and may claim any size."""

from __future__ import annotations

import tifffile

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.stills.header import read_header

_JPEG = frozenset((6, 7, 33007, 34892))
_WITH_HEADERS = _JPEG | {33003, 33004, 33005, 34712, 34933, 50001}  # JPEG 2000, PNG, WebP
_UNBOUNDED = {22610: "JPEG XR", 34934: "JPEG XR", 50002: "JPEG XL", 52546: "JPEG XL"}


def check_parts(page: tifffile.TiffPage, data: bytes, name: str) -> None:
    """Check that no strip or tile would be decoded to more pixels than it has room for.

    Args:
        page: of the TIFF.
        data: the whole file.
        name: of the file, for errors.

    Raises:
        MediaError: one would; or its decoder cannot be bounded.
    """
    if kind := _UNBOUNDED.get(int(page.compression)):
        problem = f"a TIFF that is packed by {kind} is not read"
        raise MediaError(name, problem, "convert it to LZW or Deflate first")
    if page.compression not in _WITH_HEADERS:
        return
    rows, columns = (page.tilelength, page.tilewidth) if page.is_tiled else (
        min(page.rowsperstrip, page.imagelength), page.imagewidth
    )  # fmt: skip
    for offset, count in zip(page.dataoffsets, page.databytecounts, strict=False):
        header = read_header(data[offset : offset + count])
        # Coders round up to their blocks; a strip that is cut short has its full height inside.
        if header and header.width * header.height > 2 * (rows + 64) * (columns + 64):
            raise MediaError(
                name,
                f"the TIFF is damaged: a part of {columns}x{rows} pixels"
                f" claims to be {header.width}x{header.height}",
            )
