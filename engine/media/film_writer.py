"""Writes a coloured film: new chroma beside the source's luma, and everything else as it was."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from av.error import FFmpegError
from av.video.reformatter import VideoReformatter

from engine.errors import MediaError
from engine.files import commit, hidden_beside, os_reason
from engine.media.containers import muxer_of, rounds_times, takes
from engine.media.encoders import encoder_options
from engine.media.film_layout import lay_out, open_output
from engine.media.film_reader import Frame, plane_rows
from engine.media.matroska_aspect import write_aspect
from engine.media.pixel_formats import describe
from engine.media.probe import FilmInfo, open_film, os_error_in
from engine.media.stream_copy import StreamCopy
from engine.settings import Settings

_PROGRESSIVE_ONLY = ("hevc", "av1")
_TELLS_ASPECT = ("h264", "hevc")
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
            raise MediaError(
                target, f"{info.codec} cannot be written to {target.suffix or 'no container'}"
            )
        self._form = describe(info.output_pix_fmt)
        options = encoder_options(info.codec, settings, self._form, (info.width, info.height))
        self._info = info
        self._target = target
        self._part = hidden_beside(target)
        self._planes_in = np.dtype(np.uint8 if info.encoding.depth == 8 else np.uint16)
        self._planes_out = np.dtype(np.uint8 if self._form.depth == 8 else np.uint16)
        self._reformatter = VideoReformatter()
        self._durations: dict[int, int] = {}
        self._written = self._encoded = 0
        self._open = ExitStack()
        try:
            source = self._open.enter_context(open_film(info.path))
            self._claim_name()
            self._output = open_output(self._part, muxer, info, source)
            self._open.callback(self._close_output)
            self._layout = lay_out(self._output, source, info, options, tags or {})
            self._start()
            self._copy = StreamCopy(source, self._output, self._layout.routes)
        except BaseException:
            self._discard()
            raise
        self.notes = self._layout.notes
        if rounds_times(target.suffix.lower(), info):
            self.notes.append("Matroska keeps times to the millisecond: they are rounded")
        if info.interlaced and info.codec in _PROGRESSIVE_ONLY:
            self.notes.append(f"{info.codec} does not mark frames as interlaced: use h264 or ffv1")

    def __enter__(self) -> FilmWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            self._discard()

    def write(self, frame: Frame, cb: np.ndarray, cr: np.ndarray) -> None:
        """Encode a frame with its own luma and new chroma.

        Args:
            cb, cr: code values of the source's depth, of `info.chroma_shape` and luma's dtype.

        Raises:
            MediaError: encoding or writing failed, as on a full disk.
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
        self._written += 1
        self._encode(picture)

    def _claim_name(self) -> None:
        """Create the hidden file: a folder that cannot be written to is told before any work."""
        try:
            self._part.touch(exist_ok=False)
        except OSError as error:
            raise self._unwritable(error) from error

    def _start(self) -> None:
        try:
            self._output.start_encoding()
        except FFmpegError as error:
            system = os_error_in(error)
            if system is not None:
                raise self._unwritable(system) from error
            info = self._info
            raise MediaError(
                info.path,
                f"{info.codec} refuses {info.width}x{info.height} {info.output_pix_fmt}",
                "use --codec ffv1",
            ) from error

    def _encode(self, picture: Any) -> None:
        """Mux what the encoder gives back, and the other streams up to the same time."""
        try:
            for packet in self._layout.video.encode(picture):
                packet.duration = self._durations.pop(packet.pts)
                self._encoded += 1
                self._copy.copy_until(Fraction(packet.dts) * packet.time_base)
                self._output.mux(packet)
        except FFmpegError as error:
            raise self._unwritable(os_error_in(error) or error) from error

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
            raise self._unwritable(os_error_in(error) or error) from error
        self._open.close()
        try:
            self._write_aspect()
            commit(self._part, self._target)
        except OSError as error:
            raise self._unwritable(error) from error

    def _write_aspect(self) -> None:
        """What PyAV cannot have the muxer write, where the codec's own headers do not tell it."""
        info = self._info
        aspect = info.sample_aspect_ratio
        if muxer_of(self._target) != "matroska" or info.codec in _TELLS_ASPECT or aspect is None:
            return
        if not write_aspect(self._part, self._layout.track, aspect * info.width / info.height):
            self.notes.append(f"the pixel aspect {aspect.numerator}:{aspect.denominator} is lost")

    def _unwritable(self, error: OSError | FFmpegError) -> MediaError:
        reason = error.strerror
        if isinstance(error, OSError):  # without the hidden file's name, which says nothing
            reason = os_reason(OSError(error.errno, error.strerror))
        return MediaError(self._target, f"cannot be written: {reason}")

    def _discard(self) -> None:
        """Close everything; remove the hidden file, unless it has been renamed."""
        self._open.close()
        self._part.unlink(missing_ok=True)

    def _close_output(self) -> None:
        with suppress(FFmpegError):  # of a trailer that no longer matters
            self._output.close()
