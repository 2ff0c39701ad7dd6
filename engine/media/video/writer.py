"""A coloured film's file: new chroma beside the source's luma, and everything else as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.files import commit, temp_path_beside
from kinemacolor.engine.media.video.codecs import ENCODERS
from kinemacolor.engine.media.video.completion import complete
from kinemacolor.engine.media.video.containers import muxer_of, rounds_times, takes
from kinemacolor.engine.media.video.frame_encoder import FilmEncoder, refused, unwritable
from kinemacolor.engine.media.video.joined_takes import find_takes
from kinemacolor.engine.media.video.muxing import lay_out, open_output
from kinemacolor.engine.media.video.output_spec import OutputSpec
from kinemacolor.engine.media.video.probe import VideoInfo, open_film, os_error_in
from kinemacolor.engine.media.video.rate_grid import RateGrid, rate_grid
from kinemacolor.engine.media.video.reader import DecodedFrame
from kinemacolor.engine.media.video.stream_copy import StreamCopy
from kinemacolor.engine.media.video.time_span import TimeSpan


class FilmOutput:
    """The output file of a film, with everything but its coloured frames; a context manager.

    The target appears when the block ends well; on an exception nothing of it is left. The encoder
    is opened here in any case: it gives the container its headers.

    Attributes:
        video: the stream that the coloured frames' packets go into, with its encoder.
        notes: what could not be kept, one line each.

    Args:
        info: of the source.
        spec: of the video stream that is made of it.
        target: .mkv, .mp4, .m4v or .mov; replaced if it exists.
        tags: added to the container's metadata (provenance).
        span: of an excerpt, whose times begin at zero; None is the whole film.

    Raises:
        MediaError: the target cannot be written, or the encoder refuses the film's size.
        SettingsError: --quality or --preset is not one of the encoder's.
    """

    def __init__(
        self,
        info: VideoInfo,
        spec: OutputSpec,
        target: Path,
        *,
        tags: Mapping[str, str] | None = None,
        span: TimeSpan | None = None,
    ) -> None:
        muxer = muxer_of(target)
        if muxer is None or not takes(target.suffix.lower(), spec.codec):
            raise MediaError(
                target, f"{spec.codec} cannot be written to {target.suffix or 'no container'}"
            )
        options = spec.encoder_options(info)
        self._info, self._spec = info, spec
        self._target = target
        self._temporary = temp_path_beside(target)
        self._muxed = 0
        self._shift = round(span.start / info.time_base) if span else 0
        self._grid = None if muxer == "matroska" else rate_grid(info)
        self._open = ExitStack()
        try:
            source = self._open.enter_context(open_film(info.path))
            self._create_temporary()
            time_base = self._grid.time_base if self._grid else info.time_base
            self._output = open_output(self._temporary, muxer, time_base, source)
            self._open.callback(self._close_output)
            self._layout = lay_out(self._output, source, info, spec, options, tags or {}, span)
            self.video = self._layout.video
            self.video.time_base = time_base
            self._start()
            others = self._layout.others
            self._copy = StreamCopy(
                source, self._output, others.routes, others.transcoded, find_takes(info), span
            )
        except BaseException:
            self._discard()
            raise
        self.notes = others.notes
        if rounds_times(target.suffix.lower(), info):
            self.notes.append("Matroska keeps times to the millisecond: they are rounded")
        if spec.container_tags(info, muxer) != spec.tags:
            self.notes.append(f"{muxer} needs all four colour tags: what was silent is stated now")
        if info.interlaced and ENCODERS[spec.codec].progressive:
            self.notes.append(f"{spec.codec} does not mark frames as interlaced: use h264 or ffv1")

    def __enter__(self) -> Self:
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

    def mux(self, packet: Packet[VideoStream] | Packet[Stream]) -> None:
        """Add an encoded frame, with the source's times, and the other streams up to its time.

        Raises:
            MediaError: writing failed, as on a full disk.
        """
        self._muxed += 1
        assert packet.dts is not None and packet.pts is not None and packet.duration is not None
        if self._grid is None:
            packet.duration = self._whole_duration(packet.pts, packet.duration)
            packet.dts -= self._shift
            packet.pts -= self._shift
        else:
            self._set_on_grid(packet, self._grid)
        with self._translate_errors():
            self._copy.copy_until(Fraction(packet.dts) * packet.time_base)
            self._output.mux(packet)

    def _set_on_grid(self, packet: Packet[VideoStream] | Packet[Stream], grid: RateGrid) -> None:
        assert packet.dts is not None and packet.pts is not None and packet.duration is not None
        start = grid.ticks(self._shift) if self._shift else 0
        end = grid.ticks(packet.pts + packet.duration)
        packet.dts, packet.pts = grid.ticks(packet.dts) - start, grid.ticks(packet.pts) - start
        packet.duration = end - start - packet.pts
        packet.time_base = grid.time_base

    def _whole_duration(self, time: int, duration: int) -> int:
        """A frame's duration, up to when the next one of a constant rate would begin.

        The last frame's counts in QuickTime and MP4: a source whose ticks are coarser than its rate
        cuts it off, and the film would seem a little faster than it is.
        """
        info = self._info
        if info.rate is None or muxer_of(self._target) == "matroska":
            return duration
        period = 1 / (info.rate * info.time_base)  # ticks
        number = round((time - info.start) / period)
        whole = round(info.start + (number + 1) * period) - time
        return whole if max(abs(duration - period), abs(whole - period)) < 1 else duration

    def _create_temporary(self) -> None:
        """Create the hidden file, so that a folder without permission is told before any work."""
        try:
            self._temporary.touch(exist_ok=False)
        except OSError as error:
            raise self._unwritable(error) from error

    def _start(self) -> None:
        try:
            self._output.start_encoding()
        except FFmpegError as error:
            system = os_error_in(error)
            if system is not None:
                raise self._unwritable(system) from error
            raise refused(self._info, self._spec) from error

    def _finish(self) -> None:
        if not self._muxed:
            raise MediaError(self._info.path, "not one of its frames could be decoded")
        with self._translate_errors():
            self._copy.copy_until(None)
            self.notes.extend(self._copy.notes)
            self._output.close()
        self._open.close()
        try:
            self.notes += complete(self._temporary, self._info, self._spec, self._layout)
            commit(self._temporary, self._target)
        except OSError as error:
            raise self._unwritable(error) from error

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        """Raise FFmpeg's errors of encoding and writing as `MediaError`."""
        try:
            yield
        except FFmpegError as error:
            raise self._unwritable(os_error_in(error) or error) from error

    def _unwritable(self, error: OSError | FFmpegError) -> MediaError:
        return unwritable(self._target, error)

    def _discard(self) -> None:
        """Close everything; remove the hidden file, unless it has been renamed."""
        self._open.close()
        self._temporary.unlink(missing_ok=True)

    def _close_output(self) -> None:
        with suppress(FFmpegError):  # of a trailer that no longer matters
            self._output.close()


class FilmWriter(FilmOutput):
    """The output file of a film whose frames are encoded into it, one after another."""

    def __init__(
        self,
        info: VideoInfo,
        spec: OutputSpec,
        target: Path,
        *,
        tags: Mapping[str, str] | None = None,
        span: TimeSpan | None = None,
    ) -> None:
        super().__init__(info, spec, target, tags=tags, span=span)
        self._encoder = FilmEncoder(info, spec, self.video)

    def write(self, frame: DecodedFrame, cb: np.ndarray, cr: np.ndarray) -> None:
        """Encode a frame with its own luma and new chroma.

        Args:
            cb, cr: as of `FilmEncoder.encode`.

        Raises:
            MediaError: encoding or writing failed, as on a full disk.
        """
        with self._translate_errors():
            for packet in self._encoder.encode(frame, cb, cr):
                self.mux(packet)

    def _finish(self) -> None:
        with self._translate_errors():
            for packet in self._encoder.flush():
                self.mux(packet)
        super()._finish()
