"""A film's frames in order: the luma plane as it was decoded, at its exact time."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

import av
import numpy as np
from av.error import FFmpegError
from av.video.plane import VideoPlane
from av.video.reformatter import VideoReformatter

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.monotonic_timestamps import RESTART, MonotonicTimestamps
from kinemacolor.engine.media.video.pixel_formats import ColorModel, describe
from kinemacolor.engine.media.video.probe import VideoInfo, open_film, video_stream
from kinemacolor.engine.media.video.truncation import is_cut_short
from kinemacolor.models.color.encoding import LUMA_WEIGHTS

_SALVAGE = "--salvage keeps what can be decoded"


@dataclass
class DecodedFrame:
    """One frame of a film.

    Args:
        index: 0 for the film's first.
        pts, duration: in the film's time base.
        luma: (height, width), contiguous; uint8, or uint16 where the depth is over 8 bits; the
            decoder's code values.
        interlaced: this frame consists of two fields.
        av_frame: PyAV's frame, which the encoder needs for its alpha, its field order and its
            captions. Not to be changed.
    """

    index: int
    pts: int
    duration: int
    luma: np.ndarray
    interlaced: bool
    av_frame: av.VideoFrame


def plane_rows(plane: VideoPlane, dtype: np.dtype | type) -> np.ndarray:
    """A plane of a PyAV frame as (height, width) without its padding: a view, not a copy."""
    rows: np.ndarray = np.frombuffer(memoryview(plane), dtype).reshape(plane.height, -1)[
        :, : plane.width
    ]
    return rows[::-1] if plane.line_size < 0 else rows


def decoder_threads(salvage: bool) -> str:
    """FFmpeg's way of threading a decoder.

    Frame threads report an error late and lose what is in flight: not when salvaging.
    """
    return "SLICE" if salvage else "AUTO"


class FilmReader(Iterator[DecodedFrame]):
    """A film's frames in the order of their presentation.

    Args:
        info: of the film.
        salvage: go on behind what cannot be decoded, instead of raising.
        cut_short: the file ends before its container says.

    Attributes:
        damaged: frames so far that the decoder had to mend.
    """

    def __init__(self, info: VideoInfo, *, salvage: bool, cut_short: bool) -> None:
        self.damaged = 0
        self._info = info
        self._timestamps = MonotonicTimestamps(round(RESTART / info.time_base))
        self._salvage = salvage
        self._cut_short = cut_short
        self._count = 0
        self._undecodable = 0
        self._luma = LumaExtractor(info)
        self._frames = self._read()

    def __iter__(self) -> FilmReader:
        return self

    def __next__(self) -> DecodedFrame:
        """The next frame.

        Raises:
            MediaError: it cannot be decoded, or differs from the first in size or format.
        """
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
        if self._timestamps.corrected:
            lines.append(f"{self._timestamps.corrected} frames had impossible times, now set right")
        return tuple(lines)

    def _read(self) -> Generator[DecodedFrame, None, None]:
        info = self._info
        period = info.frame_period
        time = info.start - period
        for av_frame in self._decode():
            if (av_frame.width, av_frame.height) != (info.width, info.height) or (
                av_frame.format.name != info.pix_fmt
            ):
                raise MediaError(
                    info.path,
                    f"changes from {info.width}x{info.height} {info.pix_fmt} to {av_frame.width}x"
                    f"{av_frame.height} {av_frame.format.name} at frame {self._count}",
                    "split it there",
                )
            stated = (av_frame.pts, av_frame.dts, time + period)  # AVI need not have the first
            time = next(at for at in stated if at is not None)
            duration = av_frame.duration or period
            self.damaged += av_frame.is_corrupt
            yield DecodedFrame(
                self._count,
                time + self._timestamps.shift(time, duration),
                duration,
                self._luma.extract(av_frame),
                av_frame.interlaced_frame,
                av_frame,
            )
            self._count += 1

    def _decode(self) -> Iterator[av.VideoFrame]:
        with open_film(self._info.path) as film:
            video = video_stream(film, self._info)
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
                    av_frames = video.decode(packet)
                except FFmpegError as error:
                    self._undecodable += 1
                    self._refuse(error)
                    continue
                yield from av_frames

    def _refuse(self, error: FFmpegError) -> None:
        if not self._salvage:
            raise MediaError(
                self._info.path,
                f"is damaged after {self._count} frames ({error.strerror})",
                _SALVAGE,
            ) from error


def read_frames(info: VideoInfo, *, salvage: bool = False) -> FilmReader:
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


def _count_packets(info: VideoInfo) -> int:
    count = 0
    with open_film(info.path) as film:
        try:
            for packet in film.demux(video_stream(film, info)):
                count += bool(packet.size)
        except FFmpegError:
            return count
    return count


class LumaExtractor:
    """Takes the luma plane out of one film's decoded frames.

    Args:
        info: of the film.
    """

    def __init__(self, info: VideoInfo) -> None:
        pixel_format = describe(info.pix_fmt)
        self._planar_format = pixel_format.planar_format()
        self._is_rgb = pixel_format.color_model is ColorModel.RGB
        self._dtype = np.uint8 if pixel_format.depth == 8 else np.uint16
        self._reformatter = VideoReformatter()

    def extract(self, av_frame: av.VideoFrame) -> np.ndarray:
        """(height, width) code values of the decoder, copied; of RGB, the luma of BT.709."""
        if av_frame.format.name != self._planar_format:  # samples in another order, same values
            av_frame = self._reformatter.reformat(av_frame, format=self._planar_format)
        if not self._is_rgb:
            return plane_rows(av_frame.planes[0], self._dtype).copy()
        green, blue, red = (plane_rows(plane, self._dtype) for plane in av_frame.planes[:3])
        kr, kb = LUMA_WEIGHTS["bt709"]
        luma: np.ndarray = np.rint(kr * red + kb * blue + (1 - kr - kb) * green)
        return luma.astype(self._dtype)
