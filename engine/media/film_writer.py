"""Writes a coloured film: new chroma beside the source's luma, and everything else as it was."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np
from av.codec.context import Flags
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.video.reformatter import VideoReformatter

from engine.errors import MediaError
from engine.files import commit, hidden_beside, os_reason
from engine.media.containers import muxer_of, rounds_times, takes
from engine.media.encoders import ENCODERS, encoder_options
from engine.media.film_reader import Frame, plane_rows
from engine.media.pixel_formats import describe
from engine.media.probe import FilmInfo, open_film, os_reason_of
from engine.media.stream_copy import (
    StreamCopy,
    add_copy,
    attach_cover,
    container_tags,
    copied_streams,
    fits,
    is_cover,
    video_tags,
)
from engine.settings import Settings

_FINEST_TIME_SCALE = 2**31 - 1
_PROGRESSIVE_ONLY = ("hevc", "av1")
# SVT-AV1 prints to the terminal unless told otherwise; 1 leaves its errors.
os.environ.setdefault("SVT_LOG", "1")


class FilmWriter:
    """Encodes a film's frames and copies the rest of it, as a context manager.

    The target appears when the block ends well; on an exception nothing of it is left.

    Attributes:
        notes: what could not be kept, one line each.

    Args:
        info: of the source, probed with the same settings.
        target: .mkv, .mp4, .m4v or .mov; replaced if it exists.
        tags: added to the container's metadata (provenance).

    Raises:
        MediaError: the target cannot be written, or the encoder refuses the film's size.
        SettingsError: --quality or --preset is not one of the encoder's.
    """

    def __init__(
        self,
        info: FilmInfo,
        target: Path,
        settings: Settings,
        *,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        muxer = muxer_of(target)
        if muxer is None or not takes(target.suffix.lower(), info.codec):
            raise MediaError(target, f"{info.codec} cannot be written to {target.suffix or 'it'}")
        self.notes: list[str] = []
        self._info = info
        self._target = target
        self._part = hidden_beside(target)
        self._form = describe(info.output_pix_fmt)
        self._dtype = np.uint8 if info.encoding.depth == 8 else np.uint16
        self._shift = self._form.depth - info.encoding.depth
        self._reformatter = VideoReformatter()
        self._durations: dict[int, int] = {}
        self._written = self._encoded = 0
        self._open = ExitStack()
        if rounds_times(target.suffix.lower(), info):
            self.notes.append("Matroska keeps times to the millisecond: they are rounded")
        if info.interlaced and info.codec in _PROGRESSIVE_ONLY:
            self.notes.append(f"{info.codec} does not mark frames as interlaced: use h264 or ffv1")
        options = encoder_options(info.codec, settings, self._form, (info.width, info.height))
        try:
            source = self._open.enter_context(open_film(info.path))
            self._create()
            with_cover = any(map(is_cover, source.streams))
            self._output = av.open(
                str(self._part.absolute()), "w", format=muxer, metadata_errors="surrogateescape",
                container_options=_muxer_options(muxer, info, any_key=not with_cover),
            )
            self._open.callback(self._close_output)
            self._video, routes = self._add_streams(source, muxer, options)
            self._output.metadata.update(container_tags(source) | dict(tags or {}))
            if with_cover and muxer != "matroska":
                self._fold_tags(tags or {})
            self._output.set_chapters(source.chapters())
            self._start()
            self._copy = StreamCopy(source, self._output, routes)
        except BaseException:
            self._discard()
            raise

    def __enter__(self) -> FilmWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._discard()
            return
        try:
            self._finish()
        except BaseException:
            self._discard()
            raise

    def write(self, frame: Frame, cb: np.ndarray, cr: np.ndarray) -> None:
        """Encode a frame with its own luma and new chroma.

        Args:
            cb, cr: code values of the source's depth, of `info.chroma_shape` and luma's dtype.

        Raises:
            MediaError: encoding or writing failed, as on a full disk.
        """
        info = self._info
        picture = self._reformatter.reformat(frame.picture, format=info.output_pix_fmt)
        picture.make_writable()
        for plane, values in zip(picture.planes, (frame.luma, cb, cr), strict=False):
            rows = plane_rows(plane, self._dtype_of_output)
            if values.shape != rows.shape or values.dtype != self._dtype:
                raise ValueError(
                    f"a plane is {values.dtype} {values.shape}, not {self._dtype} {rows.shape}"
                )
            np.left_shift(values, self._shift, out=rows, dtype=rows.dtype)
        picture.pict_type = 0  # the source's would be forced on the encoder
        picture.pts, picture.duration, picture.time_base = frame.pts, frame.duration, info.time_base
        info.tags.put_on(picture)
        self._durations[frame.pts] = frame.duration
        self._written += 1
        self._encode(picture)

    @property
    def _dtype_of_output(self) -> type:
        return np.uint8 if self._form.depth == 8 else np.uint16

    def _create(self) -> None:
        """Claim the hidden name, so that a folder that cannot be written to is told at once."""
        try:
            self._part.touch(exist_ok=False)
        except OSError as error:
            raise MediaError(self._target, os_reason(OSError(error.errno, error.strerror))) from error

    def _add_streams(
        self, source: InputContainer, muxer: str, options: dict[str, str]
    ) -> tuple[Any, dict[int, Any]]:
        """Add the streams in the source's order; gives the video and the copies by source index."""
        kept = copied_streams(source, self._info.stream)
        routes = {}
        video = None
        for stream in source.streams:
            if stream.index == self._info.stream:
                video = _add_video(self._output, stream, self._info, options)
            elif stream in kept and is_cover(stream) and muxer == "matroska":
                attach_cover(self._output, self._info.path, stream)
            elif stream in kept and fits(stream, muxer):
                routes[stream.index] = add_copy(self._output, stream)
            elif stream in kept:
                name = getattr(stream, "name", None) or "unknown codec"
                self.notes.append(
                    f"{stream.type} stream {stream.index} ({name}) has no place in "
                    f"{self._target.suffix} and is left out"
                )
        return video, routes

    def _fold_tags(self, tags: Mapping[str, str]) -> None:
        """Beside cover art, MP4 has no place for keys of our own: they go into the comment."""
        lines = [self._output.metadata.get("comment"), *(f"{k}={v}" for k, v in tags.items())]
        self._output.metadata["comment"] = "\n".join(filter(None, lines))
        self.notes.append("beside cover art, MP4 keeps only the customary metadata keys")

    def _start(self) -> None:
        try:
            self._output.start_encoding()
        except FFmpegError as error:
            if isinstance(error, OSError) and error.errno and not isinstance(error, ValueError):
                raise MediaError(self._target, os_reason_of(error)) from error
            info = self._info
            raise MediaError(
                info.path,
                f"{info.codec} refuses {info.width}x{info.height} {info.output_pix_fmt}",
                "use --codec ffv1",
            ) from error

    def _encode(self, picture: Any) -> None:
        """Mux what the encoder gives back, and the other streams up to the same time."""
        try:
            for packet in self._video.encode(picture):
                packet.duration = self._durations.pop(packet.pts)
                self._encoded += 1
                self._copy.copy_until(Fraction(packet.dts) * packet.time_base)
                self._output.mux(packet)
        except FFmpegError as error:
            raise self._failure(error) from error

    def _failure(self, error: FFmpegError) -> MediaError:
        return MediaError(self._target, f"cannot be written: {os_reason_of(error)}")

    def _finish(self) -> None:
        if not self._written:
            raise MediaError(self._info.path, "not one of its frames could be decoded")
        self._encode(None)
        if self._encoded != self._written:
            raise MediaError(
                self._target, f"the encoder gave {self._encoded} of {self._written} frames"
            )
        try:
            self._copy.copy_until(None)
            self._output.close()
        except FFmpegError as error:
            raise self._failure(error) from error
        self._open.close()
        try:
            commit(self._part, self._target)
        except OSError as error:
            raise MediaError(self._target, os_reason(OSError(error.errno, error.strerror))) from error

    def _discard(self) -> None:
        self._open.close()
        self._part.unlink(missing_ok=True)

    def _close_output(self) -> None:
        with suppress(FFmpegError):  # of a trailer that no longer matters
            self._output.close()


def _add_video(output: OutputContainer, stream: Any, info: FilmInfo, options: dict[str, str]) -> Any:
    video = output.add_stream(
        ENCODERS[info.codec].library, rate=info.rate or 25, options=options,
        width=info.width, height=info.height, pix_fmt=info.output_pix_fmt,
        time_base=info.time_base,
    )
    context = video.codec_context
    context.thread_type = "AUTO"  # PyAV's own choice would cut x264's frames into slices
    context.flags |= Flags.frame_duration
    if info.interlaced:
        context.flags |= Flags.interlaced_dct | Flags.interlaced_me
    context.field_order = info.field_order
    info.tags.put_on(context)
    if info.sample_aspect_ratio:
        context.sample_aspect_ratio = info.sample_aspect_ratio
    if info.display_matrix:
        video.set_display_matrix(info.display_matrix)
    elif info.rotation:
        video.set_display_rotation(info.rotation)
    if info.codec == "hevc" and output.format.name != "matroska":
        context.codec_tag = "hvc1"  # the one that Apple's players know
    video.metadata.update(video_tags(stream))
    video.disposition = stream.disposition
    return video


def _muxer_options(muxer: str, info: FilmInfo, *, any_key: bool) -> dict[str, str]:
    if muxer == "matroska":
        return {"avoid_negative_ts": "disabled"}  # sound may start before the picture
    # Start times are exact only with a movie time scale as fine as the film's.
    scale = min(info.time_base.denominator, _FINEST_TIME_SCALE)
    return {"movie_timescale": str(scale), "write_tmcd": "1"} | (
        {"movflags": "use_metadata_tags"} if any_key else {}
    )
