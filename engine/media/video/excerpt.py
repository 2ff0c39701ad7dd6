"""An excerpt of a film: some of its packets copied as they are, to try something on them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import av
from av.error import FFmpegError
from av.packet import Packet
from av.video.stream import VideoStream

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.probe import VideoInfo, open_film, video_stream


def cut_excerpt(info: VideoInfo, target: Path, frames: int, at: float = 0.4) -> None:
    """Copy packets of the film's video, from the key frame before a point on, into a Matroska file.

    Args:
        target: the new file.
        frames: as many at most.
        at: the point, as a share of the film's length; earlier where too little would follow.

    Raises:
        MediaError: the film cannot be read, or its codec not be stored in Matroska.
    """
    with open_film(info.path) as film, av.open(str(target), "w", format="matroska") as output:
        video = video_stream(film, info)
        try:
            if info.duration and info.frames:
                at = max(0.0, min(at, 1 - frames / info.frames))
                film.seek(info.start + round(at * info.duration / info.time_base), stream=video)
            copy = output.add_stream_from_template(video, opaque=True)
            packets = [packet for packet in islice(film.demux(video), frames) if packet.size]
            _fill_decoding_times(packets, info.frame_period)
            for packet in packets:
                packet.stream = copy
                output.mux(packet)
        except (FFmpegError, ValueError) as error:
            raise MediaError(info.path, f"gives no excerpt ({error})") from error


def _fill_decoding_times(packets: Sequence[Packet[VideoStream]], period: int) -> None:
    """Set the decoding times that Matroska leaves out behind a seek, from those that follow."""
    following: int | None = None
    for packet in reversed(packets):
        if packet.dts is None and following is not None:
            packet.dts = following - period
        following = packet.dts
