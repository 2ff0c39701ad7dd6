"""The index of a film's frames, made by decoding the whole once: times, checksums, shots."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np

from kinemacolor.engine.concurrency import prefetch
from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.files import atomic_write
from kinemacolor.engine.media.provenance.source import state_of_file
from kinemacolor.engine.media.video.damage import Damage
from kinemacolor.engine.media.video.probe import VideoInfo
from kinemacolor.engine.media.video.reader import DecodedFrame, read_frames
from kinemacolor.engine.media.video.time_span import TimeSpan
from kinemacolor.models.errors import KinemacolorError

SCHEMA = 1  # of the index's file
# The keys of files without a schema, which the first version wrote.
_OLD_KEYS = {"times": "pts", "stated": "source_pts", "checks": "luma_crc32"}
_PREFETCHED = 8  # frames that are decoded while others are looked at


@dataclass(frozen=True)
class FilmIndex:
    """Every frame of a film, by its number, so that a range of them can be read alone.

    Args:
        pts, durations: as the film shows them, in its time base; `pts` rise.
        source_pts: as the source states them, for seeking; None where it does not.
        luma_crc32: CRC-32 of the luma planes.
        shots: numbers of the frames that begin a shot.
        missing: frames that the damaged source has lost (salvage only).
        notes: what the film's owner should know.
        first: number of the first frame here; the lists above begin with it.
        damaged: numbers of frames that another decoding may mend otherwise (salvage only).
        part: start and stop (excluded) of the frames that are wanted, of an excerpt; None is all.
        in_color: runs of frames that are in colour already, as (start, stop); `stop` is excluded.
        hues: names of the hues that the other frames that are wanted are toned or tinted in.
        source: the state of the file, by `state_of_file`; empty where an older version indexed it.
    """

    pts: list[int]
    durations: list[int]
    source_pts: list[int | None]
    luma_crc32: list[int]
    shots: list[int]
    missing: int
    notes: tuple[str, ...]
    first: int = 0
    damaged: list[int] = field(default_factory=list)
    part: tuple[int, int] | None = None
    in_color: tuple[tuple[int, int], ...] = ()
    hues: tuple[str, ...] = ()
    source: str = ""

    @property
    def stop(self) -> int:
        """The number behind that of the last frame here."""
        return self.first + len(self.pts)

    @property
    def wanted(self) -> tuple[int, int]:
        """Start and stop (excluded) of the frames that the result has."""
        return self.part or (self.first, self.stop)

    def span(self, info: VideoInfo) -> TimeSpan | None:
        """When the excerpt begins and ends; None where the whole film is wanted."""
        if self.part is None:
            return None
        first, last = self.part[0] - self.first, self.part[1] - 1 - self.first
        end = self.pts[last] + max(self.durations[last], info.frame_period)
        if last + 1 < len(self.pts):
            end = self.pts[last + 1]
        return TimeSpan(self.pts[first] * info.time_base, end * info.time_base)

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
            part = record.get("part")
            if part is not None:
                start, stop = part
                part = int(start), int(stop)
            lists = {
                "notes": tuple(record["notes"]),
                "part": part,
                "in_color": tuple((first, stop) for first, stop in record.get("in_color", ())),
                "hues": tuple(record.get("hues", ())),
            }
            return cls(**record | lists)
        except (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
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
    reader = read_frames(info, salvage=salvage)
    index = index_frames(info, reader, begins_shot=begins_shot)
    return replace(index, missing=reader.missing, notes=reader.notes)


def index_frames(
    info: VideoInfo,
    frames: Iterable[DecodedFrame],
    *,
    begins_shot: Callable[[DecodedFrame], bool],
    part: tuple[int, int] | None = None,
) -> FilmIndex:
    """The index of successive frames of a film.

    Args:
        info: of the film.
        frames: decoded, in order; a thread of its own decodes them ahead.
        begins_shot: as of `index_film`.
        part: as `FilmIndex` has it.

    Raises:
        MediaError: there is not one of the frames that are wanted.
    """
    index = FilmIndex([], [], [], [], [], 0, (), part=part, source=state_of_file(info.path))
    first: int | None = None
    with closing(prefetch(frames, _PREFETCHED)) as decoded:
        for frame in decoded:
            first = frame.index if first is None else first
            if begins_shot(frame):
                index.shots.append(frame.index)
            index.pts.append(frame.pts)
            index.durations.append(frame.duration)
            index.source_pts.append(frame.av_frame.pts)
            index.luma_crc32.append(luma_crc32(frame.luma))
            if frame.damaged:
                index.damaged.append(frame.index)
    index = replace(index, first=first or 0)
    if part is not None:
        damage = Damage.of_frames(((n, index.pts[n - index.first]) for n in index.damaged), info)
        index = replace(index, part=(part[0], min(part[1], index.stop)), notes=damage.notes)
    start, stop = index.wanted
    if start >= stop:
        raise MediaError(info.path, "not one of its frames could be decoded")
    return index
