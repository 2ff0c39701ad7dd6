"""Parts of a film's index, made side by side, and the whole that they make: that of one reading.

What depends on the frames before - times, shots - is decided when the parts are put together, from
what each part keeps of its frames.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace
from itertools import count
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from kinemacolor.engine.color.chroma import Chroma
from kinemacolor.engine.files import atomic_write
from kinemacolor.engine.media.index_range import IndexRange
from kinemacolor.engine.media.provenance.source import state_of_file
from kinemacolor.engine.media.video.frame_clock import FrameClock
from kinemacolor.engine.media.video.index import FilmIndex, luma_crc32
from kinemacolor.engine.media.video.index_ranges import (
    RangeError,
    plan_ranges,
    read_index_range,
)
from kinemacolor.engine.media.video.own_chroma import has_chroma
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.motion.shots import UNSURE, ShotFinder, thumbnail
from kinemacolor.engine.pipeline.color_runs import EVERY, Sample
from kinemacolor.engine.pipeline.film_stages import FilmStages
from kinemacolor.engine.pipeline.own_colors import ColorSampler
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError


@dataclass(frozen=True)
class IndexPart:
    """What a range's frames add to an index.

    Args:
        pts, durations: as the source states them, in the film's time base; int64.
        luma_crc32: CRC-32 of the luma planes; int64.
        thumbnails: (n, 18, 24) float32, by `thumbnail`.
        chroma: of every few frames, and of those that may begin a shot; empty for grey formats.
    """

    pts: np.ndarray
    durations: np.ndarray
    luma_crc32: np.ndarray
    thumbnails: np.ndarray
    chroma: tuple[Sample, ...]

    def write(self, path: Path) -> None:
        """Store the part; the file appears whole."""
        samples = [(sample.number, *astuple(sample.chroma)) for sample in self.chroma]
        with atomic_write(path) as temporary, temporary.open("wb") as file:
            np.savez(
                file,
                frames=np.stack([self.pts, self.durations, self.luma_crc32]),
                thumbnails=self.thumbnails,
                numbers=np.array([[n, tells] for n, *_, tells in samples], np.int64),
                chroma=np.array([[a, b] for _, a, b, *_ in samples], np.float64),
                hues=np.array([hue for *_, hue, _ in samples], np.str_),
            )

    @classmethod
    def read(cls, path: Path) -> IndexPart:
        """A stored part.

        Raises:
            KinemacolorError: it is not there, or damaged.
        """
        try:
            with np.load(path) as stored:
                frames, thumbnails = stored["frames"], stored["thumbnails"]
                told = zip(stored["numbers"], stored["chroma"], stored["hues"], strict=True)
                chroma = tuple(
                    Sample(int(n), Chroma(float(spread), float(strength), str(hue), bool(tells)))
                    for (n, tells), (spread, strength), hue in told
                )
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            raise KinemacolorError(path, "is no part of an index", "remove it") from error
        pts, durations, checks = frames
        return cls(pts, durations, checks, thumbnails, chroma)


def ranges_of(source: Path, settings: Settings) -> list[IndexRange]:
    """The ranges of a film that can be indexed side by side; none where it has to be in one go.

    Raises:
        MediaError: the film cannot be read.
    """
    if settings.salvage or settings.is_excerpt:  # these decode in other ways
        return []
    return plan_ranges(probe(source))


def index_range(
    source: Path,
    settings: Settings,
    part: IndexRange,
    target: Path,
    on_frame: Callable[[], None],
) -> bool:
    """Read one of a film's ranges into a file.

    Args:
        source: the film.
        settings: of which the working size counts.
        part: of the film, by `ranges_of`.
        target: for `joined_index`.
        on_frame: called after each frame.

    Returns:
        Whether it decodes to what its packets promise; where not, there is no file, and the film
        is to be indexed in one go.

    Raises:
        MediaError: the film cannot be read.
    """
    film, shots = FilmStages(source, settings), ShotFinder()
    sampler = ColorSampler(film.info) if has_chroma(film.info) else None
    times, checks, thumbnails = [], [], []
    try:
        for frame in read_index_range(film.info, part):
            small = thumbnail(film.lightness(frame))
            new = shots.begins_shot(small)
            if sampler is not None:
                sampler.look(frame, always=new or frame.index < part.first + UNSURE)
            times.append((frame.pts, frame.duration))
            checks.append(luma_crc32(frame.luma))
            thumbnails.append(small)
            on_frame()
    except RangeError:
        return False
    pts, durations = np.array(times, np.int64).T
    samples = tuple(sampler.samples) if sampler else ()
    found = IndexPart(pts, durations, np.array(checks, np.int64), np.stack(thumbnails), samples)
    found.write(target)
    return True


def joined_index(source: Path, settings: Settings, parts: Sequence[Path]) -> FilmIndex:
    """The index of a film, as a single reading gives it, from those of its ranges.

    Args:
        source: the film.
        settings: of which what is done with colour counts.
        parts: files of all its ranges, in order.

    Raises:
        KinemacolorError: a file is damaged.
        MediaError: the film is in colour where that is refused.
    """
    film = FilmStages(source, settings)
    info, clock, shots = film.info, FrameClock(film.info), ShotFinder()
    index = FilmIndex([], [], [], [], [], 0, (), source=state_of_file(info.path))
    samples: list[Sample] = []
    numbers = count()
    for part in map(IndexPart.read, parts):
        chroma = {sample.number: sample for sample in part.chroma}
        for pts, duration, check, small in zip(
            part.pts.tolist(), part.durations.tolist(), part.luma_crc32.tolist(),
            part.thumbnails, strict=True,
        ):  # fmt: skip
            number = next(numbers)
            new = shots.begins_shot(small)
            if new:
                index.shots.append(number)
            if number in chroma and (new or number % EVERY == 0):
                samples.append(chroma[number])
            shown, lasting = clock.show(pts, None, duration)
            index.pts.append(shown)
            index.durations.append(lasting)
            index.source_pts.append(pts)
            index.luma_crc32.append(check)
    index = replace(index, notes=clock.notes)
    return film.told_colors(index, samples) if has_chroma(info) else index
