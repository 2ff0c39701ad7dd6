"""Reads a film's frames: the luma plane as it was decoded, at its exact time."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

import av
import numpy as np
from av.error import FFmpegError
from av.video.reformatter import VideoReformatter

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.monotonic_timestamps import RESTART, MonotonicTimestamps
from kinemacolor.engine.media.video.pixel_formats import Kind, PixelFormat, describe
from kinemacolor.engine.media.video.probe import FilmInfo, open_film
from kinemacolor.engine.media.video.truncation import is_cut_short
from kinemacolor.models.color.encoding import LUMA_WEIGHTS

_SALVAGE = "--salvage keeps what can be decoded"


@dataclass
class Frame:
    """One frame of a film.

    Args:
        index: 0 for the film's first.
        pts, duration: in the film's time base.
        luma: (height, width), contiguous; uint8, or uint16 where the depth is over 8 bits; the
            decoder's code values.
        interlaced: this frame consists of two fields.
        picture: the decoded frame itself, which the writer needs for its alpha, its field order
            and its captions. Not to be changed.
    """

    index: int
    pts: int
    duration: int
    luma: np.ndarray
    interlaced: bool
    picture: av.VideoFrame


def plane_rows(plane: Any, dtype: np.dtype | type) -> np.ndarray:
    """A plane of a PyAV frame as (height, width) without its padding: a view, not a copy."""
    rows = np.frombuffer(plane, dtype).reshape(plane.height, -1)[:, : plane.width]
    return rows[::-1] if plane.line_size < 0 else rows


def decoder_threads(salvage: bool) -> str:
    """Frame threads report an error late and lose what is in flight: not when salvaging."""
    return "SLICE" if salvage else "AUTO"


class FilmReader(Iterator[Frame]):
    """A film's frames in the order of their presentation.

    Attributes:
        damaged: frames so far that the decoder had to mend.
    """

    def __init__(self, info: FilmInfo, *, salvage: bool, cut_short: bool) -> None:
        self.damaged = 0
        self._info = info
        self._times = MonotonicTimestamps(round(RESTART / info.time_base))
        self._salvage = salvage
        self._cut_short = cut_short
        self._count = 0
        self._undecodable = 0
        self._luma = LumaReader(info)
        self._frames = self._read()

    def __iter__(self) -> FilmReader:
        return self

    def __next__(self) -> Frame:
        return next(self._frames)

    def close(self) -> None:
        """Stop reading and close the file."""
        self._frames.close()

    @property
    def missing(self) -> int:
        """Frames, as far as the container tells, that a damaged film has lost; once read."""
        if not (self._cut_short or self._undecodable):
            return 0
        return max((self._info.frames or 0) - self._count, self._undecodable)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should be told of the film, once it is read."""
        lines = []
        if self.missing:
            lines.append(f"{self.missing} frames could not be decoded and are missing")
        if self.damaged:
            lines.append(f"{self.damaged} frames are damaged in the source")
        if self._times.corrected:
            lines.append(f"{self._times.corrected} frames had impossible times, now set right")
        return tuple(lines)

    def _read(self) -> Generator[Frame, None, None]:
        info = self._info
        period = round(1 / info.rate / info.time_base) if info.rate else 1
        time = info.start - period
        for picture in self._decoded():
            if (picture.width, picture.height) != (info.width, info.height) or (
                picture.format.name != info.pix_fmt
            ):
                raise MediaError(
                    info.path,
                    f"changes from {info.width}x{info.height} {info.pix_fmt} to {picture.width}x"
                    f"{picture.height} {picture.format.name} at frame {self._count}",
                    "split it there",
                )
            stated = (picture.pts, picture.dts, time + period)  # AVI need not have the first
            time = next(at for at in stated if at is not None)
            duration = picture.duration or period
            self.damaged += picture.is_corrupt
            yield Frame(
                self._count,
                time + self._times.shift(time, duration),
                duration,
                self._luma.read(picture),
                picture.interlaced_frame,
                picture,
            )
            self._count += 1

    def _decoded(self) -> Iterator[Any]:
        with open_film(self._info.path) as film:
            video: Any = film.streams[self._info.stream]
            video.codec_context.thread_type = decoder_threads(self._salvage)
            packets = film.demux(video)
            while True:
                try:
                    packet = next(packets)
                except StopIteration:
                    return
                except FFmpegError as error:
                    self._undecodable += 1
                    self._refuse(error)
                    return
                try:
                    pictures = video.decode(packet)
                except FFmpegError as error:
                    self._undecodable += 1
                    self._refuse(error)
                    continue
                yield from pictures

    def _refuse(self, error: FFmpegError) -> None:
        if not self._salvage:
            raise MediaError(
                self._info.path,
                f"is damaged after {self._count} frames ({error.strerror})",
                _SALVAGE,
            ) from error


def read_frames(info: FilmInfo, *, salvage: bool = False) -> FilmReader:
    """Start reading a film.

    Args:
        salvage: keep what can be decoded of a damaged film; `FilmReader.missing` counts the rest.

    Raises:
        MediaError: the file is cut short (now), or a frame cannot be decoded (while reading), and
            `salvage` is off.
    """
    cut_short = is_cut_short(info.path)
    if cut_short and not salvage:
        whole = f" of {info.frames}" if info.frames else ""
        raise MediaError(
            info.path, f"is cut short: {_count_packets(info)}{whole} frames are left", _SALVAGE
        )
    return FilmReader(info, salvage=salvage, cut_short=cut_short)


def _count_packets(info: FilmInfo) -> int:
    count = 0
    with open_film(info.path) as film:
        try:
            for packet in film.demux(film.streams[info.stream]):
                count += bool(packet.size)
        except FFmpegError:
            return count
    return count


class LumaReader:
    """Takes the luma plane out of decoded frames of one film."""

    def __init__(self, info: FilmInfo) -> None:
        self._form: PixelFormat = describe(info.pix_fmt)
        self._planes = self._form.plane_format()
        self._dtype = np.uint8 if self._form.depth == 8 else np.uint16
        self._reformatter = VideoReformatter()

    def read(self, picture: Any) -> np.ndarray:
        if picture.format.name != self._planes:  # samples in another order, the same values
            picture = self._reformatter.reformat(picture, format=self._planes)
        if self._form.kind is not Kind.RGB:
            return plane_rows(picture.planes[0], self._dtype).copy()
        green, blue, red = (plane_rows(plane, self._dtype) for plane in picture.planes[:3])
        kr, kb = LUMA_WEIGHTS["bt709"]
        luma = kr * red + kb * blue + (1 - kr - kb) * green
        return np.rint(luma).astype(self._dtype)
