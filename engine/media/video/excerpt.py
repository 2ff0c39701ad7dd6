"""An excerpt of a film: some of its packets copied as they are, to try something on them."""

from __future__ import annotations

from pathlib import Path

import av
from av.error import FFmpegError

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
            for count, packet in enumerate(film.demux(video), 1):
                if packet.dts is None:  # the end
                    break
                packet.stream = copy
                output.mux(packet)
                if count == frames:
                    break
        except (FFmpegError, ValueError) as error:
            raise MediaError(info.path, f"gives no excerpt ({error})") from error
