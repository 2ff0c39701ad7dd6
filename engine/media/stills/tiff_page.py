"""The page of a TIFF file that is its picture, and whether it can be read."""

from __future__ import annotations

import math
from dataclasses import dataclass

import tifffile

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.stills.still import check_size, truncated

_DNG, _SUBDIRECTORIES, _PHOTOMETRIC, _INK_SET = 50706, 330, 262, 332
_CFA, _LINEAR_RAW = 32803, 34892
MINISWHITE, MINISBLACK, RGB, PALETTE, SEPARATED, YCBCR = 0, 1, 2, 3, 5, 6
FAX = (2, 3, 4)  # compressions of CCITT
JPEG, OLD_JPEG, LOSSY = 7, 6, (6, 7, 34892, 33007)
_COLORS = {MINISWHITE: 1, MINISBLACK: 1, PALETTE: 1, RGB: 3, YCBCR: 3, SEPARATED: 4}


@dataclass(frozen=True)
class Picture:
    """The page that is the picture.

    Args:
        page, index: it, and its number among the file's pages.
        photometric: how its samples are meant: `MINISWHITE`, `RGB`, ...
        stored_colors: the samples of a pixel that are colours; a further one is alpha.
        missing: whether data of it lies behind the file's end.
    """

    page: tifffile.TiffPage
    index: int
    photometric: int
    stored_colors: int
    missing: bool

    @property
    def needs_libtiff(self) -> bool:
        """Whether it is of a kind that tifffile does not decode."""
        return self.page.compression == OLD_JPEG or (
            self.photometric == YCBCR and self.page.compression not in LOSSY
        )


def picture(
    file: tifffile.TiffFile, size: int, name: str, *, salvage: bool, notes: list[str]
) -> Picture:
    """The one page that is not reduced, if it can be read.

    Args:
        file: the open file.
        size: of the file in bytes.
        name: for errors.
        salvage: whether missing data is no error.
        notes: get what is not kept.

    Raises:
        MediaError: several pages, raw camera data, samples that are no unsigned integers of up to
            16 bits, too large, or truncated.
    """
    index, page = _main(file, name, notes)
    _check_numbers(page, name)
    check_size(name, page.imagewidth, page.imagelength)
    raw = page.photometric in (_CFA, _LINEAR_RAW) or _DNG in page.tags
    if raw or (page.is_reduced and _SUBDIRECTORIES in page.tags):
        raise MediaError(name, "raw camera data is not read", "develop it to a TIFF first")
    if _SUBDIRECTORIES in page.tags:
        notes.append("the pictures beneath the main one (SubIFDs) are not kept")
    _check_samples(page, name)
    photometric = _photometric(page, name, notes)
    colors = _COLORS.get(photometric)
    if colors is None:
        kind = getattr(page.photometric, "name", photometric)
        raise MediaError(name, f"a TIFF of the kind {kind} is not read", "convert it to RGB first")
    if photometric == SEPARATED and page.tags.valueof(_INK_SET, 1) != 1:
        problem = "a TIFF of inks other than cyan, magenta, yellow and black is not read"
        raise MediaError(name, problem, "convert it to RGB first")
    if page.samplesperpixel - colors not in (0, 1):  # some writers do not declare their alpha
        problem = f"a TIFF of {page.samplesperpixel} channels is not read"
        raise MediaError(name, problem, "keep grey or RGB and one alpha")
    missing = _missing(page, size)
    if missing and not salvage:
        raise truncated(name, "TIFF", salvageable=True)
    return Picture(page, index, photometric, colors, missing)


def _main(file: tifffile.TiffFile, name: str, notes: list[str]) -> tuple[int, tifffile.TiffPage]:
    """The page that is not reduced; thumbnails before and behind it are left behind."""
    pages = [file.pages[index] for index in range(len(file.pages))]
    if not pages:
        raise MediaError(name, "the TIFF holds no picture")
    whole = [
        (index, page)
        for index, page in enumerate(pages)
        if isinstance(page, tifffile.TiffPage) and not page.is_reduced
    ]
    if len(whole) > 1 or not all(isinstance(page, tifffile.TiffPage) for page in pages):
        problem = f"a TIFF of {len(pages)} pages is not a still"
        raise MediaError(name, problem, "split it into its pages")
    if len(pages) > 1:
        notes.append("the reduced pictures beside the main one are not kept")
    first = pages[0]
    assert isinstance(first, tifffile.TiffPage)
    return whole[0] if whole else (0, first)


def _check_numbers(page: tifffile.TiffPage, name: str) -> None:
    """Refuse a directory with text or fractions where tifffile expects whole numbers."""
    bits = page.bitspersample
    values = (
        *(page.imagewidth, page.imagelength, page.samplesperpixel, page.rowsperstrip),
        *(page.tilewidth, page.tilelength, page.planarconfig, page.fillorder, page.predictor),
        *(page.photometric, page.compression, *(page.extrasamples or ())),
        *(bits if isinstance(bits, tuple) else (bits,)),
        *page.dataoffsets,
        *page.databytecounts,
    )
    if not all(isinstance(value, int) for value in values):
        raise MediaError(name, "the TIFF is damaged: its directory holds no sizes")


def _check_samples(page: tifffile.TiffPage, name: str) -> None:
    bits = page.bitspersample
    if isinstance(bits, int) and 1 <= bits <= 16 and page.sampleformat in (1, 4):
        return
    kind = {2: "signed", 3: "floating-point"}.get(page.sampleformat, "unsigned")
    what = f"{bits} bits" if isinstance(bits, int) else "unequal bits"
    problem = f"{kind} samples of {what} are not read"
    raise MediaError(name, problem, "convert it to 16-bit unsigned first")


def _photometric(page: tifffile.TiffPage, name: str, notes: list[str]) -> int:
    """How samples are meant; where the file does not say, by libtiff's rule."""
    if _PHOTOMETRIC in page.tags:
        return int(page.photometric)
    guess = {1: MINISBLACK, 2: MINISBLACK, 3: RGB, 4: RGB}.get(page.samplesperpixel)
    if guess is None:
        problem = "the TIFF does not say what its samples are (no PhotometricInterpretation)"
        raise MediaError(name, problem, "convert it to RGB first")
    if guess == MINISBLACK and page.compression in FAX:
        guess = MINISWHITE
    kind = {MINISWHITE: "white at 0", MINISBLACK: "black at 0", RGB: "RGB"}[guess]
    notes.append(f"it does not say what its samples are: taken as {kind}")
    return guess


def _missing(page: tifffile.TiffPage, size: int) -> bool:
    """Whether data lies behind the file's end, or is not there: tifffile would leave it black."""
    offsets, counts = page.dataoffsets, page.databytecounts
    parts = list(zip(offsets, counts, strict=False))
    beyond = any(count == 0 or offset + count > size for offset, count in parts)
    return beyond or len(offsets) != len(counts) or len(parts) < math.prod(page.chunked)
