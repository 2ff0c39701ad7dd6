"""A contact sheet as one picture: sections of rows, pictures before and after side by side."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from kinemacolor.engine.files import atomic_write
from kinemacolor.engine.media.provenance.tag import SOFTWARE
from kinemacolor.engine.preview.layout import Cell, Row, Section, rows_of

_SOFTWARE_TAG = 0x0131  # of EXIF

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
LEAST_SURE = 40.0  # LAB units of expected error, at which a mark is full
LEGEND = "the longer the bar, the less sure the network"

_WIDTH, _MARGIN = 1600, 48
_HEIGHT, _TALLEST = 250, 480  # of a picture: wanted, and at most
_GAP, _INNER, _BETWEEN = 32, 6, 26  # between cells, pictures of a cell, rows
_HEADING, _LABEL, _CAPTION, _FOOTER = 58, 24, 28, 26  # heights of lines of text
_APART = 24  # between sections
_GROUND, _INK, _FAINT, _TRACK = (30, 30, 30), (235, 235, 235), (150, 150, 150), (70, 70, 70)
_MARK = (46, 5)  # width, height
_SYSTEM_FONTS = (
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "LiberationSans-Regular.ttf",
    "Arial Unicode.ttf",
    "segoeui.ttf",
)

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def draw_sheet(sections: Sequence[Section], footer: Sequence[str] = ()) -> Image.Image:
    """Draw sections one below the other.

    Args:
        sections: with a cell at least in all.
        footer: lines at the end.
    """
    width = _WIDTH - 2 * _MARGIN
    laid = [
        rows_of(section.cells, width, height=_HEIGHT, tallest=_TALLEST, gap=_GAP, inner=_INNER)
        for section in sections
    ]
    height = 2 * _MARGIN + _FOOTER * len(footer) + _APART * (len(laid) - 1)
    for rows in laid:
        height += _HEADING + sum(_row_height(row, first=row is rows[0]) for row in rows)
    sheet = Image.new("RGB", (_WIDTH, height), _GROUND)
    pen = ImageDraw.Draw(sheet)
    y = _MARGIN
    marked = any(mark is not None for s in sections for cell in s.cells for mark in cell.marks)
    for section, rows in zip(sections, laid, strict=True):
        right = _legend(pen, y) if marked and section is sections[0] else _WIDTH - _MARGIN
        _heading(pen, section, y, right)
        y += _HEADING
        for row in rows:
            _draw_row(sheet, pen, row, y, labels=_labelled(row, first=row is rows[0]))
            y += _row_height(row, first=row is rows[0])
        y += _APART
    for number, line in enumerate(footer):
        middle = height - _MARGIN - _FOOTER * (len(footer) - number - 0.5)
        _write(pen, (_MARGIN, middle), line, 15, _FAINT, width)
    return sheet


def write_sheet(sheet: Image.Image, target: Path) -> None:
    """Write a sheet; the file appears whole or not at all.

    Args:
        sheet: by `draw_sheet`.
        target: its suffix is one of `FORMATS`; replaced where it is there.

    Raises:
        OSError: it cannot be written.
    """
    with atomic_write(target) as part:
        kind = FORMATS[target.suffix.lower()]
        if kind == "PNG":
            text = PngInfo()
            text.add_text("Software", SOFTWARE)
            sheet.save(part, kind, pnginfo=text)
        else:
            exif = Image.Exif()
            exif[_SOFTWARE_TAG] = SOFTWARE
            sheet.save(part, kind, quality=90, exif=exif)


def shortened(text: str, font: Font, room: float) -> str:
    """A text that fits into so many pixels, its middle left out where it must be."""
    if font.getlength(text) <= room:
        return text
    for kept in range(len(text) - 1, 1, -1):
        head = kept // 2
        short = f"{text[:head]}…{text[len(text) - (kept - head) :]}"
        if font.getlength(short) <= room:
            return short
    return "…"


def _labelled(row: Row, *, first: bool) -> bool:
    """Whether a row tells what its pictures are: always where that is more than before, after."""
    return first or max(len(cell.pictures) for cell in row.cells) > 2


def _row_height(row: Row, *, first: bool) -> int:
    return _LABEL * _labelled(row, first=first) + row.height + _CAPTION + _BETWEEN


def _heading(pen: ImageDraw.ImageDraw, section: Section, top: int, right: float) -> None:
    middle = top + _HEADING / 2 - 8
    room = right - _MARGIN - 24
    facts = min(_length(section.facts, 16), room / 2)
    end = _write(pen, (_MARGIN, middle), section.heading, 28, _INK, room - facts)
    _write(pen, (end + 18, middle + 4), section.facts, 16, _FAINT, right - end - 24)


def _legend(pen: ImageDraw.ImageDraw, top: int) -> float:
    """Draw what the marks mean, at the right; where it begins."""
    middle = top + _HEADING / 2 - 4
    left = _WIDTH - _MARGIN - _length(LEGEND, 14)
    _write(pen, (left, middle), LEGEND, 14, _FAINT, _WIDTH)
    _mark(pen, left - _MARK[0] - 10, middle, LEAST_SURE / 2)
    return left - _MARK[0] - 10


def _draw_row(
    sheet: Image.Image, pen: ImageDraw.ImageDraw, row: Row, top: int, *, labels: bool
) -> None:
    left = _MARGIN
    for cell in row.cells:
        left = _draw_cell(sheet, pen, cell, (left, top), row.height, labels=labels) + _GAP


def _draw_cell(
    sheet: Image.Image,
    pen: ImageDraw.ImageDraw,
    cell: Cell,
    corner: tuple[int, int],
    height: int,
    *,
    labels: bool,
) -> int:
    """Draw a cell; its right edge."""
    begin, top = corner
    above = top + _LABEL * labels
    middle = above + height + _CAPTION / 2 + 1
    left, room = begin, None
    for picture, label, mark in zip(cell.pictures, cell.labels, cell.marks, strict=True):
        width = max(1, round(picture.shape[1] / picture.shape[0] * height))
        if labels:
            _write(pen, (left, top + _LABEL / 2 - 2), label, 14, _FAINT, width)
        sheet.paste(Image.fromarray(_scaled(picture, (width, height))), (left, above))
        if mark is not None:
            edge = left + width - _MARK[0]
            _mark(pen, edge, middle, mark)
            room = edge - begin - 12 if room is None else room
        left += width + _INNER
    right = left - _INNER
    room = right - begin if room is None else room
    end = _write(pen, (begin, middle), cell.title, 15, _INK, room)
    if begin + room - end > 40:
        _write(pen, (end + 12, middle), cell.detail, 15, _FAINT, begin + room - end - 12)
    return right


def _mark(pen: ImageDraw.ImageDraw, left: float, middle: float, error: float) -> None:
    """A bar that is the longer, the less sure the network is."""
    width, height = _MARK
    box = (left, middle - height / 2, left + width - 1, middle + height / 2 - 1)
    pen.rectangle(box, fill=_TRACK)
    filled = max(2, round(width * min(1.0, error / LEAST_SURE)))
    pen.rectangle((box[0], box[1], left + filled - 1, box[3]), fill=_FAINT)


def _scaled(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    shrinks = size[0] <= picture.shape[1]
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)


def _length(text: str, size: int) -> float:
    font, text = _lettering(text, size)
    return font.getlength(text)


def _lettering(text: str, size: int) -> tuple[Font, str]:
    """A font, and the text as it can be written in it.

    Pillow's own font knows ASCII; for other letters it is one of the system's, and where there is
    none, letters go without their accents, others as question marks.
    """
    if not text.replace("…", "").isascii():
        for name in _SYSTEM_FONTS:
            try:
                return ImageFont.truetype(name, size), text
            except OSError:
                continue
        plain = unicodedata.normalize("NFKD", text)
        bare = "".join(char for char in plain if not unicodedata.combining(char))
        text = bare.replace("…", "...").encode("ascii", "replace").decode()
    return ImageFont.load_default(size), text


def _write(
    pen: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    size: int,
    ink: tuple[int, int, int],
    room: float,
) -> float:
    """Write a text, shortened to its room, from its left middle on; where it ends."""
    font, text = _lettering(text, size)
    short = shortened(text, font, room)
    pen.text(at, short, fill=ink, font=font, anchor="lm")
    return at[0] + font.getlength(short)
