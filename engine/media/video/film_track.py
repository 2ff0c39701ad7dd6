"""Which of several picture tracks is the film: not a poster, nor a thumbnail, nor a slide show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

_PACKETS = 2000  # that are read of a file which does not tell how many frames its tracks have
_NEARLY = 2  # tracks with at least the most frames divided by this are films


def film_track(tracks: Sequence[VideoStream], reopen: Callable[[], InputContainer]) -> VideoStream:
    """The largest of the tracks that have many frames; of equal ones the default, else the first.

    Args:
        tracks: of an opened file; at least one.
        reopen: opens the file once more, to count packets where its header tells no numbers.
    """
    tracks = [track for track in tracks if track.codec_context is not None] or tracks
    if len(tracks) == 1 or tracks[0].codec_context is None:
        return tracks[0]
    counts: Mapping[int, int] = {track.index: stated_frames(track) for track in tracks}
    if not all(counts.values()):
        counts = _counted(tracks, reopen)
    most = max(counts[track.index] for track in tracks)
    films = [track for track in tracks if counts[track.index] * _NEARLY >= most]
    return max(
        films,
        key=lambda track: (
            track.codec_context.width * track.codec_context.height,
            bool(track.disposition & av.stream.Disposition.default),
            -track.index,
        ),
    )


def stated_frames(track: VideoStream) -> int:
    """The frames that a track has by its container, or by Matroska's statistics; 0 if untold."""
    stated = tag_of(track, "NUMBER_OF_FRAMES") or ""
    return track.frames or (int(stated) if stated.isdecimal() else 0)


def tag_of(track: VideoStream, name: str) -> str | None:
    """A statistics tag of Matroska; some writers add a language to its name."""
    return next((v for k, v in track.metadata.items() if k.split("-")[0].upper() == name), None)


def _counted(tracks: Sequence[VideoStream], reopen: Callable[[], InputContainer]) -> Counter[int]:
    """Packets of each track among the first of the file, by its index."""
    counts: Counter[int] = Counter()
    with closing(reopen()) as film:
        try:
            for packet in film.demux([film.streams[track.index] for track in tracks]):
                counts[packet.stream.index] += bool(packet.size)
                if counts.total() >= _PACKETS:
                    break
        except FFmpegError:
            return counts  # what was counted so far has to do
    return counts
