"""Encodes a film's frames: the luma plane as it came, new chroma beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError
from av.packet import Packet
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.files import os_reason
from kinemacolor.engine.media.video.code_scaling import CodeScaling
from kinemacolor.engine.media.video.field_order import FieldMarker
from kinemacolor.engine.media.video.frame_samples import AlphaExtractor, plane_rows
from kinemacolor.engine.media.video.output_spec import OutputSpec
from kinemacolor.engine.media.video.pixel_formats import describe
from kinemacolor.engine.media.video.probe import VideoInfo
from kinemacolor.engine.media.video.reader import DecodedFrame

# x265 measures its decoding delay on the third frame: before that, decoding times are undefined.
_FEW_FRAMES = 2


class FilmEncoder:
    """Feeds frames to an opened encoder.

    Args:
        info: of the source.
        spec: of the output.
        video: the output's stream for the coloured frames.
    """

    def __init__(self, info: VideoInfo, spec: OutputSpec, video: VideoStream) -> None:
        self._info, self._spec, self._video = info, spec, video
        output = describe(spec.pix_fmt)
        self._scaling = CodeScaling(info.encoding, spec.encoding(info))
        self._luma_dtype = np.dtype(np.uint8 if info.encoding.depth == 8 else np.uint16)
        self._reformatter = VideoReformatter()
        # These take which field is first from every frame, of one that does not say it as well.
        by_frame = info.interlaced and spec.codec in ("h264", "prores")
        self._fields = FieldMarker(info.field_order) if by_frame else None
        converts_alpha = output.alpha and spec.pix_fmt != info.pix_fmt
        self._alpha = AlphaExtractor(info.pix_fmt, output.depth) if converts_alpha else None
        self._durations: dict[int | None, int] = {}  # by presentation time
        self._frames = 0

    def encode(
        self, frame: DecodedFrame, cb: np.ndarray, cr: np.ndarray
    ) -> Iterator[Packet[VideoStream]]:
        """Packets that are ready now, with their durations; times in the film's time base.

        Args:
            cb, cr: code values of `spec.encoding`, of `spec.chroma_shape`; uint8, or uint16 where
                these have more than 8 bits.

        Raises:
            FFmpegError: encoding failed.
        """
        # The decoded frame brings its field order and captions along, and alpha of this format.
        picture = self._reformatter.reformat(frame.av_frame, format=self._spec.pix_fmt)
        if self._fields and not frame.interlaced:
            picture = self._fields.mark(picture)
        picture.make_writable()
        made = self._scaling.dtype
        luma, *chroma = (plane_rows(plane, made) for plane in picture.planes[:3])
        _check_plane(frame.luma, luma.shape, self._luma_dtype)
        self._scaling.luma(frame.luma, out=luma)
        for rows, values in zip(chroma, (cb, cr), strict=True):
            _check_plane(values, rows.shape, made)
            rows[:] = values
        if self._alpha:
            plane_rows(picture.planes[3], made)[:] = self._alpha.extract(frame.av_frame)
        picture.pict_type = 0  # the source's would be forced on the encoder
        picture.pts, picture.duration = frame.pts, frame.duration
        picture.time_base = self._info.time_base
        self._spec.tags.put_on(picture)
        self._durations[frame.pts] = frame.duration
        self._frames += 1
        return self._packets(picture)

    def flush(self) -> Iterator[Packet[VideoStream]]:
        """The packets that the encoder has held back.

        Raises:
            MediaError: some frames never came out.
            FFmpegError: encoding failed.
        """
        yield from self._packets(None)
        if self._durations:
            lost = f"the encoder has lost {len(self._durations)} frames"
            raise MediaError(self._info.path, lost)

    def _packets(self, picture: av.VideoFrame | None) -> Iterator[Packet[VideoStream]]:
        for packet in self._video.encode(picture):
            packet.duration = self._durations.pop(packet.pts)
            if self._frames <= _FEW_FRAMES:
                packet.dts = packet.pts  # so few are never reordered
            yield packet


def _check_plane(values: np.ndarray, shape: tuple[int, ...], dtype: np.dtype) -> None:
    if values.shape != shape or values.dtype != dtype:
        raise ValueError(f"a plane is {values.dtype} {values.shape}, not {dtype} {shape}")


def refused(info: VideoInfo, spec: OutputSpec) -> MediaError:
    """The error for an encoder that cannot be opened for a film."""
    problem = f"{spec.codec} refuses {info.width}x{info.height} {spec.pix_fmt}"
    return MediaError(info.path, problem, "use --codec ffv1")


def unwritable(target: Path, error: OSError | FFmpegError) -> MediaError:
    """The error for a file that cannot be written."""
    reason = error.strerror
    if isinstance(error, OSError):  # without the hidden file's name, which says nothing
        reason = os_reason(OSError(error.errno, error.strerror))
    return MediaError(target, f"cannot be written: {reason}")
