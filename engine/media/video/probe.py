"""What a film is: found out by opening it and decoding its first frame."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.files import os_reason
from kinemacolor.engine.media.video import encoders
from kinemacolor.engine.media.video.color_tags import ColorTags, resolve
from kinemacolor.engine.media.video.pixel_formats import describe
from kinemacolor.engine.media.video.truncation import is_cut_short
from kinemacolor.engine.settings import Settings
from kinemacolor.models.color.encoding import YCbCrEncoding

LONGEST_SIDE = 16384
_NO_FILMS = frozenset(("gif", "apng", "ico", "ffmetadata", "tty", "hls", "concat", "dash", "sdp"))
_PICTURE_BRANDS = ("avif", "avis", "heic", "heix", "hevc", "mif1", "msf1")
_ENCRYPTED = ("encv", "drmi")
_NOT_THE_FILM = av.stream.Disposition.attached_pic | av.stream.Disposition.timed_thumbnails
_FIELD_ORDERS = (2, 3, 4, 5)  # AVFieldOrder: the interlaced ones


@dataclass(frozen=True)
class FilmInfo:
    """A film and what becomes of it.

    Args:
        container: suffix of the container by content: ".mkv", ".mp4", ".mov" or "" for others.
        stream: index of the video stream that is coloured.
        width, height: of the decoded planes, before rotation and sample aspect ratio.
        encoding: how the planes are read, with what is taken where the source is untagged.
        tags: colour tags of the output.
        codec: of the output, a key of `encoders.ENCODERS`.
        output_pix_fmt: planar Y'CbCr, the source's own where the codec has it.
        chroma_shape: (rows, columns) of the output's Cb and Cr planes.
        start: presentation time of the first frame, in `time_base`.
        frames: exact, an estimate, or None where the container tells nothing.
        duration: seconds.
        rotation: counter-clockwise degrees for display; `display_matrix` is the whole of it.
        field_order: FFmpeg's AVFieldOrder, 0 where unknown.
        notes: what a user should be told, one line each.
    """

    path: Path
    container: str
    stream: int
    width: int
    height: int
    pix_fmt: str
    encoding: YCbCrEncoding
    tags: ColorTags
    codec: str
    output_pix_fmt: str
    chroma_shape: tuple[int, int]
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


def open_film(path: Path) -> InputContainer:
    """Open a file for demuxing; one that refers to others on the network opens nothing there.

    Raises:
        MediaError: missing, empty, unreadable, cut short, not a film.
    """
    try:
        if path.is_file() and path.stat().st_size == 0:
            raise MediaError(path, "is empty")
        # Absolute, so that no name is taken for a protocol; odd bytes in old metadata survive.
        return av.open(
            str(path.absolute()),
            metadata_errors="surrogateescape",
            container_options={"protocol_whitelist": "file"},
        )
    except FFmpegError as error:
        system = os_error_in(error)
        if system is not None:
            raise MediaError(path, os_reason(system)) from error
        raise _useless(path, "is not a film, or is damaged at its beginning") from error
    except OSError as error:
        raise MediaError(path, os_reason(error)) from error


def os_error_in(error: FFmpegError) -> OSError | None:
    """The operating system's error that FFmpeg passes on, if it is one, without a file's name."""
    known = isinstance(error, OSError) and error.errno in errno.errorcode
    return OSError(error.errno, error.strerror) if known else None


def probe(path: Path, settings: Settings | None = None) -> FilmInfo:
    """Look at a film, and at what `settings` make of it.

    Raises:
        MediaError: missing, empty, not a film, a single picture, sound only, no frames, encrypted,
            undecodable, or more than 16384 pixels on a side.
        SettingsError: the codec asked for cannot hold the film.
    """
    with open_film(path) as film:
        video = _film_stream(path, film)
        first = _first_frame(path, film, video)
        if first is None:
            raise _useless(path, "has no frames")
        pixels = describe(first.format.name)
        interlaced = first.interlaced_frame or video.codec_context.field_order in _FIELD_ORDERS
        encoding, tags, notes = resolve(ColorTags.of(first), pixels, first.height, path)
        codec, output = encoders.choose(
            settings or Settings(), pixels, (first.width, first.height), interlaced
        )
        if interlaced:
            notes.append("interlaced: coloured as whole frames, its fields kept as they are")
        if pixels.alpha and not output.alpha:
            notes.append(f"transparency is lost: {codec} has none")
        rate = video.average_rate or video.guessed_rate or None
        duration = _duration(film, video)
        return FilmInfo(
            path=path,
            container=_container(film),
            stream=video.index,
            width=first.width,
            height=first.height,
            pix_fmt=pixels.name,
            encoding=encoding,
            tags=tags,
            codec=codec,
            output_pix_fmt=output.name,
            chroma_shape=output.chroma_shape(first.width, first.height),
            rate=rate,
            time_base=video.time_base,
            start=first.pts or 0,
            frames=_frames(video, duration, rate),
            duration=duration,
            rotation=first.rotation,
            display_matrix=_display_matrix(first),
            sample_aspect_ratio=video.sample_aspect_ratio or None,
            field_order=video.codec_context.field_order,
            interlaced=interlaced,
            notes=tuple(notes),
        )


def _film_stream(path: Path, film: InputContainer) -> Any:
    brand = film.metadata.get("major_brand", "").strip()
    form = film.format.name
    if form.startswith("image2") or form.endswith("_pipe") or brand in _PICTURE_BRANDS:
        raise MediaError(path, "is a picture, not a film")
    if form in _NO_FILMS:
        raise MediaError(path, f"is no film that can be coloured ({film.format.long_name})")
    if not film.streams:
        raise _useless(path, "is not a film: it has no streams")
    videos = [s for s in film.streams.video if not s.disposition & _NOT_THE_FILM]
    if not videos:
        raise MediaError(path, "has sound or data, but no pictures")
    best = film.streams.best("video")
    video = best if best in videos else videos[0]
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


def _first_frame(path: Path, film: InputContainer, video: Any) -> Any | None:
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


def _tag(video: Any, name: str) -> str | None:
    """A statistics tag of Matroska; some writers add a language to its name."""
    return next((v for k, v in video.metadata.items() if k.split("-")[0].upper() == name), None)


def _duration(film: InputContainer, video: Any) -> float | None:
    """Seconds from the first frame to the end of the last."""
    if video.duration:
        return float(video.duration * video.time_base)
    if not film.duration:
        return None
    whole = film.duration / av.time_base
    if "matroska" not in film.format.name:
        return whole
    # Matroska counts from zero, and its own length is that of the longest stream.
    start = float((video.start_time or 0) * video.time_base)
    try:
        hours, minutes, seconds = (_tag(video, "DURATION") or f"0:0:{whole}").split(":")
        return 3600 * int(hours) + 60 * int(minutes) + float(seconds) - start
    except ValueError:  # not as the tag's own standard has it
        return whole - start


def _frames(video: Any, duration: float | None, rate: Fraction | None) -> int | None:
    stated = _tag(video, "NUMBER_OF_FRAMES")
    if video.frames or (stated and stated.isdecimal()):
        return video.frames or int(stated or 0)
    return None if duration is None or rate is None else max(1, round(duration * rate))


def _display_matrix(frame: Any) -> tuple[int, ...] | None:
    try:
        return tuple(np.frombuffer(frame.side_data["DISPLAYMATRIX"], np.int32).tolist())
    except (KeyError, ValueError):  # absent, or beside a kind of side data that PyAV cannot name
        return None
