"""Frames of a film, sampled evenly and kept as files.

Opening is the engine's (`engine.media.video.probe.open_film`: local files only). Its frame reader
is not used: that gives luma alone, stops at damage, and refuses films that still teach colour.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.probe import open_film as open_container
from kinemacolor.trainers.pictures.base import DataError
from kinemacolor.trainers.pictures.caching import cached, identity
from kinemacolor.trainers.pictures.files import FilePictures

INTERVAL = 1.0  # seconds between samples
LIMIT = 300  # samples of one film, about
SHORT_SIDE = 720  # larger frames are reduced to it: no network is shown more
_NO_FILM = "give a folder, zip or tar of photos, or a film"
# Frames that differ less from the one kept before, in mean code values at 32 x 32, add nothing.
_SAME = 2.0
_SEEK_WORTH = 10.0  # seconds: nearer samples are reached faster by decoding than by seeking
_SD_LINES = 576
# FFmpeg's numbers for matrices (ITU-T H.273), as its converter calls them.
_MATRICES = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}
_EXACT = Interpolation.BILINEAR | Interpolation.FULL_CHR_H_INT | Interpolation.ACCURATE_RND


def open_film(path: Path, cache: Path) -> FilePictures:
    """Sampled frames of a film: one every `INTERVAL` seconds, or `LIMIT` in all of a long film.

    They are decoded once, into a folder of lossless PNG files in `cache`.

    Raises:
        DataError: no frame of it can be decoded.
    """
    settings = (INTERVAL, LIMIT, SHORT_SIDE, _SAME)
    folder = cached(cache / identity(path, *settings), lambda part: _sample(path, part))
    files = sorted(file.name for file in folder.iterdir())
    names = [f"{path.name}@{float(file.removesuffix('.png')):.3f}s" for file in files]
    return FilePictures(folder, files, names)


def to_rgb(frame: av.VideoFrame) -> np.ndarray:
    """(H, W, 3) uint8 R'G'B' of a frame by its own matrix and range.

    Untagged frames are read as BT.601 up to 576 lines, else BT.709, and as limited range.
    """
    pixels = frame.format
    if pixels.is_rgb or pixels.has_palette:
        return frame.to_ndarray(format="rgb24")
    # The formats' names say what their tags may not.
    full = frame.color_range == ColorRange.JPEG or pixels.name.startswith(("yuvj", "gray"))
    assumed = Colorspace.ITU601 if frame.height <= _SD_LINES else Colorspace.ITU709
    return frame.reformat(
        format="rgb24",
        src_colorspace=_MATRICES.get(frame.colorspace, assumed),
        src_color_range=ColorRange.JPEG if full else ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
        interpolation=_EXACT,
    ).to_ndarray()


def _sample(path: Path, folder: Path) -> None:
    """Write the sampled frames as FOLDER/SECONDS.png, near repeats left out."""
    folder.mkdir()
    kept = None
    try:
        for seconds, rgb in _frames(path):
            small = cv2.resize(rgb, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
            if kept is None or np.abs(small - kept).mean() >= _SAME:
                target = str(folder / f"{seconds:010.3f}.png")
                fast = [cv2.IMWRITE_PNG_COMPRESSION, 1]
                if not cv2.imwrite(target, cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), fast):
                    raise DataError(folder, "cannot be written to", "its disk may be full")
                kept = small
    except (av.FFmpegError, MediaError) as error:
        reason = error.problem if isinstance(error, MediaError) else error.strerror
        raise DataError(path, f"is no film that can be read ({reason})", _NO_FILM) from error
    if kept is None:
        raise DataError(path, "no frame of it can be decoded", "give another film")


def _frames(path: Path) -> Iterator[tuple[float, np.ndarray]]:
    """(seconds from the film's start, (H, W, 3) uint8 RGB) of the sampled frames."""
    interval = max(INTERVAL, _length(path) / LIMIT)
    with open_container(path) as film:
        stream = film.streams.video[0]
        stream.thread_type = "AUTO"
        tick = stream.time_base or Fraction(1, av.time_base)
        start = (stream.start_time or 0) * tick
        wanted, seeks, more = 0.0, interval >= _SEEK_WORTH, True
        while more:
            if seeks and wanted:
                try:
                    film.seek(int((wanted + start) / tick), stream=stream)
                except av.FFmpegError:  # such as a stream's; then every frame is decoded
                    seeks = False
            more = False
            for number, frame in enumerate(_decoded(film, stream)):
                # Bare streams of frames carry no times.
                seconds = number / _rate(stream) if frame.time is None else frame.time - start
                if seconds < wanted:
                    continue
                yield float(seconds), _upright(frame, stream.sample_aspect_ratio)
                wanted = interval * (seconds // interval + 1)
                if seeks:
                    more = True
                    break


def _length(path: Path) -> float:
    """Length in seconds; counted from the packets where the container does not tell.

    Raises:
        DataError: there is no video in it.
    """
    with open_container(path) as film:
        # FFmpeg would draw a text file's letters.
        if not film.streams.video or film.format.name == "tty":
            raise DataError(path, "is no film", _NO_FILM)
        stream = film.streams.video[0]
        if film.duration:
            return film.duration / av.time_base
        times = [packet.pts for packet in film.demux(stream)]
        known = [time for time in times if time is not None]
        if known:
            whole = (max(known) - min(known)) * (stream.time_base or 0)
            return float(whole) + 1 / _rate(stream)
        return len(times) / _rate(stream)


def _rate(stream: av.VideoStream) -> float:
    return float(stream.guessed_rate or 25)


def _decoded(film: av.container.InputContainer, stream: av.VideoStream) -> Iterator[av.VideoFrame]:
    """The frames from here on; damaged packets are passed over."""
    for packet in film.demux(stream):
        with suppress(av.InvalidDataError):
            yield from packet.decode()


def _upright(frame: av.VideoFrame, pixel_aspect: Fraction | None) -> np.ndarray:
    """(H, W, 3) uint8 RGB as it is shown: square pixels, turned, no larger than is of use."""
    rgb = to_rgb(frame)
    height, width = rgb.shape[0], rgb.shape[1] * float(pixel_aspect or 1)
    scale = min(1.0, SHORT_SIDE / min(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if size != (rgb.shape[1], rgb.shape[0]):
        rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    return np.rot90(rgb, round(frame.rotation / 90))
