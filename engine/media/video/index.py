"""Where every frame of a film is: what one decoding of the whole has found out."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from kinemacolor.engine.concurrency import prefetch
from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.files import atomic_write
from kinemacolor.engine.media.video.probe import FilmInfo
from kinemacolor.engine.media.video.reader import Frame, read_frames
from kinemacolor.models.errors import KinemacolorError

_AHEAD = 8  # frames decoded while others are looked at


@dataclass(frozen=True)
class FilmIndex:
    """Every frame of a film, by its number; parts of the film can then be read alone.

    Args:
        times, durations: of the result, in the film's time base; times rise.
        stated: times as the source states them, which seeking goes by; None where it does not.
        checks: CRC-32 of the luma planes.
        shots: frames that begin one.
        missing: frames that the damaged source has lost (salvage only).
        notes: what the film's owner should know.
    """

    times: list[int]
    durations: list[int]
    stated: list[int | None]
    checks: list[int]
    shots: list[int]
    missing: int
    notes: tuple[str, ...]

    def write(self, path: Path) -> None:
        """Store the index; it appears whole."""
        with atomic_write(path) as part:
            part.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> FilmIndex:
        """A stored index.

        Raises:
            KinemacolorError: it is not there, or damaged.
        """
        try:
            fields = json.loads(path.read_text(encoding="utf-8"))
            return cls(**fields | {"notes": tuple(fields["notes"])})
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise KinemacolorError(
                path, "is no film's index", "remove it, and run again"
            ) from error


def check(luma: np.ndarray) -> int:
    """CRC-32 of a contiguous plane."""
    return zlib.crc32(luma.data)


def index_film(info: FilmInfo, *, salvage: bool, begins_shot: Callable[[Frame], bool]) -> FilmIndex:
    """Decode a film once, to know its frames.

    Args:
        salvage: as `read_frames` has it.
        begins_shot: is asked about every frame, in order.

    Raises:
        MediaError: the film is damaged, or has no frames.
    """
    times, durations, stated, checks, shots = [], [], [], [], []
    reader = read_frames(info, salvage=salvage)
    with closing(prefetch(reader, _AHEAD)) as frames:
        for frame in frames:
            if begins_shot(frame):
                shots.append(frame.index)
            times.append(frame.pts)
            durations.append(frame.duration)
            stated.append(frame.picture.pts)
            checks.append(check(frame.luma))
    if not times:
        raise MediaError(info.path, "not one of its frames could be decoded")
    return FilmIndex(times, durations, stated, checks, shots, reader.missing, reader.notes)
