"""Turns a film's frames into packets: the luma plane as it came, new chroma beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from av.error import FFmpegError
from av.video.reformatter import VideoReformatter

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.files import os_reason
from kinemacolor.engine.media.video.pixel_formats import describe
from kinemacolor.engine.media.video.probe import FilmInfo
from kinemacolor.engine.media.video.reader import Frame, plane_rows


class FilmEncoder:
    """Feeds frames to an opened encoder.

    Args:
        info: of the source.
        video: an output's stream for the coloured frames.
    """

    def __init__(self, info: FilmInfo, video: Any) -> None:
        self._info, self._video = info, video
        self._form = describe(info.output_pix_fmt)
        self._planes_in = np.dtype(np.uint8 if info.encoding.depth == 8 else np.uint16)
        self._planes_out = np.dtype(np.uint8 if self._form.depth == 8 else np.uint16)
        self._reformatter = VideoReformatter()
        self._durations: dict[int, int] = {}

    def encode(self, frame: Frame, cb: np.ndarray, cr: np.ndarray) -> Iterator[Any]:
        """Packets that are ready now, with their durations; times in the film's time base.

        Args:
            cb, cr: code values of the source's depth, of `info.chroma_shape` and luma's dtype.

        Raises:
            FFmpegError: encoding failed.
        """
        info = self._info
        # The decoded frame brings its field order, captions and alpha along.
        picture = self._reformatter.reformat(frame.picture, format=info.output_pix_fmt)
        picture.make_writable()
        shift = self._form.depth - info.encoding.depth
        for plane, values in zip(picture.planes, (frame.luma, cb, cr), strict=False):
            rows = plane_rows(plane, self._planes_out)
            if values.shape != rows.shape or values.dtype != self._planes_in:
                raise ValueError(
                    f"a plane is {values.dtype} {values.shape}, not {self._planes_in} {rows.shape}"
                )
            np.left_shift(values, shift, out=rows, dtype=rows.dtype)
        picture.pict_type = 0  # the source's would be forced on the encoder
        picture.pts, picture.duration, picture.time_base = frame.pts, frame.duration, info.time_base
        info.tags.put_on(picture)
        self._durations[frame.pts] = frame.duration
        return self._packets(picture)

    def flush(self) -> Iterator[Any]:
        """The packets that the encoder has held back.

        Raises:
            MediaError: some frames never came out.
            FFmpegError: encoding failed.
        """
        yield from self._packets(None)
        if self._durations:
            lost = f"the encoder has lost {len(self._durations)} frames"
            raise MediaError(self._info.path, lost)

    def _packets(self, picture: Any) -> Iterator[Any]:
        for packet in self._video.encode(picture):
            packet.duration = self._durations.pop(packet.pts)
            yield packet


def refused(info: FilmInfo) -> MediaError:
    """The error for an encoder that cannot be opened for a film."""
    problem = f"{info.codec} refuses {info.width}x{info.height} {info.output_pix_fmt}"
    return MediaError(info.path, problem, "use --codec ffv1")


def unwritable(target: Path, error: OSError | FFmpegError) -> MediaError:
    """The error for a file that cannot be written."""
    reason = error.strerror
    if isinstance(error, OSError):  # without the hidden file's name, which says nothing
        reason = os_reason(OSError(error.errno, error.strerror))
    return MediaError(target, f"cannot be written: {reason}")
