"""Contact sheet of before and after as a PNG.

Usage: python -m examples.contact_sheet OUT.png BEFORE AFTER [BEFORE AFTER ...]

BEFORE and AFTER are two films, two stills or two archives of stills. Of a film the sheet shows
evenly spaced frames, and two neighbouring ones, which show flicker.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
from av.video.reformatter import Colorspace
from PIL import Image, ImageDraw, ImageFont

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.files import atomic_write
from kinemacolor.engine.media.archives import open_archive
from kinemacolor.engine.media.kinds import HEAD_BYTES, Kind, kind_of
from kinemacolor.engine.media.stills import read_still, to_upright
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.media.video.reader import read_frames
from kinemacolor.models.errors import KinemacolorError

TILE = (320, 240)  # width, height of the box that every picture is fitted into
COLUMNS, GAP, MARGIN = 4, 8, 34
HEADING, CAPTION = 34, 22  # heights of the lines of text
BACKGROUND, INK, FAINT = (24, 24, 26), (240, 240, 240), (165, 165, 170)
STEPS = 6  # frames shown of a film, besides the two neighbours
_MATRICES = {
    "bt601": Colorspace.ITU601,
    "bt709": Colorspace.ITU709,
    "bt2020": Colorspace.BT2020,
}


@dataclass(frozen=True)
class Pair:
    """A picture before and after: (H, W, 3) uint8 RGB, upright."""

    caption: str
    before: np.ndarray
    after: np.ndarray


def pairs_of(before: Path, after: Path) -> Iterator[Pair]:
    """Pairs of pictures to show of a file and its coloured version.

    Raises:
        MediaError: one cannot be read, or is no version of the other.
    """
    match _kind(before):
        case Kind.FILM:
            yield from _film_pairs(before, after)
        case Kind.ARCHIVE:
            yield from _archive_pairs(before, after)
        case Kind.STILL:
            pictures = (_still(path.read_bytes(), path.name) for path in (before, after))
            yield Pair(before.name, *pictures)
        case _:
            raise MediaError(before, "is neither a film, a still nor an archive")


def _kind(path: Path) -> Kind:
    try:
        with open(path, "rb") as file:
            return kind_of(path.name, file.read(HEAD_BYTES))
    except OSError as error:
        raise MediaError(path, f"cannot be opened ({error.strerror})") from error


def _film_pairs(before: Path, after: Path) -> Iterator[Pair]:
    with closing(read_frames(probe(before))) as frames:
        count = sum(1 for _ in frames)
    shown = [(2 * step + 1) * count // (2 * STEPS) for step in range(STEPS)]
    neighbours = [count // 2, min(count // 2 + 1, count - 1)]
    wanted = {*shown, *neighbours}
    old, new = _frames(before, wanted), _frames(after, wanted)
    for place, number in enumerate([*shown, *neighbours]):
        if number not in new:
            raise MediaError(after, f"has fewer frames than the {count} of {before.name}")
        time, picture = old[number]
        beside = ", the next frame" if place == STEPS + 1 else ""
        yield Pair(f"frame {number + 1}, {time:.2f} s{beside}", picture, new[number][1])


def _frames(path: Path, wanted: set[int]) -> dict[int, tuple[float, np.ndarray]]:
    """(seconds, picture as displayed) of the frames with the given numbers."""
    info = probe(path)
    aspect = info.sample_aspect_ratio or 1
    found = {}
    with closing(read_frames(info)) as frames:
        for frame in frames:
            if frame.index in wanted:
                shown = frame.av_frame.reformat(
                    width=max(1, round(info.width * aspect)),
                    format="rgb24",
                    src_colorspace=_MATRICES[info.encoding.matrix],
                )
                upright = np.rot90(shown.to_ndarray(), info.rotation // 90 % 4)
                found[frame.index] = float(frame.pts * info.time_base), upright
            if len(found) == len(wanted):
                break
    return found


def _archive_pairs(before: Path, after: Path) -> Iterator[Pair]:
    """Pairs of the stills of two archives; other members are not shown."""
    with closing(open_archive(before)) as old, closing(open_archive(after)) as new:
        colored = {member.name: member for member in new.members}
        for member in old.members:
            if member.kind is not Kind.STILL:
                continue
            if member.name not in colored:
                raise MediaError(after, f"lacks {member.name}")
            name = PurePosixPath(member.name).name
            yield Pair(
                name,
                _still(old.read(member), member.name),
                _still(new.read(colored[member.name]), member.name),
            )


def _still(content: bytes, name: str) -> np.ndarray:
    still = read_still(content, name)
    pixels = still.pixels
    if pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    if pixels.ndim == 2:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB)
    return to_upright(pixels, still.orientation)


def draw(groups: Iterable[tuple[str, Sequence[Pair]]]) -> Image.Image:
    """Draw the sheet: for each group a heading, then rows of `COLUMNS` pairs, old above new."""
    bands: list[tuple[str, Sequence[Pair]]] = []
    for heading, pairs in groups:
        for start in range(0, len(pairs), COLUMNS):
            bands.append(("" if start else heading, pairs[start : start + COLUMNS]))
    tall = CAPTION + 2 * (TILE[1] + GAP) + GAP
    height = GAP + sum(tall + (HEADING if heading else 0) for heading, _ in bands)
    sheet = Image.new("RGB", (MARGIN + COLUMNS * (TILE[0] + GAP), height), BACKGROUND)
    pen = ImageDraw.Draw(sheet)
    y = GAP
    for heading, pairs in bands:
        if heading:
            _write(pen, (MARGIN, y + HEADING / 2), heading, 19, INK)
            y += HEADING
        for row, label in enumerate(("before", "after")):
            _label(sheet, label, y + CAPTION + row * (TILE[1] + GAP))
        for column, pair in enumerate(pairs):
            x = MARGIN + column * (TILE[0] + GAP)
            _write(pen, (x, y + CAPTION / 2 - 2), pair.caption, 14, FAINT)
            for row, picture in enumerate((pair.before, pair.after)):
                _place(sheet, picture, x, y + CAPTION + row * (TILE[1] + GAP))
        y += tall
    return sheet


def _write(
    pen: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    size: int,
    ink: tuple[int, int, int],
) -> None:
    pen.text(at, text, fill=ink, font=ImageFont.load_default(size), anchor="lm")


def _label(sheet: Image.Image, text: str, top: int) -> None:
    """Draw upward text in the left margin beside a row of pictures."""
    strip = Image.new("RGB", (TILE[1], MARGIN), BACKGROUND)
    font = ImageFont.load_default(15)
    ImageDraw.Draw(strip).text((TILE[1] / 2, MARGIN / 2), text, fill=FAINT, font=font, anchor="mm")
    sheet.paste(strip.rotate(90, expand=True), (0, top))


def _place(sheet: Image.Image, picture: np.ndarray, left: int, top: int) -> None:
    """Paste a whole picture into its tile, centred."""
    height, width = picture.shape[:2]
    scale = min(TILE[0] / width, TILE[1] / height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    corner = left + (TILE[0] - size[0]) // 2, top + (TILE[1] - size[1]) // 2
    sheet.paste(Image.fromarray(small), corner)


def write_sheet(target: Path, files: Iterable[tuple[Path, Path]]) -> None:
    """Write the contact sheet of files and their coloured versions as PNG.

    Raises:
        MediaError: a file cannot be read, or is no version of the other.
    """
    groups = [(before.name, list(pairs_of(before, after))) for before, after in files]
    sheet = draw(groups)
    with atomic_write(target) as part:
        sheet.save(part, "PNG", optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m examples.contact_sheet",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("out", type=Path, metavar="OUT.png")
    parser.add_argument("files", type=Path, nargs="+", metavar="BEFORE AFTER")
    options = parser.parse_args()
    if len(options.files) % 2:
        parser.error("every BEFORE needs its AFTER")
    try:
        write_sheet(options.out, zip(options.files[::2], options.files[1::2], strict=True))
    except KinemacolorError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
