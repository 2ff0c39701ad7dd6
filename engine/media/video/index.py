"""The index of a film's frames, made by decoding the whole once: times, checksums, shots."""

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
from kinemacolor.engine.media.video.probe import VideoInfo
from kinemacolor.engine.media.video.reader import DecodedFrame, read_frames
from kinemacolor.models.errors import KinemacolorError

SCHEMA = 1  # of the index's file
# The keys of files without a schema, which the first version wrote.
_OLD_KEYS = {"times": "pts", "stated": "source_pts", "checks": "luma_crc32"}
_PREFETCHED = 8  # frames that are decoded while others are looked at


@dataclass(frozen=True)
class FilmIndex:
    """Every frame of a film, by its number, so that a range of them can be read alone.

    Args:
        pts, durations: of the result, in the film's time base; `pts` rise.
        source_pts: as the source states them, for seeking; None where it does not.
        luma_crc32: CRC-32 of the luma planes.
        shots: numbers of the frames that begin a shot.
        missing: frames that the damaged source has lost (salvage only).
        notes: what the film's owner should know.
    """

    pts: list[int]
    durations: list[int]
    source_pts: list[int | None]
    luma_crc32: list[int]
    shots: list[int]
    missing: int
    notes: tuple[str, ...]

    def write(self, path: Path) -> None:
        """Store the index as JSON; the file appears whole."""
        with atomic_write(path) as temporary:
            record = {"schema": SCHEMA, **asdict(self)}
            temporary.write_text(json.dumps(record), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> FilmIndex:
        """A stored index.

        Raises:
            KinemacolorError: it is not there, damaged, or of a later schema.
        """
        try:
            record = dict(json.loads(path.read_text(encoding="utf-8")))
            if "schema" not in record:
                record = {_OLD_KEYS.get(key, key): value for key, value in record.items()}
            elif record.pop("schema") != SCHEMA:
                raise ValueError
            return cls(**record | {"notes": tuple(record["notes"])})
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise KinemacolorError(
                path, "is no film's index", "remove it, and run again"
            ) from error


def luma_crc32(luma: np.ndarray) -> int:
    """CRC-32 of a contiguous luma plane."""
    return zlib.crc32(luma.data)


def index_film(
    info: VideoInfo, *, salvage: bool, begins_shot: Callable[[DecodedFrame], bool]
) -> FilmIndex:
    """Decode a film once, to know its frames.

    Args:
        salvage: as `read_frames` has it.
        begins_shot: is asked about every frame, in order.

    Raises:
        MediaError: the film is damaged, or has no frames.
    """
    pts, durations, source_pts, checksums, shots = [], [], [], [], []
    reader = read_frames(info, salvage=salvage)
    with closing(prefetch(reader, _PREFETCHED)) as frames:
        for frame in frames:
            if begins_shot(frame):
                shots.append(frame.index)
            pts.append(frame.pts)
            durations.append(frame.duration)
            source_pts.append(frame.av_frame.pts)
            checksums.append(luma_crc32(frame.luma))
    if not pts:
        raise MediaError(info.path, "not one of its frames could be decoded")
    return FilmIndex(pts, durations, source_pts, checksums, shots, reader.missing, reader.notes)
