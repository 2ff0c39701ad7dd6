"""The containers that films are written to, and what each can hold."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from kinemacolor.engine.media.video.codecs import ENCODERS
from kinemacolor.engine.media.video.probe import VideoInfo

MUXERS = {".mkv": "matroska", ".mp4": "mp4", ".m4v": "mp4", ".mov": "mov"}
_EDITING = ("prores", "dnxhr")
_MILLISECOND = Fraction(1, 1000)  # all that Matroska's time stamps can tell apart


def muxer_of(target: Path) -> str | None:
    """FFmpeg's muxer for a path; None where this project writes no such container."""
    return MUXERS.get(target.suffix.lower())


def takes(suffix: str, codec: str) -> bool:
    """Whether a container takes the codec, a key of `ENCODERS`."""
    return MUXERS[suffix] in ENCODERS[codec].muxers


def default_container(codec: str, source: str) -> str:
    """The suffix of the container that a codec goes to where none is asked for.

    The source's own where it takes the codec; else QuickTime for the editing codecs, Matroska for
    all others, and for FFV1 in any case: MP4 cannot state the light of all that FFV1 holds. Nothing
    else counts, so the reels of a collection end in one container.

    Args:
        codec: a key of `ENCODERS`.
        source: suffix of the source's container, "" where it is none that is written.
    """
    if source and takes(source, codec) and codec != "ffv1":
        return source
    return ".mov" if codec in _EDITING else ".mkv"


def rounds_times(suffix: str, info: VideoInfo) -> bool:
    """Whether the container cannot hold the film's presentation times exactly."""
    if MUXERS[suffix] != "matroska" or info.time_base % _MILLISECOND == 0:
        return False
    # A constant rate may come in whole milliseconds although the time base is finer.
    steps = (1 / info.rate, info.start * info.time_base) if info.rate else (info.time_base,)
    return any(step % _MILLISECOND for step in steps)
