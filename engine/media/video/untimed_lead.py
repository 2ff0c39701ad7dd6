"""The first frames of a film that state no time, as where it was cut between key frames."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from av.container import InputContainer
from av.error import FFmpegError

from kinemacolor.engine.media.video.probe import VideoInfo, open_film, video_stream

_PACKETS = 64  # among which one without a time shows that there are such frames
_MOST_BYTES = 1 << 25  # of them that are read
_MOST_FRAMES = 600  # that may be without


def untimed_lead(info: VideoInfo) -> tuple[int, ...]:
    """The times of a film's first frames, where some of them state none: before those that do.

    Args:
        info: of the film; its beginning is decoded where a packet there has no time.

    Returns:
        Times in the film's time base, rising, perhaps below zero; nothing where all are stated.
    """
    with open_film(info.path) as film:
        if "matroska" not in film.format.name or not _has_untimed(film, info):
            return ()
    shown: list[int | None] = []
    with open_film(info.path) as film:
        try:
            for frame in islice(film.decode(video_stream(film, info)), _MOST_FRAMES):
                shown.append(frame.dts if frame.pts is None else frame.pts)
                if shown[-1] is not None and None in shown:
                    break
        except FFmpegError:
            return ()  # decoding the whole tells what it is
    return lead_times(shown, info.frame_period)


def _has_untimed(film: InputContainer, info: VideoInfo) -> bool:
    """Whether a packet at the beginning of an opened film states no time."""
    size = 0
    try:
        for packet in islice(film.demux(video_stream(film, info)), _PACKETS):
            size += packet.size
            if packet.size and packet.pts is None and packet.dts is None:
                return True
            if size > _MOST_BYTES:
                break
    except FFmpegError:
        return False  # decoding tells what it is
    return False


def lead_times(shown: Sequence[int | None], period: int) -> tuple[int, ...]:
    """Times for all frames but the last.

    Args:
        shown: what the first frames state, in the order in which they are shown, up to the first
            that states a time behind one that does not.
        period: from a frame to the next.

    Returns:
        As of `untimed_lead`: those that are stated where the others fit between them, else all
        counted back from the last.
    """
    if None not in shown or shown[-1] is None:
        return ()
    last = shown[-1]
    counted = tuple(last - period * before for before in range(len(shown) - 1, 0, -1))
    fitting = all(
        stated is None or abs(stated - time) <= period // 2
        for stated, time in zip(shown, counted, strict=False)
    )
    if not fitting:
        return counted
    return tuple(
        time if stated is None else stated for stated, time in zip(shown, counted, strict=False)
    )
