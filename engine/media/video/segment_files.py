"""A film's segments: each encoded into a packet file of its own, then assembled as they are."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError
from av.video.stream import VideoStream

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.files import atomic_write
from kinemacolor.engine.media.video.codecs import ENCODERS
from kinemacolor.engine.media.video.frame_encoder import FilmEncoder, refused, unwritable
from kinemacolor.engine.media.video.muxing import add_encoder
from kinemacolor.engine.media.video.output_spec import OutputSpec
from kinemacolor.engine.media.video.packet_file import PacketFile, read_packets, read_table
from kinemacolor.engine.media.video.probe import VideoInfo, os_error_in
from kinemacolor.engine.media.video.reader import DecodedFrame
from kinemacolor.engine.media.video.time_span import TimeSpan
from kinemacolor.engine.media.video.writer import FilmOutput

Write = Callable[[DecodedFrame, np.ndarray, np.ndarray], None]


@contextmanager
def segment_writer(info: VideoInfo, spec: OutputSpec, target: Path) -> Iterator[Write]:
    """Give a function that encodes a frame, as `FilmEncoder.encode` has it, into a packet file.

    The file appears when the block ends well; on an exception nothing of it is left.

    Raises:
        MediaError: encoding or writing failed, or the encoder refuses the film's size.
        SettingsError: --quality or --preset is not one of the encoder's.
    """
    options = spec.encoder_options(info)
    with _nowhere(info, spec, options) as video:
        encoder = FilmEncoder(info, spec, video)
        try:
            with atomic_write(target) as temporary, open(temporary, "xb") as file:
                packets = PacketFile(file, video.codec_context.extradata or b"")

                def write(frame: DecodedFrame, cb: np.ndarray, cr: np.ndarray) -> None:
                    for packet in encoder.encode(frame, cb, cr):
                        packets.add(packet)

                yield write
                for packet in encoder.flush():
                    packets.add(packet)
                packets.finish()
        except FFmpegError as error:
            raise unwritable(target, os_error_in(error) or error) from error
        except OSError as error:
            raise unwritable(target, error) from error


@contextmanager
def _nowhere(info: VideoInfo, spec: OutputSpec, options: dict[str, str]) -> Iterator[VideoStream]:
    """A stream whose encoder is open, of a container that stays empty.

    It opens the encoder as the film's own will, so that both have the same headers. It is closed,
    or else it and its stream would hold each other, and an encoder full of frames.

    Raises:
        MediaError: the encoder refuses the film's size.
    """
    output = av.open(io.BytesIO(), "w", format=ENCODERS[spec.codec].muxers[0])
    try:
        video = add_encoder(output, info, spec, options)
        try:
            output.start_encoding()
        except FFmpegError as error:
            raise refused(info, spec) from error
        yield video
    finally:
        with suppress(FFmpegError):  # nobody will read it
            output.close()


def assemble(
    info: VideoInfo,
    spec: OutputSpec,
    segments: Sequence[Path],
    target: Path,
    tags: Mapping[str, str],
    span: TimeSpan | None = None,
) -> tuple[str, ...]:
    """Put a film together from its encoded segments, and copy its other streams.

    Nothing is encoded again; the same segments give the same file.

    Args:
        info: of the source.
        spec: as the segments were encoded.
        segments: packet files, in order.
        target: appears whole; replaced if it exists.
        tags: added to the container's metadata (provenance).
        span: of an excerpt; None is the whole film.

    Returns:
        What could not be kept, one line each.

    Raises:
        MediaError: a segment is damaged or of other settings, or the target cannot be written.
    """
    tables = [read_table(segment) for segment in segments]
    presented = [pts for table in tables for pts in sorted(table.pts)]
    delay = min(max(table.decode_delay for table in tables), len(presented) - 1)
    with FilmOutput(info, spec, target, tags=tags, span=span) as output:
        extradata = (output.video.codec_context.extradata or b"").hex()
        number = 0
        for segment, table in zip(segments, tables, strict=True):
            if table.extradata != extradata:
                raise MediaError(segment, "was encoded differently", "remove it, and run again")
            for packet in read_packets(segment, table):
                # Every segment is whole in itself, so the order of showing, put off, decodes it.
                packet.dts = (
                    presented[number - delay]
                    if number >= delay
                    else (presented[0] - (presented[delay] - presented[number]))
                )
                packet.stream, packet.time_base = output.video, info.time_base
                output.mux(packet)
                number += 1
    return tuple(output.notes)
