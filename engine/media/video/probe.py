"""The facts of a film, found out by opening it and decoding its first frame."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.files import is_readable, os_reason
from kinemacolor.engine.media.raw_mjpeg import is_raw_mjpeg
from kinemacolor.engine.media.video.color_tags import ColorTags, resolve
from kinemacolor.engine.media.video.field_order import INTERLACED, field_order_of
from kinemacolor.engine.media.video.film_track import film_track
from kinemacolor.engine.media.video.pixel_formats import describe
from kinemacolor.engine.media.video.track_length import frame_count, frame_rate, length
from kinemacolor.engine.media.video.truncation import is_cut_short
from kinemacolor.engine.media.video.unkept import unkept_notes
from kinemacolor.models.color.encoding import YCbCrEncoding

LONGEST_SIDE = 16384
_NO_FILMS = frozenset(("gif", "apng", "ico", "ffmetadata", "tty", "hls", "concat", "dash", "sdp"))
_PICTURE_BRANDS = ("avif", "avis", "heic", "heix", "hevc", "mif1", "msf1")
_ENCRYPTED = ("encv", "drmi")
_NOT_THE_FILM = av.stream.Disposition.attached_pic | av.stream.Disposition.timed_thumbnails


@dataclass(frozen=True)
class VideoInfo:
    """The facts of a film's file and of its video stream.

    Args:
        path: the file.
        container: its container's suffix by content: ".mkv", ".mp4", ".mov", or "" for others.
        stream: index of the video stream that is coloured.
        width, height: of the decoded planes, before rotation and sample aspect ratio.
        pix_fmt: FFmpeg's name of the decoded frames' pixel format.
        encoding: how the planes are read; where the source is untagged, what is assumed.
        tags: colour tags as the first frame states them.
        rate: frames a second, on average; None where that is unknown.
        time_base: seconds of a tick, in which times and durations are counted.
        start: presentation time of the first frame, in `time_base`.
        frames: exact, an estimate, or None where the container tells nothing.
        duration: seconds; None where the container tells nothing.
        rotation: counter-clockwise degrees for display; `display_matrix` is the whole of it.
        display_matrix: the nine numbers of FFmpeg's display matrix; None where there is none.
        sample_aspect_ratio: width by height of a pixel; None where it is not stated.
        field_order: FFmpeg's AVFieldOrder, 0 where unknown.
        interlaced: its frames consist of two fields.
        notes: what a user should know of how it is read, a line each.
    """

    path: Path
    container: str
    stream: int
    width: int
    height: int
    pix_fmt: str
    encoding: YCbCrEncoding
    tags: ColorTags
    rate: Fraction | None
    time_base: Fraction
    start: int
    frames: int | None
    duration: float | None
    rotation: int
    display_matrix: tuple[int, ...] | None
    sample_aspect_ratio: Fraction | None
    field_order: int
    interlaced: bool
    notes: tuple[str, ...]

    @property
    def shown_size(self) -> tuple[int, int]:
        """(width, height) as a player shows it: pixels made square by its columns, then upright."""
        width = max(1, round(self.width * (self.sample_aspect_ratio or 1)))
        return (self.height, width) if self.rotation % 180 else (width, self.height)

    @property
    def frame_period(self) -> int:
        """Ticks of `time_base` from a frame to the next, on average; 1 where unknown."""
        return round(1 / self.rate / self.time_base) if self.rate else 1


def open_film(path: Path) -> InputContainer:
    """Open PyAV's container of a file, local files only: a playlist cannot reach the network.

    Raises:
        MediaError: missing, empty, unreadable, cut short, not a film.
    """
    try:
        if path.is_file() and path.stat().st_size == 0:
            raise MediaError(path, "is empty")
        # Absolute, so that no name is taken for a protocol; odd bytes in old metadata survive.
        return av.open(
            str(path.absolute()),
            format="mjpeg" if is_raw_mjpeg(path) else None,  # of itself it takes it for a picture
            metadata_errors="surrogateescape",
            container_options={"protocol_whitelist": "file"},
        )
    except FFmpegError as error:
        system = os_error_in(error)
        if system and (system.errno != errno.EIO or not is_readable(path)):  # FFmpeg's "too short"
            raise MediaError(path, os_reason(system)) from error
        raise _useless(path, "is not a film, or is damaged at its beginning") from error
    except OSError as error:
        raise MediaError(path, os_reason(error)) from error


def os_error_in(error: FFmpegError) -> OSError | None:
    """The operating system's error that FFmpeg passes on, if it is one, without a file's name."""
    known = isinstance(error, OSError) and error.errno in errno.errorcode
    return OSError(error.errno, error.strerror) if known else None


def probe(path: Path) -> VideoInfo:
    """The facts of a film.

    Raises:
        MediaError: missing, empty, not a film, a single picture, sound only, no frames, encrypted,
            undecodable, or more than 16384 pixels on a side.
    """
    with open_film(path) as film:
        video = _film_stream(path, film)
        first = _first_frame(path, film, video)
        if first is None:
            raise _useless(path, "has no frames")
        pixel_format = describe(first.format.name)
        field_order = field_order_of(first, video.codec_context.field_order)
        interlaced = first.interlaced_frame or field_order in INTERLACED
        tags = ColorTags.of(first)
        encoding, notes = resolve(tags, pixel_format, first.height, path)
        notes += unkept_notes(video, first)
        if interlaced:
            notes.append("interlaced: coloured as whole frames, its fields kept as they are")
        rate = frame_rate(film, video)
        if film.format.name == "mjpeg":
            notes.append("raw Motion JPEG states no rate: shown at 25 frames a second")
        duration = length(film, video)
        return VideoInfo(
            path=path,
            container=_container(film),
            stream=video.index,
            width=first.width,
            height=first.height,
            pix_fmt=pixel_format.name,
            encoding=encoding,
            tags=tags,
            rate=rate,
            time_base=time_base_of(video),
            start=first.pts or 0,
            frames=frame_count(film, video, duration, rate),
            duration=duration,
            rotation=first.rotation,
            display_matrix=_display_matrix(first),
            sample_aspect_ratio=video.sample_aspect_ratio or None,
            field_order=field_order,
            interlaced=interlaced,
            notes=tuple(notes),
        )


def video_stream(film: InputContainer, info: VideoInfo) -> VideoStream:
    """The stream of an opened film that is coloured."""
    stream = film.streams[info.stream]
    assert isinstance(stream, VideoStream)
    return stream


def time_base_of(stream: av.stream.Stream) -> Fraction:
    """Seconds of a stream's tick; every stream that has been opened has them."""
    assert stream.time_base is not None
    return stream.time_base


def _film_stream(path: Path, film: InputContainer) -> VideoStream:
    """The stream that holds the film: not a cover, not a thumbnail, not encrypted."""
    brand = film.metadata.get("major_brand", "").strip()
    demuxer = film.format.name
    if demuxer.startswith("image2") or demuxer.endswith("_pipe") or brand in _PICTURE_BRANDS:
        raise MediaError(path, "is a picture, not a film")
    if demuxer in _NO_FILMS:
        raise MediaError(path, f"is no film that can be coloured ({film.format.long_name})")
    if not film.streams:
        raise _useless(path, "is not a film: it has no streams")
    videos = [s for s in film.streams.video if not s.disposition & _NOT_THE_FILM]
    if not videos:
        raise MediaError(path, "has sound or data, but no pictures")
    video = film_track(videos, lambda: open_film(path))
    context = video.codec_context
    if context is None or not context.name:
        raise _useless(path, "its video codec is unknown to FFmpeg")
    if context.codec_tag in _ENCRYPTED:
        raise MediaError(path, "is encrypted", "colour an unprotected copy")
    if max(context.width, context.height) > LONGEST_SIDE:
        raise MediaError(
            path, f"is {context.width}x{context.height}; sides over {LONGEST_SIDE} are refused"
        )
    return video


def _first_frame(path: Path, film: InputContainer, video: VideoStream) -> av.VideoFrame | None:
    """The first frame that can be decoded; None where there is not a packet of it."""
    refused = 0
    try:
        for packet in film.demux(video):
            try:
                for frame in video.decode(packet):
                    return frame
            except FFmpegError:
                refused += 1
    except FFmpegError:
        refused += 1
    if refused:
        raise _useless(path, "has no frame that can be decoded: it is damaged or encrypted")
    return None


def _useless(path: Path, problem: str) -> MediaError:
    """The error for a file with nothing to decode; that its end is missing explains the rest."""
    if is_cut_short(path):
        problem = "is cut short: what is left of it cannot be decoded"
    return MediaError(path, problem)


def _container(film: InputContainer) -> str:
    if "matroska" in film.format.name:
        return ".mkv"
    if "mp4" not in film.format.name:
        return ""
    return ".mov" if film.metadata.get("major_brand", "qt").strip() == "qt" else ".mp4"


def _display_matrix(frame: av.VideoFrame) -> tuple[int, ...] | None:
    try:
        matrix = frame.side_data["DISPLAYMATRIX"]  # type: ignore[typeddict-item]  # no key has types
        return tuple(np.frombuffer(matrix, np.int32).tolist())
    except (KeyError, ValueError):  # absent, or beside a kind of side data that PyAV cannot name
        return None
