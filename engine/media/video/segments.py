"""A film's segments: each encoded into a file of its own, then all put together as they are."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.files import atomic_write
from kinemacolor.engine.media.video.encoder import FilmEncoder, refused, unwritable
from kinemacolor.engine.media.video.encoders import encoder_options
from kinemacolor.engine.media.video.muxing import add_encoder
from kinemacolor.engine.media.video.packet_file import PacketFile, read_packets, read_table
from kinemacolor.engine.media.video.pixel_formats import describe
from kinemacolor.engine.media.video.probe import FilmInfo, os_error_in
from kinemacolor.engine.media.video.reader import Frame
from kinemacolor.engine.media.video.writer import FilmOutput
from kinemacolor.engine.settings import Settings

Write = Callable[[Frame, np.ndarray, np.ndarray], None]


@contextmanager
def segment_writer(info: FilmInfo, target: Path, settings: Settings) -> Iterator[Write]:
    """Give what encodes a run of a film's frames, as `FilmEncoder.encode` has it, into a file.

    The packet file appears when the block ends well; on an exception nothing of it is left.

    Raises:
        MediaError: encoding or writing failed, or the encoder refuses the film's size.
        SettingsError: --quality or --preset is not one of the encoder's.
    """
    form = describe(info.output_pix_fmt)
    options = encoder_options(info.codec, settings, form, (info.width, info.height))
    # A container that takes what every encoder gives, and stays empty: it opens the encoder as the
    # film's own will, so that both have the same headers.
    output = av.open(io.BytesIO(), "w", format="matroska")
    video = add_encoder(output, info, options)
    try:
        output.start_encoding()
    except FFmpegError as error:
        raise refused(info) from error
    encoder = FilmEncoder(info, video)
    try:
        with atomic_write(target) as part, open(part, "xb") as file:
            packets = PacketFile(file, video.codec_context.extradata or b"")

            def write(frame: Frame, cb: np.ndarray, cr: np.ndarray) -> None:
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


def assemble(
    info: FilmInfo,
    parts: Sequence[Path],
    target: Path,
    settings: Settings,
    tags: Mapping[str, str],
) -> tuple[str, ...]:
    """Put a film together from its encoded segments, and copy its other streams.

    Nothing is encoded again; the same parts give the same file.

    Args:
        info: of the source, probed with the same settings.
        parts: packet files, in order.
        target: appears whole; replaced if it exists.
        tags: added to the container's metadata (provenance).

    Returns:
        What could not be kept, one line each.

    Raises:
        MediaError: a part is damaged or of other settings, or the target cannot be written.
    """
    tables = [read_table(part) for part in parts]
    shown = [time for table in tables for time in sorted(table.times)]
    ahead = min(max(table.ahead for table in tables), len(shown) - 1)
    with FilmOutput(info, target, settings, tags=tags) as output:
        headers = (output.video.codec_context.extradata or b"").hex()
        number = 0
        for part, table in zip(parts, tables, strict=True):
            if table.headers != headers:
                raise MediaError(part, "was encoded differently", "remove it, and run again")
            for packet in read_packets(part, table):
                # Every segment is whole in itself, so the order of showing, put off, decodes it.
                packet.dts = (
                    shown[number - ahead]
                    if number >= ahead
                    else (shown[0] - (shown[ahead] - shown[number]))
                )
                packet.stream, packet.time_base = output.video, info.time_base
                output.mux(packet)
                number += 1
    return tuple(output.notes)
