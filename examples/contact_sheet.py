"""Contact sheet of before and after as a PNG.

Usage: python -m examples.contact_sheet OUT.png BEFORE AFTER [BEFORE AFTER ...]

BEFORE and AFTER are two films, two stills or two archives of stills. Of a film the sheet shows
evenly spaced frames, and two neighbouring ones, which show flicker.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.archives import open_archive
from kinemacolor.engine.media.kinds import HEAD_BYTES, Kind, kind_of
from kinemacolor.engine.media.stills import read_still
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.media.video.reader import read_frames
from kinemacolor.engine.preview.layout import Cell, Section
from kinemacolor.engine.preview.pictures import decoded_picture, still_picture
from kinemacolor.engine.preview.sheet import draw_sheet
from kinemacolor.engine.preview.sheet import write_sheet as write_picture
from kinemacolor.models.errors import KinemacolorError

STEPS = 6  # frames shown of a film, besides the two neighbours


@dataclass(frozen=True)
class Pair:
    """A picture before and after: (H, W, 3) uint8 RGB, upright, and small enough for a page."""

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
    found = {}
    with closing(read_frames(info)) as frames:
        for frame in frames:
            if frame.index in wanted:
                found[frame.index] = float(frame.pts * info.time_base), decoded_picture(frame, info)
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
    return still_picture(still, still.pixels)


def write_sheet(target: Path, files: Iterable[tuple[Path, Path]]) -> None:
    """Write the contact sheet of files and their coloured versions as PNG.

    Raises:
        MediaError: a file cannot be read, or is no version of the other.
    """
    sections = []
    for before, after in files:
        pairs = pairs_of(before, after)
        cells = tuple(Cell(pair.caption, "", (pair.before, pair.after)) for pair in pairs)
        sections.append(Section(before.name, "", cells))
    write_picture(draw_sheet(sections), target)


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
