"""The containers that films are written to, and what each can hold."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from kinemacolor.engine.media.video.codecs import ENCODERS
from kinemacolor.engine.media.video.probe import VideoInfo, open_film
from kinemacolor.engine.media.video.stream_copy import copied_streams, fits

MUXERS = {".mkv": "matroska", ".mp4": "mp4", ".m4v": "mp4", ".mov": "mov"}
_MILLISECOND = Fraction(1, 1000)  # all that Matroska's time stamps can tell apart


def muxer_of(target: Path) -> str | None:
    """FFmpeg's muxer for a path; None where this project writes no such container."""
    return MUXERS.get(target.suffix.lower())


def takes(suffix: str, codec: str) -> bool:
    """Whether a container takes the codec, a key of `ENCODERS`."""
    return MUXERS[suffix] in ENCODERS[codec].muxers


def rounds_times(suffix: str, info: VideoInfo) -> bool:
    """Whether the container cannot hold the film's presentation times exactly."""
    if MUXERS[suffix] != "matroska" or info.time_base % _MILLISECOND == 0:
        return False
    # A constant rate may come in whole milliseconds although the time base is finer.
    steps = (1 / info.rate, info.start * info.time_base) if info.rate else (info.time_base,)
    return any(step % _MILLISECOND for step in steps)


def least_lossy(info: VideoInfo, codec: str) -> str:
    """The container that keeps most of a film: its suffix, such as ".mkv".

    It leaves out the fewest of the film's other streams, then keeps the times exact, and is
    Matroska, else QuickTime, where that makes no difference.

    Raises:
        MediaError: the source cannot be opened any more.
    """
    suffixes = [suffix for suffix in (".mkv", ".mov", ".mp4") if takes(suffix, codec)]
    with open_film(info.path) as film:
        others = copied_streams(film, info.stream)
        return min(
            suffixes,
            key=lambda suffix: (
                sum(not fits(stream, MUXERS[suffix]) for stream in others),
                rounds_times(suffix, info),
            ),
        )
